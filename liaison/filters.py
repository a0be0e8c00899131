"""What the lists of liaison can be narrowed to; pages, exports and the API read the same."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enterprises.filters import EnterpriseFilter, towns
from enterprises.models import Enterprise, Park
from foundation.accounts.models import Department
from foundation.clocks import localtime
from liaison.models import Assignment, Visit, VisitDuty
from liaison.queries.team import vacant

STATES = [("due", _("待访")), ("missed", _("超期未访")), ("done", _("已访"))]
STANDING = [("ended", _("已结束")), ("all", _("全部"))]


def departments(request: Any) -> QuerySet[Department]:
    return Department.objects.active()


def seen_enterprises(request: Any) -> QuerySet[Enterprise]:
    return Enterprise.objects.visible_to(getattr(request, "user", None))


class DayInput(forms.DateInput):
    input_type = "date"


class VisitFilter(django_filters.FilterSet):
    """Reads ?q=…&department=…&from=…&to=… over visits."""

    q = django_filters.CharFilter(label=_("企业、走访人、会见人"), method="by_words")
    department = django_filters.ModelChoiceFilter(
        label=_("走访单位"), queryset=departments, empty_label=_("走访单位 全部"), method="by_department"
    )
    town = django_filters.ModelChoiceFilter(
        label=_("镇街"), field_name="enterprise__town", queryset=towns, empty_label=_("镇街 全部")
    )
    form = django_filters.ChoiceFilter(label=_("方式"), choices=Visit.Form.choices, empty_label=_("方式 全部"))
    park = django_filters.ModelChoiceFilter(label=_("园区"), field_name="enterprise__park", queryset=Park.objects.all())
    condition = django_filters.ChoiceFilter(
        label=_("经营状况"), field_name="operating_condition", choices=Enterprise.Condition.choices
    )
    since = django_filters.DateFilter(label=_("走访日期自"), method="from_day", widget=DayInput)
    until = django_filters.DateFilter(label=_("走访日期至"), method="to_day", widget=DayInput)
    enterprise = django_filters.ModelChoiceFilter(label=_("企业"), queryset=seen_enterprises, widget=forms.HiddenInput)

    def by_words(self, rows: QuerySet[Visit], name: str, value: str) -> QuerySet[Visit]:
        for word in value.split()[:6]:
            rows = rows.filter(
                Q(enterprise__name__icontains=word)
                | Q(project__name__icontains=word)
                | Q(by__name__icontains=word)
                | Q(met__icontains=word)
            )
        return rows

    def by_department(self, rows: QuerySet[Visit], name: str, value: Department) -> QuerySet[Visit]:
        return rows.filter(department__in=value.subtree().values("pk"))

    def from_day(self, rows: QuerySet[Visit], name: str, value: date) -> QuerySet[Visit]:
        return rows.filter(visited_at__gte=localtime.start_of_day(value))

    def to_day(self, rows: QuerySet[Visit], name: str, value: date) -> QuerySet[Visit]:
        return rows.filter(
            visited_at__lt=localtime.start_of_day(min(value, date.max - timedelta(days=1))) + timedelta(days=1)
        )


class DutyFilter(django_filters.FilterSet):
    """Reads ?state=…&department=…&q=… over the duties of a month."""

    q = django_filters.CharFilter(label=_("企业、服务专员"), method="by_words")
    state = django_filters.ChoiceFilter(label=_("状态"), choices=STATES, empty_label=_("状态 全部"), method="by_state")
    department = django_filters.ModelChoiceFilter(
        label=_("专员单位"), queryset=departments, empty_label=_("专员单位 全部"), method="by_department"
    )
    town = django_filters.ModelChoiceFilter(
        label=_("镇街"), field_name="enterprise__town", queryset=towns, empty_label=_("镇街 全部")
    )
    enterprise = django_filters.ModelChoiceFilter(label=_("企业"), queryset=seen_enterprises, widget=forms.HiddenInput)

    def by_words(self, rows: QuerySet[VisitDuty], name: str, value: str) -> QuerySet[VisitDuty]:
        for word in value.split()[:6]:
            rows = rows.filter(Q(enterprise__name__icontains=word) | Q(officer__name__icontains=word))
        return rows

    def by_state(self, rows: QuerySet[VisitDuty], name: str, value: str) -> QuerySet[VisitDuty]:
        if value == "done":
            return rows.filter(done_at__isnull=False)
        late = Q(due_at__lte=localtime.now())
        return rows.filter(late if value == "missed" else ~late, done_at__isnull=True)

    def by_department(self, rows: QuerySet[VisitDuty], name: str, value: Department) -> QuerySet[VisitDuty]:
        return rows.filter(department__in=value.subtree().values("pk"))


class AssignmentFilter(django_filters.FilterSet):
    """Reads ?q=…&kind=…&standing=… over assignments; without `standing` only those in force."""

    q = django_filters.CharFilter(label=_("企业、项目、人员"), method="by_words")
    kind = django_filters.ChoiceFilter(label=_("角色"), choices=Assignment.Kind.choices, empty_label=_("角色 全部"))
    department = django_filters.ModelChoiceFilter(
        label=_("单位"), queryset=departments, empty_label=_("单位 全部"), method="by_department"
    )
    town = django_filters.ModelChoiceFilter(
        label=_("镇街"), field_name="enterprise__town", queryset=towns, empty_label=_("镇街 全部")
    )
    standing = django_filters.ChoiceFilter(
        label=_("状态"), choices=STANDING, empty_label=_("在任"), method="unchanged", widget=forms.HiddenInput
    )

    def filter_queryset(self, queryset: QuerySet[Assignment]) -> QuerySet[Assignment]:
        rows = super().filter_queryset(queryset)
        standing = self.form.cleaned_data.get("standing")
        return rows if standing == "all" else rows.filter(ended_on__isnull=standing != "ended")

    def by_words(self, rows: QuerySet[Assignment], name: str, value: str) -> QuerySet[Assignment]:
        for word in value.split()[:6]:
            rows = rows.filter(
                Q(enterprise__name__icontains=word)
                | Q(project__name__icontains=word)
                | Q(user__name__icontains=word)
                | Q(department__name__icontains=word)
            )
        return rows

    def by_department(self, rows: QuerySet[Assignment], name: str, value: Department) -> QuerySet[Assignment]:
        below = value.subtree().values("pk")
        return rows.filter(Q(department__in=below) | Q(user__department__in=below))

    def unchanged(self, rows: QuerySet[Assignment], name: str, value: str) -> QuerySet[Assignment]:
        return rows


class BulkFilter(EnterpriseFilter):
    """The enterprises' own filter, and: where a part is vacant."""

    vacant = django_filters.ChoiceFilter(
        label=_("尚未安排"), choices=Assignment.Kind.choices, empty_label=_("尚未安排 不限"), method="by_vacancy"
    )

    def by_vacancy(self, rows: QuerySet[Enterprise], name: str, value: str) -> QuerySet[Enterprise]:
        return rows.filter(vacant(value))
