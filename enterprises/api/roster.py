"""Enterprises and parks in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from enterprises import actions
from enterprises.filters import search_words
from enterprises.models import Contact, Enterprise, Industry, Park, Pool
from foundation.accounts.api import (
    CreateVerb,
    FilterSet,
    PhoneField,
    ReadViewSet,
    StrictModelSerializer,
    UpdateVerb,
    scoped,
)
from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission

TOWNS = Department.objects.filter(kind=Department.Kind.TOWN)


class ContactSerializer(StrictModelSerializer):
    phone = PhoneField()

    class Meta:
        model = Contact
        fields = ["id", "name", "title", "phone", "is_primary"]
        read_only_fields = fields


class EnterpriseSerializer(StrictModelSerializer):
    """An enterprise with its contacts; references by key, beside them the names."""

    industry_name = serializers.CharField(source="industry.name", default=None, read_only=True)
    park_name = serializers.CharField(source="park.name", default=None, read_only=True)
    town_name = serializers.CharField(source="town.name", default=None, read_only=True)
    pools: Any = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)
    contacts = ContactSerializer(many=True, read_only=True)

    class Meta:
        model = Enterprise
        fields = [
            "id",
            "credit_code",
            "code_doubtful",
            "name",
            "industry",
            "industry_name",
            "park",
            "park_name",
            "town",
            "town_name",
            "tier",
            "is_above_scale",
            "operating_condition",
            "is_monitoring_point",
            "pools",
            "enterprise_type",
            "legal_representative",
            "established_on",
            "registered_capital",
            "capital_currency",
            "business_scope",
            "address",
            "is_active",
            "roster_missing_since",
            "contacts",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields


class EnterpriseInput(StrictModelSerializer):
    """What may be written of an enterprise; `industry` by code, `pools` by their codes."""

    credit_code = serializers.CharField(max_length=60)
    accept_doubtful = serializers.BooleanField(default=False, write_only=True)
    town = serializers.PrimaryKeyRelatedField(queryset=TOWNS, allow_null=True, required=False)
    industry = serializers.PrimaryKeyRelatedField(queryset=Industry.objects.all(), allow_null=True, required=False)
    pools: Any = serializers.SlugRelatedField(slug_field="code", many=True, queryset=Pool.objects.all(), required=False)
    version = serializers.IntegerField(required=False)

    class Meta:
        model = Enterprise
        fields = [
            "credit_code",
            "accept_doubtful",
            "name",
            "industry",
            "park",
            "town",
            "tier",
            "is_above_scale",
            "operating_condition",
            "is_monitoring_point",
            "pools",
            "enterprise_type",
            "legal_representative",
            "established_on",
            "registered_capital",
            "capital_currency",
            "business_scope",
            "address",
            "is_active",
            "version",
        ]


class EnterpriseFilter(FilterSet):
    """By the same facts as the page, under their names in the data."""

    q = django_filters.CharFilter(method="by_words", label="名称、信用代码、法定代表人")
    town = django_filters.ModelChoiceFilter(queryset=TOWNS)
    park = django_filters.ModelChoiceFilter(queryset=scoped(Park))
    section = django_filters.ModelChoiceFilter(queryset=Industry.objects.filter(level=1), method="by_section")
    tier = django_filters.ChoiceFilter(choices=Enterprise.Tier.choices)
    operating_condition = django_filters.ChoiceFilter(choices=Enterprise.Condition.choices)
    is_above_scale = django_filters.BooleanFilter()
    is_monitoring_point = django_filters.BooleanFilter()
    code_doubtful = django_filters.BooleanFilter()
    is_missing = django_filters.BooleanFilter(
        field_name="roster_missing_since", lookup_expr="isnull", exclude=True, label="不在最新名册"
    )
    is_active = django_filters.BooleanFilter()
    pool = django_filters.ModelChoiceFilter(field_name="pools", to_field_name="code", queryset=Pool.objects.all())
    credit_code = django_filters.CharFilter()

    def by_words(self, rows: QuerySet[Enterprise], name: str, value: str) -> QuerySet[Enterprise]:
        return search_words(rows, value)

    def by_section(self, rows: QuerySet[Enterprise], name: str, value: Industry) -> QuerySet[Enterprise]:
        return rows.filter(industry__code__startswith=value.code)


class EnterpriseViewSet(CreateVerb, UpdateVerb, ReadViewSet):
    """Enterprises within the asking user's sight."""

    queryset = Enterprise.objects.select_related("industry", "park", "town").prefetch_related("pools", "contacts")
    serializer_class = EnterpriseSerializer
    write_serializer_class = EnterpriseInput
    permissions = {
        "list": Permission.ENTERPRISE_VIEW,
        "retrieve": Permission.ENTERPRISE_VIEW,
        "create": Permission.ENTERPRISE_EDIT,
        "partial_update": Permission.ENTERPRISE_EDIT,
    }
    filterset_class = EnterpriseFilter
    ordering_fields = {
        "name": "name",
        "credit_code": "credit_code",
        "registered_capital": "registered_capital",
        "established_on": "established_on",
        "updated_at": "updated_at",
    }
    default_ordering = ["name"]

    def perform_create(self, data: dict[str, Any]) -> Enterprise:
        data.pop("version", None)
        return actions.create_enterprise(by=self.request.user, **data)  # type: ignore[arg-type]

    def perform_update(self, enterprise: Enterprise, version: int, data: dict[str, Any]) -> Enterprise:
        return actions.edit_enterprise(
            enterprise=enterprise,
            version=version,
            by=self.request.user,  # type: ignore[arg-type]
            **data,
        )


class ParkSerializer(StrictModelSerializer):
    department_name = serializers.CharField(source="department.name", read_only=True)

    class Meta:
        model = Park
        fields = ["id", "code", "name", "department", "department_name", "version"]
        read_only_fields = fields


class ParkFilter(FilterSet):
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains")
    department = django_filters.ModelChoiceFilter(queryset=scoped(Department))


class ParkViewSet(ReadViewSet):
    """The industrial parks."""

    queryset = Park.objects.select_related("department")
    serializer_class = ParkSerializer
    permissions = {"list": Permission.ENTERPRISE_VIEW, "retrieve": Permission.ENTERPRISE_VIEW}
    filterset_class = ParkFilter
    ordering_fields = {"code": "code", "name": "name"}
    default_ordering = ["code"]
