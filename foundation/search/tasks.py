from celery import shared_task

from foundation.search import actions


@shared_task
def catch_up() -> dict[str, int]:
    """Index what was written since the last time; lost or repeated, nothing is missed."""
    return actions.catch_up()
