"""What a list of issues may be narrowed by, for officials and for the enterprise's side."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from enterprises.models import Enterprise
from foundation.accounts.api import FilterSet, scoped
from foundation.accounts.models import Department
from foundation.clocks.levels import ESCALATED, NORMAL, RED, YELLOW
from foundation.clocks.localtime import end_of_day, start_of_day
from issues import ratings, unread
from issues.desk import spans
from issues.desk.filters import LINKED_CHOICES, RecentDays, WholeNumber, falling_due, linked_as, overdue_by, with_tag
from issues.lifecycle import PUBLIC_STATUS
from issues.models import Category, Issue, IssueWatch, Tag
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


def only_unread(asked: FilterSet, rows: QuerySet[Issue], value: bool) -> QuerySet[Issue]:
    """What is new to the asking user, or what is not."""
    news = unread.only(asked.request.user)
    return rows.filter(news if value else ~news)


class AppealFilter(FilterSet):
    """The enterprise's own cases."""

    q = django_filters.CharFilter(method="by_words", max_length=80, label="编号、标题")
    status = django_filters.ChoiceFilter(
        choices=[choice for choice in Issue.Status.choices if choice[0] not in PUBLIC_STATUS], method="by_stage"
    )
    category = django_filters.ModelChoiceFilter(to_field_name="code", queryset=Category.objects.all())
    open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")
    unread = django_filters.BooleanFilter(method="by_news", label="未读")
    registered = Days(field_name="registered_at")

    def by_news(self, rows: QuerySet[Issue], name: str, value: bool) -> QuerySet[Issue]:
        return only_unread(self, rows, value)

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
    resolution = django_filters.MultipleChoiceFilter(choices=Issue.Resolution.choices)
    closing = django_filters.MultipleChoiceFilter(choices=Issue.Closing.choices)
    rating = django_filters.MultipleChoiceFilter(choices=[(str(n), str(n)) for n in range(1, 6)])
    tag = django_filters.ChoiceFilter(choices=[(key, key) for key in ratings.TAGS], method="by_tag")
    follows = django_filters.NumberFilter(
        field_name="follows_id", lookup_expr="exact", min_value=1, max_value=2**63 - 1
    )
    open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")
    unread = django_filters.BooleanFilter(method="by_news", label="未读")
    label = django_filters.ModelChoiceFilter(queryset=scoped(Tag), field_name="tag_links__tag")
    watched = django_filters.BooleanFilter(method="by_watch", label="我关注的")
    registered = Days(field_name="registered_at")
    closed = Days(field_name="closed_at")
    registered_in = RecentDays(field_name="registered_at", label="登记时间")
    closed_in = RecentDays(field_name="closed_at", label="销号时间")
    links = django_filters.ChoiceFilter(choices=LINKED_CHOICES, method="by_links", label="关联")
    due = django_filters.ChoiceFilter(choices=spans.DUE_CHOICES, method="by_limit")
    overdue_days = WholeNumber(method="by_overdue", min_value=0, max_value=500, label="逾期超过(工作日)")

    def by_links(self, rows: QuerySet[Issue], name: str, value: str) -> QuerySet[Issue]:
        return linked_as(rows, value)

    def by_limit(self, rows: QuerySet[Issue], name: str, value: str) -> QuerySet[Issue]:
        return falling_due(rows, value)

    def by_overdue(self, rows: QuerySet[Issue], name: str, value: int) -> QuerySet[Issue]:
        return overdue_by(rows, value)

    def by_words(self, rows: QuerySet[Issue], name: str, value: str) -> QuerySet[Issue]:
        for word in value.split():
            rows = rows.filter(
                Q(number__icontains=word) | Q(title__icontains=word) | Q(enterprise__name__icontains=word)
            )
        return rows

    def by_tag(self, rows: QuerySet[Issue], name: str, value: str) -> QuerySet[Issue]:
        return with_tag(rows, value)

    def by_level(self, rows: QuerySet[Issue], name: str, value: str) -> QuerySet[Issue]:
        return rows.filter(level__in=LEVELS[value], closed_at__isnull=True)

    def by_news(self, rows: QuerySet[Issue], name: str, value: bool) -> QuerySet[Issue]:
        return only_unread(self, rows, value)

    def by_watch(self, rows: QuerySet[Issue], name: str, value: bool) -> QuerySet[Issue]:
        watched = Q(pk__in=IssueWatch.objects.visible_to(self.request.user).values("issue_id"))
        return rows.filter(watched if value else ~watched)
