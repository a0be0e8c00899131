"""Celery's way in: one task, one action."""

from celery import shared_task

from enterprises import actions, suspects


@shared_task
def find_duplicates() -> int:
    """Search the stock for suspected duplicates; how many pairs there are."""
    return suspects.refresh(by=None)


@shared_task
def forget_registrations() -> int:
    """Delete refused requests for an account after their time; how many."""
    return actions.forget_registrations(by=None)
