"""Scores over the API: a period's standings, and one department's components."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from foundation.accounts.permissions import Permission
from foundation.clocks.localtime import today
from supervision import pages
from supervision.periods import Period, month_of, parse
from supervision.plain import department, plain
from supervision.standings import standings

PERIOD = OpenApiParameter("period", str, description="2026-10, 2026-Q4 or 2026-W47; default: this month")


class PartSerializer(serializers.Serializer):
    key = serializers.CharField()
    numerator = serializers.FloatField()
    denominator = serializers.IntegerField()
    points = serializers.FloatField(allow_null=True)


class ScoreSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    rank = serializers.IntegerField(allow_null=True)
    components = PartSerializer(many=True)


class StandingsSerializer(serializers.Serializer):
    period = serializers.CharField()
    formula = serializers.IntegerField()
    frozen = serializers.BooleanField()
    departments = ScoreSerializer(many=True)


class ScoreViewSet(ViewSet):
    """Read only. Everyone who may see scores sees names, scores and ranks; components only of departments in sight."""

    permissions = {"list": Permission.SCORE_VIEW, "retrieve": Permission.SCORE_VIEW}
    lookup_value_regex = "[A-Za-z0-9_-]+"

    @extend_schema(parameters=[PERIOD], responses=StandingsSerializer)
    def list(self, request: Request) -> Response:
        result = standings(asked_period(request))
        data = plain(result)
        for row, told in zip(pages.ranking_rows(result, request.user), data["departments"], strict=True):
            if not row.url:
                told["components"] = []
        return Response(data)

    @extend_schema(parameters=[PERIOD], responses=ScoreSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        standing = standings(asked_period(request)).of(pk)
        if standing is None or not pages.may_open(request.user, standing.department):
            raise Http404
        return Response(department(standing))


def asked_period(request: Request) -> Period:
    """The period asked for; 400 for nonsense or an unknown parameter."""
    if unknown := set(request.query_params) - {"period"}:
        raise exceptions.ValidationError(_("不认识的参数:%(names)s。") % {"names": "、".join(sorted(unknown))})
    text = request.query_params.get("period", "")
    try:
        return parse(text) if text else month_of(today())
    except ValueError as error:
        raise exceptions.ValidationError({"period": _("周期写作 2026-10、2026-Q4 或 2026-W47。")}) from error


def register(router: Any) -> None:
    router.register("scores", ScoreViewSet, basename="score")
