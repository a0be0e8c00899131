"""What an active assignment lets its holder see; it ends when the assignment ends."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from liaison.models import Assignment


def of_enterprises(user: Any) -> Q:
    """The enterprises served, and those of the projects served."""
    giving = Assignment.objects.giving_sight(user)
    served = Q(pk__in=giving.filter(enterprise__isnull=False).values("enterprise_id"))
    of_projects = giving.filter(project__enterprise__isnull=False).values("project__enterprise_id")
    return served | Q(pk__in=of_projects)


def of_projects(user: Any) -> Q:
    """The projects served."""
    return Q(pk__in=Assignment.objects.giving_sight(user).filter(project__isnull=False).values("project_id"))
