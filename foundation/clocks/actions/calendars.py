"""Loading a year's official calendar, and working out anew every running clock it touches."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.clocks import calendar, kinds, localtime
from foundation.clocks.actions.sweeping import catch_up
from foundation.clocks.deadlines import Instants, Pause
from foundation.clocks.kinds import Recalculated
from foundation.clocks.localtime import ONE_DAY, end_of_day, start_of_day
from foundation.clocks.models import CalendarDay, CalendarYear, Clock, ClockChange, ClockPause, Ladder, Warning
from foundation.clocks.reckoning import Reckoner
from foundation.clocks.warnings import settle
from foundation.clocks.workdays import SpecialDay, WorkingCalendar

FIRST_YEAR, LAST_YEAR = 1949, 2100
BATCH = 2_000
ATTEMPTS = 12


@dataclass
class CalendarPreview:
    """What loading a year would do: its days, and how many running deadlines would move."""

    off: int
    make_up: int
    changed_days: list[date] = field(default_factory=list)
    running: int = 0
    later: int = 0
    earlier: int = 0
    settled: int = 0  # provisional until now, certain afterwards


class _Moved(NamedTuple):
    """A clock with the instants it gets."""

    clock: Clock
    instants: Instants


def preview_calendar(*, year: int, days: Mapping[date, SpecialDay], source: str) -> CalendarPreview:
    """What loading these days would change; nothing is left written."""
    check_days(year, days)
    preview = CalendarPreview(
        off=sum(not day.working for day in days.values()), make_up=sum(day.working for day in days.values())
    )
    with transaction.atomic():
        before = calendar.build()
        point = transaction.savepoint()
        _write_year(year, days, source, None, localtime.now())
        after = calendar.build()
        transaction.savepoint_rollback(point)
    preview.changed_days = _changed_days(year, before, after)
    for moved in _recalculated(_touched(year, before, after), after):
        preview.running += 1
        preview.later += moved.instants.due_at > moved.clock.due_at
        preview.earlier += moved.instants.due_at < moved.clock.due_at
        preview.settled += moved.clock.provisional and not moved.instants.provisional
    return preview


def load_calendar(
    *,
    year: int,
    days: Mapping[date, SpecialDay],
    source: str,
    by: User | None,
    at: datetime | None = None,
) -> CalendarYear:
    """Replace a year's days and move the running deadlines they touch, after raising what they had reached by now.

    Afterwards colours go back, never forward: a level that the new instants have passed is left to the next sweep.

    All or nothing in one transaction. Where it meets somebody at work it steps back and tries again, then refuses.
    """
    check_days(year, days)
    for attempt in range(ATTEMPTS):
        try:
            return _load(year, days, source, by, at or localtime.now())
        except OperationalError:
            if connection.in_atomic_block:
                raise
            time.sleep(0.05 * (attempt + 1))
    raise Refused(_("此刻办理繁忙,日历没有载入,请稍后再试。"), code="busy")


@transaction.atomic
def _load(year: int, days: Mapping[date, SpecialDay], source: str, by: User | None, at: datetime) -> CalendarYear:
    """One attempt at loading a year."""
    calendar.lock_for_loading()
    before = calendar.build()
    row = _write_year(year, days, source, by, at)
    after = calendar.build()
    calendar.forget()
    moved = _move(_touched(year, before, after).select_for_update(of=("self",)), after, at, by)
    record(
        action="clocks.load_calendar",
        target=row,
        by=by,
        year=year,
        source=row.source,
        days={day.isoformat(): special.working for day, special in sorted(days.items())},
        moved=moved,
    )
    return row


def check_days(year: int, days: Mapping[date, SpecialDay]) -> None:
    """Refuse a year that cannot be an official calendar."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(
            _("年份须在 %(first)d 至 %(last)d 之间。") % {"first": FIRST_YEAR, "last": LAST_YEAR}, code="year"
        )
    strangers = sorted(day for day in days if not belongs(day, year))
    if strangers:
        raise Refused(
            _("%(date)s 不属于 %(year)d 年的放假安排。") % {"date": strangers[0], "year": year}, code="foreign_day"
        )
    if not any(not special.working for special in days.values()):
        raise Refused(_("没有任何放假日,不像是一年的放假安排。"), code="no_holidays")


def belongs(day: date, year: int) -> bool:
    """Whether a year's notice may speak of a day: the year itself and the December before it."""
    return day.year == year or (day.year == year - 1 and day.month == 12)


def _write_year(year: int, days: Mapping[date, SpecialDay], source: str, by: User | None, at: datetime) -> CalendarYear:
    """Replace the rows of a year."""
    row, _created = CalendarYear.objects.update_or_create(
        year=year,
        defaults={
            "source": source.strip()[:200] or _("%(year)d 年放假安排") % {"year": year},
            "loaded_at": at,
            "loaded_by": by,
            "token": uuid.uuid4(),
        },
    )
    row.days.all().delete()
    CalendarDay.objects.filter(date__in=list(days)).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(year=row, date=day, working=special.working, name=special.name[:40])
        for day, special in sorted(days.items())
    )
    return row


def _changed_days(year: int, before: WorkingCalendar, after: WorkingCalendar) -> list[date]:
    """The days whose being worked differs."""
    day, last = date(year - 1, 12, 1), date(year, 12, 31)
    changed = []
    while day <= last:
        if before.is_working(day) != after.is_working(day):
            changed.append(day)
        day += ONE_DAY
    return changed


def _touched(year: int, before: WorkingCalendar, after: WorkingCalendar) -> QuerySet[Clock]:
    """The running clocks whose instants may differ: those whose span meets a changed day or the year just published."""
    changed = _changed_days(year, before, after)
    if before.published(year) != after.published(year):
        changed += [date(year, 1, 1), date(year, 12, 31)]
    if not changed:
        return Clock.objects.none()
    first, last = start_of_day(min(changed)), end_of_day(max(changed))
    running = Clock.objects.running().alias(ends=Coalesce("escalate_at", "due_at"))
    return running.filter(started_at__lt=last, ends__gt=first)


def _recalculated(clocks: QuerySet[Clock], under: WorkingCalendar) -> Iterator[_Moved]:
    """Each clock with the instants it has under a calendar."""
    reckoner = Reckoner(under)
    for batch in _batches(clocks):
        pauses = _pauses(batch)
        for clock in batch:
            yield _Moved(clock, reckoner.instants(clock, clock.ladder, pauses[clock.pk]))


def _move(clocks: QuerySet[Clock], under: WorkingCalendar, at: datetime, by: User | None) -> int:
    """Write the new instants of these clocks; how many due instants moved."""
    reckoner = Reckoner(under)
    return sum(_move_batch(batch, reckoner, at, by) for batch in _batches(clocks))


def _move_batch(batch: list[Clock], reckoner: Reckoner, at: datetime, by: User | None) -> int:
    """Move one batch: rows, changes, warnings, owners and their timelines."""
    batch = _caught_up(batch, at)
    pauses, warnings = _pauses(batch), _warnings(batch)
    changed: list[Clock] = []
    recorded: list[ClockChange] = []
    moved: list[tuple[Clock, datetime]] = []
    for clock in batch:
        instants = reckoner.instants(clock, clock.ladder, pauses[clock.pk])
        if instants == _present(clock):
            continue
        before, level = clock.due_at, clock.level
        clock.take(instants)
        if clock.due_at != before:
            clock.due_set_at = at
            moved.append((clock, before))
        settle(clock, at, warnings[clock.pk])
        changed.append(clock)
        if clock.due_at != before or clock.level < level:  # yellow may begin later though the due day stays
            recorded.append(_recorded(clock, before, at, by))
    _write(changed)
    ClockChange.objects.bulk_create(recorded)
    _tell_owners(changed, moved)
    return len(moved)


def _caught_up(batch: list[Clock], at: datetime) -> list[Clock]:
    """The batch after every warning was raised that was due by now; those that this stopped are left out."""
    due: dict[str, list[int]] = defaultdict(list)
    for clock in batch:
        if clock.next_change_at is not None and clock.next_change_at <= at:
            due[clock.kind].append(clock.pk)
    for kind, ids in due.items():
        catch_up(kind=kind, clock_ids=ids, at=at)
    fresh = Clock.objects.select_related("ladder").in_bulk([pk for ids in due.values() for pk in ids])
    return [clock for clock in (fresh.get(one.pk, one) for one in batch) if clock.running]


def _recorded(clock: Clock, before: datetime, at: datetime, by: User | None) -> ClockChange:
    """What the calendar did to a clock."""
    cause = ClockChange.Cause.CALENDAR
    return ClockChange(clock=clock, at=at, cause=cause, old_due_at=before, new_due_at=clock.due_at, by=by)


def _present(clock: Clock) -> Instants:
    """The instants a clock has now."""
    return Instants(clock.due_on, clock.due_at, clock.yellow_at, clock.escalate_at, clock.provisional)


def _write(clocks: Iterable[Clock]) -> None:
    """Write changed clocks, one update for all that end up the same (most do: few days, few limits)."""
    names = (
        "due_on",
        "due_at",
        "due_set_at",
        "yellow_at",
        "escalate_at",
        "provisional",
        "level",
        "next_change_at",
    )
    alike: dict[tuple, list[int]] = defaultdict(list)
    for clock in clocks:
        alike[tuple(getattr(clock, name) for name in names)].append(clock.pk)
    for values, ids in alike.items():
        Clock.objects.filter(pk__in=ids).update(**dict(zip(names, values, strict=True)))


def _tell_owners(changed: list[Clock], moved: list[tuple[Clock, datetime]]) -> None:
    """Refresh the owners of all changed clocks, and report those whose due instant moved."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for clock in changed:
        by_kind[clock.kind].append(clock.pk)
    reports: dict[str, list[Recalculated]] = defaultdict(list)
    for clock, before in moved:
        reports[clock.kind].append(
            Recalculated(clock.pk, clock.owner_id, before, clock.due_at, ClockChange.Cause.CALENDAR.value)
        )
    for key, ids in by_kind.items():
        kind = kinds.get(key)
        kind.refresh(ids)
        if reports[key]:
            kind.recalculated(reports[key])


def _batches(clocks: QuerySet[Clock]) -> Iterator[list[Clock]]:
    """The clocks in order of their ids, a batch at a time, each with its ladder."""
    last = 0
    ordered = clocks.order_by("pk")
    ladders = Ladder.objects.in_bulk()
    while batch := list(ordered.filter(pk__gt=last)[:BATCH]):
        for clock in batch:
            clock.ladder = ladders[clock.ladder_id]
        yield batch
        last = batch[-1].pk


def _pauses(batch: list[Clock]) -> dict[int, list[Pause]]:
    """The pauses of a batch, by clock."""
    found: dict[int, list[Pause]] = defaultdict(list)
    rows = ClockPause.objects.filter(clock_id__in=[clock.pk for clock in batch])
    for clock_id, began, ended, skips in rows.values_list("clock_id", "began_at", "ended_at", "skips_first_day"):
        found[clock_id].append(Pause(began, ended, skips))
    return found


def _warnings(batch: list[Clock]) -> dict[int, list[Warning]]:
    """The warnings of a batch, by clock."""
    found: dict[int, list[Warning]] = defaultdict(list)
    for row in Warning.objects.filter(clock_id__in=[clock.pk for clock in batch]):
        found[row.clock_id].append(row)
    return found
