"""The forms of follow-up calls: the sheet's two answers, the shares, and what the queue is narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Department
from issues.actions.calls import MOST_DAYS, NOTE_LIMIT, TRY_LIMIT
from issues.desk.filters import DayRange
from issues.models import CallKind, CallRule, FollowUpCall

FINDINGS = [(finding.value, finding.label) for finding in FollowUpCall.ANSWERED]


class RecordForm(forms.Form):
    """Somebody answered."""

    finding = forms.ChoiceField(label=_("结论"), choices=FINDINGS, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("企业怎么说"), max_length=NOTE_LIMIT, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("仅内部可见;没有真正解决的,会随重办告知承办部门。"),
    )  # fmt: skip
    left = forms.CharField(
        label=_("还没有解决的"), max_length=NOTE_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("部分解决时填写,会另立一件后续诉求交原部门,企业可见。"),
    )  # fmt: skip


class MissForm(forms.Form):
    """Nobody answered."""

    note = forms.CharField(
        label=_("情况"), max_length=TRY_LIMIT, required=False, help_text=_("无人接听、停机、改期等。")
    )


class CallRuleForm(forms.Form):
    """The shares of the three kinds, and the limit."""

    confirmed_share = forms.IntegerField(label=_("已确认的抽取 %"), min_value=0, max_value=100)
    unconfirmed_share = forms.IntegerField(label=_("逾期未确认的抽取 %"), min_value=0, max_value=100)
    bad_rating_share = forms.IntegerField(label=_("评价不满意的抽取 %"), min_value=0, max_value=100)
    call_days = forms.IntegerField(label=_("回访时限(工作日)"), min_value=1, max_value=MOST_DAYS)

    @classmethod
    def of(cls, rule: CallRule) -> CallRuleForm:
        return cls(initial={name: getattr(rule, name) for name in cls.base_fields})


class CallFilter(django_filters.FilterSet):
    """What the queue is narrowed by."""

    q = django_filters.CharFilter(label=_("编号、标题或企业"), method="by_words", max_length=80)
    department = django_filters.ModelChoiceFilter(
        label=_("承办部门"), field_name="handling__department", queryset=Department.objects.all()
    )
    kind = django_filters.ChoiceFilter(label=_("抽取原因"), choices=CallKind.choices)
    drawn = DayRange(label=_("抽取日期"), field_name="drawn_at")

    class Meta:
        model = FollowUpCall
        fields: list[str] = []

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        for word in value.split()[:6]:
            case = Q(issue__number__icontains=word) | Q(issue__title__icontains=word)
            rows = rows.filter(case | Q(issue__enterprise__name__icontains=word))
        return rows


class PeriodForm(forms.Form):
    """Two days, both included."""

    first = forms.DateField(label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        facts = dict(super().clean() or {})
        if facts.get("first") and facts.get("last") and facts["first"] > facts["last"]:
            raise forms.ValidationError(_("开始日期不能晚于结束日期。"))
        return facts
