"""What happened to a case, event by event, with the files that came with each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _

from foundation.attachments.models import Attachment
from foundation.attachments.shown import shown
from issues import lifecycle
from issues.mentions import marked
from issues.models import Event, Handling, Issue

TONES = {
    "warn_yellow": "y",
    "warn_red": "r",
    "escalate": "r",
    "ask": "p",
    "refer": "p",
    "resolve": "g",
    "confirm": "g",
    "confirm_partly": "g",
    "close": "g",
}
HANDED_OVER = {"dispatch", "rule", "follow_up"}
LABELS = {transition.verb: transition.label for transition in lifecycle.TRANSITIONS}


@dataclass(frozen=True)
class Entry:
    """One event as the timeline prints it."""

    at: datetime
    verb: str
    actor: str
    what: str
    text: str  # safe where mentions are marked in it
    internal: bool
    system: bool  # by nobody: said in one line
    tone: str
    files: list[dict[str, Any]]
    own: bool = False  # by one of the reader's own enterprise


def timeline(
    events: Iterable[Event],
    files: dict[str, dict[str, Any]],
    colleagues: Mapping[int, str] = MappingProxyType({}),
    *,
    outside: bool = False,
) -> list[Entry]:
    """The events, newest first, each with the files that came with it; `colleagues` are called by their names.

    Read from `outside`, it does not say to whom a case was handed: that may be disputed.
    """
    return [_entry(event, files, colleagues.get(event.by_id or 0), outside) for event in events]


def _entry(event: Event, files: dict[str, dict[str, Any]], colleague: str | None, outside: bool) -> Entry:
    attached = [files[key] for key in event.data.get("files", []) if key in files]
    return Entry(
        event.at,
        event.verb,
        colleague or event.actor,
        _what(event, outside),
        marked(event.text, event.data.get("mentions", ())),
        event.internal,
        event.by_id is None,
        TONES.get(event.verb, ""),
        attached,
        colleague is not None,
    )


def _what(event: Event, outside: bool) -> str:
    """The verb in words; of one that hands the case over, to whom."""
    label, data = str(LABELS.get(event.verb, event.verb)), event.data
    if event.verb == "reply" and data.get("first"):
        return _("首次答复")
    if event.verb == "return" and data.get("kind"):
        return f"{label}({Handling.ReturnKind(data['kind']).label})"
    if event.verb == "reassign" and data.get("before"):
        return _("%(verb)s %(before)s → %(to)s") % {"verb": label, "before": data["before"], "to": data["department"]}
    if event.verb in HANDED_OVER and not outside:
        return f"{label} {data.get('department', '')}".rstrip()
    return label


def files_of(issue: Issue, user: Any) -> dict[str, dict[str, Any]]:
    """Key → what lists of files show of those this person may have."""
    rows = Attachment.objects.visible_to(user).filter(owner_type=issue._meta.label_lower, owner_id=issue.pk)
    return {str(row.key): shown(row) for row in rows}


def asked(issue: Issue, entries: list[Entry]) -> Entry | None:
    """What the department wants to know, while the case waits for it."""
    if issue.status != Issue.Status.WAITING:
        return None
    return next((entry for entry in entries if entry.verb == "ask"), None)


@dataclass(frozen=True)
class Left:
    """What a partly solved case left over, and the case that it became."""

    text: str
    number: str
    pk: int


def left_over(issue: Issue, events: Iterable[Event]) -> Left | None:
    """The same from the newest event that says so, while the case stands closed by it."""
    if issue.closed_at is None:
        return None
    event = next((one for one in events if "follow_up" in one.data), None)
    return Left(event.text, event.data["follow_up"]["number"], event.data["follow_up"]["id"]) if event else None
