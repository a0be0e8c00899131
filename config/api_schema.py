"""How the API describes itself: answers by the viewset's own serializer, the session as the way in."""

from __future__ import annotations

from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.openapi import AutoSchema

from foundation.accounts.api import ScopedViewSet


class SignedInScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """The portal's session cookie."""

    target_class = "foundation.accounts.api_permission.SignedIn"
    name = "session"


class Schema(AutoSchema):
    """A viewset reads bodies with one serializer and answers with another."""

    def get_response_serializers(self) -> Any:
        if isinstance(self.view, ScopedViewSet) and self.method != "DELETE" and self.view.serializer_class:
            answer = self.view.serializer_class
            return {"201": answer} if self.view.action == "create" else answer
        return super().get_response_serializers()
