"""A sweep of 5,000 due clocks against one raw UPDATE … RETURNING of the same rows, and a sweep with nothing due."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

from django.db import connection
from django.db.models import Max
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.measure import Result, paired
from foundation.accounts.models import User
from foundation.clocks import kinds
from foundation.clocks.actions import sweep
from foundation.clocks.models import Clock, Warning
from foundation.notices.models import Delivery, Notice
from issues.actions import reopen
from issues.limits import timing
from issues.models import Event, Issue

DUE = 5000
KIND = timing.RESOLVE
GROWING = (Warning, Event, Notice, Delivery)  # what a sweep adds to
TOUCHED = ("clocks_clock", "issues_issue", "issues_handling", *(model._meta.db_table for model in GROWING))


def measure() -> list[Result]:
    """Every turn is committed, with its checks of foreign keys, and undone before the next."""
    now = timezone.now()
    _stock()
    sweep(at=now)  # what the demo left due
    turns = _Turns(now)
    # The clocks' rows, their warnings, the cases' events and the notices: all of it is in the portal's time.
    swept = paired(f"sweep of {DUE:,} due, notices included", turns.sweep, turns.raw, goal=5, runs=9, before=turns.make)
    turns.make()
    sweep(at=now)
    return [swept, _nothing_due(now)]


def _stock() -> None:
    """See to 5,000 running clocks, by taking up closed cases again as the office would; made once and kept."""
    missing = DUE - _running().count()
    if missing <= 0:
        return
    office = User.objects.get(username="office")
    recent = Issue.objects.filter(status=Issue.Status.CLOSED, closed_at__gte=timezone.now() - timedelta(days=80))
    for issue in recent.order_by("-closed_at")[:missing]:
        reopen(issue=issue, by=office, reason="回访时企业反映问题未解决。")


def _running():
    return Clock.objects.filter(kind=KIND, stopped_at__isnull=True, paused_at__isnull=True).order_by("pk")


class _Turns:
    """The same 5,000 clocks, made due again for each turn."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.ids = list(_running().values_list("pk", flat=True)[:DUE])
        self.marks = {model: model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in GROWING}
        Warning.objects.filter(clock__in=self.ids).delete()

    def make(self) -> None:
        """Let them turn yellow a minute ago, their cases' columns in step; the room of the last turn is free again."""
        for model in reversed(GROWING):
            model.objects.filter(pk__gt=self.marks[model]).delete()
        soon = self.now + timedelta(days=3)
        Clock.objects.filter(pk__in=self.ids).update(
            level=0,
            yellow_at=self.now - timedelta(minutes=1),
            due_at=soon,
            escalate_at=soon + timedelta(days=5),
            next_change_at=self.now - timedelta(minutes=1),
        )
        kinds.get(KIND).refresh(self.ids)
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM {', '.join(TOUCHED)}")

    def sweep(self) -> None:
        done = sweep(at=self.now, kind=KIND)
        assert (done.yellow, done.failed) == (DUE, {}), done
        assert done.notices

    def raw(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE clocks_clock SET level = 1, next_change_at = due_at"
                " WHERE kind = %s AND next_change_at <= %s RETURNING id, owner_id, due_at",
                [KIND, self.now],
            )
            assert len(cursor.fetchall()) == DUE


def _nothing_due(now: datetime) -> Result:
    """SQL time of a sweep that finds nothing, against the 5 ms it may take."""
    spent = []
    for _ in range(9):
        with CaptureQueriesContext(connection) as seen:
            sweep(at=now)
        spent.append(sum(1000 * float(query["time"]) for query in seen.captured_queries))
    # The first one walks over the index entries that the sweep before it left behind.
    note = f"{len(seen)} queries; right after the sweep {spent[0]:.1f} ms"
    return Result("sweep with nothing due (SQL, of 5 ms allowed)", max(median(spent), 0.01), 5.0, 1, note)
