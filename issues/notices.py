"""The kinds of notices the ledger writes, and whether their recipients may still see the cases."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.notices import kinds
from foundation.notices.kinds import NoticeKind
from issues.models import FollowUpCall, Issue

OFFICIAL = Permission.ISSUE_VIEW


def cases_still_seen(user: User, issue_ids: Collection[int]) -> Collection[int]:
    """Those of the cases that this person may see now, as an official or for their enterprise."""
    if not (user.may(Permission.ISSUE_VIEW) or user.may(Permission.APPEAL_SUBMIT)):
        return ()
    return set(Issue.objects.visible_to(user).filter(pk__in=issue_ids).order_by().values_list("pk", flat=True))


def calls_still_seen(user: User, call_ids: Collection[int]) -> Collection[int]:
    """Those of the follow-up calls that this person may see now."""
    return set(FollowUpCall.objects.visible_to(user).filter(pk__in=call_ids).order_by().values_list("pk", flat=True))


def register() -> None:
    """Tell the notices what is written here."""
    kinds.register(
        NoticeKind("issue.warn_yellow", _("诉求黄牌预警"), cases_still_seen),
        NoticeKind("issue.warn_red", _("诉求红牌预警"), cases_still_seen),
        NoticeKind("issue.escalate", _("诉求红牌升级"), cases_still_seen, needs_ack=True, permission=OFFICIAL),
        NoticeKind("issue.mention", _("有人提到我"), cases_still_seen, permission=OFFICIAL),
        NoticeKind("issue", _("诉求办理进展"), cases_still_seen),
        NoticeKind("call", _("回访期限"), calls_still_seen, permission=Permission.CALL_RECORD),
    )
