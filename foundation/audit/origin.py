"""Where the current request comes from, for the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

_ip: ContextVar[str] = ContextVar("origin_ip", default="")


class OriginMiddleware:
    """Remembers the peer's address while a request runs; forwarded-for headers are not believed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _ip.set(request.META.get("REMOTE_ADDR", "")[:45])
        try:
            return self.get_response(request)
        finally:
            _ip.reset(token)


def current_ip() -> str:
    return _ip.get()
