"""Row scope: what a user may see of a model, decided in one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Model, Q, QuerySet

if TYPE_CHECKING:
    from foundation.accounts.models import User

NOTHING = Q(pk__in=[])
Grant = Callable[["User"], Q]
_grants: dict[str, list[Grant]] = defaultdict(list)


def grant_sight(model: type[Model], grant: Grant) -> None:
    """Let an app higher up widen who sees `model`: e.g. an assignment lets a cadre see an enterprise."""
    _grants[model._meta.label].append(grant)


class ScopedQuerySet(QuerySet):
    """A queryset that knows who may see its rows; a model says so by overriding `scope`."""

    sees_all: tuple[str, ...] = ("scope.district",)

    def visible_to(self, user: User | Any) -> Self:
        """The rows this user may see; nothing for those not signed in."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        if any(user.may(permission) for permission in self.sees_all):
            return self.all()
        allowed = self.scope(user)
        for grant in _grants[self.model._meta.label]:
            allowed |= grant(user)
        return self.filter(allowed)

    def scope(self, user: User) -> Q:
        """The model's own rule for people without sight of the whole district (subqueries, never joins)."""
        return NOTHING
