"""Groups of cases that repeat themselves in the API: to read, and to decide what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from enterprises.models import Enterprise
from foundation.accounts.api import FilterSet, ReadViewSet, StrictModelSerializer, StrictSerializer
from foundation.accounts.permissions import Permission
from issues import actions
from issues.actions.base import TEXT_LIMIT
from issues.api.bodies import InSight
from issues.models import Category, Issue, IssueCluster, IssueClusterCase


class ClusterRowSerializer(StrictModelSerializer):
    """A group: how many cases, of how many enterprises, from when to when."""

    kind_name = serializers.CharField(source="get_kind_display", read_only=True)
    state_name = serializers.CharField(source="get_state_display", read_only=True)
    category: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="code", read_only=True)
    category_name = serializers.CharField(source="category.name", read_only=True)
    enterprise_name = serializers.CharField(source="enterprise.name", default=None, read_only=True)
    cause_number = serializers.CharField(source="cause.number", default=None, read_only=True)

    class Meta:
        model = IssueCluster
        fields = [
            "id", "kind", "kind_name", "state", "state_name", "title", "category", "category_name", "enterprise",
            "enterprise_name", "size", "open_size", "enterprises", "first_at", "last_at", "found_at", "cause",
            "cause_number", "decided_at", "decided_by", "reason", "version",
        ]  # fmt: skip
        read_only_fields = fields


class ClusterCaseSerializer(StrictModelSerializer):
    """A case of a group, and how like the group's title it is in percent."""

    number = serializers.CharField(source="issue.number", read_only=True)
    title = serializers.CharField(source="issue.title", read_only=True)
    status = serializers.CharField(source="issue.status", read_only=True)
    enterprise: serializers.PrimaryKeyRelatedField = serializers.PrimaryKeyRelatedField(
        source="issue.enterprise", read_only=True
    )
    enterprise_name = serializers.CharField(source="issue.enterprise.name", read_only=True)
    registered_at = serializers.DateTimeField(source="issue.registered_at", read_only=True)

    class Meta:
        model = IssueClusterCase
        fields = ["issue", "number", "title", "status", "enterprise", "enterprise_name", "registered_at", "likeness"]
        read_only_fields = fields


class ClusterSerializer(ClusterRowSerializer):
    """A group with its cases, the earliest first."""

    cases = serializers.SerializerMethodField()

    class Meta(ClusterRowSerializer.Meta):
        fields = [*ClusterRowSerializer.Meta.fields, "cases"]
        read_only_fields = fields

    @extend_schema_field(ClusterCaseSerializer(many=True))
    def get_cases(self, cluster: IssueCluster) -> Any:
        seen = Issue.objects.visible_to(self.context["request"].user)
        rows = cluster.cases.filter(issue__in=seen).select_related("issue__enterprise")
        return ClusterCaseSerializer(rows.order_by("issue__registered_at", "pk"), many=True).data


class VersionBody(StrictSerializer):
    """The version that was read."""

    version = serializers.IntegerField(min_value=0, required=False)


class MergeBody(VersionBody):
    """`issues` become part of `lead`; all of them belong to the group."""

    lead = InSight(Issue)
    issues = InSight(Issue, many=True)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class CauseBody(VersionBody):
    """The case for the cause, in the name of one of the enterprises that asked."""

    enterprise = InSight(Enterprise)
    title = serializers.CharField(max_length=80)
    text = serializers.CharField(max_length=TEXT_LIMIT)
    follow = serializers.BooleanField(required=False)


class DismissBody(VersionBody):
    """Why these are not about one thing."""

    reason = serializers.CharField(max_length=200)


class MergedSerializer(serializers.Serializer):
    """How many were merged, and the group as it is now; null where too few are left to be one."""

    merged = serializers.IntegerField()
    cluster = ClusterSerializer(allow_null=True)


class FoundSerializer(serializers.Serializer):
    """How many groups there are."""

    found = serializers.IntegerField()


class ClusterFilter(FilterSet):
    kind = django_filters.ChoiceFilter(choices=IssueCluster.Kind.choices)
    state = django_filters.MultipleChoiceFilter(choices=IssueCluster.State.choices)
    category = django_filters.ModelChoiceFilter(to_field_name="code", queryset=Category.objects.all())


class ClusterViewSet(ReadViewSet):
    """Groups of cases about one thing, for the office."""

    queryset = IssueCluster.objects.select_related("category", "enterprise", "cause")
    serializer_class = ClusterSerializer
    permissions = dict.fromkeys(
        ("list", "retrieve", "find", "merge", "cause", "dismiss", "restore"), Permission.ISSUE_DISPATCH
    )
    write_serializers = {
        "find": StrictSerializer,
        "merge": MergeBody,
        "cause": CauseBody,
        "dismiss": DismissBody,
        "restore": VersionBody,
    }
    filterset_class = ClusterFilter
    ordering_fields = {"size": "size", "enterprises": "enterprises", "last_at": "last_at", "found_at": "found_at"}
    default_ordering = ["-enterprises", "-size", "-last_at"]

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return ClusterRowSerializer if self.action == "list" else super().get_serializer_class()

    @extend_schema(request=None, responses=FoundSerializer)
    @action(detail=False, methods=["post"])
    def find(self, request: Request) -> Response:
        """不等到夜间,现在就重新比对。"""
        self.body()
        return Response({"found": actions.find_clusters(by=request.user)})  # type: ignore[arg-type]

    @extend_schema(request=MergeBody, responses=MergedSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """把选定的诉求并入主件,要么全部并入,要么都不动。"""
        cluster = self.get_object()
        merged = actions.merge_cluster(cluster=cluster, by=request.user, **self.body())  # type: ignore[arg-type]
        left = self.get_queryset().filter(pk=cluster.pk).exists()
        return Response({"merged": merged, "cluster": self.represent(cluster) if left else None})

    @extend_schema(request=CauseBody, responses=ClusterSerializer)
    @action(detail=True, methods=["post"])
    def cause(self, request: Request, pk: str) -> Response:
        """为共同原因立一件;`follow` 为真时,未办结的都并入它。"""
        return self._do(actions.open_cause)

    @extend_schema(request=DismissBody, responses=ClusterSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        """不是一回事:以后不再归为一组。"""
        return self._do(actions.dismiss_cluster)

    @extend_schema(request=VersionBody, responses=ClusterSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """恢复为待处理。"""
        return self._do(actions.restore_cluster)

    def _do(self, write: Callable[..., Any]) -> Response:
        cluster = self.get_object()
        write(cluster=cluster, by=self.request.user, **self.body())
        return Response(self.represent(cluster))
