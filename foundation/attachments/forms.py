"""A form field for several files, each checked for what it is before the form is accepted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.errors import Refused
from foundation.attachments.checks import ACCEPT, check_upload


class FilesInput(forms.FileInput):
    """Several files at once; the chosen ones are listed under it."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of uploads; every one that may not be uploaded is named."""

    widget = FilesInput

    def __init__(self, *, accept: str = ACCEPT, **kwargs: Any) -> None:
        given: dict[str, Any] = {"label": gettext_lazy("附件"), "required": False, "help_text": lazy(limits, str)()}
        super().__init__(**given | kwargs)
        self.widget.attrs |= {
            "accept": accept,
            "data-files": "",
            "data-max-bytes": settings.ATTACHMENT_MAX_BYTES,
            "data-max-count": settings.ATTACHMENT_MAX_COUNT,
        }

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:  # type: ignore[override]
        files = [super(FilesField, self).clean(one, None) for one in data or []]
        wrong = [message for message in map(_wrong_with, files) if message]
        if len(files) > settings.ATTACHMENT_MAX_COUNT:
            wrong.append(_("一次最多上传 %(n)s 个附件,请分次上传。") % {"n": settings.ATTACHMENT_MAX_COUNT})
        if wrong:
            raise forms.ValidationError(wrong)
        return files


def limits() -> str:
    """What may be uploaded, said before it is tried."""
    megabytes = settings.ATTACHMENT_MAX_BYTES // (1024 * 1024)
    return _("图片、PDF、Word、Excel、文本、录音录像;每个不超过 %(mb)s MB,最多 %(n)s 个。") % {
        "mb": megabytes,
        "n": settings.ATTACHMENT_MAX_COUNT,
    }


def _wrong_with(file: UploadedFile) -> str:
    try:
        check_upload(file)
    except Refused as refused:
        return refused.message
    return ""
