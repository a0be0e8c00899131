"""What is suggested for a case, with the reason."""

from __future__ import annotations

from rest_framework import serializers


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
