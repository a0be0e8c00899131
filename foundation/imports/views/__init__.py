"""The way of a file: upload, preview, commit, result, undo."""

from foundation.imports.views.batches import batches, commit, progress, undo
from foundation.imports.views.preview import detail, preview, refused, upload

__all__ = ["batches", "commit", "detail", "preview", "progress", "refused", "undo", "upload"]
