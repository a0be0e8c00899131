from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.imports.registry import offered_to


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
        self.fields["resource"].choices = list(offered_to(user).items())  # type: ignore[attr-defined]
        self.fields["file"].help_text = _(
            "支持 .xlsx、.xls、.csv（UTF-8 或 GB18030），不超过 %(mb)s MB；列标题写在前 20 行的任何一行都可以。"
        ) % {"mb": settings.IMPORT_MAX_BYTES // (1024 * 1024)}


class SheetForm(forms.Form):
    """Another sheet of the same file."""

    sheet = forms.ChoiceField(label=gettext_lazy("工作表"))

    def __init__(self, *args: Any, sheets: list[list[Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, name if visible else _("%(name)s（隐藏）") % {"name": name}) for name, visible in sheets]
        self.fields["sheet"].choices = choices  # type: ignore[attr-defined]
