"""What every step of a batch shares: its states, how long a claim holds, and how the workers are told."""

from __future__ import annotations

from datetime import timedelta

from foundation.imports.models import Batch

STUCK = timedelta(minutes=10)  # a claim older than this belongs to a process that died
LOST = timedelta(minutes=1)  # work nobody has begun after this long: its message was lost
State = Batch.State


def committing(batch: Batch) -> Batch | None:
    """The batch of the same roster that is being written just now: there is one at most."""
    at_it = Batch.objects.filter(resource=batch.resource, state=State.COMMITTING)
    return at_it.select_related("committed_by").first()


def enqueue(verb: str, pk: int) -> None:
    """Tell the workers; a lost message is made up for by `resume_stuck`."""
    from foundation.imports import tasks

    getattr(tasks, verb).delay(pk)
