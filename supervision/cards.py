"""The row of figures on the dashboard: each with what it is made of, its comparison, its definition and its rows."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.clocks import calendar
from foundation.clocks.localtime import local_date
from supervision.catalogue import MEASURES
from supervision.charts import ledger
from supervision.dashboard import Board, Headline
from supervision.district import DISTRICT
from supervision.words import change, mean, number, parts_of, percent, points


def cards(board: Board) -> list[dict[str, Any]]:
    """The six figures, left to right."""
    head = board.headline
    return [
        _open(board, head),
        _red(board, head),
        _rate(board, "resolve", _("按时办结率"), _("件"), head.resolve)
        | {
            "change": points(head.resolve, head.resolve_before),
            "good": head.resolve.denominator and head.resolve.ratio >= _ratio(head.resolve_before),
            "compared": _compared(board, percent(head.resolve_before)),
        },
        {
            "key": "satisfaction",
            "label": MEASURES["satisfaction"].name,
            "value": mean(head.satisfaction),
            "url": _rows(board, "satisfaction"),
            "sub": _("%(n)s 份评价") % {"n": number(head.satisfaction.denominator)},
            "help": MEASURES["satisfaction"].definition,
        },
        _visits(board, head),
        {
            "key": "returned",
            "label": _("退回 / 裁定"),
            "value": head.returned.denominator,
            "unit": f" / {number(head.returned.numerator)}",
            "url": _rows(board, "returned"),
            "sub": _("首派准确 %(share)s") % {"share": percent(head.dispatched)},
            "sub_url": _rows(board, "dispatched"),
            "help": f"{DISTRICT['returned'].definition}{_('首派准确:')}{DISTRICT['dispatched'].definition}",
        },
    ]


def _open(board: Board, head: Headline) -> dict[str, Any]:
    over = board.period.is_over
    return {
        "key": "open",
        "label": _("期末在办") if over else _("在办诉求"),
        "value": head.open_now,
        "url": _rows(board, "open") if over else ledger(view="open"),
        "change": change(head.open_now, head.open_before),
        "good": head.open_now <= head.open_before,
        "compared": _compared(board, number(head.open_before)),
        "help": DISTRICT["open"].definition,
    }


def _red(board: Board, head: Headline) -> dict[str, Any]:
    over = board.period.is_over
    return {
        "key": "red",
        "label": _("期末红牌") if over else _("红牌"),
        "value": head.red_now,
        "url": _rows(board, "overdue") if over else ledger(view="red"),
        "tone": "r" if head.red_now else "",
        "change": change(head.red_now, head.red_before),
        "good": head.red_now <= head.red_before,
        "compared": _compared(board, number(head.red_before)),
        "help": DISTRICT["overdue"].definition,
    }


def _visits(board: Board, head: Headline) -> dict[str, Any]:
    card = _rate(board, "visits", _("走访完成"), _("家"), head.visits)
    if not head.visits.denominator:
        return card | {"sub": _("本期没有到期的走访")}
    return card | {"compared": _days_left(board)}


def _rate(board: Board, key: str, label: str, unit: str, figures: Any) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "value": percent(figures, sign=False),
        "unit": "%" if figures.denominator else "",
        "url": _rows(board, key),
        "sub": parts_of(figures, unit),
        "help": MEASURES[key].definition,
    }


def _rows(board: Board, key: str) -> str:
    return reverse("supervision:district_rows", args=[board.period.key, key])


def _ratio(figures: Any) -> Any:
    return figures.ratio if figures.denominator else 0


def _compared(board: Board, before: str) -> str:
    """上月同期 232 — or the end of the period before, where this one is over."""
    words = _("%(period)s末 %(n)s") if board.period.is_over else _("%(period)s同期 %(n)s")
    return words % {"period": board.period.before_words, "n": before}


def _days_left(board: Board) -> str:
    """How many working days the period still has, today included."""
    if board.period.is_over:
        return ""
    days = calendar.current().count(local_date(board.now), board.period.last)
    return _("余 %(n)s 个工作日") % {"n": days}
