"""What a list of issues may be narrowed by, for officials and for the enterprise's side."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from enterprises.models import Enterprise
from foundation.accounts.api import FilterSet, scoped
from foundation.accounts.models import Department
from foundation.clocks.levels import ESCALATED, NORMAL, RED, YELLOW
from foundation.clocks.localtime import end_of_day, start_of_day
from issues.lifecycle import PUBLIC_STATUS
from issues.models import Category, Issue
from projects.models import Project

LEVELS = {"normal": [NORMAL], "yellow": [YELLOW], "red": [RED, ESCALATED], "escalated": [ESCALATED]}


class Days(django_filters.DateFromToRangeFilter):
    """Two days of Shanghai, both included, of an instant: `registered_after`, `registered_before`."""

    def filter(self, rows: QuerySet, value: slice | None) -> QuerySet:
        if value and value.start:
            rows = rows.filter(**{f"{self.field_name}__gte": start_of_day(value.start.date())})
        if value and value.stop:
            rows = rows.filter(**{f"{self.field_name}__lt": end_of_day(value.stop.date())})
        return rows


class AppealFilter(FilterSet):
    """The enterprise's own cases."""

    q = django_filters.CharFilter(method="by_words", max_length=80, label="编号、标题")
    status = django_filters.ChoiceFilter(
        choices=[choice for choice in Issue.Status.choices if choice[0] not in PUBLIC_STATUS], method="by_stage"
    )
    category = django_filters.ModelChoiceFilter(to_field_name="code", queryset=Category.objects.all())
    open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")
    registered = Days(field_name="registered_at")

    def by_words(self, rows: QuerySet[Issue], name: str, value: str) -> QuerySet[Issue]:
        for word in value.split():
            rows = rows.filter(Q(number__icontains=word) | Q(title__icontains=word))
        return rows

    def by_stage(self, rows: QuerySet[Issue], name: str, value: str) -> QuerySet[Issue]:
        return rows.filter(status__in=[value, *(inner for inner, shown in PUBLIC_STATUS.items() if shown == value)])


class IssueFilter(FilterSet):
    """Every case in sight."""

    q = django_filters.CharFilter(method="by_words", max_length=80, label="编号、标题、企业")
    status = django_filters.MultipleChoiceFilter(choices=Issue.Status.choices)
    level = django_filters.ChoiceFilter(choices=[(key, key) for key in LEVELS], method="by_level")
    department = django_filters.ModelChoiceFilter(queryset=scoped(Department))
    handler = django_filters.NumberFilter(
        field_name="handler_id", lookup_expr="exact", min_value=1, max_value=2**63 - 1
    )
    category = django_filters.ModelChoiceFilter(to_field_name="code", queryset=Category.objects.all())
    enterprise = django_filters.ModelChoiceFilter(queryset=scoped(Enterprise))
    project = django_filters.ModelChoiceFilter(queryset=scoped(Project))
    channel = django_filters.MultipleChoiceFilter(choices=Issue.Channel.choices)
    open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")
    registered = Days(field_name="registered_at")
    closed = Days(field_name="closed_at")

    def by_words(self, rows: QuerySet[Issue], name: str, value: str) -> QuerySet[Issue]:
        for word in value.split():
            rows = rows.filter(
                Q(number__icontains=word) | Q(title__icontains=word) | Q(enterprise__name__icontains=word)
            )
        return rows

    def by_level(self, rows: QuerySet[Issue], name: str, value: str) -> QuerySet[Issue]:
        return rows.filter(level__in=LEVELS[value], closed_at__isnull=True)
