"""The ledger's columns: one catalogue from which a person, or a saved view, chooses; the order is the catalogue's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.ui import text
from issues.models import Issue, SavedView

PREFERENCE = "ledger.columns"
CHANNELS = dict(Issue.Channel.choices)
RESOLUTIONS = dict(Issue.Resolution.choices)
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column. Those without `say` are drawn by issues.desk.lines from what every row has."""

    key: str
    label: str | Promise
    reads: tuple[str, ...] = ()  # values beyond those that every row has
    say: Callable[[Values], str] | None = None
    sort: str = ""  # a key of ledger.SORTS
    sheet: tuple[str, ...] = ()  # its columns of issues.desk.export.SHEET; none: its own key
    number: bool = False  # stands on the right
    usual: bool = False
    fixed: bool = False  # cannot be left out
    inside: bool = False  # stands inside the title's cell

    @property
    def in_sheet(self) -> tuple[str, ...]:
        return self.sheet or (self.key,)


def _day(name: str) -> Callable[[Values], str]:
    return lambda v: text.daytime(v[name]) if v[name] else "—"


def _returns(v: Values) -> str:
    """How often it came back: from departments, and from the enterprise."""
    parts = []
    if v["return_count"]:
        parts.append(_("退回 %(n)d") % {"n": v["return_count"]})
    if v["reopened_count"]:
        parts.append(_("重办 %(n)d") % {"n": v["reopened_count"]})
    return " · ".join(parts) or "—"


L = gettext_lazy
CATALOGUE: tuple[Column, ...] = (
    Column("level", L("预警"), usual=True),
    Column("title", L("编号 / 诉求"), sort="number", sheet=("number", "title"), usual=True, fixed=True),
    Column("tags", L("标签(编号旁)"), usual=True, inside=True),
    Column("enterprise", L("企业"), sheet=("enterprise", "place"), usual=True),
    Column("park", L("园区"), say=lambda v: v["enterprise__park__name"] or "—", sheet=("place",)),
    Column("town", L("镇街"), say=lambda v: v["enterprise__town__name"] or "—", sheet=("place",)),
    Column("department", L("主办部门 / 类别"), sheet=("department", "category"), usual=True),
    Column("handler", L("承办人"), ("handler__name",), lambda v: v["handler__name"] or "—"),
    Column("category", L("类别"), say=lambda v: v["category__name"]),
    Column("channel", L("来源渠道"), ("channel",), lambda v: str(CHANNELS[v["channel"]])),
    Column("stage", L("环节"), usual=True),
    Column("limit", L("时限"), sort="due", sheet=("level", "limit"), usual=True),
    Column("returns", L("退回与重办"), ("return_count", "reopened_count"), _returns),
    Column("resolution", L("办结类型"), ("resolution",), lambda v: str(RESOLUTIONS.get(v["resolution"], "—"))),
    Column("rating", L("评分"), ("rating",), lambda v: str(v["rating"] or "—"), sort="rating", number=True),
    Column("registered", L("登记时间"), (), _day("registered_at"), sort="registered"),
    Column("resolved", L("办结时间"), ("resolved_at",), _day("resolved_at"), sort="resolved"),
    Column("closed", L("销号时间"), ("closed_at",), _day("closed_at"), sort="closed"),
    Column("last", L("最近动态"), sort="last", number=True, usual=True),
)  # fmt: skip
BY_KEY = {column.key: column for column in CATALOGUE}
USUAL = tuple(column.key for column in CATALOGUE if column.usual)


def chosen(keys: Iterable[str]) -> list[Column]:
    """The columns of these keys in the order of the catalogue, with those that cannot be left out."""
    wanted = set(keys)
    return [column for column in CATALOGUE if column.fixed or column.key in wanted]


def shown(user: User, view: SavedView | None = None) -> list[Column]:
    """What the ledger shows: the view's columns, else the person's, else the usual ones."""
    if view is not None and view.columns:
        return chosen(view.columns.split(","))
    own = user.preferences.get(PREFERENCE)
    return chosen(own if isinstance(own, list) else USUAL)


def sheet(columns: Iterable[Column]) -> list[str]:
    """The columns of the workbook that these stand for, each once; what names a case comes first."""
    first = sorted(columns, key=lambda column: not column.fixed)
    return list(dict.fromkeys(key for column in first for key in column.in_sheet))


def reads(columns: Iterable[Column]) -> list[str]:
    """The values that rows need for these beyond what every row has."""
    return [name for column in columns for name in column.reads]
