"""Celery's way in: one task, one action."""

from celery import shared_task

from issues import actions


@shared_task
def train_suggestions() -> bool:
    """Learn the suggestions where that is asked for or due; whether anything was learned."""
    return actions.train_due() is not None


@shared_task
def forget_marks() -> int:
    """Drop marks of reading and of presence that tell nothing any more; once or often, the same."""
    return actions.forget_marks(by=None)


@shared_task
def draw_calls() -> int:
    """Draw the follow-up calls of the night; run again, it finds what was closed since. Returns the calls."""
    made = actions.draw_calls()
    return made.calls.count() if made else 0


@shared_task
def find_clusters() -> int:
    """Look for groups of cases about one thing; once or often, the same groups."""
    return actions.find_clusters(by=None)
