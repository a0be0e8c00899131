"""The kinds of notices written here, and whether their recipients may still see the visit duties."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.notices import kinds
from foundation.notices.kinds import NoticeKind
from liaison.models import VisitDuty


def duties_still_seen(user: User, duty_ids: Collection[int]) -> Collection[int]:
    """Those of the visit duties that this person may see now."""
    if not user.may(Permission.VISIT_VIEW):
        return ()
    return set(VisitDuty.objects.visible_to(user).filter(pk__in=duty_ids).order_by().values_list("pk", flat=True))


def register() -> None:
    """Tell the notices what is written here."""
    kinds.register(
        NoticeKind("visit.yellow", _("走访提醒"), duties_still_seen, permission=Permission.VISIT_VIEW),
        NoticeKind("visit.red", _("走访超期"), duties_still_seen, permission=Permission.VISIT_VIEW),
        NoticeKind("liaison", _("挂点安排"), permission=Permission.ASSIGNMENT_VIEW),
    )
