"""A form field for several files: checked before the form is accepted, and kept where it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.errors import Refused
from foundation.attachments import actions
from foundation.attachments.checks import ACCEPT, check_together, check_upload
from foundation.attachments.held import Held
from foundation.attachments.models import Attachment


class FilesInput(forms.FileInput):
    """Several files at once: those already sent are listed above it, to be kept or removed."""

    allow_multiple_selected = True
    template_name = "parts/upload.html"
    ahead = True  # whether a browser may send files before the form: not where nobody is signed in

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.held: list[Attachment] = []

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile | str]:
        """Uploads, and the keys of those sent ahead."""
        sent = files.getlist(name) if hasattr(files, "getlist") else files.get(name) or []
        keys = data.getlist(_held(name)) if hasattr(data, "getlist") else data.get(_held(name)) or []
        return [*(sent if isinstance(sent, list) else [sent]), *([keys] if isinstance(keys, str) else keys)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files and _held(name) not in data

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        more = {
            "held": self.held,
            "held_name": _held(name),
            "hold_url": reverse("attachments:hold") if self.ahead else "",
            "max_bytes": settings.ATTACHMENT_MAX_BYTES,
            "max_count": settings.ATTACHMENT_MAX_COUNT,
            "max_total": settings.ATTACHMENT_MAX_TOTAL_BYTES,
        }
        return super().get_context(name, None, attrs) | {"upload": more}


class FilesField(forms.FileField):
    """A list of uploads; every one that may not be uploaded is named.

    A view that shows a refused form again calls `keep_files`, so that what was sent need not be chosen again.
    """

    widget = FilesInput

    def __init__(self, *, accept: str = ACCEPT, ahead: bool = True, **kwargs: Any) -> None:
        given: dict[str, Any] = {"label": gettext_lazy("附件"), "required": False, "help_text": lazy(limits, str)()}
        super().__init__(**given | kwargs)
        self.widget.attrs["accept"] = accept
        self.widget.ahead = ahead  # type: ignore[attr-defined]

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:  # type: ignore[override]
        given = data or []
        if self.required and not given:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        sent = [super(FilesField, self).clean(one, None) for one in given if not isinstance(one, str)]
        wrong = [message for message in map(_wrong_with, sent) if message]
        files: list[UploadedFile] = [*sent, *self._held([one for one in given if isinstance(one, str)], wrong)]
        try:
            check_together(files)
        except Refused as refused:
            wrong.append(refused.message)
        if wrong:
            raise forms.ValidationError(wrong)
        return files

    def _held(self, keys: list[str], wrong: list[str]) -> list[Held]:
        """The files of these keys; whether they are this person's own is asked when they are attached."""
        asked = list(dict.fromkeys(keys))[: actions.MOST_HELD]
        rows = {row.key: row for row in Attachment.objects.filter(key__in=filter(None, map(_uuid, asked)))}
        if len(rows) < len(asked):
            wrong.append(_("有附件已失效，请重新添加。"))
        return [Held(row) for row in rows.values()]


def keep_files(form: forms.BaseForm, *, by: Any) -> None:
    """Keep what came with a refused form, and list it where the form is shown again."""
    if not (form.is_bound and getattr(by, "is_authenticated", False)):
        return
    for name, field in form.fields.items():
        if isinstance(field, FilesField):
            widget: Any = field.widget
            given = widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
            widget.held = _kept(given, by)


def held_of(form: forms.BaseForm) -> list[Attachment]:
    """The files listed in a form as kept for it."""
    return [row for widget in _inputs(form) for row in widget.held]


def list_held(form: forms.BaseForm, files: Iterable[Attachment]) -> None:
    """List files in a form that goes on where it stopped."""
    for widget in _inputs(form)[:1]:
        widget.held = list(files)


def hand_over(form: forms.BaseForm, other: forms.BaseForm) -> None:
    """List the files kept of one form in another that is shown instead of it."""
    list_held(other, held_of(form))


def _inputs(form: forms.BaseForm) -> list[FilesInput]:
    return [field.widget for field in form.fields.values() if isinstance(field.widget, FilesInput)]


def _kept(given: list[UploadedFile | str], by: Any) -> list[Attachment]:
    keys = [key for key in map(_uuid, (one for one in given if isinstance(one, str))) if key]
    rows = list(Attachment.objects.held_by(by).filter(key__in=keys)) if keys else []
    for file in given:
        if isinstance(file, UploadedFile):
            try:
                rows.append(actions.hold(file=file, by=by))
            except Refused:
                continue  # the form itself says what is wrong with it
    return rows


def limits() -> str:
    """What may be uploaded, said before it is tried."""
    return _("图片、PDF、Word、Excel、文本、录音录像；每个不超过 %(mb)s MB，最多 %(n)s 个，合计不超过 %(all)s MB。") % {
        "mb": settings.ATTACHMENT_MAX_BYTES // (1024 * 1024),
        "n": settings.ATTACHMENT_MAX_COUNT,
        "all": settings.ATTACHMENT_MAX_TOTAL_BYTES // (1024 * 1024),
    }


def _held(name: str) -> str:
    return f"{name}-held"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _wrong_with(file: UploadedFile) -> str:
    try:
        check_upload(file)
    except Refused as refused:
        return refused.message
    return ""
