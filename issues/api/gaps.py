"""The policy-gap register in the API, to read."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from rest_framework import serializers

from foundation.accounts.api import FilterSet, ReadViewSet, StrictModelSerializer
from foundation.accounts.permissions import Permission
from issues import gaps
from issues.models import Category, Issue, PolicyGap, PolicyGapStep


class GapStepSerializer(StrictModelSerializer):
    """One thing that happened to a gap."""

    kind_name = serializers.CharField(source="get_kind_display", read_only=True)

    class Meta:
        model = PolicyGapStep
        fields = ["kind", "kind_name", "body", "on", "document", "text", "at", "by"]
        read_only_fields = fields


class GapRowSerializer(StrictModelSerializer):
    """A gap with how many enterprises and cases asked."""

    category: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="code", read_only=True)
    category_name = serializers.CharField(source="category.name", read_only=True)
    level_name = serializers.CharField(source="get_level_display", read_only=True)
    state_name = serializers.CharField(source="get_state_display", read_only=True)
    enterprises = serializers.IntegerField(source="asked_enterprises", read_only=True)
    cases = serializers.IntegerField(source="asked_cases", read_only=True)

    class Meta:
        model = PolicyGap
        fields = [
            "id", "title", "category", "category_name", "level", "level_name", "missing", "state", "state_name",
            "enterprises", "cases", "opened_at", "last_step_at", "merged_into", "version",
        ]  # fmt: skip
        read_only_fields = fields


class GapSerializer(GapRowSerializer):
    """A gap with what was sent upward and what came back, newest first."""

    steps = GapStepSerializer(many=True, read_only=True)

    class Meta(GapRowSerializer.Meta):
        fields = [*GapRowSerializer.Meta.fields, "steps"]
        read_only_fields = fields


class GapFilter(FilterSet):
    q = django_filters.CharFilter(method="by_words", max_length=80, label="名称、缺什么")
    state = django_filters.MultipleChoiceFilter(choices=PolicyGap.State.choices)
    level = django_filters.ChoiceFilter(choices=Issue.PolicyLevel.choices)
    category = django_filters.ModelChoiceFilter(to_field_name="code", queryset=Category.objects.all())

    def by_words(self, rows: QuerySet[PolicyGap], name: str, value: str) -> QuerySet[PolicyGap]:
        for word in value.split():
            rows = rows.filter(Q(title__icontains=word) | Q(missing__icontains=word))
        return rows


class PolicyGapViewSet(ReadViewSet):
    """The policies that are missing, for officials who may open the register."""

    queryset = PolicyGap.objects.select_related("category")
    serializer_class = GapSerializer
    permissions = {"list": Permission.POLICY_GAP_VIEW, "retrieve": Permission.POLICY_GAP_VIEW}
    filterset_class = GapFilter
    ordering_fields = {
        "opened_at": "opened_at",
        "last_step_at": "last_step_at",
        "enterprises": "asked_enterprises",
        "cases": "asked_cases",
    }
    default_ordering = ["-last_step_at"]

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return GapRowSerializer if self.action == "list" else super().get_serializer_class()

    def get_queryset(self) -> QuerySet:
        rows = gaps.counted(super().get_queryset())
        return rows if self.action == "list" else rows.prefetch_related("steps")
