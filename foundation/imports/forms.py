from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.imports.mapping import IGNORE, KEEP, nameless
from foundation.imports.models import Batch
from foundation.imports.registry import offered_to
from foundation.imports.resources import RosterResource


class UploadForm(forms.Form):
    """Which roster, and the file."""

    resource = forms.ChoiceField(label=gettext_lazy("名册"))
    file = forms.FileField(
        label=gettext_lazy("表格文件"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.tsv,.txt", "data-files": ""}),
        error_messages={
            "required": gettext_lazy("请选择要导入的文件。"),
            "empty": gettext_lazy("文件是空的，请选择有内容的表格。"),
        },
    )
    sheet = forms.CharField(
        label=gettext_lazy("工作表"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("有多个工作表时填写名称；留空则取第一个有列标题的工作表。"),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = offered_to(user)
        self.fields["resource"].choices = list(offered.items())  # type: ignore[attr-defined]
        self.fields["resource"].help_text = format_html(
            _("空白模板：{}"),
            format_html_join(
                " · ",
                '<a href="{}">{}</a>',
                ((reverse("imports:template", args=[key]), title) for key, title in offered.items()),
            ),
        )
        self.fields["file"].help_text = _(
            "支持 .xlsx、.xls、.csv（UTF-8 或 GB18030），不超过 %(mb)s MB；列标题写在前 20 行的任何一行都可以。"
        ) % {"mb": settings.IMPORT_MAX_BYTES // (1024 * 1024)}


class PolicyForm(forms.Form):
    """What a batch does to objects that are there, and whether it is the whole roster."""

    policy = forms.ChoiceField(
        label=gettext_lazy("名册里已有的"),
        choices=[
            (Batch.Policy.OVERWRITE, gettext_lazy("以文件为准：内容不同的改成文件里的")),
            (Batch.Policy.FILL, gettext_lazy("只补空白：已填写的不动")),
            (Batch.Policy.SKIP, gettext_lazy("只新增：已有的一概不动")),
        ],
        widget=forms.RadioSelect,
        help_text=gettext_lazy("空白单元格在哪种方式下都不改动已有内容。"),
    )
    is_full = forms.BooleanField(
        label=gettext_lazy("这是完整名册"),
        required=False,
        help_text=gettext_lazy("名册之外的会标记“不在最新名册”，不会删除；每一行都是同一镇街或园区的，只比对那里的。"),
    )

    def __init__(self, *args: Any, marks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not marks:  # this roster has no mark for what it does not name
            del self.fields["is_full"]


class SheetForm(forms.Form):
    """Another sheet of the same file."""

    sheet = forms.ChoiceField(label=gettext_lazy("工作表"))

    def __init__(self, *args: Any, sheets: list[list[Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, name if visible else _("%(name)s（隐藏）") % {"name": name}) for name, visible in sheets]
        self.fields["sheet"].choices = choices  # type: ignore[attr-defined]


LONGEST_CELL = 32_767  # characters, as in a spreadsheet
LONG = 60  # characters from which a cell gets a larger box


class FindForm(forms.Form):
    """Which lines of a tab: those that show these words, those with this reason."""

    q = forms.CharField(
        label=gettext_lazy("名称、代码或任一格"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    reason = forms.ChoiceField(label=gettext_lazy("原因"), required=False)

    def __init__(self, *args: Any, reasons: list[list[Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not reasons:
            del self.fields["reason"]
            return
        choices = [(f"{column}|{code}", f"{column}：{said}（{rows}）") for column, code, said, rows in reasons]
        self.fields["reason"].choices = [("", _("原因 全部")), *choices]  # type: ignore[attr-defined]


class MappingForm(forms.Form):
    """What each column of a file is, and in which row the headings stand."""

    row = forms.TypedChoiceField(label=gettext_lazy("列标题所在的行"), required=False, coerce=int, empty_value=None)
    save_as = forms.CharField(
        label=gettext_lazy("存为方案"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("起个名字，例如“税务局名册”。以后列标题相同的文件会自动套用。"),
    )

    def __init__(
        self, *args: Any, batch: Batch, resource: RosterResource, hidden: Callable[[str], str], **kwargs: Any
    ) -> None:
        """`hidden` takes from a text what the person may not see."""
        super().__init__(*args, **kwargs)
        self.resource, self.columns = resource, batch.mapping
        rows: list[tuple[Any, str]] = [("", _("自动识别"))] if batch.shape else []
        rows.append((0, _("没有列标题，第一行就是数据")))
        rows += [
            (number, _("第 %(n)s 行：%(text)s") % {"n": number, "text": hidden(text)}) for number, text in batch.top
        ]
        self.fields["row"].choices = rows  # type: ignore[attr-defined]
        self.fields["row"].initial = batch.choices.get("row", "")
        if not batch.shape:
            del self.fields["save_as"]
        for one in batch.mapping:
            self.fields[f"column_{one['column']}"] = forms.ChoiceField(
                label=one["heading"] or nameless(one["column"]), choices=self._choices(), initial=one["field"]
            )

    def _choices(self) -> list[tuple[str, str]]:
        fields = [
            (name, f"{declared.heading} *" if declared.required else str(declared.heading))
            for name, declared in self.resource.fields.items()
        ]
        kept = [(KEEP, _("保留为补充信息"))] if self.resource.extra else []
        return [(IGNORE, _("忽略")), *kept, *fields]

    def chosen(self) -> dict[int, str]:
        """{column: field}."""
        return {one["column"]: self.cleaned_data[f"column_{one['column']}"] for one in self.columns}

    def rows(self) -> list[tuple[dict[str, Any], forms.BoundField]]:
        """Each column with its choice."""
        return [(one, self[f"column_{one['column']}"]) for one in self.columns]


class RowForm(forms.Form):
    """The cells of one row, by column."""

    def __init__(self, *args: Any, cells: dict[int, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column, (heading, text) in cells.items():
            is_long = len(text) > LONG or "\n" in text
            box = forms.Textarea(attrs={"rows": "3"}) if is_long else forms.TextInput(attrs={"autocomplete": "off"})
            self.fields[f"cell_{column}"] = forms.CharField(
                label=heading,
                initial=text,
                required=False,
                strip=False,
                max_length=LONGEST_CELL,
                widget=box,
            )

    def typed(self) -> dict[int, str]:
        """{column: text} of the cells that say something else than was shown."""
        typed = {}
        for name, field in self.fields.items():
            text = self.cleaned_data[name].replace("\r\n", "\n")
            if text != field.initial.replace("\r\n", "\n"):
                typed[int(name.removeprefix("cell_"))] = text
        return typed

    def blame(self, cells: dict[int, str]) -> None:
        """Say at the cells why they cannot be read."""
        for column, message in cells.items():
            self.add_error(f"cell_{column}", message)
