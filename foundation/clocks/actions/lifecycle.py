"""Verbs on one clock; each first raises what time has already brought, so no order of events loses a warning."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.clocks import calendar, kinds, localtime
from foundation.clocks.actions.sweeping import catch_up
from foundation.clocks.deadlines import MAX_DAYS
from foundation.clocks.localtime import local_date
from foundation.clocks.models import Clock, ClockChange, ClockPause
from foundation.clocks.reckoning import Reckoner, pauses_of, stood
from foundation.clocks.warnings import close_all, settle

Cause = ClockChange.Cause


@transaction.atomic
def pause(*, clock: Clock | int, by: User | None, reason: str = "", at: datetime | None = None) -> Clock:
    """Stand a clock still; a yellow goes back, what is late already stays late."""
    at = at or localtime.now()
    held = _lock(clock, at)
    if held.paused_at is not None:
        raise Refused(_("时钟已经暂停,不必再次暂停。"), code="clock_paused")
    _not_before(at, held.started_at)
    skips = stood(held, at, None, held.due_on).skips_first_day
    ClockPause.objects.create(clock=held, began_at=at, reason=reason[:200], skips_first_day=skips)
    held.paused_at = at
    return _save(held, at)


@transaction.atomic
def resume(*, clock: Clock | int, by: User | None, at: datetime | None = None) -> Clock:
    """Let a paused clock go on; the working days it stood still are not counted."""
    at = at or localtime.now()
    held = _lock(clock, at)
    if held.paused_at is None:
        raise Refused(_("时钟没有暂停,无需恢复。"), code="clock_not_paused")
    _not_before(at, held.paused_at)
    return go_on(held, at, by=by)


@transaction.atomic
def extend(*, clock: Clock | int, days: int, by: User | None, at: datetime | None = None) -> Clock:
    """Add working days to the limit; the colour goes back where the new due day allows it."""
    at = at or localtime.now()
    held = _lock(clock, at)
    if days < 1 or (held.days or 0) + held.extended_days + days > MAX_DAYS:
        raise Refused(_("延期天数须为 1 至 %(most)d 个工作日。") % {"most": MAX_DAYS}, code="extension_out_of_range")
    held.extended_days += days
    return _reckon(held, at, cause=Cause.EXTENSION, by=by)


@transaction.atomic
def move_due(*, clock: Clock | int, due_on: date, by: User | None, at: datetime | None = None) -> Clock:
    """Give a clock with a fixed date another date."""
    at = at or localtime.now()
    held = _lock(clock, at)
    if held.fixed_on is None:
        raise Refused(_("按工作日计时的时限不能直接改期,请使用延期。"), code="clock_counts_days")
    held.fixed_on, held.extended_days = due_on, 0
    return _reckon(held, at, cause=Cause.MOVED, by=by)


@transaction.atomic
def stop(*, clock: Clock | int, reason: str, by: User | None, at: datetime | None = None) -> Clock:
    """End a clock; it keeps the level it had reached."""
    at = at or localtime.now()
    held = _lock(clock, at)
    _not_before(at, held.paused_at or held.started_at)
    if held.paused_at is not None:
        go_on(held, at, by=by)  # what stood still is judged as if it had gone on at this moment
    held.stopped_at, held.stop_reason, held.next_change_at = at, reason[:60], None
    held.save()
    close_all([held.pk], at)
    kinds.get(held.kind).refresh([held.pk])
    return held


@transaction.atomic
def reopen(*, clock: Clock | int, by: User | None, reason: str = "", at: datetime | None = None) -> Clock:
    """Let a stopped clock go on (a rejected outcome); the time between counts as a pause."""
    at = at or localtime.now()
    held = _fetch(clock)
    if held.stopped_at is None:
        raise Refused(_("时钟仍在计时,无需恢复。"), code="clock_running")
    if Clock.objects.running().of(held.kind, [held.owner_id]).exists():
        raise Refused(_("同一事项已有正在计时的时钟。"), code="clock_running")
    _not_before(at, held.stopped_at)
    under = Reckoner(calendar.for_writing())
    due_on = under.instants(held, held.ladder, pauses_of(held)).due_on  # a calendar loaded since may have moved it
    began, ended, skips = stood(held, held.stopped_at, at, held.due_on, due_on)
    ClockPause.objects.create(clock=held, began_at=began, ended_at=ended, reason=reason[:200], skips_first_day=skips)
    held.stopped_at, held.stop_reason = None, ""
    return _reckon(held, at, cause=Cause.REOPEN, by=by)


def _fetch(clock: Clock | int) -> Clock:
    """The clock's row, locked."""
    pk = clock.pk if isinstance(clock, Clock) else clock
    return Clock.objects.select_for_update(of=("self",)).select_related("ladder").get(pk=pk)


def _lock(clock: Clock | int, at: datetime) -> Clock:
    """A running clock's row, locked, with every warning raised that was due by now."""
    held = _fetch(clock)
    if held.stopped_at is not None:
        raise Refused(_("时钟已经停止,不能再变更。"), code="clock_stopped")
    if held.next_change_at is not None and held.next_change_at <= at:
        catch_up(kind=held.kind, clock_ids=[held.pk], at=at)
        held = _fetch(held.pk)
        if held.stopped_at is not None:
            raise Refused(_("时钟已经停止,不能再变更。"), code="clock_stopped")
    return held


def _not_before(at: datetime, earliest: datetime) -> None:
    """Refuse an instant before another."""
    if at < earliest:
        raise Refused(_("时间不能早于上一步。"), code="before_last_step")


def go_on(clock: Clock, at: datetime, *, by: User | None) -> Clock:
    """End the open pause of a locked clock: its first day is not counted where it was the due day, or is by now."""
    row = clock.pauses.get(ended_at__isnull=True)
    known = [local_date(row.began_at)] if row.skips_first_day else []
    row.ended_at = at = max(at, row.began_at)
    row.skips_first_day = stood(clock, row.began_at, at, clock.due_on, *known).skips_first_day
    row.save(update_fields=["ended_at", "skips_first_day"])
    clock.paused_at = None
    return _reckon(clock, at, cause=Cause.PAUSE, by=by)


def _reckon(clock: Clock, at: datetime, *, cause: Cause, by: User | None) -> Clock:
    """Work out the due instant anew, record it where it moved, and bring level and warnings in line."""
    before = clock.due_at
    clock.take(Reckoner(calendar.for_writing()).instants(clock, clock.ladder, pauses_of(clock)))
    if clock.due_at != before:
        clock.due_set_at = at
        ClockChange.objects.create(clock=clock, at=at, cause=cause, old_due_at=before, new_due_at=clock.due_at, by=by)
    return _save(clock, at)


def _save(clock: Clock, at: datetime) -> Clock:
    """Settle level and warnings, write the row, and let the owner mirror it."""
    settle(clock, at)
    clock.save()
    kinds.get(clock.kind).refresh([clock.pk])
    return clock
