"""The way of a file: upload, preview, commit, result, undo."""

from foundation.imports.views.batches import batches, cancel, commit, original, policy, progress, undo
from foundation.imports.views.mapping import delete_mapping, mapping, use_mapping
from foundation.imports.views.preview import detail, preview, refused, upload
from foundation.imports.views.rows import cell, confirm, decide, row, withdraw

__all__ = [
    "batches",
    "cancel",
    "cell",
    "commit",
    "confirm",
    "decide",
    "delete_mapping",
    "detail",
    "mapping",
    "original",
    "policy",
    "preview",
    "progress",
    "refused",
    "row",
    "undo",
    "upload",
    "use_mapping",
    "withdraw",
]
