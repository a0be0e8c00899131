"""Errors of the API as RFC 9457 problem documents, in the user's language."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as FormError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.fields import get_error_detail
from rest_framework.response import Response
from rest_framework.views import set_rollback

from foundation.accounts.errors import Refused, Stale

MEDIA_TYPE = "application/problem+json"
# A refusal whose code begins so is about what was sent: 422, others 409.
UNPROCESSABLE = ("invalid", "missing", "file_", "too_many_files")


class InvalidParameter(exceptions.ValidationError):
    """A query parameter that this list does not know, or whose value means nothing to it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__({name: [message]}, code="invalid_parameter")


def problem(*, status_code: int, code: str, title: str, detail: str = "", **more: Any) -> Response:
    """A problem document; `code` is the stable word for programs."""
    body = {"type": f"urn:liaison:problem:{code}", "title": title, "status": status_code, "code": code}
    if detail:
        body["detail"] = detail
    return Response(body | more, status=status_code, content_type=MEDIA_TYPE)


def handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's exception handler: every refusal becomes a problem document."""
    exc = _as_api_exception(exc)
    if isinstance(exc, Stale):
        return _stale(exc, context)
    if isinstance(exc, Refused):
        return _refused(exc)
    if not isinstance(exc, exceptions.APIException):
        return None
    set_rollback()
    answer = _invalid(exc) if isinstance(exc, exceptions.ValidationError) else _plain(exc)
    if header := getattr(exc, "auth_header", None):
        answer["WWW-Authenticate"] = header
    if wait := getattr(exc, "wait", None):
        answer["Retry-After"] = f"{wait:.0f}"
    return answer


def _as_api_exception(exc: Exception) -> Exception:
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exc, FormError):
        return exceptions.ValidationError(get_error_detail(exc))
    return exc


def _plain(exc: exceptions.APIException) -> Response:
    code = exc.get_codes()
    return problem(
        status_code=exc.status_code,
        code=code if isinstance(code, str) else exc.default_code,
        title=sound(exc.detail),
    )


def _invalid(exc: exceptions.ValidationError) -> Response:
    found = list(_flat(exc.detail, ""))
    return problem(
        status_code=status.HTTP_400_BAD_REQUEST,
        code="invalid",
        title=_("提交的内容有误，请按提示改正。"),
        detail="；".join(f"{one['field']}：{one['message']}" if one["field"] else one["message"] for one in found[:5]),
        errors=found,
    )


def _flat(detail: Any, path: str) -> Any:
    """Nested error details as rows of field, message and code."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            kept = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            yield from _flat(inner, kept)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _flat(inner, f"{path}.{index}".lstrip(".") if nested else path)
    else:
        yield {"field": sound(path), "message": sound(detail), "code": getattr(detail, "code", "invalid")}


def sound(text: object) -> str:
    """The text without lone surrogates, which an error that quotes its input would carry into the answer."""
    return str(text).encode(errors="replace").decode()


def _refused(exc: Refused) -> Response:
    about_input = exc.code.startswith(UNPROCESSABLE)
    return problem(
        status_code=status.HTTP_422_UNPROCESSABLE_ENTITY if about_input else status.HTTP_409_CONFLICT,
        code=exc.code,
        title=sound(exc.message),
    )


def _stale(exc: Stale, context: dict[str, Any]) -> Response:
    """Both texts: what stands now, and what was sent."""
    represent = getattr(context.get("view"), "represent", None)
    request = context.get("request")
    return problem(
        status_code=status.HTTP_409_CONFLICT,
        code=exc.code,
        title=exc.message,
        current=represent(exc.current) if represent else {"version": getattr(exc.current, "version", None)},
        yours=_texts(getattr(request, "data", None)),
    )


def _texts(sent: Any) -> Any:
    """What was sent, but for its files."""
    if not hasattr(sent, "items"):
        return sent
    return {name: value for name, value in sent.items() if not hasattr(value, "read")}
