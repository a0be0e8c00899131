"""What a case lets people see of the floors below, and where they read it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse

from foundation.accounts.permissions import Permission
from issues.models import CoHandling, Handling, IssueLink


def of_enterprises(user: Any) -> Q:
    """A department that has, had or helps with a case may open its enterprise, and those that follow the case."""
    if user.department_id is None:
        return Q(pk__in=[])
    turns = Handling.objects.filter(department__in=user.department_scope())
    merged = IssueLink.objects.filter(kind=IssueLink.Kind.DUPLICATE, target__in=turns.values("issue_id"))
    helping = CoHandling.objects.filter(department__in=user.department_scope())
    helping = helping.exclude(ended=CoHandling.Ended.WITHDRAWN)
    return (
        Q(pk__in=turns.values("issue__enterprise_id"))
        | Q(pk__in=merged.values("source__enterprise_id"))
        | Q(pk__in=helping.values("issue__enterprise_id"))
    )


def page_of(user: Any, pk: int) -> str:
    """The page of a case: officials' in the ledger, the enterprise's among its appeals."""
    return reverse("issues:detail" if user.may(Permission.ISSUE_VIEW) else "issues:appeal", args=[pk])
