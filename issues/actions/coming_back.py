"""Cases that wait for an answer from a level above, and go on when it has come."""

from __future__ import annotations

from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.clocks.localtime import now
from issues import lifecycle
from issues.actions.base import TEXT_LIMIT, Turn, with_note
from issues.limits import timing
from issues.models import Issue, PolicyGap


def waiting_for(gap: PolicyGap) -> list[Issue]:
    """The cases that were referred upward under a gap, locked in order."""
    found = Issue.objects.filter(status=Issue.Status.REFERRED, policy_gap_case__gap=gap).order_by("pk")
    ids = list(found.select_for_update(of=("self",)).values_list("pk", flat=True))
    return list(Issue.objects.filter(pk__in=ids).select_related("department", "category", "enterprise").order_by("pk"))


def bring_back(issues: list[Issue], *, by: User, body: str, document: str, text: str) -> None:
    """Let these locked cases go on, with what came for all of them."""
    for issue in issues:
        go_on(Turn(issue, by, lifecycle.find("answer_from_above"), now()), body, document, text)


def go_on(turn: Turn, body: str, document: str, text: str) -> Issue:
    """The limits run again; the enterprise reads that an answer came, officials what it says."""
    turn.issue.waiting_since = None
    timing.go_on(turn.current, by=turn.user, at=turn.at)
    turn.conclude(text=_("已收到上级答复,继续办理。"))
    said = ":".join(filter(None, (" ".join(filter(None, (body, document))), text)))
    return with_note(turn, said[:TEXT_LIMIT])
