"""The path of a case, stop by stop: when each was reached, what is said of it, until when the next is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from foundation.clocks.localtime import local_date
from foundation.ui import text as words
from issues.models import Handling, Issue


@dataclass(frozen=True)
class Step:
    """One stop on the path of a case: done, where it stands now, or still to come."""

    label: str
    note: str
    css: str


def steps(issue: Issue, turn: Handling | None) -> list[Step]:
    """Register, dispatch, accept, first reply, resolve, confirm; a redo has no acceptance and reply of its own."""
    stops = [Stop(_("登记"), issue.registered_at, issue.get_channel_display()), *_stops_of(turn)]
    if issue.status == Issue.Status.DECLINED:
        return [_step(stop, "ok") for stop in (stops[0], Stop(_("不予受理"), issue.closed_at))]
    closed = issue.get_closing_display() if issue.closing else _("销号")
    stops += [
        Stop(
            _("办结"),
            issue.resolved_at,
            issue.get_resolution_display() if issue.resolution else "",
            turn.resolve_due_at if turn else None,
        ),
        Stop(_("企业确认"), issue.closed_at, closed, issue.due_at if issue.status == Issue.Status.RESOLVED else None),
    ]
    reached = max(place for place, stop in enumerate(stops) if stop.at)
    css = ["ok"] * (reached + 1) + ["now"] + [""] * len(stops)
    return [_step(stop, css[place]) for place, stop in enumerate(stops)]


class Stop(NamedTuple):
    """A stop on the path: when it was reached, what is said of it, and the limit until which it should be."""

    label: str
    at: datetime | None
    note: str = ""
    due: datetime | None = None


def _stops_of(turn: Handling | None) -> list[Stop]:
    """From the hand-over to the first reply."""
    if turn is None:
        return [Stop(_("交办"), None), Stop(_("签收"), None), Stop(_("首次答复"), None)]
    name = turn.department.label
    if turn.is_redo:
        return [Stop(_("重办"), turn.dispatched_at, name)]
    deemed = _("视为签收") if turn.accept_deemed else ""
    return [
        Stop(_("交办"), turn.dispatched_at, name),
        Stop(_("签收"), turn.accepted_at, deemed, turn.accept_due_at),
        Stop(_("首次答复"), turn.replied_at, "", turn.reply_due_at),
    ]


def _step(stop: Stop, css: str) -> Step:
    if stop.at is not None:
        return Step(stop.label, " · ".join(filter(None, (words.daytime(stop.at), stop.note))), css)
    note = "" if css == "ok" else _limit_words(stop.due) or stop.note
    return Step(stop.label, note, css)


def _limit_words(limit: datetime | None) -> str:
    """The last day that is still in time: the limit itself is the 00:00 after it."""
    if limit is None:
        return ""
    last = local_date(limit).fromordinal(local_date(limit).toordinal() - 1)
    return _("限 %(day)s 24:00") % {"day": words.day(last)}
