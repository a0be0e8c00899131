"""The short forms of the verbs that join cases and take them apart: another case is named by its number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from issues.forms.base import VerbForm, long_text
from issues.models import Category, Issue, IssueLink

Kind = IssueLink.Kind


class NumberField(forms.CharField):
    """The number of a case within the person's sight; `user` is set by the form."""

    user: User | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def clean(self, value: Any) -> Issue | None:
        number = super().clean(value)
        if not number:
            return None
        issue = Issue.objects.visible_to(self.user).filter(number=number.upper()).first()
        if issue is None:
            raise forms.ValidationError(_("没有找到编号为“%(number)s”的诉求,请核对。") % {"number": number})
        return issue


class NamingForm(VerbForm):
    """A form that names another case."""

    def prepare(self) -> None:
        for field in self.fields.values():
            if isinstance(field, NumberField):
                field.user = self.user


def short_note() -> forms.CharField:
    return forms.CharField(label=_("说明"), max_length=200, required=False)


class MergeForm(NamingForm):
    into = NumberField(label=_("主件编号"), help_text=_("留下办理的那一件,须未办结。"))
    note = short_note()


class ReasonForm(VerbForm):
    reason = long_text(_("理由"), rows=2)


class SplitForm(VerbForm):
    title = forms.CharField(label=_("新诉求标题"), max_length=80)
    text = long_text(_("新诉求内容"))
    category = forms.ModelChoiceField(
        label=_("类别"), queryset=Category.objects.none(), required=False, empty_label=_("与本件相同")
    )

    def prepare(self) -> None:
        self.fields["category"].queryset = Category.objects.filter(is_active=True)  # type: ignore[attr-defined]


class LinkForm(NamingForm):
    other = NumberField(label=_("诉求编号"))
    relation = forms.ChoiceField(
        label=_("关系"),
        choices=[(Kind.RELATES, _("两件相关")), (Kind.CAUSE, _("那一件是本件的共性问题"))],
        widget=forms.RadioSelect,
        initial=Kind.RELATES,
    )
    note = short_note()


class UnlinkForm(VerbForm):
    link = forms.ModelChoiceField(label=_("取消哪一项"), queryset=IssueLink.objects.none(), empty_label=None)

    def prepare(self) -> None:
        field = self.fields["link"]
        loose = IssueLink.objects.visible_to(self.user).of(self.issue).filter(kind__in=(Kind.RELATES, Kind.CAUSE))
        field.queryset = loose.select_related("source", "target")  # type: ignore[attr-defined]
        field.label_from_instance = self._named  # type: ignore[attr-defined]

    def _named(self, link: IssueLink) -> str:
        other = link.target if link.source_id == self.issue.pk else link.source
        return f"{other.number} {other.title}"


class RecurForm(NamingForm):
    earlier = NumberField(label=_("前一件编号"), help_text=_("同一企业、本件登记前 180 天内销号的。"))
    note = short_note()


LINK_FORMS: dict[str, type[VerbForm]] = {
    "merge": MergeForm,
    "unmerge": ReasonForm,
    "split": SplitForm,
    "link": LinkForm,
    "unlink": UnlinkForm,
    "recur": RecurForm,
    "unrecur": ReasonForm,
}
