"""The ledger as a workbook: exactly the rows that are filtered, in the columns that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.permissions import Permission
from foundation.clocks import calendar
from foundation.clocks.localtime import today
from foundation.exports.kinds import ExportKind
from foundation.ui.sheets import MEDIA_TYPE, workbook
from foundation.ui.text import mask_phone
from issues import ratings
from issues.desk import ledger
from issues.desk.filters import IssueFilter
from issues.models import Issue

CHANNELS = dict(Issue.Channel.choices)
RESOLUTIONS = dict(Issue.Resolution.choices)
CLOSINGS = dict(Issue.Closing.choices)


@dataclass(frozen=True)
class Column:
    """One column: its heading, the values it is made of, and how. `said` is what `ledger.state` says of the row."""

    heading: str | Promise
    needs: tuple[str, ...]
    make: Callable[[Mapping[str, Any], tuple[str, str, str]], Any] | None = None  # None: the one value as it is

    def cell(self, values: Mapping[str, Any], said: tuple[str, str, str]) -> Any:
        return values[self.needs[0]] if self.make is None else self.make(values, said)


def _place(v: Mapping[str, Any], _said: Any) -> Any:
    return v["enterprise__park__name"] or v["enterprise__town__name"]


PHONE = "phone"
SHEET: dict[str, Column] = {
    "number": Column(gettext_lazy("编号"), ("number",)),
    "title": Column(gettext_lazy("标题"), ("title",)),
    "text": Column(gettext_lazy("内容"), ("text",)),
    "enterprise": Column(gettext_lazy("企业"), ("enterprise__name",)),
    "credit_code": Column(gettext_lazy("统一社会信用代码"), ("enterprise__credit_code",)),
    "place": Column(gettext_lazy("园区/镇街"), ("enterprise__park__name", "enterprise__town__name"), _place),
    "category": Column(gettext_lazy("类别"), ("category__name",)),
    "channel": Column(gettext_lazy("来源渠道"), ("channel",), lambda v, _said: str(CHANNELS[v["channel"]])),
    "department": Column(gettext_lazy("主办部门"), ("department__name",)),
    "handler": Column(gettext_lazy("承办人"), ("handler__name",)),
    "stage": Column(gettext_lazy("环节"), ("status",), lambda v, _said: str(Issue.Status(v["status"]).label)),
    "level": Column(gettext_lazy("预警"), ledger.SAID_BY, lambda _v, said: said[1]),
    "limit": Column(gettext_lazy("期限"), ledger.SAID_BY, lambda _v, said: said[2]),
    "contact": Column(gettext_lazy("联系人"), ("contact_name",)),
    PHONE: Column(gettext_lazy("联系电话"), ("contact_phone",)),
    "registered": Column(gettext_lazy("登记时间"), ("registered_at",)),
    "resolved": Column(gettext_lazy("办结时间"), ("resolved_at",)),
    "resolution": Column(
        gettext_lazy("办结类型"), ("resolution",), lambda v, _said: str(RESOLUTIONS.get(v["resolution"], ""))
    ),
    "resolution_text": Column(gettext_lazy("办结说明"), ("resolution_text",)),
    "closed": Column(gettext_lazy("销号时间"), ("closed_at",)),
    "rating": Column(gettext_lazy("评分"), ("rating",)),
    "basis": Column(gettext_lazy("政策依据"), ("resolution_basis",)),
    "closing": Column(gettext_lazy("销号方式"), ("closing",), lambda v, _said: str(CLOSINGS.get(v["closing"], ""))),
    "tags": Column(
        gettext_lazy("评价标签"), ("rating_tags",), lambda v, _said: "、".join(ratings.labels(v["rating_tags"]))
    ),
    "returns": Column(gettext_lazy("退回次数"), ("return_count",)),
    "last": Column(gettext_lazy("最近动态"), ("last_event_at",)),
}
OPTIONAL = ("basis", "closing", "tags", "returns", "last")
USUAL = tuple(key for key in SHEET if key not in OPTIONAL)
ALWAYS = ("pk", "registered_at", *ledger.SAID_BY)


def columns_of(keys: Iterable[str]) -> tuple[str, ...]:
    """The known ones of these keys in their order, each once; none known means the usual ones."""
    return tuple(dict.fromkeys(key for key in keys if key in SHEET)) or USUAL


def headings(columns: Sequence[str] = USUAL) -> list[str]:
    return [str(SHEET[key].heading) for key in columns]


def lines(rows: Iterable[Mapping[str, Any]], user: Any, columns: Sequence[str] = USUAL) -> Iterator[list[Any]]:
    """The sheet's lines for rows of `values(rows, columns)`; phones are whole only for those who may see them."""
    day, working, whole = today(), calendar.current(), user.may(Permission.PHONE_FULL)
    for v in rows:
        said = ledger.state(v, day, working)
        cells = [SHEET[key].cell(v, said) for key in columns]
        if not whole and PHONE in columns:
            place = columns.index(PHONE)
            cells[place] = mask_phone(cells[place])
        yield cells


def values(rows: QuerySet[Issue], columns: Sequence[str] = USUAL) -> QuerySet:
    """Only what the columns are made of is read."""
    return rows.values(*dict.fromkeys((*ALWAYS, *(name for key in columns for name in SHEET[key].needs))))


def ledger_workbook(rows: QuerySet[Issue], user: Any, columns: Sequence[str] = USUAL) -> HttpResponse:
    """An .xlsx download of a list short enough to wait for."""
    found = values(rows, columns).iterator(chunk_size=2000)
    content = workbook(_("诉求台账"), headings(columns), lines(found, user, columns))
    response = HttpResponse(content, content_type=MEDIA_TYPE)
    response["Content-Disposition"] = f'attachment; filename="issues-{today():%Y%m%d}.xlsx"'
    return response


# -- by address -------------------------------------------------------------------------------------------------------


def asked_rows(user: Any, query: QueryDict) -> QuerySet[Issue]:
    """The cases that the ledger shows at this address, all pages of them, in its order."""
    view = ledger.asked_view(user, query.get("view", ""))
    rows = Issue.objects.visible_to(user).filter(view.rows(user))
    found = IssueFilter(query, queryset=rows, request=SimpleNamespace(user=user))
    return ledger.ordered(found.qs, query.get("sort", ""), view)


def asked_columns(query: QueryDict) -> tuple[str, ...]:
    """The columns of `?columns=number,title`, or the usual ones."""
    return columns_of(query.get("columns", "").split(","))


def _lines_of(user: Any, query: QueryDict, keys: Sequence[int]) -> Iterator[list[Any]]:
    """Lines of these cases, in this order."""
    columns = asked_columns(query)
    found = {v["pk"]: v for v in values(Issue.objects.visible_to(user).filter(pk__in=keys), columns)}
    yield from lines((found[key] for key in keys if key in found), user, columns)


LEDGER = ExportKind(
    key="ledger",
    title=gettext_lazy("诉求台账"),
    unit=gettext_lazy("件"),
    permission=Permission.ISSUE_EXPORT,
    rows=asked_rows,
    headings=lambda _user, query: headings(asked_columns(query)),
    lines=_lines_of,
)
