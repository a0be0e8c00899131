"""Inside the portal's processes: dying at named points, and the builds that are broken on purpose.

A process dies at a point when a file of that name lies in FAULTS_POINTS; it takes the file along, so that one dies.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from django.apps import AppConfig

POINTS = ("after_warning_row", "before_commit", "after_send")
BROKEN = ("no_unique_key", "early_ack_and_no_scan", "sent_before_commit")


class PointsConfig(AppConfig):
    name = "faults.points"
    label = "faults_points"

    def ready(self) -> None:
        """Wrap the points; break what is asked for."""
        from django.core.mail import EmailMessage

        from foundation.clocks import sweep_sql
        from foundation.clocks.actions import sweeping
        from foundation.notices import claiming, hours

        _dies_after(sweep_sql, "advance_due", "after_warning_row")
        _dies_after(sweeping, "_finish", "before_commit")
        _dies_after(EmailMessage, "send", "after_send")
        claiming.STUCK_AFTER = timedelta(seconds=4 * _interval())
        hours.OPENS, hours.CLOSES = time.min, time.max
        hours.use(lambda: lambda day: True)
        if broken := os.environ.get("FAULTS_BROKEN"):
            {"no_unique_key": _no_unique_key, "early_ack_and_no_scan": _no_scan, "sent_before_commit": _sent_early}[
                broken
            ]()


def _interval() -> float:
    """Seconds between two sweeps."""
    return float(os.environ["FAULTS_INTERVAL"])


def _dies_after(owner: Any, name: str, point: str) -> None:
    """Let the process die once this call has returned and its point is set."""
    call: Callable[..., Any] = getattr(owner, name)

    @wraps(call)
    def dying(*args: Any, **options: Any) -> Any:
        result = call(*args, **options)
        mark = Path(os.environ["FAULTS_POINTS"]) / point
        try:
            mark.unlink()
        except FileNotFoundError:
            return result
        os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)


# -- broken on purpose ------------------------------------------------------------------------------------------------


def _no_unique_key() -> None:
    """Warnings are written without asking whether they stand there; their key is dropped with the database's."""
    from foundation.clocks import sweep_sql

    sweep_sql._RAISE = sweep_sql._RAISE.replace("ON CONFLICT (clock_id, level, due_at) DO NOTHING", "")


def _no_scan() -> None:
    """Only what falls due between two sweeps is looked at, and a message is done with before its work is."""
    from config.celery import app
    from foundation.clocks import sweep_sql

    recent = f"AND next_change_at > now() - interval '{_interval()} seconds' ORDER BY"
    sweep_sql._PICK_DUE = sweep_sql._PICK_DUE.replace("ORDER BY", recent)
    app.conf.task_acks_late = False


def _sent_early() -> None:
    """A mail leaves while its notice is still uncommitted."""
    from django.core.mail import EmailMessage

    from foundation.notices import outbox_sql
    from foundation.notices.models import Delivery

    queue = outbox_sql.queue

    def send_at_once(rows: Iterable[Mapping[str, object]], at: datetime, opens: datetime) -> None:
        rows = list(rows)
        queue(rows, at, opens)
        notices = [int(str(row["notice_id"])) for row in rows]
        for one in Delivery.objects.filter(notice__in=notices).select_related("notice__recipient"):
            headers = {"Message-ID": f"<{one.message_id}@liaison>"}
            EmailMessage(one.notice.subject, "", to=[one.notice.recipient.email], headers=headers).send()

    outbox_sql.queue = send_at_once
