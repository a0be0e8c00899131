"""What a case lets people see of the floors below."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from issues.models import Handling


def of_enterprises(user: Any) -> Q:
    """A department that has or had a case may open the enterprise it is about."""
    if user.department_id is None:
        return Q(pk__in=[])
    turns = Handling.objects.filter(department__in=user.department_scope())
    return Q(pk__in=turns.values("issue__enterprise_id"))
