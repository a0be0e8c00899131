from celery import shared_task

from foundation.notices.delivery import deliver_due


@shared_task
def deliver() -> dict[str, int]:
    """Send the outbox; safe to run twice or at once."""
    return deliver_due()
