"""What the dashboard counts besides the formula: stocks at an instant, and how well the office dispatches.

They are measures like those of a formula, so that each figure leads to its rows in the same way; no score rests on
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, F, IntegerField, Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import Permission
from foundation.clocks.models import Level, Warning
from issues.models import Handling, Issue
from issues.returns import RETURNED_BEFORE
from supervision.catalogue import MEASURES, RED_KINDS, Measure, marked
from supervision.periods import Period

ONE = Value(1, output_field=IntegerField())


def opened(period: Period, now: datetime) -> QuerySet:
    """Cases not closed at the end of the period, or now."""
    at = min(period.end, now)
    rows = Issue.objects.filter(Q(closed_at__isnull=True) | Q(closed_at__gte=at), registered_at__lt=at)
    return rows.annotate(unit=F("department_id"), hit=ONE)


def overdue(period: Period, now: datetime) -> QuerySet:
    """Turns on which a red card stood at the end of the period, or now."""
    cards = standing_cards([min(period.end, now)]).values("clock__owner_id")
    return Handling.objects.filter(pk__in=cards).annotate(unit=F("department_id"), hit=ONE)


def standing_cards(moments: Sequence[datetime]) -> QuerySet:
    """Red cards that stood between the first and the last of these instants."""
    return Warning.objects.filter(
        Q(cleared_at__isnull=True) | Q(cleared_at__gte=min(moments)),
        level=Level.RED,
        raised_at__lt=max(moments),
        clock__kind__in=RED_KINDS,
    )


def red_stock(moments: Sequence[datetime], user: Any) -> list[int]:
    """On how many turns that this viewer sees a red card stood at each of these instants, in one query."""
    cards = standing_cards(moments)
    if not user.may(Permission.DISTRICT_SCOPE):
        cards = cards.filter(clock__owner_id__in=Handling.objects.visible_to(user).values("pk"))
    counts = {
        f"at_{index}": Count(
            "clock__owner_id",
            distinct=True,
            filter=Q(raised_at__lt=at) & (Q(cleared_at__isnull=True) | Q(cleared_at__gte=at)),
        )
        for index, at in enumerate(moments)
    }
    facts = cards.aggregate(**counts)
    return [facts[f"at_{index}"] for index in range(len(moments))]


MISDIRECTED = Q(ended__in=[Handling.Ended.RETURNED, Handling.Ended.REASSIGNED])


def returned(period: Period, now: datetime) -> QuerySet:
    """Turns that a department returned in the period; a second return, which goes to arbitration, is a hit."""
    turns = Handling.objects.filter(
        ended=Handling.Ended.RETURNED, ended_at__gte=period.start, ended_at__lt=min(period.end, now)
    )
    return marked(turns, RETURNED_BEFORE, "department")


def dispatched(period: Period, now: datetime) -> QuerySet:
    """First dispatches of the period; one that was neither returned nor given to another department is a hit."""
    turns = Handling.objects.filter(
        is_following=False, round=1, dispatched_at__gte=period.start, dispatched_at__lt=min(period.end, now)
    )
    return marked(turns, ~MISDIRECTED, "department")


DISTRICT: dict[str, Measure] = MEASURES | {
    measure.key: measure
    for measure in (
        Measure(
            "open",
            _("在办诉求"),
            _("截至期末(本期未满的截至此刻)尚未销号的诉求。"),
            "count",
            _("在办"),
            _("在办"),
            opened,
            ((_("登记"), "registered_at"), (_("销号"), "closed_at")),
        ),
        Measure(
            "overdue",
            _("红牌存量"),
            _("截至期末(本期未满的截至此刻)首次答复或办结超过期限、红牌尚未解除的承办。"),
            "count",
            _("红牌"),
            _("红牌"),
            overdue,
            ((_("首次答复期限"), "reply_due_at"), (_("办结期限"), "resolve_due_at"), (_("办结"), "resolved_at")),
        ),
        Measure(
            "returned",
            _("退回"),
            _("本期被部门退回的交办;同一诉求第二次退回的转专班裁定。"),
            "inverse",
            _("转裁定"),
            _("被退回"),
            returned,
            ((_("交办"), "dispatched_at"), (_("退回"), "ended_at")),
            _("首次退回"),
        ),
        Measure(
            "dispatched",
            _("首派准确"),
            _("本期首次交办的诉求中,未被部门退回、也未改派的比例。"),
            "rate",
            _("一次派准"),
            _("首次交办"),
            dispatched,
            ((_("交办"), "dispatched_at"), (_("结束"), "ended_at")),
            _("退回或改派"),
        ),
    )
}


STOCKS = ("open", "overdue")


def in_sight(measure: Measure, rows: QuerySet, user: Any, units: set[int] | None) -> QuerySet:
    """The rows this viewer's figure is made of: stocks by the cases seen, all else by the department it counts for."""
    if units is None:
        return rows
    if measure.key in STOCKS:
        return rows.filter(pk__in=rows.model.objects.visible_to(user).values("pk"))
    return rows.filter(unit__in=units)
