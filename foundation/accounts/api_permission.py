"""What the settings name for the API: how it reads bodies, who asks, and deny by default."""

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission

from foundation.accounts.permissions import Permission


class JsonBody(JSONParser):
    """JSON, of which a body nested too deeply is a client's error and no server's."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON 嵌套太深。") from error


class SignedIn(SessionAuthentication):
    """The portal's own session; who has none is told 401, not 403."""

    def authenticate_header(self, request: Any) -> str:
        return "Session"


class DeclaredPermission(BasePermission):
    """For the API: a viewset declares `permissions = {action: Permission}`, a plain view `permission`."""

    def has_permission(self, request: Any, view: Any) -> bool:
        action = getattr(view, "action", None)
        if action is None and request.method == "OPTIONS":
            return bool(request.user and request.user.is_authenticated)
        needed = getattr(view, "permissions", {}).get(action) or getattr(view, "permission", None)
        if needed is None:
            return False
        if needed is Permission.ANYONE:
            return True
        return bool(request.user and request.user.is_authenticated and request.user.may(needed))


class AnyOfDeclared(BasePermission):
    """The viewset declares for each action the permissions of which one is enough; undeclared is closed."""

    def has_permission(self, request: Any, view: Any) -> bool:
        user = request.user
        if not (user and user.is_authenticated):
            return False
        if view.action is None:
            return request.method == "OPTIONS"
        return any(user.may(permission) for permission in view.permissions.get(view.action, ()))
