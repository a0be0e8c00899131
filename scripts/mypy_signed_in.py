"""Mypy plug-in: `request.user` is a User.

The portal denies by default: a view runs only for a signed-in user unless it declares that anyone may
call it, so the anonymous half of Django's type would only be noise in every view.
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import TypeInfo
from mypy.plugin import AttributeContext, Plugin
from mypy.types import Instance, Type

REQUESTS = {"django.http.request.HttpRequest.user", "rest_framework.request.Request.user"}


class SignedIn(Plugin):
    """Answers for the attribute `user` of requests only."""

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        return self.signed_in if fullname in REQUESTS else None

    def signed_in(self, context: AttributeContext) -> Type:
        """The portal's own user model."""
        found = self.lookup_fully_qualified("foundation.accounts.models.User")
        if found is None or not isinstance(found.node, TypeInfo):
            return context.default_attr_type
        return Instance(found.node, [])


def plugin(version: str) -> type[Plugin]:
    """Mypy's entry point."""
    return SignedIn
