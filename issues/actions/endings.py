"""What ends by itself when a case leaves the hands of its department."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from foundation.accounts.models import User
from issues.limits import timing
from issues.listings import end_listings
from issues.models import CoHandling, Event, Issue
from issues.telling import tell_helpers

HELPED = (Issue.Status.DISPATCHED, Issue.Status.HANDLING, Issue.Status.WAITING, Issue.Status.REFERRED)


def end_with(event: Event, label: object) -> None:
    """A closed case is listed no more, and nobody need help with one that is resolved, closed or at the office.

    Departments whose help ends so are told; `label` is what happened, in words.
    """
    issue, by, at = event.issue, event.by, event.at
    if issue.closed_at and issue.listed_until:
        end_listings([issue.pk], reason=_("已销号"), by=None, at=at)
        issue.listed_until = None
    if issue.status not in HELPED:
        helpings = list(issue.co_handlings.open())
        end_helpings(helpings, CoHandling.Ended.OVER, by=by, at=at)
        if helpings:
            tell_helpers(event, label, [one.department_id for one in helpings])


def end_helpings(
    helpings: Iterable[CoHandling], how: CoHandling.Ended, *, by: User | None, at: datetime, reason: str = ""
) -> None:
    """End these without a reply, and stop their limits."""
    ids = [one.pk for one in helpings]
    if not ids:
        return
    timing.stop_helping(ids, reason=how.value, by=by, at=at)
    CoHandling.objects.filter(pk__in=ids).update(ended=how, ended_at=at, ended_by=by, end_reason=reason)
