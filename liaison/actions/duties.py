"""The month's visit duties: opened once, moved with the officer, done by a visit, cancelled with the assignment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.clocks import actions as clocks
from foundation.clocks import localtime, queries
from foundation.clocks.actions import Start
from foundation.clocks.models import Clock, Ladder
from liaison.clocks import KIND
from liaison.defaults import LADDER_KEY, install_ladder
from liaison.models import Assignment, Visit, VisitDuty, VisitDutyQuerySet

BATCH = 1_000
UPDATED = 100  # rows that one statement changes each in its own way: longer ones cost more than they save


@transaction.atomic
def open_month(*, month: date, by: User | None = None) -> int:
    """Open the visit duties of the month that `month` lies in; returns how many were opened now.

    Every enterprise with a service officer owes one. Whatever was opened before stays as it is, so it may run as often
    as it likes; a duty cancelled this month comes back when the enterprise has an officer again.
    """
    month = localtime.month_start(month)
    if month > localtime.next_month(localtime.today()):
        raise Refused(_("只能开启本月、下月或以前月份的走访任务。"), code="month_too_far")
    install_ladder()
    ladder = Ladder.objects.select_for_update().filter(key=LADDER_KEY).order_by("-version")[0]  # one opening at a time
    officers = _officers(month)
    known = VisitDuty.objects.filter(month=month)
    cancelled = _take_up_again(known.filter(cancelled_at__isnull=False, enterprise_id__in=officers), officers)
    missing = set(officers) - set(known.values_list("enterprise_id", flat=True))
    opened = [*cancelled, *_create(month, {pk: officers[pk] for pk in missing})]
    _start_or_finish(opened, month, ladder, by)
    if opened:
        record(action="liaison.open_month", target=opened[0], by=by, month=month, duties=len(opened))
    return len(opened)


def _officers(month: date) -> dict[int, tuple[int, int | None]]:
    """(officer, department) by enterprise: who serves it at the end of the month, as known now."""
    last = localtime.month_end(month)
    serving = Assignment.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=last),
        kind=Assignment.Kind.SERVICE_OFFICER,
        started_on__lte=last,
        enterprise__is_active=True,
    )
    rows = serving.order_by("pk").values_list("enterprise_id", "user_id", "user__department_id")
    return {enterprise: (user, department) for enterprise, user, department in rows}


def _take_up_again(duties: Iterable[VisitDuty], officers: Mapping[int, tuple[int, int | None]]) -> list[VisitDuty]:
    """Undo the cancellation of these duties, for the officers of now."""
    found = list(duties)
    for duty in found:
        duty.cancelled_at = None
        duty.officer_id, duty.department_id = officers[duty.enterprise_id]
    VisitDuty.objects.bulk_update(found, ["cancelled_at", "officer", "department"], batch_size=BATCH)
    return found


def _create(month: date, officers: Mapping[int, tuple[int, int | None]]) -> list[VisitDuty]:
    due_at = localtime.end_of_day(localtime.month_end(month))
    return VisitDuty.objects.bulk_create(
        [
            VisitDuty(
                enterprise_id=pk, month=month, officer_id=officer, department_id=department, due_at=due_at, level=0
            )
            for pk, (officer, department) in sorted(officers.items())
        ],
        batch_size=BATCH,
    )


def _start_or_finish(duties: list[VisitDuty], month: date, ladder: Ladder, by: User | None) -> None:
    """A visit already made this month settles the duty at once; the clocks of the others start."""
    visits = _first_visits(month, [duty.enterprise_id for duty in duties])
    now, due_on = localtime.now(), localtime.month_end(month)
    settled = [duty for duty in duties if duty.enterprise_id in visits]
    for duty in settled:
        duty.visit_id, duty.done_at = visits[duty.enterprise_id], now
    VisitDuty.objects.bulk_update(settled, ["visit", "done_at"], batch_size=BATCH)
    starts = [Start(duty.pk, now, due_on=due_on) for duty in duties if duty.done_at is None]
    if starts:
        clocks.start_many(kind=KIND, starts=starts, ladder=ladder, by=by)


def _first_visits(month: date, enterprise_ids: list[int]) -> dict[int, int]:
    """The first visit of the month by enterprise, for those that had one."""
    start, end = localtime.month_bounds(month)
    found: dict[int, int] = {}
    for first in range(0, len(enterprise_ids), BATCH):
        visits = Visit.objects.filter(
            visited_at__gte=start, visited_at__lt=end, enterprise_id__in=enterprise_ids[first : first + BATCH]
        )
        for pk, enterprise in visits.order_by("-visited_at", "-pk").values_list("pk", "enterprise_id"):
            found[enterprise] = pk
    return found


def hold(*, enterprise_id: int, months: Iterable[date]) -> list[VisitDuty]:
    """Lock the duties of these months and their clocks: before anything that takes the audit trail's lock."""
    duties = VisitDuty.objects.select_for_update().filter(
        enterprise_id=enterprise_id, month__in=set(months), cancelled_at__isnull=True
    )
    held = list(duties.order_by("pk"))
    list(Clock.objects.of(KIND, [duty.pk for duty in held]).select_for_update().order_by("pk").values_list("pk"))
    return held


def settle(*, duties: Iterable[VisitDuty], by: User) -> None:
    """Bring duties that are held in line with the visits logged."""
    for duty in duties:
        _settle(duty, by)


def _settle(duty: VisitDuty, by: User) -> None:
    start, end = localtime.month_bounds(duty.month)
    visits = Visit.objects.filter(enterprise_id=duty.enterprise_id, visited_at__gte=start, visited_at__lt=end)
    if duty.visit_id and visits.filter(pk=duty.visit_id).exists():
        return
    first = visits.order_by("visited_at", "pk").first()
    if first is not None:
        _finish(duty, first, by)
    elif duty.done_at is not None:
        _undo(duty, by)


def _finish(duty: VisitDuty, visit: Visit, by: User) -> None:
    """The visit does the duty; its clock stops, keeping whatever level it had reached."""
    clocks.stop_many(kind=KIND, owner_ids=[duty.pk], reason=_("已走访"), by=by)
    VisitDuty.objects.filter(pk=duty.pk).update(visit=visit, done_at=duty.done_at or localtime.now())


def _undo(duty: VisitDuty, by: User) -> None:
    """The visit turned out to belong to another month: the duty is open again and its clock goes on."""
    VisitDuty.objects.filter(pk=duty.pk).update(visit=None, done_at=None)
    clock = queries.latest(KIND, duty.pk)
    if clock is not None:
        clocks.reopen(clock=clock, by=by, reason=_("走访时间更正"))
    else:
        due_on = localtime.month_end(duty.month)
        clocks.start(kind=KIND, owner_id=duty.pk, ladder=install_ladder(), by=by, due_on=due_on)


def move_open(*, officers: Mapping[int, User], at: datetime) -> int:
    """The open duties not yet due go to the enterprise's new officer; what was missed stays with who missed it."""
    rows = list(_still_open(officers, at).select_for_update().order_by("pk")) if officers else []
    for duty in rows:
        officer = officers[duty.enterprise_id]
        duty.officer, duty.department_id = officer, officer.department_id
    VisitDuty.objects.bulk_update(rows, ["officer", "department"], batch_size=UPDATED)
    return len(rows)


def cancel_open(*, enterprise_ids: Iterable[int], by: User, at: datetime) -> int:
    """The open duties not yet due are no longer owed; their clocks stop."""
    ids = list(_still_open(enterprise_ids, at).select_for_update().order_by("pk").values_list("pk", flat=True))
    clocks.stop_many(kind=KIND, owner_ids=ids, reason=_("联系结束"), by=by)
    return VisitDuty.objects.filter(pk__in=ids).update(cancelled_at=at)


def _still_open(enterprise_ids: Iterable[int], at: datetime) -> VisitDutyQuerySet:
    return VisitDuty.objects.open().filter(enterprise_id__in=list(enterprise_ids), due_at__gt=at)
