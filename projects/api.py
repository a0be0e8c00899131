"""Projects in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from enterprises.models import Enterprise, Park
from foundation.accounts.api import (
    CreateVerb,
    FilterSet,
    ReadViewSet,
    StrictModelSerializer,
    StrictSerializer,
    UpdateVerb,
    scoped,
)
from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission
from projects import actions
from projects.models import Project, StageChange


class StageChangeSerializer(StrictModelSerializer):
    by = serializers.CharField(source="by.name", default=None, read_only=True)

    class Meta:
        model = StageChange
        fields = ["from_stage", "to_stage", "at", "by", "note"]
        read_only_fields = fields


class ProjectSerializer(StrictModelSerializer):
    """A project with its stage history; amounts in 万元."""

    enterprise_name = serializers.CharField(source="enterprise.name", default=None, read_only=True)
    park_name = serializers.CharField(source="park.name", default=None, read_only=True)
    responsible_department_name = serializers.CharField(source="responsible_department.name", read_only=True)
    stage_changes = StageChangeSerializer(many=True, read_only=True)

    class Meta:
        model = Project
        fields = [
            "id",
            "code",
            "name",
            "kind",
            "enterprise",
            "enterprise_name",
            "park",
            "park_name",
            "responsible_department",
            "responsible_department_name",
            "stage",
            "investment",
            "invested",
            "planned_start",
            "planned_completion",
            "actual_start",
            "actual_completion",
            "summary",
            "is_active",
            "stage_changes",
            "created_at",
            "version",
        ]
        read_only_fields = fields


class ScopedEnterprise(serializers.PrimaryKeyRelatedField):
    """An enterprise that the asking user sees."""

    def get_queryset(self) -> Any:
        request = self.context.get("request")
        return Enterprise.objects.visible_to(request.user) if request else Enterprise.objects.none()


class ProjectInput(StrictModelSerializer):
    """What may be written of a project; its stage moves by the verb `advance`."""

    code = serializers.CharField(max_length=30, required=False)
    enterprise = ScopedEnterprise(queryset=Enterprise.objects.none(), allow_null=True, required=False)
    investment = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0)
    invested = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0, required=False)
    version = serializers.IntegerField(required=False)

    class Meta:
        model = Project
        fields = [
            "code",
            "name",
            "kind",
            "enterprise",
            "park",
            "responsible_department",
            "investment",
            "invested",
            "planned_start",
            "planned_completion",
            "summary",
            "is_active",
            "version",
        ]

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        stood = self.instance
        start = data.get("planned_start", getattr(stood, "planned_start", None))
        completion = data.get("planned_completion", getattr(stood, "planned_completion", None))
        if start and completion and completion < start:
            raise serializers.ValidationError({"planned_completion": _("计划投产不能早于计划开工。")})
        return data


class NewProjectInput(ProjectInput):
    """A new project may begin at any stage."""

    class Meta(ProjectInput.Meta):
        fields = [*ProjectInput.Meta.fields, "stage"]


class AdvanceInput(StrictSerializer):
    to = serializers.ChoiceField(choices=Project.Stage.choices)
    on = serializers.DateField(required=False)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)
    version = serializers.IntegerField()


class ProjectFilter(FilterSet):
    q = django_filters.CharFilter(method="by_words", label="名称、编号")
    stage = django_filters.ChoiceFilter(choices=Project.Stage.choices)
    kind = django_filters.ChoiceFilter(choices=Project.Kind.choices)
    enterprise = django_filters.ModelChoiceFilter(queryset=scoped(Enterprise))
    park = django_filters.ModelChoiceFilter(queryset=scoped(Park))
    department = django_filters.ModelChoiceFilter(field_name="responsible_department", queryset=scoped(Department))
    is_active = django_filters.BooleanFilter()

    def by_words(self, rows: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        return rows.filter(Q(name__icontains=value) | Q(code__icontains=value))


class ProjectViewSet(CreateVerb, UpdateVerb, ReadViewSet):
    """Projects within the asking user's sight."""

    queryset = Project.objects.select_related("enterprise", "park", "responsible_department").prefetch_related(
        "stage_changes__by"
    )
    serializer_class = ProjectSerializer
    write_serializers = {"create": NewProjectInput, "partial_update": ProjectInput, "advance": AdvanceInput}
    permissions = {
        "list": Permission.PROJECT_VIEW,
        "retrieve": Permission.PROJECT_VIEW,
        "create": Permission.PROJECT_EDIT,
        "partial_update": Permission.PROJECT_EDIT,
        "advance": Permission.PROJECT_EDIT,
    }
    filterset_class = ProjectFilter
    ordering_fields = {
        "code": "code",
        "name": "name",
        "investment": "investment",
        "planned_start": "planned_start",
        "planned_completion": "planned_completion",
    }
    default_ordering = ["code"]

    def perform_create(self, data: dict[str, Any]) -> Project:
        data.pop("version", None)
        return actions.create_project(by=self.request.user, **data)  # type: ignore[arg-type]

    def perform_update(self, project: Project, version: int, data: dict[str, Any]) -> Project:
        return actions.edit_project(project=project, version=version, by=self.request.user, **data)  # type: ignore[arg-type]

    @action(detail=True, methods=["post"])
    def advance(self, request: Request, pk: str) -> Response:
        """Take the project one stage on, or with a note one back."""
        project = self.get_object()
        data = self.body()
        return Response(self.represent(actions.advance_stage(project=project, by=request.user, **data)))  # type: ignore[arg-type]


def register(router: Any) -> None:
    """Add this resource to the API."""
    router.register("projects", ProjectViewSet, basename="project")
