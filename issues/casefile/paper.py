"""One case on paper: the facts, each limit with how it was counted, what happened, and where to sign."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.permissions import Permission, Role
from foundation.clocks import queries
from foundation.clocks.localtime import local_date
from foundation.clocks.models import Clock
from issues import ratings
from issues.casefile import detail, timeline
from issues.desk import ledger
from issues.limits import timing
from issues.limits.warnings import LABELS
from issues.models import Handling, Issue

DAY_BEFORE = ledger.MOMENT  # a limit is the 00:00 after its last day


@dataclass(frozen=True)
class Limit:
    """One limit of the turn: its last day, when it was met, and the sentence that proves the day."""

    label: str
    last_day: Any
    met_at: datetime | None
    outcome: str
    proof: str


def sheet(issue: Issue, user: Any) -> dict[str, Any]:
    """What the sheet prints for this person; the enterprise's side gets what is public."""
    official = user.may(Permission.ISSUE_VIEW)
    outside = user.has_role(Role.ENTERPRISE) or not official
    turn = detail.turn_of(issue)
    events = list(issue.events.public() if outside else issue.events.all())
    files = timeline.files_of(issue, user) if any(event.data.get("files") for event in events) else {}
    shape, words = detail.badge(issue)
    return {
        "issue": issue,
        "official": not outside,
        "turn": turn,
        "stage": ledger.public_stage(issue.status) if outside else issue.get_status_display(),
        "words": "" if outside else words,
        "shape": shape,
        "limits": limits(issue, turn, proven=not outside),
        "timeline": list(reversed(timeline.timeline(events, files, outside=outside))),
        "files": list(files.values()),
        "grade": ratings.grade(issue.rating),
        "phone_full": user.may(Permission.PHONE_FULL) or outside,
        "printed_at": timezone.now(),
        "printed_by": user.name,
        "back": reverse("issues:detail" if official else "issues:appeal", args=[issue.pk]),
    }


def limits(issue: Issue, turn: Handling | None, *, proven: bool) -> list[Limit]:
    """Acceptance, first reply and resolution of the turn; `proven` says how each day was counted."""
    if turn is None:
        return []
    stops = (
        (timing.ACCEPT, turn.accept_due_at, turn.accepted_at),
        (timing.FIRST_REPLY, turn.reply_due_at, turn.replied_at),
        (timing.RESOLVE, turn.resolve_due_at, turn.resolved_at),
    )
    clocks = _clocks(turn) if proven else {}
    return [
        Limit(
            label=str(LABELS[kind]),
            last_day=local_date(due - DAY_BEFORE),
            met_at=met,
            outcome=_("超期，视为签收") if kind == timing.ACCEPT and turn.accept_deemed else _outcome(issue, due, met),
            proof=_sentence(clocks[kind]) if kind in clocks else "",
        )
        for kind, due, met in stops
        if due
    ]


def _clocks(turn: Handling) -> dict[str, Clock]:
    """The newest clock of each limit, in one query."""
    rows = Clock.objects.filter(kind__in=timing.KEYS, owner_id=turn.pk).select_related("ladder").order_by("pk")
    return {clock.kind: clock for clock in rows}


def _outcome(issue: Issue, due: datetime, met: datetime | None) -> str:
    if met:
        return _("按期") if met < due else _("超期")
    if issue.waiting_since:
        return _("时限暂停")
    return _("未到期") if timezone.now() < due else _("超期未完成")


def _sentence(clock: Clock) -> str:
    """From receipt to the last day, with the days that were not counted."""
    due = queries.proof(clock)
    parts = [
        _("%(day)s 收到，当日不计") % {"day": f"{due.start:%m-%d}"},
        _("时限 %(n)s 个工作日") % {"n": due.limit},
    ]
    off = [f"{day.date:%m-%d}" for day in due.days if not day.working and not day.paused]
    if off:
        parts.append(_("不计休息日 %(days)s") % {"days": _run(off)})
    if due.paused_days:
        parts.append(_("暂停期间 %(n)s 个工作日不计") % {"n": due.paused_days})
    parts.append(_("%(day)s 24:00 到期") % {"day": due.on.isoformat()})
    if due.provisional:
        parts.append(_("暂定，所在年度放假安排尚未公布"))
    return "；".join(parts) + "。"


def _run(days: Iterable[str]) -> str:
    """At most eight by name."""
    named = list(days)
    rest = _("等 %(n)s 天") % {"n": len(named)} if len(named) > 8 else ""
    return "、".join(named[:8]) + rest
