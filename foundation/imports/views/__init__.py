"""The way of a file: upload, preview, commit, result, undo."""

from foundation.imports.views.batches import batches, cancel, commit, original, policy, progress, undo
from foundation.imports.views.preview import detail, preview, refused, upload

__all__ = [
    "batches",
    "cancel",
    "commit",
    "detail",
    "original",
    "policy",
    "preview",
    "progress",
    "refused",
    "undo",
    "upload",
]
