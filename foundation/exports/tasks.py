from celery import shared_task

from foundation.exports import actions
from foundation.exports.models import Export


@shared_task
def run(pk: int) -> None:
    """Write one export; a repeated message finds it claimed or over."""
    export = Export.objects.under_way().filter(pk=pk).first()
    if export:
        actions.run(export=export)


@shared_task
def sweep() -> dict[str, int]:
    """Take up what lost its message or its worker; delete old files."""
    return actions.sweep()
