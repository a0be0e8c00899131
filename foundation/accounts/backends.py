"""Who is signed in, with the department that every page names and the roles that every page asks for."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from foundation.accounts.models import RoleGrant, User


class OneRead(ModelBackend):
    """Django's own check of name and password; the user of a request costs one query, roles and department included."""

    def get_user(self, user_id: Any) -> User | None:  # type: ignore[override]
        """The account of a session, unless it is gone or disabled."""
        grants = list(RoleGrant.objects.filter(user_id=user_id).select_related("user__department"))
        if grants:
            user = grants[0].user
            user.roles = frozenset(grant.role for grant in grants)
        else:
            user = User.objects.select_related("department").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
