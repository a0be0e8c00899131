"""What a change of level means for a case: events, notices, deemed acceptance, closing in silence; by the batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import NamedTuple

from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.audit.actions import Act, record_many
from foundation.clocks import actions as clock_actions
from foundation.clocks.explaining import Explanations
from foundation.clocks.kinds import Moved, Raised, Recalculated
from foundation.clocks.levels import ESCALATED, RED, YELLOW
from foundation.clocks.localtime import last_day
from foundation.clocks.models import Clock, Ladder
from foundation.notices.actions import Message, notify_many
from foundation.notices.digests import gather
from issues import lifecycle
from issues.limits import bulk, timing
from issues.limits.audiences import Audiences, Subject
from issues.listings import end_listings
from issues.models import Event, Handling, Issue
from issues.telling import digest, message, named
from issues.watching import watchers

LABELS = {
    timing.ACCEPT: gettext_lazy("签收时限"),
    timing.FIRST_REPLY: gettext_lazy("首次答复时限"),
    timing.RESOLVE: gettext_lazy("办结时限"),
    timing.CONFIRM: gettext_lazy("企业确认时限"),
    timing.CO_HANDLING: gettext_lazy("协办回复时限"),
    timing.LISTING: gettext_lazy("挂牌整改期限"),
}
VERBS = {YELLOW: "warn_yellow", RED: "warn_red", ESCALATED: "escalate"}
WORDS = {
    YELLOW: gettext_lazy("%(limit)s将于 %(day)s 到期"),
    RED: gettext_lazy("%(limit)s已超期(应于 %(day)s 前完成)"),
    ESCALATED: gettext_lazy("%(limit)s超期仍未完成(应于 %(day)s 前完成)"),
}
BATCH = 2_000


class Found(NamedTuple):
    """One warning with the case it concerns and the audiences its ladder names."""

    raised: Raised
    subject: Subject
    tells: list[str]


# Somebody who is told of warnings: who, of which level, and whether on the enterprise's side.
Reader = tuple[int, int, bool]


def swept(kind: str, moved: list[Moved], raised: list[Raised]) -> int:
    """Colour the cases, write events, tell people, and do what silence means; returns notices written."""
    found = _find(bulk.rise(moved), raised)
    overdue = [one for one in found if one.raised.level == RED]
    written = notify_many(messages(kind, found))
    if kind == timing.CONFIRM:
        _write_events(kind, [one for one in found if one.raised.level == YELLOW])
        _close_unconfirmed(overdue)
    else:
        _write_events(kind, found)
    if kind == timing.ACCEPT:
        _deem_accepted(overdue)
    return written


def due_moved(kind: str, moved: list[Recalculated]) -> None:
    """Say on every timeline that the calendar moved the deadline, from when to when."""
    cases = _cases_of(one.owner_id for one in moved)
    latest = dict(Clock.objects.filter(pk__in=[one.clock_id for one in moved]).values_list("pk", "due_set_at"))
    _bulk_events(
        Event(
            issue_id=cases[one.owner_id],
            at=latest[one.clock_id],
            verb="due_moved",
            actor=_("系统"),
            text=_("%(limit)s由 %(old)s 调整为 %(new)s(工作日历更新)")
            % {"limit": LABELS[kind], "old": last_day(one.old_due_at), "new": last_day(one.new_due_at)},
            internal=not lifecycle.find("due_moved").public,
            data={
                "kind": kind,
                "old_due_on": last_day(one.old_due_at).isoformat(),
                "due_on": last_day(one.new_due_at).isoformat(),
            },
        )
        for one in moved
        if one.owner_id in cases
    )


def _cases_of(handling_ids: Iterable[int]) -> dict[int, int]:
    """Turn → case."""
    return dict(Handling.objects.filter(pk__in=set(handling_ids)).order_by().values_list("pk", "issue_id"))


def _find(cases: Mapping[int, Subject], raised: list[Raised]) -> list[Found]:
    """These warnings with their cases, by turn, and the audiences of their ladders."""
    ladders = Ladder.objects.in_bulk({one.ladder_id for one in raised})
    tells = cache(lambda ladder_id, level: ladders[ladder_id].tells(level))
    return [Found(one, cases[one.owner_id], tells(one.ladder_id, one.level)) for one in raised if one.owner_id in cases]


def messages(kind: str, found: list[Found]) -> Iterator[Message]:
    """What each person is told: of a few warnings one by one, of many of a level in one message."""
    audiences = Audiences({one.subject.pk: one.subject for one in found}.values())
    watching = {} if kind == timing.CONFIRM else watchers({one.subject.pk for one in found})
    told: dict[Reader, list[Found]] = defaultdict(list)
    for one in found:
        raised, subject, tells = one
        outside = "enterprise" in tells
        for user_id in sorted(audiences.people(subject, tells) | watching.get(subject.pk, set())):
            enterprise = outside and audiences.speaks_for_enterprise(subject, user_id)
            told[user_id, raised.level, enterprise].append(one)
    label, words = cache(partial(_label, kind)), cache(partial(limit_words, kind))

    reasons = Explanations(one.raised.clock_id for one in found)

    def single(reader: Reader, one: Found) -> Message:
        user_id, level, enterprise = reader
        text, key = words(level, one.raised.due_at), f"warning:{one.raised.warning_id}"
        why = "" if enterprise else reasons.text(one.raised.clock_id, one.raised.at)
        return message(
            one.subject, VERBS[level], label(level), text, key=key, user_id=user_id, enterprise=enterprise, why=why
        )

    def several(reader: Reader, many: Sequence[Found]) -> Message:
        user_id, level, enterprise = reader
        warnings = {one.raised.warning_id: one.subject for one in many}
        lines = (f"{named(one.subject)}:{words(level, one.raised.due_at)}" for one in many)
        return digest(warnings, lines, VERBS[level], label(level), user_id=user_id, enterprise=enterprise)

    return gather(told, one=single, many=several)


def _label(kind: str, level: int) -> str:
    """What a notice begins with: for the confirm clock a request, not a warning."""
    if kind != timing.CONFIRM:
        return str(lifecycle.find(VERBS[level]).label)
    return _("请确认办结结果") if level == YELLOW else str(lifecycle.find("close_unconfirmed").label)


def limit_words(kind: str, level: int, due_at: datetime) -> str:
    return str(WORDS[level]) % {"limit": LABELS[kind], "day": last_day(due_at).isoformat()}


def _write_events(kind: str, found: list[Found]) -> None:
    """Put every warning on its case's timeline."""
    said = cache(partial(_said, kind))
    bulk.write_events((case.pk, said(one.level, one.due_at, one.at)) for one, case, _tells in found)


def _said(kind: str, level: int, due_at: datetime, at: datetime) -> bulk.Said:
    """What the timeline says of a warning."""
    verb = VERBS[level]
    facts = (("kind", kind), ("due_on", last_day(due_at).isoformat()))
    return bulk.Said(at, verb, _("系统"), limit_words(kind, level, due_at), not lifecycle.find(verb).public, facts)


def _bulk_events(events: Iterable[Event]) -> None:
    Event.objects.bulk_create(events, batch_size=BATCH)


def _deem_accepted(overdue: list[Found]) -> None:
    """Nobody accepted in time: the case counts as accepted at the instant the limit ended."""
    waiting = _still(overdue, Issue.Status.DISPATCHED)
    if not waiting:
        return
    turns = [one.raised.owner_id for one in waiting]
    Handling.objects.filter(pk__in=turns, accepted_at__isnull=True).update(
        accepted_at=F("accept_due_at"), accept_deemed=True
    )
    due = Handling.objects.filter(issue=OuterRef("pk"), ended_at__isnull=True).values("accept_due_at")
    _move(waiting, "deem_accepted", last_event_at=Subquery(due[:1]), last_public_event_at=Subquery(due[:1]))
    _stop(timing.ACCEPT, waiting, "deemed accepted")


def _close_unconfirmed(overdue: list[Found]) -> None:
    """The enterprise kept silent: the case closes as unconfirmed at the instant the limit ended."""
    waiting = _still(overdue, Issue.Status.RESOLVED)
    if not waiting:
        return
    # The confirm clock is the only one running, so its due instant stands mirrored on the case.
    _move(
        waiting,
        "close_unconfirmed",
        closing=Issue.Closing.UNCONFIRMED,
        closed_at=F("due_at"),
        last_event_at=F("due_at"),
        last_public_event_at=F("due_at"),
    )
    _stop(timing.CONFIRM, waiting, "unconfirmed")
    closed = max(one.raised.at for one in waiting)
    end_listings([one.subject.pk for one in waiting], reason=_("已销号"), by=None, at=closed)


def _still(found: list[Found], status: Issue.Status) -> list[Found]:
    """Those whose case is still at this stage, locked in order."""
    rows = Issue.objects.filter(pk__in=[one.subject.pk for one in found], status=status)
    held = set(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    return [one for one in found if one.subject.pk in held]


def _move(found: list[Found], verb: str, **facts: object) -> None:
    """Move these cases on by a system verb: one update, with events and audit rows."""
    transition = lifecycle.find(verb)
    rows = Issue.objects.filter(pk__in=[one.subject.pk for one in found])
    rows.update(status=transition.to, version=F("version") + 1, **facts)
    _bulk_events(
        Event(
            issue_id=one.subject.pk,
            at=one.raised.at,
            verb=verb,
            actor=_("系统"),
            internal=not transition.public,
        )
        for one in found
    )
    cases = rows.only("pk", "number", "title").in_bulk()
    record_many([Act(f"issues.{verb}", cases[one.subject.pk]) for one in found], by=None)


def _stop(kind: str, found: list[Found], reason: str) -> None:
    at = max(one.raised.at for one in found)
    owners = [one.raised.owner_id for one in found]
    clock_actions.stop_many(kind=kind, owner_ids=owners, reason=reason, by=None, at=at)
