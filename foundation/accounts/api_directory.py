"""Departments and users in the API: who is who, to be read."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from rest_framework import serializers

from foundation.accounts.api import FilterSet, PhoneField, ReadViewSet, StrictModelSerializer, scoped
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Permission, Role


class DepartmentSerializer(StrictModelSerializer):
    class Meta:
        model = Department
        fields = ["id", "code", "name", "short_name", "kind", "parent", "is_active", "version"]
        read_only_fields = fields


class DepartmentFilter(FilterSet):
    q = django_filters.CharFilter(method="search", label="名称或代码")
    kind = django_filters.ChoiceFilter(choices=Department.Kind.choices)
    parent = django_filters.ModelChoiceFilter(queryset=scoped(Department))
    is_active = django_filters.BooleanFilter()

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(Q(name__icontains=value) | Q(short_name__icontains=value) | Q(code__iexact=value))


class DepartmentViewSet(ReadViewSet):
    """Departments, towns and parks of the district, in one tree."""

    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer
    permissions = {"list": Permission.DEPARTMENT_VIEW, "retrieve": Permission.DEPARTMENT_VIEW}
    filterset_class = DepartmentFilter
    ordering_fields = {"code": "code", "name": "name", "sort": "sort_order"}
    default_ordering = ["sort_order", "code"]


class UserSerializer(StrictModelSerializer):
    """A person as colleagues know them; the phone is always masked."""

    department_name = serializers.CharField(source="department.name", default=None, read_only=True)
    roles = serializers.SerializerMethodField()
    phone = PhoneField(always=True)

    class Meta:
        model = User
        fields = ["id", "username", "name", "title", "department", "department_name", "roles", "phone", "is_active"]
        read_only_fields = fields

    def get_roles(self, user: User) -> list[str]:
        return sorted(grant.role for grant in user.role_grants.all())


class UserFilter(FilterSet):
    q = django_filters.CharFilter(method="search", label="姓名或账号")
    department = django_filters.ModelChoiceFilter(queryset=scoped(Department))
    role = django_filters.ChoiceFilter(choices=[(role.value, role.label) for role in Role], method="with_role")
    is_active = django_filters.BooleanFilter()

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(Q(name__icontains=value) | Q(username__iexact=value))

    def with_role(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(role_grants__role=value)


class UserViewSet(ReadViewSet):
    """People with accounts: oneself, one's department, and everyone for the office and the administrators."""

    queryset = User.objects.select_related("department").prefetch_related("role_grants")
    serializer_class = UserSerializer
    permissions = {"list": Permission.DEPARTMENT_VIEW, "retrieve": Permission.DEPARTMENT_VIEW}
    filterset_class = UserFilter
    ordering_fields = {"username": "username", "name": "name"}
    default_ordering = ["username"]


def register(router: object) -> None:
    """Add these resources to the API."""
    router.register("departments", DepartmentViewSet, basename="department")  # type: ignore[attr-defined]
    router.register("users", UserViewSet, basename="user")  # type: ignore[attr-defined]
