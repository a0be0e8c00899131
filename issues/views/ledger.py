"""The ledger: list and export."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from foundation.clocks.localtime import today
from foundation.exports.views import confirm
from foundation.ui.paging import LateJoined, paginate_long
from issues import unread
from issues.desk import ledger, selection
from issues.desk.columns import Column, reads, sheet, shown
from issues.desk.export import LEDGER, asked_columns, asked_rows, ledger_workbook
from issues.desk.filters import IssueFilter
from issues.desk.lines import lines
from issues.desk.tabs import tabs as all_tabs
from issues.desk.tags import names_of_row
from issues.models import Issue
from issues.suggesting import suggestions

VIEW_ONLY = {"view", "saved", "page", "sort"}


@requires(Permission.ISSUE_VIEW)
@require_safe
def issue_list(request: HttpRequest) -> HttpResponse:
    """One page of the ledger."""
    view = ledger.asked_view(request.user, request.GET.get("view", ""))
    numbers = ledger.counts(request.user)
    rows = Issue.objects.visible_to(request.user).filter(view.rows(request.user))
    found = SimpleLazyObject(lambda: IssueFilter(request.GET, queryset=rows, request=request))
    narrowed = _narrowed(request)
    tabs, saved = all_tabs(request.user, view, numbers, request.GET)
    columns = shown(request.user, saved)
    cases = ledger.ordered(found.qs if narrowed else rows, request.GET.get("sort", ""), view)
    page = paginate_long(
        request,
        LateJoined(cases, lambda rows: with_columns(rows, columns)),
        key=f"{request.user.pk}:{_rows_key(request)}",
        per_page=ledger.PER_PAGE,
        count=None if narrowed else numbers.get(view.key),
    )
    news = unread.among(request.user, page)
    context: dict[str, Any] = {
        "filter": found,
        "page": page,
        "lines": lines(ledger.rows(page), columns, news, _advice(view, page)),
        "news": news,
        "only_unread": _toggled(request, "unread"),
        "columns": [column for column in columns if not column.inside],
        "in_sheet": ",".join(sheet(columns)),
        "tabs": tabs,
        "counted_later": any("later" in tab for tab in tabs),
        "numbers": numbers,
        "narrowed": narrowed,
        "updated": timezone.now(),
        "query": _query(request),
        "doings": selection.may(request.user),
        "here": request.GET.urlencode(),
    }
    return render(request, "issues/list.html", context)


def _advice(view: ledger.View, page: Iterable[dict[str, Any]]) -> dict[int, suggestions.Advice]:
    """Where the cases of the office's queue might go; asked for there alone."""
    return suggestions.for_queue([row["pk"] for row in page]) if view.key == "intake" else {}


def with_columns(rows: QuerySet[Issue], columns: Iterable[Column]) -> QuerySet:
    """The values of the rows that these columns are made of."""
    values = rows.values(*ledger.COLUMNS, *reads(columns))
    return values.annotate(tag_lines=names_of_row()) if any(column.inside for column in columns) else values


def _narrowed(request: HttpRequest) -> bool:
    """Whether anything but the tab, the page and the order is asked for."""
    return any(value.strip() for key, value in request.GET.items() if key not in VIEW_ONLY)


def _rows_key(request: HttpRequest) -> str:
    """The same for every page and order of the same rows."""
    asked = sorted((key, value) for key, value in request.GET.items() if key not in ("page", "sort", "saved"))
    return sha256(f"{today()} {asked}".encode(errors="replace")).hexdigest()


def _toggled(request: HttpRequest, name: str) -> str:
    """The address with this filter switched the other way."""
    query = request.GET.copy()
    query.pop("page", None)
    if not query.pop(name, None):
        query[name] = "1"
    return query.urlencode()


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    for key in ("page", "saved"):
        query.pop(key, None)
    return query.urlencode()


@requires(Permission.ISSUE_EXPORT)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Exactly what is filtered, as a workbook: at once, or a long list in the background."""
    rows = asked_rows(request.user, request.GET)
    count = rows.count()
    if count > settings.EXPORT_AT_ONCE:
        return confirm(request, LEDGER, count)
    return ledger_workbook(rows, request.user, asked_columns(request.GET))
