"""Starting clocks, one or a hundred thousand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.clocks import calendar, kinds, levels, localtime
from foundation.clocks.deadlines import MAX_DAYS, Pause, in_turn
from foundation.clocks.models import Clock, ClockPause, Ladder, Warning
from foundation.clocks.reckoning import Reckoner

BATCH = 2_000


class Start(NamedTuple):
    """One clock to start: a limit in working days or a fixed due date; the rest is history being taken over."""

    owner_id: int
    at: datetime
    days: int | None = None
    due_on: date | None = None
    extended_days: int = 0
    pauses: tuple[tuple[datetime, datetime | None, str], ...] = ()  # began, ended (None: paused still), reason
    stopped_at: datetime | None = None
    stop_reason: str = ""


@transaction.atomic
def start(
    *,
    kind: str,
    owner_id: int,
    ladder: Ladder,
    by: User | None,
    days: int | None = None,
    due_on: date | None = None,
    at: datetime | None = None,
) -> Clock:
    """Start the one running clock of an owner and kind, by working days or by a fixed due date."""
    owner = kinds.get(kind)
    wanted = Start(owner_id, at or localtime.now(), days, due_on)
    if days is not None and not 0 <= days <= MAX_DAYS:
        raise Refused(_("时限须为 0 至 %(most)d 个工作日。") % {"most": MAX_DAYS}, code="days_out_of_range")
    clock = _build(kind, wanted, ladder, Reckoner(calendar.for_writing()))
    try:
        with transaction.atomic():
            clock.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(_("同一事项已有正在计时的时钟。"), code="clock_running") from error
    owner.refresh([clock.pk])
    return clock


@transaction.atomic
def start_many(
    *,
    kind: str,
    starts: Iterable[Start],
    ladder: Ladder,
    by: User | None,
    settled_at: datetime | None = None,
) -> dict[int, int]:
    """Start clocks in bulk, leaving owners alone that have one running; returns clock ids by owner id.

    With `settled_at`, history is taken over: levels and warnings stand as on-time sweeps up to that instant would
    have left them, and nobody is told. Without it the next sweep raises whatever is already due.
    """
    owner = kinds.get(kind)
    reckoner = Reckoner(calendar.for_writing())
    made: dict[int, int] = {}
    rest = iter(starts)
    while batch := list(islice(rest, BATCH)):
        ids = _start_batch(kind, batch, ladder, reckoner, settled_at)
        made |= ids
        owner.refresh(list(ids.values()))
    return made


def _start_batch(
    kind: str, batch: list[Start], ladder: Ladder, reckoner: Reckoner, settled_at: datetime | None
) -> dict[int, int]:
    """Write one batch; returns the ids of the clocks written, by owner."""
    owners = [wanted.owner_id for wanted in batch]
    running = set(Clock.objects.running().of(kind, owners).values_list("owner_id", flat=True))
    known = set(Clock.objects.of(kind, owners).values_list("pk", flat=True))
    fresh = [wanted for wanted in batch if wanted.stopped_at or wanted.owner_id not in running]
    clocks = [_build(kind, wanted, ladder, reckoner) for wanted in fresh]
    if settled_at:
        for clock in clocks:
            _settle(clock, settled_at)
    Clock.objects.bulk_create(clocks, batch_size=BATCH, ignore_conflicts=True)
    made = _with_ids(clocks, Clock.objects.of(kind, owners).exclude(pk__in=known))
    _write_pauses(fresh, made, reckoner)
    if settled_at:
        _write_warnings(made.values())
    return {owner_id: clock.pk for (owner_id, _started), clock in made.items()}


def _with_ids(clocks: list[Clock], written: QuerySet[Clock]) -> dict[tuple[int, datetime], Clock]:
    """The clocks that were written, with their ids, by owner and start; a bulk write that may skip returns none."""
    ids = {(owner_id, started): pk for owner_id, started, pk in written.values_list("owner_id", "started_at", "pk")}
    made = {}
    for clock in clocks:
        key = (clock.owner_id, clock.started_at)
        if key in ids:
            clock.pk, made[key] = ids[key], clock
    return made


def _build(kind: str, wanted: Start, ladder: Ladder, reckoner: Reckoner) -> Clock:
    """The unsaved clock; ValueError unless exactly one of days and due_on is given."""
    if (wanted.days is None) == (wanted.due_on is None):
        raise ValueError("give either days or due_on")
    clock = Clock(
        kind=kind,
        owner_id=wanted.owner_id,
        ladder=ladder,
        started_at=wanted.at,
        days=wanted.days,
        fixed_on=wanted.due_on,
        extended_days=wanted.extended_days,
        due_set_at=wanted.at,
        stopped_at=wanted.stopped_at,
        stop_reason=wanted.stop_reason if wanted.stopped_at else "",
    )
    spans = _pauses(wanted, reckoner)
    if wanted.stopped_at is None:
        clock.paused_at = next((pause.began for pause in spans if pause.ended is None), None)
    clock.take(reckoner.instants(clock, ladder, spans))
    clock.next_change_at = None if clock.stopped_at or clock.paused_at else clock.yellow_at
    return clock


def _pauses(wanted: Start, reckoner: Reckoner) -> list[Pause]:
    """The pauses of a clock taken over, as they came about."""
    spans = [(began, ended) for began, ended, _reason in wanted.pauses]
    if wanted.days is None:
        return [Pause(*span) for span in spans]
    return in_turn(wanted.at, wanted.days, reckoner.calendar, spans, wanted.extended_days)


def _settle(clock: Clock, at: datetime) -> None:
    """Give a clock taken over the level it had reached, and the next instant it changes."""
    if clock.stopped_at is not None:
        clock.level = levels.passed(clock, clock.stopped_at)
    else:
        clock.level = levels.level(clock, at)
    clock.next_change_at = levels.next_change(clock, at)


def _write_pauses(batch: list[Start], made: dict[tuple[int, datetime], Clock], reckoner: Reckoner) -> None:
    """The pauses of clocks taken over; an open one ends where its clock stopped."""
    rows: Iterator[ClockPause] = (
        ClockPause(
            clock=made[(wanted.owner_id, wanted.at)],
            began_at=pause.began,
            ended_at=pause.ended or wanted.stopped_at,
            reason=reason[:200],
            skips_first_day=pause.skips_first_day,
        )
        for wanted in batch
        if wanted.pauses and (wanted.owner_id, wanted.at) in made
        for pause, (_began, _ended, reason) in zip(_pauses(wanted, reckoner), wanted.pauses, strict=True)
    )
    ClockPause.objects.bulk_create(rows, batch_size=BATCH)


def _write_warnings(clocks: Iterable[Clock]) -> None:
    """The warnings that clocks taken over had raised, told to nobody now."""
    rows = [
        Warning(
            clock=clock,
            level=level,
            due_at=clock.due_at,
            raised_at=max(boundary, clock.due_set_at),
            cleared_at=max(clock.stopped_at, boundary, clock.due_set_at) if clock.stopped_at else None,
        )
        for clock in clocks
        for level, boundary in levels.boundaries(clock)
        if level <= clock.level
    ]
    Warning.objects.bulk_create(rows, batch_size=BATCH)
