"""A sweep of 5,000 due clocks against one raw UPDATE … RETURNING of the same rows, and a sweep with nothing due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.measure import Result, paired
from foundation.clocks import kinds
from foundation.clocks.actions import sweep
from foundation.clocks.models import Clock, Warning

DUE = 5000
KIND = "issue.resolve"
TOUCHED = ("clocks_clock", "clocks_warning", "issues_issue", "issues_handling", "issues_event", "notices_notice")


def measure() -> list[Result]:
    """Each turn in a transaction that is taken back."""
    now = timezone.now()
    sweep(at=now)  # what the demo left due
    due = _make_due(now)
    # The clocks' rows, their warnings, the cases' events and the notices: all of it is in the portal's time.
    ours = _taken_back(lambda: _check(sweep(at=now, kind=KIND).yellow, due))
    bare = _taken_back(lambda: _raw(now, due))
    # Rows written and taken back take up the room that a living database clears for the next update.
    swept = paired(f"sweep of {due:,} due, notices included", ours, bare, goal=5, runs=5, before=_clear)
    return [swept, _nothing_due(now)]


def _clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {', '.join(TOUCHED)}")


def _make_due(now: datetime) -> int:
    """Let running clocks turn yellow a minute ago, their owners' columns in step; kept for all turns."""
    running = Clock.objects.filter(kind=KIND, stopped_at__isnull=True, paused_at__isnull=True)
    ids = list(running.order_by("pk").values_list("pk", flat=True)[:DUE])
    Warning.objects.filter(clock__in=ids).delete()
    soon = now + timedelta(days=3)
    Clock.objects.filter(pk__in=ids).update(
        level=0,
        yellow_at=now - timedelta(minutes=1),
        due_at=soon,
        escalate_at=soon + timedelta(days=5),
        next_change_at=now - timedelta(minutes=1),
    )
    kinds.get(KIND).refresh(ids)
    return len(ids)


def _raw(now: datetime, due: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clocks_clock SET level = 1, next_change_at = due_at"
            " WHERE kind = %s AND next_change_at <= %s RETURNING id, owner_id, due_at",
            [KIND, now],
        )
        _check(len(cursor.fetchall()), due)


def _check(found: int, wanted: int) -> None:
    assert found == wanted, (found, wanted)


def _taken_back(work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)

    return run


def _nothing_due(now: datetime) -> Result:
    """SQL time of a sweep that finds nothing, against the 5 ms it may take."""
    Clock.objects.filter(next_change_at__lte=now).update(next_change_at=None)
    with CaptureQueriesContext(connection) as seen:
        sweep(at=now)
    spent = sum(1000 * float(query["time"]) for query in seen.captured_queries)
    return Result("sweep with nothing due (SQL, of 5 ms allowed)", max(spent, 0.01), 5.0, 1, f"{len(seen)} queries")
