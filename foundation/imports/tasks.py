import logging

from celery import shared_task

from foundation.accounts.errors import Refused
from foundation.imports import actions
from foundation.imports.models import Batch

log = logging.getLogger(__name__)


@shared_task
def preview(pk: int) -> None:
    """Read a batch's file; a repeated message finds nothing to do."""
    batch = Batch.objects.filter(pk=pk, state=Batch.State.UPLOADED).first()
    if batch:
        _run(lambda: actions.preview(batch=batch), batch)


@shared_task
def commit(pk: int) -> None:
    """Write a batch; a repeated message finds it claimed or done."""
    batch = Batch.objects.filter(pk=pk, state=Batch.State.COMMITTING).first()
    if batch:
        _run(lambda: actions.run_commit(batch=batch), batch)


@shared_task
def undo(pk: int) -> None:
    """Take a batch back; a repeated message finds it claimed or done."""
    batch = Batch.objects.filter(pk=pk, state=Batch.State.UNDOING).first()
    if batch:
        _run(lambda: actions.run_undo(batch=batch), batch)


@shared_task
def resume_stuck() -> dict[str, int]:
    """Take up what lost its message or its worker; safe to run twice or at once."""
    return actions.resume_stuck()


def _run(action, batch: Batch) -> None:
    try:
        action()
    except Refused as refusal:  # the batch itself says why
        log.info("batch %s: %s", batch.pk, refusal.message)
