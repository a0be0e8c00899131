"""A password that somebody else chose opens one page only: the one where the person chooses their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

OPEN = {"accounts:password_change", "accounts:logout", "accounts:care", "healthz", "readyz"}


class FirstPasswordMiddleware:
    """Leads people who must change their password to doing so; programs are refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        user: Any = request.user
        if not user.is_authenticated or not user.must_change_password:
            return None
        match = request.resolver_match
        if match and match.view_name in OPEN:
            return None
        if request.path.startswith("/api/"):
            raise PermissionDenied
        return redirect("accounts:password_change")
