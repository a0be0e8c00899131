"""What a change of level means for what runs beside a department's turn: a department that helps, a listing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from foundation.clocks.kinds import Moved, Raised
from foundation.clocks.localtime import last_day
from foundation.clocks.models import Ladder
from foundation.notices.actions import notify_many
from issues import lifecycle
from issues.limits import bulk, mirrors, timing
from issues.limits.audiences import Subject
from issues.limits.warnings import VERBS, Found, limit_words, messages
from issues.models import CoHandling, Listing


class Side(NamedTuple):
    """The case as those to be told see it, and whose limit it is."""

    subject: Subject
    whose: str = ""


def swept_helping(moved: list[Moved], raised: list[Raised]) -> int:
    """Colour the departments that help and tell them; returns notices written."""
    mirrors.refresh_helping([clock.clock_id for clock in moved])
    return _tell(timing.CO_HANDLING, raised, _helping)


def swept_listing(moved: list[Moved], raised: list[Raised]) -> int:
    """Tell of listed cases that are to be put right by now; returns notices written."""
    return _tell(timing.LISTING, raised, _listed)


def _helping(ids: Iterable[int]) -> dict[int, Side]:
    rows = CoHandling.objects.filter(pk__in=ids).select_related("issue", "department")
    return {
        row.pk: Side(
            Subject.of(row.issue)._replace(department_id=row.department_id, handler_id=None),
            f"{row.department.label}:",
        )
        for row in rows
    }


def _listed(ids: Iterable[int]) -> dict[int, Side]:
    return {row.pk: Side(Subject.of(row.issue)) for row in Listing.objects.filter(pk__in=ids).select_related("issue")}


def _tell(kind: str, raised: list[Raised], owners: Callable[[Iterable[int]], dict[int, Side]]) -> int:
    """Events on the cases, and notices to whom the ladder names."""
    sides = owners({one.owner_id for one in raised})
    ladders = Ladder.objects.in_bulk({one.ladder_id for one in raised})
    found = [
        Found(one, sides[one.owner_id].subject, ladders[one.ladder_id].tells(one.level))
        for one in raised
        if one.owner_id in sides
    ]
    bulk.write_events((one.subject.pk, _said(kind, one.raised, sides[one.raised.owner_id])) for one in found)
    return notify_many(messages(kind, found))


def _said(kind: str, one: Raised, side: Side) -> bulk.Said:
    verb = VERBS[one.level]
    facts = (("kind", kind), ("due_on", last_day(one.due_at).isoformat()))
    text = side.whose + limit_words(kind, one.level, one.due_at)
    return bulk.Said(one.at, verb, _("系统"), text, not lifecycle.find(verb).public, facts)
