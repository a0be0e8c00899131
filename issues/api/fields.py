"""What issues look like in the API, for officials and for the enterprise's side."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.accounts.api import PhoneField, StrictModelSerializer
from foundation.attachments.models import Attachment
from issues import lifecycle
from issues.casefile import links
from issues.models import CoHandling, Event, Issue

PUBLIC = [
    "id",
    "number",
    "title",
    "category",
    "category_name",
    "enterprise",
    "enterprise_name",
    "channel",
    "status",
    "status_name",
    "department",
    "department_name",
    "registered_at",
    "due_at",
    "due_provisional",
    "waiting_since",
    "resolved_at",
    "rating",
    "closing",
    "closed_at",
    "last_event_at",
    "version",
]
INTERNAL = [
    "project",
    "visit",
    "handler",
    "handler_name",
    "level",
    "clock_kind",
    "return_count",
    "binding",
    "listed_until",
    "reopened_count",
    "registered_by",
]
LONG = [
    "follows",
    "text",
    "contact_name",
    "contact_phone",
    "resolution",
    "resolution_text",
    "resolution_basis",
    "resolution_level",
    "resolution_told_way",
    "resolution_told_on",
    "rating_tags",
    "rating_comment",
    "rated_at",
    "events",
    "files",
    "links",
    "verbs",
]


class PublicEventSerializer(StrictModelSerializer):
    """One public thing that happened."""

    label = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field of the answer, not of the field

    class Meta:
        model = Event
        fields = ["at", "verb", "label", "actor", "text"]
        read_only_fields = fields

    def get_label(self, event: Event) -> str:
        return str(lifecycle.find(event.verb).label)


class EventSerializer(PublicEventSerializer):
    """One thing that happened, with what officials know of it."""

    class Meta(PublicEventSerializer.Meta):
        fields = ["id", "at", "verb", "label", "actor", "by", "text", "internal", "data"]
        read_only_fields = fields


class FileSerializer(StrictModelSerializer):
    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ["key", "name", "size", "state", "url"]
        read_only_fields = fields

    def get_url(self, attachment: Attachment) -> str:
        return reverse("attachments:download", args=[attachment.key])


class AppealRowSerializer(StrictModelSerializer):
    """A case as its enterprise sees it in a list."""

    category: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="code", read_only=True)
    category_name = serializers.CharField(source="category.name", read_only=True)
    enterprise_name = serializers.CharField(source="enterprise.name", read_only=True)
    department_name = serializers.CharField(source="department.name", default=None, read_only=True)
    status = serializers.SerializerMethodField()
    status_name = serializers.SerializerMethodField()
    last_event_at = serializers.DateTimeField(source="last_public_event_at", read_only=True)

    class Meta:
        model = Issue
        fields = PUBLIC
        read_only_fields = fields

    def get_status(self, issue: Issue) -> str:
        return str(lifecycle.public_status(issue))

    def get_status_name(self, issue: Issue) -> str:
        return str(lifecycle.public_status(issue).label)


class IssueRowSerializer(AppealRowSerializer):
    """A case as officials see it in a list."""

    handler_name = serializers.CharField(source="handler.name", default=None, read_only=True)
    last_event_at = serializers.DateTimeField(read_only=True)

    class Meta(AppealRowSerializer.Meta):
        fields = PUBLIC + INTERNAL
        read_only_fields = fields

    def get_status(self, issue: Issue) -> str:
        return issue.status

    def get_status_name(self, issue: Issue) -> str:
        return issue.get_status_display()


class LinkedSerializer(serializers.Serializer):
    """Another case, and what it is to this one."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the answer, not of the field
    id = serializers.IntegerField(source="pk")
    number = serializers.CharField()
    title = serializers.CharField()
    stage = serializers.CharField()
    note = serializers.CharField()


class LinksSerializer(serializers.Serializer):
    """The linked cases within sight, and how many are not."""

    cases = LinkedSerializer(many=True, source="rows")
    hidden = serializers.IntegerField()
    merged_away = serializers.BooleanField()


class WithWhole(serializers.Serializer):
    """What only the case itself carries: its texts, its timeline, its files, and the verbs open to the reader."""

    contact_phone = PhoneField()
    events = serializers.SerializerMethodField()
    files = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()
    verbs = serializers.SerializerMethodField()
    event_serializer: type[PublicEventSerializer] = PublicEventSerializer

    def get_events(self, issue: Issue) -> list[dict[str, Any]]:
        rows = Event.objects.visible_to(self.context["request"].user).filter(issue=issue)
        return list(self.event_serializer(rows, many=True).data)

    def get_files(self, issue: Issue) -> list[dict[str, Any]]:
        rows = Attachment.objects.of(issue).visible_to(self.context["request"].user)
        return list(FileSerializer(rows, many=True).data)

    @extend_schema_field(LinksSerializer)
    def get_links(self, issue: Issue) -> dict[str, Any]:
        return dict(LinksSerializer(links.of(lifecycle.Case(issue, self.context["request"].user))).data)

    def get_verbs(self, issue: Issue) -> list[str]:
        return [transition.verb for transition in lifecycle.available(issue, self.context["request"].user)]


class AppealSerializer(WithWhole, AppealRowSerializer):
    """A case as its enterprise sees it."""

    class Meta(AppealRowSerializer.Meta):
        fields = PUBLIC + LONG
        read_only_fields = fields


class CoHandlingSerializer(StrictModelSerializer):
    """A department that helps, or helped."""

    department_name = serializers.CharField(source="department.name", read_only=True)

    class Meta:
        model = CoHandling
        fields = [
            "id", "department", "department_name", "wanted", "days", "invited_at", "invited_by", "due_at", "level",
            "reply", "ended", "ended_at", "end_reason",
        ]  # fmt: skip
        read_only_fields = fields


class IssueSerializer(WithWhole, IssueRowSerializer):
    """A case as officials see it."""

    event_serializer = EventSerializer
    co_handlings = serializers.SerializerMethodField()

    class Meta(IssueRowSerializer.Meta):
        fields = [*PUBLIC, *INTERNAL, *LONG, "co_handlings"]
        read_only_fields = fields

    @extend_schema_field(CoHandlingSerializer(many=True))
    def get_co_handlings(self, issue: Issue) -> list[dict[str, Any]]:
        rows = CoHandling.objects.visible_to(self.context["request"].user).filter(issue=issue)
        return list(CoHandlingSerializer(rows.select_related("department"), many=True).data)


class SimilarSerializer(serializers.Serializer):
    """A case like another, and how like it is in percent."""

    id = serializers.IntegerField(source="issue.pk")
    number = serializers.CharField(source="issue.number")
    title = serializers.CharField(source="issue.title")
    enterprise_name = serializers.CharField(source="issue.enterprise.name")
    status = serializers.CharField(source="issue.status")
    percent = serializers.IntegerField()
