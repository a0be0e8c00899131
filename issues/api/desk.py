"""Tags and saved views in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from foundation.accounts.api import CreateVerb, ReadViewSet, StrictModelSerializer, StrictSerializer, UpdateVerb
from foundation.accounts.permissions import Permission
from issues import actions
from issues.models import SavedView, Tag


class TagSerializer(StrictModelSerializer):
    """A word for cases."""

    class Meta:
        model = Tag
        fields = ["id", "name", "is_active", "version"]
        read_only_fields = fields


class TagBody(StrictSerializer):
    """A tag's name, and whether it is offered; `version` when it is changed."""

    name = serializers.CharField(max_length=12, required=False)
    is_active = serializers.BooleanField(required=False)
    version = serializers.IntegerField(min_value=0, required=False)


class NewTagBody(StrictSerializer):
    """A new tag."""

    name = serializers.CharField(max_length=12)


class TagViewSet(CreateVerb, UpdateVerb, ReadViewSet):
    """The office's list of tags; officials read it and put them on cases by `issues/{id}/tag/`."""

    queryset = Tag.objects.all()
    serializer_class = TagSerializer
    write_serializers = {"create": NewTagBody, "partial_update": TagBody}
    permissions = {
        "list": Permission.ISSUE_VIEW,
        "retrieve": Permission.ISSUE_VIEW,
        "create": Permission.TAG_EDIT,
        "partial_update": Permission.TAG_EDIT,
    }
    ordering_fields = {"name": "name"}
    default_ordering = ["name"]

    def perform_create(self, data: dict[str, Any]) -> Tag:
        return actions.create_tag(by=self.request.user, **data)  # type: ignore[arg-type]

    def perform_update(self, obj: Tag, version: int, data: dict[str, Any]) -> Tag:
        return actions.edit_tag(tag=obj, by=self.request.user, version=version, **data)  # type: ignore[arg-type]


class SavedViewSerializer(StrictModelSerializer):
    """A view of the ledger: a name and the query it stands for."""

    class Meta:
        model = SavedView
        fields = ["id", "name", "query", "columns", "shared", "owner"]
        read_only_fields = fields


class SavedViewBody(StrictSerializer):
    """A view to keep; the same name again replaces it."""

    name = serializers.CharField(max_length=20)
    query = serializers.CharField(max_length=500, allow_blank=True)


class SavedViewViewSet(CreateVerb, ReadViewSet):
    """One's own views of the ledger and those shared with one."""

    queryset = SavedView.objects.all()
    serializer_class = SavedViewSerializer
    write_serializer_class = SavedViewBody
    permissions = {
        "list": Permission.ISSUE_VIEW,
        "retrieve": Permission.ISSUE_VIEW,
        "create": Permission.ISSUE_VIEW,
    }
    ordering_fields = {"name": "name", "position": "position"}
    default_ordering = ["position"]

    def perform_create(self, data: dict[str, Any]) -> SavedView:
        return actions.save_view(by=self.request.user, **data)  # type: ignore[arg-type]
