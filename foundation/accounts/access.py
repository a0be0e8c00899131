"""Deny by default: a view that does not declare the permission it needs is closed to everyone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views import View
from rest_framework.views import APIView

from foundation.accounts.permissions import Permission

ViewFunc = TypeVar("ViewFunc", bound=Callable[..., Any])


def requires(permission: Permission) -> Callable[[ViewFunc], ViewFunc]:
    """Declare the permission of a function view, or of somebody else's view in a URLconf."""

    def declare(view: ViewFunc) -> ViewFunc:
        view.declared_permission = permission  # type: ignore[attr-defined]
        return login_not_required(view) if permission is Permission.ANYONE else view

    return declare


class PermissionView(View):
    """A class-based view that declares `permission`, or `permissions` per HTTP method."""

    permission: Permission
    permissions: dict[str, Permission] = {}

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        view = super().as_view(**initkwargs)
        if initkwargs.get("permission", getattr(cls, "permission", None)) is Permission.ANYONE:
            view = login_not_required(view)
        return view


def declared_permission(view: Callable[..., Any], method: str) -> Permission | None:
    """The permission that `view` declares for an HTTP method, or None where it declares nothing."""
    if (declared := getattr(view, "declared_permission", None)) is not None:
        return declared
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        return None
    per_method = getattr(view_class, "permissions", {})
    kept = getattr(view, "view_initkwargs", {}).get("permission")
    return per_method.get(method.lower()) or kept or getattr(view_class, "permission", None)


class DeclaredPermissionMiddleware:
    """Refuses every request whose view declares no permission, or one that the user lacks.

    API views are left to `api_permission.DeclaredPermission`, which knows their actions and answers in their own way.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if _is_api_view(view):
            return
        permission = declared_permission(view, request.method or "GET")
        if permission is Permission.ANYONE:
            return
        if permission is None or not request.user.may(permission):  # type: ignore[union-attr]
            raise PermissionDenied


class NoStoreMiddleware:
    """What somebody signed in was shown stays in no cache: after logging out, Back shows nothing of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def _is_api_view(view: Callable[..., Any]) -> bool:
    view_class = getattr(view, "cls", None)
    return isinstance(view_class, type) and issubclass(view_class, APIView)
