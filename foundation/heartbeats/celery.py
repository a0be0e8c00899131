"""Every scheduled task that ends well leaves a sign of life, of its own and of the worker that ran it."""

from __future__ import annotations

from typing import Any

from celery.signals import task_success


def connect() -> None:
    """Listen to the tasks of beat's schedule."""
    task_success.connect(_note, weak=False, dispatch_uid="heartbeats")


def _note(sender: Any, **_kwargs: Any) -> None:
    from foundation.heartbeats.actions import done  # models are ready only when a task runs

    scheduled = {entry["task"] for entry in sender.app.conf.beat_schedule.values()}
    if sender.name in scheduled and not sender.request.is_eager:
        done(task=sender.name, worker=sender.request.hostname or "")
