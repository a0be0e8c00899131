"""The forms of working in the ledger: reminding, tags, views."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Department
from issues.forms.base import VerbForm
from issues.models import Tag


class RemindForm(VerbForm):
    text = forms.CharField(
        label=_("催办意见"),
        max_length=300,
        initial=_("请加快办理,按期答复企业。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class TagForm(VerbForm):
    labels = forms.ModelMultipleChoiceField(
        label=_("标签"), queryset=Tag.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        offered = Tag.objects.visible_to(self.user).offered_for(self.issue)
        field: Any = self.fields["labels"]
        field.queryset = offered
        if not self.is_bound:
            found = list(offered)
            field.choices = [(tag.pk, tag.name) for tag in found]
            field.initial = [tag.pk for tag in found if tag.carried]
            if not found:
                field.help_text = _("还没有标签,由企业服务办公室设定。")


class TagNameForm(forms.Form):
    name = forms.CharField(label=_("新标签"), max_length=12)


class SaveViewForm(forms.Form):
    name = forms.CharField(label=_("视图名称"), max_length=20)
    with_columns = forms.BooleanField(label=_("连同现在的列一起保存"), required=False)
    query = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)


class ManyForm(forms.Form):
    """What is asked once for many cases."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.prepare()

    def prepare(self) -> None:
        """Narrow the choices to what this person may name."""


class ManyDispatchForm(ManyForm):
    to = forms.ModelChoiceField(label=_("主办部门"), queryset=Department.objects.none(), empty_label=_("请选择部门"))
    note = forms.CharField(
        label=_("交办意见"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def prepare(self) -> None:
        field: Any = self.fields["to"]
        field.queryset = Department.objects.active().exclude(kind=Department.Kind.DISTRICT)


class ManyRemindForm(ManyForm):
    text = RemindForm.base_fields["text"]


class ManyTagForm(ManyForm):
    label = forms.ModelChoiceField(label=_("标签"), queryset=Tag.objects.none(), empty_label=_("请选择标签"))

    def prepare(self) -> None:
        field: Any = self.fields["label"]
        field.queryset = Tag.objects.visible_to(self.user).in_use()


class ManyUntagForm(ManyTagForm):
    def prepare(self) -> None:
        field: Any = self.fields["label"]
        field.queryset = Tag.objects.visible_to(self.user)


class ManyExportForm(ManyForm):
    which = forms.ChoiceField(
        label=_("哪些列"),
        choices=[("shown", _("台账上显示的列")), ("usual", _("全部常用列,含内容、联系人和办结说明"))],
        initial="shown",
        widget=forms.RadioSelect,
    )


MANY_FORMS: dict[str, type[ManyForm]] = {
    "dispatch": ManyDispatchForm,
    "remind": ManyRemindForm,
    "tag": ManyTagForm,
    "untag": ManyUntagForm,
    "export": ManyExportForm,
}
