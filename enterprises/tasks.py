"""Celery's way in: one task, one action."""

from celery import shared_task

from enterprises import suspects


@shared_task
def find_duplicates() -> int:
    """Search the stock for suspected duplicates; how many pairs there are."""
    return suspects.refresh(by=None)
