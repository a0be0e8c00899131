from celery import shared_task

from foundation.heartbeats.actions import forget


@shared_task
def forget_gone() -> int:
    """Drop the rows of workers that are gone."""
    return forget()
