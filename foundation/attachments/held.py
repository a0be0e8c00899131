"""A file sent ahead of its form: it is stored, belongs to nothing yet, and travels through forms by its key."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile

from foundation.attachments.models import Attachment


class Held(UploadedFile):
    """Stands for a stored file wherever an upload is expected."""

    def __init__(self, row: Attachment) -> None:
        super().__init__(row.file, row.name, row.content_type, row.size)
        self.row = row
