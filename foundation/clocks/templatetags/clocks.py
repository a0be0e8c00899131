"""Template tags: the badge of a level and the day-by-day proof of a deadline."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from foundation.clocks import explaining, localtime, queries
from foundation.clocks.deadlines import DayProof, Due
from foundation.clocks.models import Clock
from foundation.clocks.wording import SHAPES
from foundation.clocks.workdays import WEEKDAYS

register = template.Library()


class Cell(NamedTuple):
    """One day of the strip: classes, the date, and what the day is."""

    classes: str
    date: str
    text: str
    title: str


@register.simple_tag
def level_badge(
    clock: Clock | None = None,
    *,
    level: int = 0,
    due_on: date | None = None,
    provisional: bool = False,
    paused: bool = False,
    stopped_in_time: bool | None = None,
) -> SafeString:
    """Shape, words and colour of a clock, or of the columns that a row mirrors; nothing where nothing is due."""
    if isinstance(clock, Clock):
        badge = queries.badge_of(clock)
    elif due_on is None:
        return SafeString("")
    else:
        badge = queries.badge(
            level=level or 0,
            due_on=due_on,
            provisional=bool(provisional),
            paused=bool(paused),
            stopped_in_time=stopped_in_time,
        )
    return format_html('<span class="lv {}">{}</span>', badge.shape, badge.words)


@register.inclusion_tag("clocks/proof.html")
def proof(subject: Clock | Due, today: date | None = None, *, open: bool = False) -> dict[str, Any]:
    """The strip of days from receipt to due day, and how it was counted; of a clock, why it has its colour."""
    today = today or localtime.today()
    if not isinstance(subject, Clock):
        return proof_context(subject, today)
    due, lines = explaining.explain(subject)
    return proof_context(due, today) | {"tone": SHAPES[subject.level], "lines": lines, "open": open}


def proof_context(due: Due, today: date) -> dict[str, Any]:
    """What templates/clocks/proof.html needs."""
    days = due.days
    return {
        "due": due,
        "cells": [_cell(day, due, today, first=place == 0) for place, day in enumerate(days)],
        "paused": due.paused_days,
        "sources": due.sources,
        "long": len(days) > 45,
    }


def _cell(day: DayProof, due: Due, today: date, *, first: bool) -> Cell:
    """One day, drawn as in the design."""
    last = day.date == due.on
    classes = [_kind(day)]
    classes += ["due"] if last else []
    classes += ["today"] if day.date == today else []
    quiet = not day.working and not last
    when = f"{day.date.day}" if quiet else f"{day.date:%m-%d}"
    return Cell(" ".join(filter(None, classes)), when, _words(day, today, last=last, first=first), _title(day))


def _kind(day: DayProof) -> str:
    """The class of a day: paused, off, worked to make up, or plain."""
    if day.paused:
        return "pz"
    if not day.working:
        return "off"
    return "adj" if day.date.weekday() >= 5 else ""


def _words(day: DayProof, today: date, *, last: bool, first: bool) -> str:
    """What stands under the date."""
    if day.paused:
        words = _("暂停")
    elif day.count is None:
        words = day.why
    elif last or first:
        words = _("第%(count)d日") % {"count": day.count}
    else:
        words = f"{day.count}"
    parts = [_("今天")] if day.date == today else []
    parts.append(f"{words} {_('到期')}" if last else words)
    return "·".join(parts)


def _title(day: DayProof) -> str:
    """The whole truth of a day, for hover and for screen readers."""
    return f"{day.date.isoformat()} {WEEKDAYS[day.date.weekday()]} {day.why}"
