"""The viewset: lists and cases by role, registering, and one address for every verb of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.accounts.api import CreateVerb, ReadViewSet, StrictSerializer, obeyed
from foundation.accounts.api_permission import AnyOfDeclared, JsonBody
from foundation.accounts.permissions import Permission
from issues import actions, lifecycle
from issues.api.advice import AdviceSerializer, CategoryHintBody, CategoryHintSerializer, SuggestionRunViewSet
from issues.api.bodies import BODIES, RegisterBody
from issues.api.calls import FollowUpCallViewSet
from issues.api.canned import CannedReplyViewSet
from issues.api.clusters import ClusterViewSet
from issues.api.desk import SavedViewViewSet, TagViewSet
from issues.api.drafts import AppealDraftViewSet
from issues.api.fields import (
    AppealRowSerializer,
    AppealSerializer,
    IssueRowSerializer,
    IssueSerializer,
    SimilarSerializer,
)
from issues.api.filters import AppealFilter, IssueFilter
from issues.api.gaps import PolicyGapViewSet
from issues.models import Issue
from issues.repeats import similar
from issues.suggesting import suggestions

READERS = frozenset({Permission.ISSUE_VIEW, Permission.APPEAL_SUBMIT})


class IssueViewSet(CreateVerb, ReadViewSet):
    """Cases within the asking user's sight; the enterprise's side never sees what is internal."""

    queryset = Issue.objects.select_related("category", "enterprise", "department", "handler")
    permission_classes = [AnyOfDeclared]
    permissions: Any = {
        "list": READERS,
        "retrieve": READERS,
        "create": lifecycle.find("register").permissions,
        "watch": {Permission.ISSUE_VIEW},
        "unwatch": {Permission.ISSUE_VIEW},
        "seen": READERS,
        "seen_all": READERS,
        "similar": {Permission.ISSUE_VIEW},
        "suggestion": lifecycle.find("dispatch").permissions,
        "category_hint": {Permission.ISSUE_REGISTER, Permission.APPEAL_SUBMIT},
        **{f"do_{verb}": lifecycle.find(verb).permissions for verb in BODIES},
    }
    parser_classes = [JsonBody, MultiPartParser]
    write_serializer_class = RegisterBody
    write_serializers = {
        **{f"do_{verb}": body for verb, body in BODIES.items()},
        "watch": StrictSerializer,
        "unwatch": StrictSerializer,
        "seen": StrictSerializer,
        "seen_all": StrictSerializer,
        "category_hint": CategoryHintBody,
    }
    default_ordering = ["-registered_at"]

    @property
    def outside(self) -> bool:
        """Whether the asking user stands on the enterprise's side."""
        user = getattr(getattr(self, "request", None), "user", None)
        return bool(user and user.is_authenticated and user.may(Permission.APPEAL_SUBMIT))

    @property
    def serializer_class(self) -> type[serializers.BaseSerializer]:  # type: ignore[override]
        """What answers with a whole case."""
        return AppealSerializer if self.outside else IssueSerializer

    @property
    def filterset_class(self) -> type:
        return AppealFilter if self.outside else IssueFilter

    @property
    def ordering_fields(self) -> dict[str, str]:  # type: ignore[override]
        fields = {
            "number": "number",
            "registered_at": "registered_at",
            "due_at": "due_at",
            "last_event_at": "last_event_at",
            "closed_at": "closed_at",
        }
        return fields | ({"last_event_at": "last_public_event_at"} if self.outside else {"level": "level"})

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        if self.action == "list":
            return AppealRowSerializer if self.outside else IssueRowSerializer
        return super().get_serializer_class()

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        if self.action == "list":
            return rows.defer("text", "resolution_text")
        return rows.select_related("department", "rule")

    def perform_create(self, data: dict[str, Any]) -> Issue:
        if self.outside:
            staff = getattr(self.request.user, "enterprise_staff", None)
            if staff is None:
                raise exceptions.PermissionDenied(_("您的账号还没有关联企业,请联系企业服务办公室。"))
            data = {"enterprise": staff.enterprise, "channel": Issue.Channel.PORTAL} | data
        missing = {name: [_("该字段是必填项。")] for name in ("enterprise", "channel") if name not in data}
        if missing:
            raise serializers.ValidationError(missing, code="required")
        return obeyed(actions.register, by=self.request.user, **data)

    def do(self, verb: str) -> Response:
        """Carry out one verb on the case of the address."""
        issue = self.get_object()
        done = obeyed(actions.VERBS[verb], issue=issue, by=self.request.user, **self.body())
        return Response(self.represent(done))

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def watch(self, request: Request, pk: str) -> Response:
        """关注:此件有新动态时通知我。"""
        return self._for_myself(actions.watch)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def unwatch(self, request: Request, pk: str) -> Response:
        """取消关注。"""
        return self._for_myself(actions.unwatch)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def seen(self, request: Request, pk: str) -> Response:
        """此件标为已读。"""
        return self._for_myself(actions.see)

    @extend_schema(request=None, responses={204: None}, operation_id="issues_seen_all")
    @action(detail=False, methods=["post"], url_path="seen")
    def seen_all(self, request: Request) -> Response:
        """全部标为已读。"""
        self.body()
        actions.see_all(by=request.user)
        return Response(status=204)

    @extend_schema(responses=SimilarSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def similar(self, request: Request, pk: str) -> Response:
        """在办和近 180 天销号的类似诉求,最相似的在前。"""
        issue = self.get_object()
        found = similar.in_district(issue.title, issue.text, user=request.user, but=issue)
        return Response(SimilarSerializer(found, many=True).data)

    @extend_schema(responses=AdviceSerializer)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def suggestion(self, request: Request, pk: str) -> Response:
        """建议交给哪个部门,为什么;把握不足时是类别的默认主办部门。"""
        return Response(AdviceSerializer(suggestions.for_issue(self.get_object())).data)

    @extend_schema(request=CategoryHintBody, responses=CategoryHintSerializer, operation_id="issues_category_hint")
    @action(detail=False, methods=["post"], url_path="category-hint")
    def category_hint(self, request: Request) -> Response:
        """正在填写的内容可能属于哪一类;说不准时 `category` 为空。企业端不附理由。"""
        asked = self.body()
        staff = getattr(request.user, "enterprise_staff", None) if self.outside else None
        enterprise = staff.enterprise if staff else asked.get("enterprise")
        hint = suggestions.for_text(asked["title"], asked["text"], enterprise)
        because = "" if hint is None or self.outside else hint.because
        return Response(CategoryHintSerializer({"category": hint and hint.category, "because": because}).data)

    def _for_myself(self, write: Callable[..., None]) -> Response:
        """Do what concerns only the asking user's own attention."""
        issue = self.get_object()
        self.body()
        write(issue=issue, by=self.request.user)
        return Response(status=204)


def _address(verb: str) -> Any:
    """The method behind POST /api/v1/issues/{id}/<verb>/."""
    transition = lifecycle.find(verb)

    def method(self: IssueViewSet, request: Request, pk: str) -> Response:
        return self.do(verb)

    method.__name__ = f"do_{verb}"
    method.__doc__ = f"{transition.label}。{transition.hint}"
    named = action(detail=True, methods=["post"], url_path=verb, url_name=verb.replace("_", "-"))(method)
    return extend_schema(request=BODIES[verb], responses=IssueSerializer, operation_id=f"issues_{verb}")(named)


for _verb in BODIES:
    setattr(IssueViewSet, f"do_{_verb}", _address(_verb))


def register(router: Any) -> None:
    """Add these resources to the API."""
    router.register("issues", IssueViewSet, basename="issue")
    router.register("tags", TagViewSet, basename="tag")
    router.register("saved-views", SavedViewViewSet, basename="saved-view")
    router.register("canned-replies", CannedReplyViewSet, basename="canned-reply")
    router.register("follow-up-calls", FollowUpCallViewSet, basename="follow-up-call")
    router.register("clusters", ClusterViewSet, basename="cluster")
    router.register("drafts", AppealDraftViewSet, basename="draft")
    router.register("suggestion-runs", SuggestionRunViewSet, basename="suggestion-run")
    router.register("policy-gaps", PolicyGapViewSet, basename="policy-gap")
