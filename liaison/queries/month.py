"""A cadre's month: how many of how many, who is next, what was missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse

from foundation.clocks import calendar, localtime
from foundation.clocks.deadlines import remaining
from foundation.clocks.queries import Badge, badge
from liaison import problems
from liaison.models import Assignment, Visit, VisitDuty
from liaison.problems import OpenCount

LOOK_BACK = 6  # months in which a missed visit is still shown


@dataclass(frozen=True)
class NextVisit:
    """One enterprise still to be visited for a month."""

    duty: VisitDuty
    last_visit: datetime | None
    badge: Badge  # shape and words of the duty's deadline
    cases: OpenCount

    @property
    def enterprise(self) -> Any:
        return self.duty.enterprise

    @property
    def log_url(self) -> str:
        """The form for this visit."""
        return f"{reverse('liaison:visit_new')}?enterprise={self.duty.enterprise_id}"


@dataclass(frozen=True)
class CadreMonth:
    """n of N of one month; `next` is ordered by who was not visited longest; `missed` are earlier months' duties."""

    month: date
    done: int
    owed: int
    days_left: int  # working days, today included
    next: list[NextVisit]
    finished: list[VisitDuty]
    missed: list[NextVisit]

    @property
    def left(self) -> int:
        return self.owed - self.done


def working_days_left(month: date, today: date | None = None) -> int:
    """Working days left of a month, today included; 0 when it is over."""
    return remaining(today or localtime.today(), localtime.month_end(month), calendar.current())


def cadre_month(user: Any, month: date | None = None) -> CadreMonth:
    """The month (this one) of a service officer; a constant number of queries."""
    month = localtime.month_start(month or localtime.today())
    duties = list(_duties(user, month))
    counts = problems.open_counts({duty.enterprise_id for duty in duties if not duty.done_at}, user)
    waiting = [
        NextVisit(duty, duty.last_visit, _badge(duty), counts.get(duty.enterprise_id, OpenCount()))  # type: ignore[attr-defined]
        for duty in duties
        if duty.done_at is None
    ]
    waiting.sort(key=lambda one: (one.last_visit is not None, one.last_visit or one.duty.opened_at, one.duty.pk))
    this = [duty for duty in duties if duty.month == month]
    finished = [duty for duty in this if duty.done_at is not None]
    finished.sort(key=lambda duty: duty.visit.visited_at, reverse=True)  # type: ignore[union-attr]
    return CadreMonth(
        month=month,
        done=len(finished),
        owed=len(this),
        days_left=working_days_left(month),
        next=[one for one in waiting if one.duty.month == month],
        finished=finished,
        missed=[one for one in waiting if one.duty.month != month],
    )


def _duties(user: Any, month: date) -> Any:
    """This month's duties of an officer, and those missed lately at enterprises still served."""
    serving = Assignment.objects.active().filter(
        kind=Assignment.Kind.SERVICE_OFFICER, user=user, enterprise=OuterRef("enterprise")
    )
    earliest = month
    for _ in range(LOOK_BACK):
        earliest = localtime.previous_month(earliest)
    missed = Q(month__lt=month, month__gte=earliest, done_at__isnull=True) & Q(Exists(serving))
    last = Visit.objects.filter(enterprise=OuterRef("enterprise")).order_by("-visited_at", "-pk")
    return (
        VisitDuty.objects.owed()
        .filter(Q(month=month) | missed, officer=user)
        .select_related("enterprise__park", "enterprise__town", "visit")
        .annotate(last_visit=Subquery(last.values("visited_at")[:1]))
        .order_by("pk")
    )


def _badge(duty: VisitDuty) -> Badge:
    return badge(level=duty.level, due_on=localtime.month_end(duty.month))
