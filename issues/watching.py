"""Who watches which cases, as far as they may still see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from issues.models import Issue, IssueWatch

AT_ONCE = 5_000  # cases in one query


def watchers(issue_ids: Collection[int]) -> dict[int, set[int]]:
    """Case → the officials who watch it and may see it: a query for thousands, and one for each who watches any."""
    watched: dict[int, set[int]] = defaultdict(set)
    ids = sorted(issue_ids)
    for first in range(0, len(ids), AT_ONCE):
        rows = IssueWatch.objects.filter(issue__in=ids[first : first + AT_ONCE])
        for user_id, issue_id in rows.values_list("user_id", "issue_id"):
            watched[user_id].add(issue_id)
    found: dict[int, set[int]] = defaultdict(set)
    for user in User.objects.active().filter(pk__in=watched) if watched else ():
        for issue_id in in_sight(user, watched[user.pk]):
            found[issue_id].add(user.pk)
    return found


def in_sight(user: User, issue_ids: Collection[int]) -> list[int]:
    """Those of the cases that this person may see as an official."""
    if not user.may(Permission.ISSUE_VIEW):
        return []
    rows = Issue.objects.visible_to(user).filter(pk__in=issue_ids)
    return list(rows.order_by().values_list("pk", flat=True))
