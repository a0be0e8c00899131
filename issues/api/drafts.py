"""One's own drafts of appeals in the API: kept, continued with their files, sent, thrown away."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.accounts.api import (
    CreateVerb,
    ReadViewSet,
    StrictModelSerializer,
    StrictSerializer,
    UpdateVerb,
    obeyed,
)
from foundation.accounts.api_permission import JsonBody
from foundation.accounts.permissions import Permission
from foundation.attachments import actions as attachments
from foundation.attachments.models import Attachment
from issues import actions
from issues.actions.base import TEXT_LIMIT
from issues.api.fields import AppealSerializer
from issues.models import AppealDraft, Category

WRITTEN = ("category", "title", "text", "contact_name", "contact_phone")


class DraftFileSerializer(StrictModelSerializer):
    """A file that a draft keeps."""

    class Meta:
        model = Attachment
        fields = ["key", "name", "size", "content_type", "state", "uploaded_at"]
        read_only_fields = fields


class DraftSerializer(StrictModelSerializer):
    """An appeal as far as it is written; `key` is its submission key."""

    category: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="code", read_only=True)
    files = serializers.SerializerMethodField()

    class Meta:
        model = AppealDraft
        fields = ["id", "key", *WRITTEN, "files", "saved_at", "version"]
        read_only_fields = fields

    @extend_schema_field(DraftFileSerializer(many=True))
    def get_files(self, draft: AppealDraft) -> Any:
        return DraftFileSerializer(draft.files, many=True).data


class DraftBody(StrictSerializer):
    """What is written so far, none of it checked; `files` come besides those that are there."""

    key = serializers.UUIDField(required=False)
    category = serializers.SlugRelatedField(
        slug_field="code", queryset=Category.objects.filter(is_active=True), required=False, allow_null=True
    )
    title = serializers.CharField(max_length=80, required=False, allow_blank=True)
    text = serializers.CharField(max_length=TEXT_LIMIT, required=False, allow_blank=True)
    contact_name = serializers.CharField(max_length=40, required=False, allow_blank=True)
    contact_phone = serializers.CharField(max_length=30, required=False, allow_blank=True)
    files = serializers.ListField(child=serializers.FileField(), required=False)
    version = serializers.IntegerField(min_value=1, required=False)


class SendBody(StrictSerializer):
    """The version that was read."""

    version = serializers.IntegerField(min_value=1, required=False)


class AppealDraftViewSet(CreateVerb, UpdateVerb, ReadViewSet):
    """Drafts of the asking user and of nobody else."""

    queryset = AppealDraft.objects.unsent().select_related("category", "owner")
    serializer_class = DraftSerializer
    write_serializer_class = DraftBody
    write_serializers = {"send": SendBody}
    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "destroy", "send", "drop_file"), Permission.APPEAL_SUBMIT
    )
    parser_classes = [JsonBody, MultiPartParser]
    ordering_fields = {"saved_at": "saved_at"}
    default_ordering = ["-saved_at"]

    def perform_create(self, data: dict[str, Any]) -> AppealDraft:
        data.pop("version", None)
        data.setdefault("key", uuid.uuid4())
        if AppealDraft.objects.filter(key=data["key"]).exists():
            raise serializers.ValidationError({"key": [_("这份草稿已经有了,请用 PATCH 修改。")]}, code="unique")
        return self._save(**data)

    def perform_update(self, draft: AppealDraft, version: int, data: dict[str, Any]) -> AppealDraft:
        if "key" in data:
            raise serializers.ValidationError({"key": [_("这个字段不能修改。")]}, code="read_only")
        written = {name: getattr(draft, name) for name in WRITTEN}
        return self._save(**written | data, key=draft.key, version=version)

    def _save(self, files: list[UploadedFile] | None = None, **data: Any) -> AppealDraft:
        user: Any = self.request.user
        held = [attachments.hold(file=one, by=user) for one in files or ()]
        draft = actions.save_draft(by=user, files=held, **data)
        if draft is None:
            raise serializers.ValidationError({"text": [_("还没有填写内容,没有可存的草稿。")]}, code="blank")
        return draft

    def destroy(self, request: Request, pk: str) -> Response:
        """Throw the draft away, with its files."""
        actions.discard_draft(draft=self.get_object(), by=request.user)  # type: ignore[arg-type]
        return Response(status=204)

    @extend_schema(request=SendBody, responses={201: AppealSerializer})
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        """按现在的样子提交:草稿连同附件成为一件诉求。没写标题时取内容的第一句话。"""
        issue = obeyed(actions.send_draft, draft=self.get_object(), by=request.user, **self.body())
        return Response(AppealSerializer(issue, context=self.get_serializer_context()).data, status=201)

    @extend_schema(
        responses={204: None}, parameters=[OpenApiParameter("file", OpenApiTypes.UUID, OpenApiParameter.PATH)]
    )
    @action(detail=True, methods=["delete"], url_path="files/(?P<file>[^/]+)")
    def drop_file(self, request: Request, pk: str, file: str) -> Response:
        """删去草稿的一个附件。"""
        draft = self.get_object()
        try:
            key = uuid.UUID(file)
        except ValueError as error:
            raise Http404 from error
        attachments.drop(attachment=get_object_or_404(draft.files, key=key), by=request.user)  # type: ignore[arg-type]
        return Response(status=204)
