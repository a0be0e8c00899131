"""The short forms of the policy-gap register."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.attachments.forms import FilesField
from foundation.clocks.localtime import today
from issues import gaps
from issues.actions.gaps import FACTS_LIMIT, TOLD_LIMIT
from issues.forms.base import VerbForm
from issues.forms.verbs import offer_gaps
from issues.models import Category, Issue, PolicyGap, PolicyGapStep


def prose(label: Any, limit: int, *, required: bool = True, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=limit, required=required, help_text=hint, widget=forms.Textarea(attrs={"rows": 3})
    )


class FactsForm(forms.Form):
    """What a gap is about."""

    title = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    level = forms.ChoiceField(label=gettext_lazy("所需政策层级"), choices=Issue.PolicyLevel.choices)
    category = forms.ModelChoiceField(
        label=gettext_lazy("类别"),
        queryset=Category.objects.filter(is_active=True),
        empty_label=gettext_lazy("请选择类别"),
    )
    missing = prose(gettext_lazy("缺什么政策"), FACTS_LIMIT, hint=gettext_lazy("卡在哪里、需要哪一级规定什么。"))


class GapForm(forms.Form):
    """The base of a verb's form: knows the gap and the person."""

    def __init__(self, *args: Any, gap: PolicyGap, user: User, **kwargs: Any) -> None:
        self.gap, self.user = gap, user
        super().__init__(*args, **kwargs | {"initial": self.known()})
        self.prepare()

    def known(self) -> dict[str, Any]:
        """What is filled in already."""
        return {}

    def prepare(self) -> None:
        """Narrow the choices to what fits this gap."""


class EditForm(GapForm, FactsForm):
    def known(self) -> dict[str, Any]:
        return {name: getattr(self.gap, name) for name in ("title", "level", "category", "missing")}

    def prepare(self) -> None:
        own = Category.objects.filter(pk=self.gap.category_id)
        self.fields["category"].queryset = Category.objects.filter(is_active=True) | own  # type: ignore[attr-defined]


class SendForm(GapForm):
    body = forms.CharField(label=gettext_lazy("报给"), max_length=80, help_text=gettext_lazy("例如:市经信局。"))
    on = forms.DateField(label=gettext_lazy("上报日期"))
    document = forms.CharField(label=gettext_lazy("文号"), max_length=120, required=False)
    text = prose(gettext_lazy("建议内容"), FACTS_LIMIT, required=False)
    files = FilesField()  # type: ignore[assignment]

    def known(self) -> dict[str, Any]:
        return {"on": today()}


class AnswerForm(GapForm):
    available = forms.TypedChoiceField(
        label=gettext_lazy("结果"),
        choices=[("no", gettext_lazy("尚无政策,继续跟进")), ("yes", gettext_lazy("政策已出台"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    body = forms.CharField(label=gettext_lazy("答复单位"), max_length=80)
    on = forms.DateField(label=gettext_lazy("答复日期"))
    document = forms.CharField(
        label=gettext_lazy("文件名称或文号"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("政策已出台的必填。"),
    )
    text = prose(gettext_lazy("答复内容"), FACTS_LIMIT, required=False)
    files = FilesField()  # type: ignore[assignment]

    def known(self) -> dict[str, Any]:
        sent = PolicyGapStep.objects.filter(gap=self.gap, kind=PolicyGapStep.Kind.SENT).first()
        return {"on": today(), "available": "no", "body": sent.body if sent else ""}


class ReasonForm(GapForm):
    reason = prose(gettext_lazy("理由"), TOLD_LIMIT)


class MergeForm(GapForm):
    into = forms.ModelChoiceField(
        label=gettext_lazy("并入"), queryset=PolicyGap.objects.none(), empty_label=gettext_lazy("请选择政策缺口")
    )

    def prepare(self) -> None:
        others = PolicyGap.objects.visible_to(self.user).ongoing().exclude(pk=self.gap.pk)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]
        self.fields["into"].label_from_instance = gaps.option  # type: ignore[attr-defined]


class TellForm(GapForm):
    text = prose(gettext_lazy("发给企业的话"), TOLD_LIMIT, hint=gettext_lazy("企业会看到全文。"))

    def known(self) -> dict[str, Any]:
        step = PolicyGapStep.objects.filter(gap=self.gap, kind=PolicyGapStep.Kind.AVAILABLE).first()
        named = step.document if step else self.gap.title
        text = _("您反映的问题所需政策现已出台:%(policy)s。请对照条件申报,需要协助可联系企业服务办公室。")
        return {"text": text % {"policy": named}}


class AttachForm(VerbForm):
    """Which missing policy a case waits for."""

    gap = forms.ModelChoiceField(
        label=gettext_lazy("归入"), queryset=PolicyGap.objects.none(), required=False, empty_label=None
    )
    title = forms.CharField(
        label=gettext_lazy("新缺口名称"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("列为新的缺口时填写。"),
    )

    def prepare(self) -> None:
        offer_gaps(self.fields["gap"], self.issue, self.user)


GAP_FORMS: dict[str, type[GapForm]] = {
    "send": SendForm,
    "answer": AnswerForm,
    "tell": TellForm,
    "edit": EditForm,
    "merge": MergeForm,
    "close": ReasonForm,
    "reopen": ReasonForm,
}
