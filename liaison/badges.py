"""The count beside the navigation entry of visits."""

from __future__ import annotations

from typing import Any

from foundation.accounts.permissions import Permission
from foundation.clocks import localtime
from foundation.ui.badges import Badge
from liaison.models import VisitDuty


def owed_visits(user: Any) -> Badge | None:
    """How many visits this person still owes this month."""
    if not user.may(Permission.VISIT_LOG):
        return None
    month = localtime.month_start(localtime.today())
    return Badge(VisitDuty.objects.open().filter(officer=user, month=month).count())
