"""What is suggested for a case, with the reason; how right suggestions are, and learning them anew."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from enterprises.models import Enterprise
from foundation.accounts.api import CreateVerb, FilterSet, ReadViewSet, StrictModelSerializer, StrictSerializer
from foundation.accounts.permissions import Permission
from issues import actions
from issues.actions.base import TEXT_LIMIT
from issues.api.bodies import InSight
from issues.models import SuggestionModel, SuggestionRun
from issues.suggesting import accuracy


class SuggestionSerializer(serializers.Serializer):
    """One department, how likely it is, and why."""

    department = serializers.IntegerField(source="department.pk")
    department_name = serializers.CharField(source="department.name")
    certainty = serializers.CharField(allow_blank=True)
    probability = serializers.FloatField(allow_null=True)
    because = serializers.CharField(allow_blank=True)


class AdviceSerializer(serializers.Serializer):
    """The departments, the likeliest first; `learned` is false where only the category's rule speaks."""

    learned = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True)
    options = SuggestionSerializer(many=True)


# -- The category of what is being written ----------------------------------------------------------------------------


class CategoryHintBody(StrictSerializer):
    """What stands in the form now; the enterprise's own accounts need not say whose it is."""

    title = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    text = serializers.CharField(max_length=TEXT_LIMIT, required=False, allow_blank=True, default="")
    enterprise = InSight(Enterprise, required=False, allow_null=True)


class CategoryHintSerializer(serializers.Serializer):
    """The likely category, by its code; null where nothing can be said with some certainty."""

    category = serializers.CharField(source="category.code", allow_null=True)
    category_name = serializers.CharField(source="category.name", default="")
    because = serializers.CharField(allow_blank=True)


# -- How right they are -----------------------------------------------------------------------------------------------


class MeasuredSerializer(StrictModelSerializer):
    """One question as a run measured it on the cases it had held back; counts, not percentages."""

    target_name = serializers.CharField(source="get_target_display", read_only=True)
    verdict_name = serializers.CharField(source="get_verdict_display", read_only=True)

    class Meta:
        model = SuggestionModel
        fields = [
            "target", "target_name", "verdict", "verdict_name", "rows", "held_back", "first", "third", "majority",
            "rule", "sure", "sure_right", "classes", "words", "in_use",
        ]  # fmt: skip
        read_only_fields = fields


class SuggestionRunSerializer(StrictModelSerializer):
    """One time of learning, and what it measured."""

    state_name = serializers.CharField(source="get_state_display", read_only=True)
    models = MeasuredSerializer(many=True, read_only=True)

    class Meta:
        model = SuggestionRun
        fields = [
            "id", "state", "state_name", "requested_at", "requested_by", "started_at", "finished_at", "models",
        ]  # fmt: skip
        read_only_fields = fields


class ShareSerializer(serializers.Serializer):
    """A part of a whole."""

    part = serializers.IntegerField()
    whole = serializers.IntegerField()


class ByClassSerializer(serializers.Serializer):
    """How cases of one department were found."""

    name = serializers.CharField()
    found = ShareSerializer()
    right = ShareSerializer()


class PairSerializer(serializers.Serializer):
    """Two that are mistaken for each other, with the cases among them that the reader may open."""

    target = serializers.CharField()
    actual = serializers.CharField()
    guessed = serializers.CharField()
    cases = serializers.IntegerField()
    issues = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_issues(self, pair: accuracy.Pair) -> list[int]:
        return [issue.pk for issue in pair.issues]


class FollowedSerializer(serializers.Serializer):
    """What became of cases handed over with a learned suggestion, over the last half year."""

    taken = serializers.IntegerField()
    taken_returned = serializers.IntegerField()
    other = serializers.IntegerField()
    other_returned = serializers.IntegerField()


class AccuracySerializer(serializers.Serializer):
    """What the newest finished run found, and what happened since: as the page shows it."""

    run = serializers.IntegerField(source="newest.pk", default=None, allow_null=True)
    measured = serializers.SerializerMethodField()
    by_class = ByClassSerializer(many=True)
    pairs = PairSerializer(many=True)
    followed = FollowedSerializer()

    @extend_schema_field(MeasuredSerializer(many=True))
    def get_measured(self, report: dict[str, Any]) -> Any:
        return MeasuredSerializer([one.model for one in report["measured"]], many=True).data


class RunFilter(FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=SuggestionRun.State.choices)


class SuggestionRunViewSet(CreateVerb, ReadViewSet):
    """Runs of learning; POST has a worker learn anew, and while that is under way already it is the same run."""

    queryset = SuggestionRun.objects.prefetch_related("models")
    serializer_class = SuggestionRunSerializer
    write_serializers = {"create": StrictSerializer}
    permissions = dict.fromkeys(("list", "retrieve", "create", "accuracy"), Permission.SUGGESTION_VIEW)
    filterset_class = RunFilter
    ordering_fields = {"requested_at": "requested_at", "finished_at": "finished_at"}
    default_ordering = ["-requested_at"]

    def perform_create(self, data: dict[str, Any]) -> SuggestionRun:
        return actions.request_training(by=self.request.user)  # type: ignore[arg-type]

    @extend_schema(responses=AccuracySerializer)
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def accuracy(self, request: Request) -> Response:
        """建议的准确率:最近一次训练的检验结果、易混淆的类别,以及采用情况。"""
        return Response(AccuracySerializer(accuracy.report(request.user)).data)
