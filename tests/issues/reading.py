"""What a test reads after a verb: who was told, which clocks run, what was written last."""

from __future__ import annotations

from foundation.clocks.models import Clock
from foundation.notices.models import Notice
from issues.limits import timing
from issues.models import Event, Issue


def told(kind: str) -> set[str]:
    """The names of those who have a notice of this kind."""
    return set(Notice.objects.filter(kind=f"issue.{kind}").values_list("recipient__name", flat=True))


def running(issue: Issue) -> dict[str, Clock]:
    turns = issue.handlings.values_list("pk", flat=True)
    clocks = Clock.objects.running().filter(kind__in=timing.KEYS, owner_id__in=turns)
    return {clock.kind: clock for clock in clocks}


def last(issue: Issue) -> Event:
    return issue.events.first()
