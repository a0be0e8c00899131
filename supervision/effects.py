"""Which figure of the score a case enters; shown on the page of the case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.accounts.permissions import Permission
from foundation.clocks.localtime import local_date, next_month, today
from issues.casefile.effects import Effect
from issues.models import Handling
from supervision.pages import may_open
from supervision.periods import month_of


def of_turn(turn: Handling, user: Any) -> list[Effect]:
    """The share resolved in time, in the month in which the limit of the turn falls."""
    if turn.resolve_due_at is None or not user.may(Permission.SCORE_VIEW) or not may_open(user, turn.department):
        return []
    last_day = local_date(turn.resolve_due_at - timedelta(microseconds=1))
    if last_day >= next_month(today()):  # nothing is counted in a month that has not begun
        return []
    url = reverse("supervision:rows", args=[month_of(last_day).key, turn.department.code, "resolve"])
    return [Effect(_("%(month)d 月按时办结率") % {"month": last_day.month}, url)]
