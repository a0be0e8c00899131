"""Which outgoing notices speak of what their recipient may not see any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from foundation.accounts.models import User
from foundation.notices import kinds
from foundation.notices.kinds import Sight
from foundation.notices.models import Notice


def unseen(notices: Iterable[Notice]) -> dict[int, set[int]]:
    """Notice → those of what it concerns that its recipient lost sight of; each person and kind is asked once."""
    asked: dict[tuple[User, Sight], list[Notice]] = defaultdict(list)
    for notice in notices:
        if notice.concerns and (sight := kinds.of(notice.kind).still_seen):
            asked[notice.recipient, sight].append(notice)
    lost: dict[int, set[int]] = {}
    for (recipient, sight), theirs in asked.items():
        seen = set(sight(recipient, {pk for notice in theirs for pk in notice.concerns}))
        lost |= {notice.pk: set(notice.concerns) - seen for notice in theirs}
    return lost
