from celery import shared_task

from foundation.attachments import actions
from foundation.attachments.models import Attachment


@shared_task
def scan(pk: int) -> None:
    """Look at one new file; a repeated message finds it looked at."""
    attachment = Attachment.objects.waiting().filter(pk=pk).first()
    if attachment:
        actions.scan(attachment=attachment)


@shared_task
def sweep() -> dict[str, int]:
    """Scan what was missed, delete what no form took."""
    return {**actions.scan_waiting(), "dropped": actions.sweep_held()}


@shared_task
def sweep_orphans() -> dict[str, int]:
    """Delete stored files that no row names."""
    return actions.sweep_orphans()
