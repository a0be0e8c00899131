"""What every API viewset stands on: row scope, strict fields and parameters, versions, pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import django_filters
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.accounts.problems import InvalidParameter
from foundation.ui.text import mask_phone


class Pages(PageNumberPagination):
    """`page` and `page_size`, 50 unless told, 200 at most."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and len(asked) < 10 and int(asked)):
            raise InvalidParameter(self.page_size_query_param, _("每页条数应为 1 到 200 的整数。"))
        return min(int(asked), self.max_page_size)


class Ordering(OrderingFilter):
    """`ordering=-name,code` over a white list: `ordering_fields = {"name": "name", "due": "due_at"}`."""

    def get_ordering(self, request: Request, queryset: QuerySet, view: Any) -> list[str]:
        asked = request.query_params.get(self.ordering_param, "")
        allowed: Mapping[str, str] = getattr(view, "ordering_fields", {})
        fields = []
        for word in filter(None, (part.strip() for part in asked.split(","))):
            if word.removeprefix("-") not in allowed:
                raise InvalidParameter(self.ordering_param, _("不能按“%(key)s”排序。") % {"key": word[:40]})
            fields.append(("-" if word.startswith("-") else "") + allowed[word.removeprefix("-")])
        return [*(fields or getattr(view, "default_ordering", ["pk"])), "pk"]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        allowed = getattr(view, "ordering_fields", {})
        keys = [sign + key for key in allowed for sign in ("", "-")]
        return [
            {
                "name": self.ordering_param,
                "required": False,
                "in": "query",
                "description": "、".join(keys),
                "schema": {"type": "string"},
            }
        ]


class Filters(DjangoFilterBackend):
    """The viewset's `filterset_class`; a parameter that nobody declared is refused, not ignored."""

    KNOWN = ("page", "page_size", "ordering")

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        filterset = self.get_filterset(request, queryset, view)
        for name in request.query_params:
            if name not in {*self.KNOWN, *parameters(filterset)}:
                raise InvalidParameter(name[:40], _("没有这个筛选条件。"))
        for name, one in (filterset.filters if filterset else {}).items():
            asked = request.query_params.get(name, "")
            if isinstance(one, django_filters.BooleanFilter) and asked.lower() not in ("", "true", "false"):
                raise InvalidParameter(name, _("应为 true 或 false。"))
        return super().filter_queryset(request, queryset, view)


def parameters(filterset: Any) -> set[str]:
    """The query parameters that a filterset reads: a range has two."""
    names = set()
    for name, field in filterset.form.fields.items() if filterset else ():
        suffixes = getattr(field.widget, "suffixes", None)
        names |= {f"{name}_{suffix}" for suffix in suffixes} if suffixes else {name}
    return names


def scoped(model: type[Model]) -> Any:
    """`queryset=` of a ModelChoiceFilter: only what the asking user may see can be named."""
    return lambda request: model._default_manager.visible_to(getattr(request, "user", None))  # type: ignore[attr-defined]


class FilterSet(django_filters.FilterSet):
    """Base of the API's filter sets (declare each filter by name; no look-ups through relations)."""


class StrictSerializer(serializers.Serializer):
    """A serializer that refuses fields it does not know or that nobody may set."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            refused = {
                str(name)[:60]: [
                    serializers.ErrorDetail(_("这个字段不能修改。"), code="read_only")
                    if name in self.fields
                    else serializers.ErrorDetail(_("没有这个字段。"), code="unknown_field")
                ]
                for name in data
                if name not in writable
            }
            if refused:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer):
    """The same for a model's fields."""


class PhoneField(serializers.CharField):
    """A phone, masked for those without Permission.PHONE_FULL (`always=True`: for everyone). Read-only."""

    def __init__(self, *, always: bool = False, **kwargs: Any) -> None:
        self.always = always
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:
        request = self.context.get("request")
        whole = not self.always and request is not None and request.user.may(Permission.PHONE_FULL)
        return str(value) if whole else mask_phone(value)


class ScopedViewSet(viewsets.GenericViewSet):
    """Declares `permissions = {action: Permission}`, `queryset`, `serializer_class`; rows only as `visible_to` allows.

    `write_serializer_class` (or `write_serializers = {action: class}`) reads the bodies; `serializer_class` answers.
    """

    permissions: dict[str, Permission] = {}
    filter_backends = [Filters, Ordering]
    pagination_class = Pages
    ordering_fields: Any = {}
    default_ordering: list[str] = ["pk"]
    write_serializer_class: type[serializers.BaseSerializer] | None = None
    write_serializers: dict[str, type[serializers.BaseSerializer]] = {}
    lookup_value_regex = r"\d{1,18}"
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if self.action is None and request.user.is_authenticated and request.method != "OPTIONS":
            raise exceptions.MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet:
        rows: Any = super().get_queryset()
        return rows.none() if getattr(self, "swagger_fake_view", False) else rows.visible_to(self.request.user)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """Filters and ordering belong to lists; one object is found by its number alone."""
        return queryset if self.detail else super().filter_queryset(queryset)

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """The body's serializer for writes (also what the schema shows), else the one that answers."""
        if self.action in self.write_serializers:
            return self.write_serializers[self.action]
        if self.action in ("create", "partial_update") and self.write_serializer_class:
            return self.write_serializer_class
        return super().get_serializer_class()

    def body(self, instance: Model | None = None, *, partial: bool = False) -> dict[str, Any]:
        """The checked body of a write."""
        serializer = self.get_serializer(instance, data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def represent(self, obj: Model) -> Any:
        """An object as this user may see it, read afresh."""
        fresh = self.get_queryset().filter(pk=obj.pk).first()
        answer = self.serializer_class(fresh or obj, context=self.get_serializer_context())  # type: ignore[misc]
        return answer.data


class ReadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """List and one."""


def obeyed(write: Callable[..., Any], **data: Any) -> Any:
    """Call an action; that somebody else would have to do it is 403, any other refusal a problem of its own."""
    try:
        return write(**data)
    except Refused as refusal:
        if refusal.code == "not_allowed":
            raise exceptions.PermissionDenied(refusal.message) from refusal
        raise


class CreateVerb:
    """POST on the list; the viewset's `perform_create(data) -> object` calls the action."""

    def create(self: Any, request: Request) -> Response:
        return Response(self.represent(self.perform_create(self.body())), status=201)


class UpdateVerb:
    """PATCH with `version`; the viewset's `perform_update(obj, version, data) -> object` calls the action."""

    def partial_update(self: Any, request: Request, pk: str) -> Response:
        obj = self.get_object()
        data = self.body(obj, partial=True)
        version = data.pop("version", None)
        if version is None:
            raise serializers.ValidationError({"version": [_("请给出读取时的版本号 version。")]}, code="required")
        return Response(self.represent(self.perform_update(obj, version, data)))
