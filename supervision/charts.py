"""The charts of the dashboard; every mark leads to exactly the rows it counts."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from foundation.accounts.models import Department
from foundation.clocks.localtime import local_date
from foundation.ui.charts import Chart, Series
from supervision.dashboard import Board, Week

SHOWN = 10


def ledger(**query: Any) -> str:
    """The ledger with these filters."""
    return f"{reverse('issues:list')}?{urlencode(query)}"


def trend(board: Board) -> Chart:
    """New and closed by week as bars, the stock of red cards as a line."""
    weeks = board.trend()
    until = min(weeks[-1].period.last, local_date(board.now))

    def span(week: Week, field: str) -> str:
        return ledger(view="all", **{f"{field}_after": week.period.first, f"{field}_before": week.period.last})

    def cards(week: Week) -> str:
        return reverse("supervision:district_rows", args=[week.period.key, "overdue"])

    return Chart(
        id="trend",
        title=_("办理趋势"),
        period=_("%(first)s 至 %(last)s,按周;红牌为周末存量") % {"first": weeks[0].period.first, "last": until},
        source=_("诉求台账、预警记录"),
        unit=_("件"),
        categories=[f"{week.period.first:%m-%d}" for week in weeks],
        series=[
            Series(_("新登记"), [w.registered for w in weeks], [span(w, "registered") for w in weeks], tone="light"),
            Series(_("销号"), [w.closed for w in weeks], [span(w, "closed") for w in weeks]),
            Series(_("红牌存量"), [w.red for w in weeks], [cards(w) for w in weeks], kind="line", tone="red"),
        ],
    )


def categories(board: Board) -> Chart:
    """Open cases by category and level."""
    rows = board.by_category()

    def of(level: str) -> list[str | None]:
        return [ledger(view="open", category=kind.pk, level=level) for kind, _load in rows]

    return Chart(
        id="categories",
        title=_("在办诉求按类别"),
        kind="hbar",
        stacked=True,
        unit=_("件"),
        period=_("此刻"),
        source=_("诉求台账"),
        categories=[kind.name for kind, _load in rows],
        series=[
            Series(_("期限充裕"), [load.normal for _kind, load in rows], of("normal")),
            Series(_("临期(黄牌)"), [load.yellow for _kind, load in rows], of("yellow"), tone="light"),
            Series(_("超期(红牌)"), [load.red for _kind, load in rows], of("red"), tone="red"),
        ],
    )


def grid(board: Board) -> Chart:
    """Departments × categories: how many cases are overdue."""
    departments, kinds, cells = board.overdue_grid()
    shown, left = departments[:SHOWN], len(departments) - SHOWN
    more = _(",另有 %(n)s 个部门见红牌清单") % {"n": left} if left > 0 else ""
    return Chart(
        id="grid",
        title=_("部门 × 类别:超期件数"),
        kind="heat",
        unit=_("件"),
        period=_("此刻") + more,
        source=_("诉求台账"),
        categories=[kind.name for kind in kinds],
        series=[
            Series(
                unit.label,
                [cells.get((unit.pk, kind.pk), 0) for kind in kinds],
                [ledger(view="red", department=unit.pk, category=kind.pk) for kind in kinds],
                tone="red",
            )
            for unit in shown
        ],
    )


def visits(board: Board) -> Chart:
    """Departments furthest behind with their visits."""
    rows = board.visits_by_department()[:SHOWN]

    def link(unit: Department, show: str) -> str:
        return reverse("supervision:rows", args=[board.period.key, unit.code, "visits"]) + f"?show={show}"

    return Chart(
        id="visits",
        title=_("走访完成(靠后的部门)"),
        kind="hbar",
        stacked=True,
        unit=_("家"),
        period=board.period.label,
        source=_("走访任务"),
        categories=[unit.label for unit, _figures in rows],
        series=[
            Series(_("按时走访"), [int(f.numerator) for _u, f in rows], [link(u, "hit") for u, _f in rows]),
            Series(
                _("未走访"),
                [f.denominator - int(f.numerator) for _u, f in rows],
                [link(u, "miss") for u, _f in rows],
                tone="light",
            ),
        ],
    )
