"""The clock of a follow-up call: until when the office is to have called, and who is told when it has not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.clocks.explaining import Explanations
from foundation.clocks.kinds import ClockKind, Owner, Raised
from foundation.clocks.levels import YELLOW
from foundation.clocks.localtime import local_date
from foundation.clocks.mirrors import mirror
from foundation.clocks.models import Ladder
from foundation.notices.actions import Message, notify_many
from foundation.notices.digests import gather, listed
from issues.actions.call_ends import CLOCK
from issues.desk.ledger import MOMENT
from issues.models import FollowUpCall

PEOPLE = {"office": Role.OFFICE, "supervisor": Role.SUPERVISOR}  # whom its ladder may name
Reader = tuple[int, bool]  # who, and whether the limit is still ahead
Found = tuple[Raised, FollowUpCall]


def refresh(clock_ids: list[int]) -> None:
    """Copy level and due instant onto the calls of these clocks."""
    mirror(FollowUpCall, clock_ids, {"level": "level", "due_at": "due_at"})


def announce(raised: list[Raised]) -> int:
    """Tell the audiences of each new warning; a constant number of queries for the batch."""
    calls = FollowUpCall.objects.select_related("issue__enterprise").in_bulk({one.owner_id for one in raised})
    ladders = Ladder.objects.in_bulk({one.ladder_id for one in raised})
    holders = {key: list(User.objects.with_role(role).values_list("pk", flat=True)) for key, role in PEOPLE.items()}
    told: dict[Reader, list[Found]] = defaultdict(list)
    for one in raised:
        call = calls.get(one.owner_id)
        if call is None or call.done_at is not None:
            continue
        keys = ladders[one.ladder_id].tells(one.level)
        for user_id in sorted({pk for key in keys for pk in holders.get(key, ())}):
            told[user_id, one.level == YELLOW].append((one, call))
    reasons = Explanations(one.clock_id for one in raised)
    return notify_many(gather(told, one=partial(_message, reasons), many=_digest))


def _message(reasons: Explanations, reader: Reader, found: Found) -> Message:
    """One call for one person."""
    (user_id, ahead), (one, call) = reader, found
    words = {"enterprise": call.issue.enterprise.name, "day": local_date(one.due_at - MOMENT).isoformat()}
    subject = _("请在 %(day)s 前回访 %(enterprise)s") if ahead else _("回访超期:%(enterprise)s(应于 %(day)s 前)")
    return Message(
        recipient_id=user_id,
        kind="call.yellow" if ahead else "call.red",
        subject=subject % words,
        body=f"{call.issue.title}({call.issue.number})\n{reasons.text(one.clock_id, one.at)}",
        url=call.get_absolute_url(),
        key=f"warning-{one.warning_id}",
        concerns=[call.pk],
    )


def _digest(reader: Reader, many: Sequence[Found]) -> Message:
    """Many calls for one person."""
    user_id, ahead = reader
    warnings = [one.warning_id for one, _call in many]
    subject = _("%(count)d 件回访即将到期") if ahead else _("%(count)d 件回访超期")
    lines = (f"{call.issue.enterprise.name}:{call.issue.title}({call.issue.number})" for _one, call in many)
    return Message(
        recipient_id=user_id,
        kind="call.yellow" if ahead else "call.red",
        subject=subject % {"count": len(many)},
        body=listed(lines, len(many)),
        url=reverse("issues:calls"),
        key=f"warnings-{warnings[0]}",
        about=warnings,
        concerns=[call.pk for _one, call in many],
    )


def owners(user: Any, call_ids: Iterable[int]) -> dict[int, Owner]:
    """Those of these calls that this person may see."""
    calls = FollowUpCall.objects.visible_to(user).filter(pk__in=call_ids).select_related("issue")
    return {call.pk: Owner(f"{call.issue.title}({call.issue.number})", call.get_absolute_url()) for call in calls}


CALL_CLOCK = ClockKind(CLOCK, gettext_lazy("回访时限"), refresh=refresh, announce=announce, owners=owners)
