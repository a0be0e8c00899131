"""Who has a case open now: told to the other officials in it, for as long as their page says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from foundation.clocks.localtime import now
from issues import lifecycle
from issues.models import Issue, IssuePresence

EVERY = 20  # seconds between two signs of life of a page
GONE_AFTER = timedelta(seconds=50)
FORGOTTEN_AFTER = timedelta(hours=1)


class Here(NamedTuple):
    """Somebody in the case."""

    user_id: int
    name: str
    department: str
    doing: str


def others(issue: Issue, user: Any) -> list[Here]:
    """The other officials who have the case open."""
    rows = IssuePresence.objects.filter(issue=issue, at__gt=now() - GONE_AFTER, user__is_active=True)
    found = rows.exclude(user=user).select_related("user__department").order_by("user__name", "user_id")
    return [
        Here(one.user_id, one.user.name, one.user.department.label if one.user.department else "", _label(one.doing))
        for one in found
    ]


def known_verb(words: str) -> str:
    """The verb whose form is open, as a page says; nonsense is none."""
    return words if words in _LABELS else ""


def token(people: Iterable[Here], moved: bool) -> str:
    """What a page shows already, to leave it alone where nothing changed."""
    return ",".join([*(f"{one.user_id}:{one.doing}" for one in people), "moved" if moved else ""])


_LABELS = {transition.verb: transition.label for transition in lifecycle.TRANSITIONS if not transition.by_system}


def _label(verb: str) -> str:
    return str(_LABELS.get(verb, ""))
