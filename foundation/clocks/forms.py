"""The form in which the office gives a year's calendar, as text or as a file."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.clocks.actions.calendars import FIRST_YEAR, LAST_YEAR
from foundation.clocks.calendar_text import as_lines, parse
from foundation.clocks.workdays import SpecialDay

MAX_BYTES = 256 * 1024
SHOWN_ERRORS = 20


class CalendarForm(forms.Form):
    """A year, its source, and its special days; what was typed is kept, a file is turned into text."""

    year = forms.IntegerField(label=gettext_lazy("年份"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    source = forms.CharField(
        label=gettext_lazy("依据"),
        max_length=200,
        help_text=gettext_lazy("文件名称和文号,例如:国务院办公厅关于 2027 年部分节假日安排的通知。"),
    )
    text = forms.CharField(
        label=gettext_lazy("放假与调休上班"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "一行一段,例如“2027-01-01 至 2027-01-03 休 元旦”“2027-01-09 班”。没写到的日子按周末休息。"
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("或上传文件"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".json,.csv,.txt"}),
        help_text=gettext_lazy("JSON(year、days)、CSV(date,is_workday,name)或上面写法的文本,不超过 256 KB。"),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    days: dict[date, SpecialDay]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is read yet."""
        super().__init__(*args, **kwargs)
        self.days = {}

    def clean_file(self) -> str:
        """The text of the file, UTF-8 or GB18030."""
        upload: UploadedFile | None = self.cleaned_data.get("file")
        if upload is None:
            return ""
        if (upload.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("文件超过 256 KB,请只上传一年的放假安排。"))
        content = upload.read()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\x00" not in text:
                return text
        raise forms.ValidationError(_("读不出文字:请上传 JSON、CSV 或文本文件,Excel 请另存为 CSV。"))

    def clean(self) -> dict[str, Any]:
        """Read the days; a file goes before what was typed, and both come back as lines."""
        cleaned = super().clean() or {}
        text = cleaned.get("file") or cleaned.get("text") or ""
        if "file" in self.errors or "text" in self.errors or "year" in self.errors:
            return cleaned
        if not text.strip():
            self.add_error("text", _("请粘贴放假安排,或上传文件。"))
            return cleaned
        parsed = parse(text, cleaned["year"])
        for error in parsed.errors[:SHOWN_ERRORS]:
            self.add_error("text", str(error))
        if len(parsed.errors) > SHOWN_ERRORS:
            self.add_error("text", _("另有 %(more)d 处错误。") % {"more": len(parsed.errors) - SHOWN_ERRORS})
        self.days = parsed.days
        self.show("text", text if parsed.errors else as_lines(parsed.days))
        return cleaned

    def digest(self) -> str:
        """A mark of exactly these days, so that what is confirmed is what was previewed."""
        words = f"{self.cleaned_data.get('year')}\n{self.cleaned_data.get('source')}\n{as_lines(self.days)}"
        return hashlib.sha256(words.encode()).hexdigest()

    def show(self, field: str, value: str) -> None:
        """Put a value into a field that is shown again."""
        self.data = {**{name: self.data.get(name) for name in self.data}, self.add_prefix(field): value}
