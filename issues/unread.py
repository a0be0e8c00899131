"""What is new to a person: cases with something said since they last opened them.

A case nobody opened yet is new too; what is older than `FRESH` is new to nobody. The enterprise's side goes by what
is public alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from foundation.accounts.permissions import Permission
from foundation.clocks.localtime import now
from issues.models import Issue, IssueSeen

FRESH = timedelta(days=30)


def moment_field(user: Any) -> str:
    """The column that says when something new was last said to this person's side."""
    return "last_public_event_at" if user.may(Permission.APPEAL_SUBMIT) else "last_event_at"


def last_said(issue: Issue, user: Any) -> datetime:
    """When something was last said that this person may read."""
    moment: datetime = getattr(issue, moment_field(user))
    return moment


def among(user: Any, rows: Iterable[Mapping[str, Any]]) -> frozenset[int]:
    """The ids of those rows of a list that are new to this person, in one query."""
    field, since = moment_field(user), now() - FRESH
    fresh = {row["pk"]: row[field] for row in rows if row[field] > since}
    if not fresh:
        return frozenset()
    marks = IssueSeen.objects.visible_to(user).filter(Q(issue__in=fresh) | Q(issue__isnull=True))
    until: dict[int | None, datetime] = dict(marks.order_by().values_list("issue_id", "until"))
    everything = until.get(None, since)
    return frozenset(pk for pk, moment in fresh.items() if moment > max(until.get(pk, since), everything))


def only(user: Any) -> Q:
    """The condition on cases that are new to this person."""
    field, since = moment_field(user), now() - FRESH
    own = IssueSeen.objects.visible_to(user)
    everything = own.filter(issue__isnull=True).values_list("until", flat=True).first()
    read = own.filter(issue=OuterRef("pk"), until__gte=OuterRef(field))
    return Q(**{f"{field}__gt": max(since, everything or since)}) & ~Q(Exists(read))


def seen_until(user: Any) -> Any:
    """A subquery beside a case: until when this person has read it."""
    return IssueSeen.objects.visible_to(user).filter(issue=OuterRef("pk")).order_by().values("until")[:1]
