"""Taking cases off the list: by a verb, and by themselves once they are closed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from foundation.accounts.models import User
from foundation.clocks import actions as clock_actions
from issues.limits import timing
from issues.models import Issue, Listing


def end_listings(issue_ids: Collection[int], *, reason: str, by: User | None, at: datetime) -> None:
    """End what is listed of these cases, and stop watching the day; runs inside the caller's transaction."""
    listed = Listing.objects.filter(issue_id__in=issue_ids, ended_at__isnull=True)
    ids = list(listed.values_list("pk", flat=True))
    if not ids:
        return
    clock_actions.stop_many(kind=timing.LISTING, owner_ids=ids, reason="ended", by=by, at=at)
    Listing.objects.filter(pk__in=ids).update(ended_at=at, ended_by=by, end_reason=reason)
    Issue.objects.filter(pk__in=issue_ids).update(listed_until=None)
