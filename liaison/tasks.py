"""Celery's way in: one task, one action."""

from celery import shared_task

from foundation.clocks import localtime
from liaison import actions


@shared_task
def open_month() -> int:
    """Open this month's visit duties; runs often, opens once."""
    return actions.open_month(month=localtime.today())
