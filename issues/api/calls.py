"""Follow-up calls in the API: to read, and to write down what a call brought."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.accounts.api import FilterSet, ReadViewSet, StrictModelSerializer, StrictSerializer, obeyed, scoped
from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission
from issues import actions
from issues.actions.calls import NOTE_LIMIT, TRY_LIMIT
from issues.forms.calls import FINDINGS
from issues.models import CallKind, FollowUpCall


class CallSerializer(StrictModelSerializer):
    """A call with the case it is about and what it found."""

    number = serializers.CharField(source="issue.number", read_only=True)
    title = serializers.CharField(source="issue.title", read_only=True)
    enterprise_name = serializers.CharField(source="issue.enterprise.name", read_only=True)
    department: serializers.PrimaryKeyRelatedField = serializers.PrimaryKeyRelatedField(
        source="handling.department", read_only=True
    )
    department_name = serializers.CharField(source="handling.department.name", read_only=True)
    kind_name = serializers.CharField(source="get_kind_display", read_only=True)
    finding_name = serializers.CharField(source="get_finding_display", read_only=True)

    class Meta:
        model = FollowUpCall
        fields = [
            "id", "issue", "number", "title", "enterprise_name", "department", "department_name", "draw", "kind",
            "kind_name", "drawn_at", "due_at", "level", "tries", "finding", "finding_name", "note", "done_at",
            "done_by", "version",
        ]  # fmt: skip
        read_only_fields = fields


class CallRecordBody(StrictSerializer):
    """Somebody answered."""

    finding = serializers.ChoiceField(choices=FINDINGS)
    note = serializers.CharField(max_length=NOTE_LIMIT)
    left = serializers.CharField(max_length=NOTE_LIMIT, required=False, allow_blank=True)
    version = serializers.IntegerField(min_value=0, required=False)


class CallMissedBody(StrictSerializer):
    """Nobody answered."""

    note = serializers.CharField(max_length=TRY_LIMIT, required=False, allow_blank=True)
    version = serializers.IntegerField(min_value=0, required=False)


class CallFilter(FilterSet):
    kind = django_filters.MultipleChoiceFilter(choices=CallKind.choices)
    finding = django_filters.MultipleChoiceFilter(choices=FollowUpCall.Finding.choices)
    open = django_filters.BooleanFilter(field_name="done_at", lookup_expr="isnull")
    department = django_filters.ModelChoiceFilter(field_name="handling__department", queryset=scoped(Department))


class FollowUpCallViewSet(ReadViewSet):
    """Calls about closed cases, for officials who may see them."""

    queryset = FollowUpCall.objects.select_related("issue__enterprise", "handling__department")
    serializer_class = CallSerializer
    permissions = {
        "list": Permission.CALL_VIEW,
        "retrieve": Permission.CALL_VIEW,
        "record": Permission.CALL_RECORD,
        "missed": Permission.CALL_RECORD,
    }
    write_serializers = {"record": CallRecordBody, "missed": CallMissedBody}
    filterset_class = CallFilter
    ordering_fields = {"drawn_at": "drawn_at", "due_at": "due_at", "done_at": "done_at"}
    default_ordering = ["-drawn_at"]

    @extend_schema(request=CallRecordBody, responses=CallSerializer)
    @action(detail=True, methods=["post"])
    def record(self, request: Request, pk: str) -> Response:
        """Write down what the enterprise answered."""
        return self._do(actions.record_call)

    @extend_schema(request=CallMissedBody, responses=CallSerializer)
    @action(detail=True, methods=["post"])
    def missed(self, request: Request, pk: str) -> Response:
        """Nobody answered; the third time ends the call."""
        return self._do(actions.miss_call)

    def _do(self, write: Any) -> Response:
        done = obeyed(write, call=self.get_object(), by=self.request.user, **self.body())
        return Response(self.represent(done))
