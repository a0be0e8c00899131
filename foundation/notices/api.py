"""One's own messages in the API: read them, mark them read."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.accounts.api import FilterSet, ReadViewSet, StrictModelSerializer, StrictSerializer
from foundation.accounts.permissions import Permission
from foundation.notices.actions import acknowledge, mark_read
from foundation.notices.models import Notice


class NoticeSerializer(StrictModelSerializer):
    class Meta:
        model = Notice
        fields = ["id", "kind", "subject", "body", "url", "created_at", "read_at", "needs_ack", "acked_at"]
        read_only_fields = fields


class NoticeFilter(FilterSet):
    unread = django_filters.BooleanFilter(method="only_unread")
    kind = django_filters.CharFilter()

    def only_unread(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        return rows.filter(read_at__isnull=value)


class NoticeViewSet(ReadViewSet):
    """The asking user's messages."""

    queryset = Notice.objects.all()
    serializer_class = NoticeSerializer
    write_serializers = {"read": StrictSerializer, "acknowledge": StrictSerializer}
    permissions = dict.fromkeys(("list", "retrieve", "read", "acknowledge"), Permission.SIGNED_IN)
    filterset_class = NoticeFilter
    ordering_fields = {"created": "created_at"}
    default_ordering = ["-created_at"]

    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Mark one message as read; one that is to be acknowledged stays as it is."""
        notice = self.get_object()
        self.body()
        mark_read(notices=Notice.objects.filter(pk=notice.pk), by=request.user)
        return Response(self.represent(notice))

    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Say that one got a message that asks for it."""
        notice = self.get_object()
        self.body()
        acknowledge(notice=notice, by=request.user)
        return Response(self.represent(notice))


def register(router: object) -> None:
    """Add this resource to the API."""
    router.register("notices", NoticeViewSet, basename="notice")  # type: ignore[attr-defined]
