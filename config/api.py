"""The API's front door: every resource under /api/v1/, the schema and its documentation page."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.urls import include, path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from foundation.accounts.api_permission import DeclaredPermission
from foundation.accounts.permissions import Permission

RESOURCES = (
    "foundation.accounts.api_directory",
    "foundation.notices.api",
    "enterprises.api",
    "projects.api",
    "liaison.api",
    "issues.api",
    "supervision.api",
)


class SchemaView(SpectacularAPIView):
    """The OpenAPI document, for whoever has an account."""

    permission_classes = [DeclaredPermission]
    permission = Permission.SIGNED_IN


class DocsView(SpectacularSwaggerSplitView):
    """The documentation page; its script comes from an address of its own, so the strict policy holds."""

    permission_classes = [DeclaredPermission]
    permission = Permission.SIGNED_IN
    template_name = "api/docs.html"
    template_name_js = "api/docs.js"
    url_name = "api:schema"


@extend_schema(exclude=True)
class NoSuchAddress(APIView):
    """Whatever the API does not have is a problem document too."""

    permission = Permission.ANYONE

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound


def registers() -> list[Callable[[Any], None]]:
    """The `register(router)` of every app that has an API."""
    return [import_module(name).register for name in RESOURCES if find_spec(name)]


router = SimpleRouter()
for register in registers():
    register(router)

app_name = "api"
urlpatterns = [
    path("v1/", include(router.urls)),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("<path:rest>", NoSuchAddress.as_view()),
]
