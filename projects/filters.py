"""What the list of projects can be narrowed to."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enterprises.models import Park
from foundation.accounts.models import Department
from foundation.clocks.localtime import today
from projects.models import Project

ACTIVE = [("no", _("已出库")), ("all", _("全部"))]
LATE = [("start", _("逾期未开工")), ("completion", _("逾期未投产"))]


def late_start() -> Q:
    """Planned to be under construction by now, and is not."""
    return Q(planned_start__lt=today(), stage__in=[Project.Stage.NEGOTIATION, Project.Stage.SIGNED])


def late_completion() -> Q:
    """Planned to be in production by now, and is not."""
    return Q(planned_completion__lt=today()) & ~Q(stage__in=[Project.Stage.PRODUCTION, Project.Stage.FULL_CAPACITY])


def responsible(request: Any) -> QuerySet[Department]:
    """Departments that answer for at least one project."""
    return Department.objects.filter(pk__in=Project.objects.values("responsible_department"))


class ProjectFilter(django_filters.FilterSet):
    """Reads ?q=…&stage=… ; without ?active only projects in the library."""

    q = django_filters.CharFilter(label=_("项目名称、编号、企业"), method="by_words")
    stage = django_filters.ChoiceFilter(label=_("阶段"), choices=Project.Stage.choices, empty_label=_("阶段 全部"))
    kind = django_filters.ChoiceFilter(label=_("类别"), choices=Project.Kind.choices, empty_label=_("类别 全部"))
    department = django_filters.ModelChoiceFilter(
        label=_("责任单位"),
        field_name="responsible_department",
        queryset=responsible,
        empty_label=_("责任单位 全部"),
    )
    park = django_filters.ModelChoiceFilter(label=_("园区"), queryset=Park.objects.all())
    late = django_filters.ChoiceFilter(label=_("进度"), choices=LATE, method="by_lateness")
    active = django_filters.ChoiceFilter(label=_("在库"), choices=ACTIVE, empty_label=_("在库"), method="unchanged")

    def filter_queryset(self, queryset: QuerySet[Project]) -> QuerySet[Project]:
        rows = super().filter_queryset(queryset)
        active = self.form.cleaned_data.get("active")
        return rows if active == "all" else rows.filter(is_active=active != "no")

    def by_words(self, rows: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        for word in value.split()[:6]:
            rows = rows.filter(Q(name__icontains=word) | Q(code__icontains=word) | Q(enterprise__name__icontains=word))
        return rows

    def by_lateness(self, rows: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        return rows.filter(late_start() if value == "start" else late_completion())

    def unchanged(self, rows: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        return rows
