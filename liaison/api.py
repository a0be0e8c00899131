"""Assignments and visits under /api/v1/."""

from __future__ import annotations

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from enterprises.models import Enterprise
from foundation.accounts.api import (
    CreateVerb,
    FilterSet,
    ReadViewSet,
    StrictModelSerializer,
    StrictSerializer,
    UpdateVerb,
    scoped,
)
from foundation.accounts.errors import Refused
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Permission
from foundation.clocks import localtime
from liaison import actions, problems
from liaison.models import Assignment, Visit
from liaison.problems import Problem
from projects.models import Project

LONG = 4_000


class Seen(serializers.PrimaryKeyRelatedField):
    """A row named by its number, among those that the asking user may see."""

    def __init__(self, model: Any, **kwargs: Any) -> None:
        self.model = model
        super().__init__(queryset=model._default_manager.none(), **kwargs)

    def get_queryset(self) -> Any:
        request = self.context.get("request")
        return self.model._default_manager.visible_to(getattr(request, "user", None))


class AssignmentSerializer(StrictModelSerializer):
    """An assignment as it stands."""

    kind_name = serializers.CharField(source="get_kind_display", read_only=True)
    target = serializers.CharField(source="target.name", read_only=True)
    holder = serializers.CharField(source="holder.name", read_only=True)
    active = serializers.SerializerMethodField()

    class Meta:
        model = Assignment
        fields = [
            *("id", "kind", "kind_name", "enterprise", "project", "target", "user", "department", "holder"),
            *("started_on", "ended_on", "end_reason", "active", "version"),
        ]
        read_only_fields = fields

    def get_active(self, row: Assignment) -> bool:
        return row.ended_on is None


class AssignmentInput(StrictSerializer):
    """Give one part at one enterprise or project to a person or department."""

    kind = serializers.ChoiceField(choices=Assignment.Kind.choices)
    enterprise = Seen(Enterprise, required=False)
    project = Seen(Project, required=False)
    user = Seen(User, required=False)
    department = Seen(Department, required=False)
    started_on = serializers.DateField(required=False)


class EndInput(StrictSerializer):
    """Why an assignment ends, and the version that was read."""

    reason = serializers.CharField(max_length=200)
    version = serializers.IntegerField()


class AssignmentFilter(FilterSet):
    """Filters of the list of assignments."""

    kind = django_filters.ChoiceFilter(choices=Assignment.Kind.choices)
    enterprise = django_filters.ModelChoiceFilter(queryset=scoped(Enterprise))
    project = django_filters.ModelChoiceFilter(queryset=scoped(Project))
    user = django_filters.ModelChoiceFilter(queryset=scoped(User))
    department = django_filters.ModelChoiceFilter(queryset=scoped(Department))
    active = django_filters.BooleanFilter(field_name="ended_on", lookup_expr="isnull")


class AssignmentViewSet(CreateVerb, ReadViewSet):
    """Who serves whom; POST replaces whoever holds the part now."""

    queryset = Assignment.objects.select_related("enterprise", "project", "user", "department")
    serializer_class = AssignmentSerializer
    write_serializer_class = AssignmentInput
    write_serializers = {"end": EndInput}
    permissions = {
        "list": Permission.ASSIGNMENT_VIEW,
        "retrieve": Permission.ASSIGNMENT_VIEW,
        "create": Permission.ASSIGNMENT_EDIT,
        "end": Permission.ASSIGNMENT_EDIT,
    }
    filterset_class = AssignmentFilter
    ordering_fields = {"started_on": "started_on", "ended_on": "ended_on"}
    default_ordering = ["-started_on"]

    def perform_create(self, data: dict[str, Any]) -> Assignment:
        """One target, one holder."""
        target = _only_one(
            data.pop("enterprise", None), data.pop("project", None), _("请给出 enterprise 或 project 之一。")
        )
        holder = _only_one(data.pop("user", None), data.pop("department", None), _("请给出 user 或 department 之一。"))
        return actions.assign(target=target, holder=holder, by=self.request.user, **data)

    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """End it without a successor."""
        data = self.body()
        ended = actions.end_assignment(assignment=self.get_object(), by=request.user, **data)
        return Response(self.represent(ended))


def _only_one(first: Any, second: Any, message: Any) -> Any:
    """The one that was given; refused where both or none were."""
    if (first is None) == (second is None):
        raise Refused(message, code="missing_target")
    return first if first is not None else second


class VisitSerializer(StrictModelSerializer):
    """A visit as logged."""

    target = serializers.CharField(source="target.name", read_only=True)
    by_name = serializers.CharField(source="by.name", read_only=True)

    class Meta:
        model = Visit
        fields = [
            *("id", "enterprise", "project", "target", "by", "by_name", "department", "visited_at", "form", "met"),
            *("companions", "explained", "operating_condition", "operating_facts", "employees", "output_value"),
            *("summary", "logged_at", "version"),
        ]
        read_only_fields = fields


class ProblemInput(StrictSerializer):
    """A problem found, which becomes a registered case."""

    title = serializers.CharField(max_length=80)
    text = serializers.CharField(max_length=LONG)
    category = serializers.CharField(max_length=20)

    def validate_category(self, value: str) -> str:
        if value not in dict(problems.choices()):
            raise serializers.ValidationError(_("没有这个诉求类别。"), code="invalid_choice")
        return value


class VisitFacts(StrictSerializer):
    """What can be written of a visit, and corrected."""

    visited_at = serializers.DateTimeField()
    form = serializers.ChoiceField(choices=Visit.Form.choices, required=False)
    met = serializers.CharField(max_length=200)
    companions = serializers.CharField(max_length=200, required=False, allow_blank=True)
    explained = serializers.CharField(max_length=LONG, required=False, allow_blank=True)
    operating_condition = serializers.ChoiceField(
        choices=Enterprise.Condition.choices, required=False, allow_blank=True
    )
    operating_facts = serializers.CharField(max_length=LONG, required=False, allow_blank=True)
    employees = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False, allow_null=True)
    output_value = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, required=False, allow_null=True
    )
    summary = serializers.CharField(max_length=LONG, required=False, allow_blank=True)


class VisitInput(VisitFacts):
    """A new visit; the same submission_key again gives the same record."""

    enterprise = Seen(Enterprise, required=False)
    project = Seen(Project, required=False)
    problems = serializers.ListField(child=ProblemInput(), required=False, max_length=10)
    submission_key = serializers.UUIDField(required=False)


class VisitUpdate(VisitFacts):
    """A correction, with the version that was read."""

    version = serializers.IntegerField()


class VisitFilter(FilterSet):
    """Filters of the list of visits; days in Shanghai."""

    enterprise = django_filters.ModelChoiceFilter(queryset=scoped(Enterprise))
    project = django_filters.ModelChoiceFilter(queryset=scoped(Project))
    by = django_filters.ModelChoiceFilter(queryset=scoped(User))
    department = django_filters.ModelChoiceFilter(queryset=scoped(Department))
    form = django_filters.ChoiceFilter(choices=Visit.Form.choices)
    visited_from = django_filters.DateFilter(method="from_day")
    visited_until = django_filters.DateFilter(method="until_day")

    def from_day(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(visited_at__gte=localtime.start_of_day(value))

    def until_day(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(visited_at__lt=localtime.end_of_day(value))


class VisitViewSet(CreateVerb, UpdateVerb, ReadViewSet):
    """Visits; POST logs one, PATCH corrects one's own."""

    queryset = Visit.objects.select_related("enterprise", "project", "by")
    serializer_class = VisitSerializer
    write_serializer_class = VisitInput
    write_serializers = {"partial_update": VisitUpdate}
    permissions = {
        "list": Permission.VISIT_VIEW,
        "retrieve": Permission.VISIT_VIEW,
        "create": Permission.VISIT_LOG,
        "partial_update": Permission.VISIT_LOG,
    }
    filterset_class = VisitFilter
    ordering_fields = {"visited_at": "visited_at", "logged_at": "logged_at"}
    default_ordering = ["-visited_at"]

    def perform_create(self, data: dict[str, Any]) -> Visit:
        found = [Problem(one["title"], one["text"], one["category"]) for one in data.pop("problems", [])]
        return actions.log_visit(by=self.request.user, problems=found, **data)

    def perform_update(self, obj: Visit, version: int, data: dict[str, Any]) -> Visit:
        return actions.edit_visit(visit=obj, version=version, by=self.request.user, **data)


def register(router: Any) -> None:
    """Hang both on the API's router."""
    router.register("assignments", AssignmentViewSet, basename="assignment")
    router.register("visits", VisitViewSet, basename="visit")
