"""The replies a department keeps ready, in the API."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.accounts.api import (
    CreateVerb,
    FilterSet,
    ReadViewSet,
    StrictModelSerializer,
    StrictSerializer,
    UpdateVerb,
    obeyed,
)
from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission
from issues import actions
from issues.api.bodies import InSight
from issues.models import CannedReply


class CannedSerializer(StrictModelSerializer):
    class Meta:
        model = CannedReply
        fields = ["id", "department", "title", "text", "used", "changed_at", "version"]
        read_only_fields = fields


class CannedBody(StrictSerializer):
    """A reply; without `department` it is for one's own. A change needs the `version` that was read."""

    department = InSight(Department, required=False)
    title = serializers.CharField(max_length=40)
    text = serializers.CharField(max_length=1000)
    version = serializers.IntegerField(min_value=1, required=False)


class CannedFilter(FilterSet):
    """Nothing to narrow by: there are few."""


class CannedReplyViewSet(CreateVerb, UpdateVerb, ReadViewSet):
    """Replies the asking user may use: of the own department, of those above and of those below."""

    queryset = CannedReply.objects.select_related("department")
    serializer_class = CannedSerializer
    write_serializer_class = CannedBody
    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "destroy"), Permission.CANNED_REPLY_KEEP
    )
    filterset_class = CannedFilter
    ordering_fields = {"used": "used", "title": "title"}
    default_ordering = ["-used"]

    def perform_create(self, data: dict[str, Any]) -> CannedReply:
        department = data.pop("department", None) or self.request.user.department
        if department is None:
            raise serializers.ValidationError({"department": [_("请指明部门。")]}, code="required")
        data.pop("version", None)
        return obeyed(actions.add_canned, by=self.request.user, department=department, **data)

    def perform_update(self, reply: CannedReply, version: int, data: dict[str, Any]) -> CannedReply:
        if "department" in data:
            raise serializers.ValidationError({"department": [_("这个字段不能修改。")]}, code="read_only")
        given = {"title": reply.title, "text": reply.text} | data
        return obeyed(actions.edit_canned, by=self.request.user, reply=reply, version=version, **given)

    def destroy(self, request: Request, pk: str) -> Response:
        """Keep it no more."""
        obeyed(actions.delete_canned, by=request.user, reply=self.get_object())
        return Response(status=204)
