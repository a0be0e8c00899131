"""Dashboard, ranking, and the way from a score to its rows."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.clocks.localtime import today
from foundation.ui.paging import paginate
from supervision import actions, pages
from supervision.catalogue import MEASURES, Measure
from supervision.dashboard import Board, sight
from supervision.district import DISTRICT
from supervision.drilldown import Behind, behind, behind_all, mark, period_words
from supervision.periods import Period, month_of, parse, quarter_of, recent_months, week_of
from supervision.scoring import Figures
from supervision.standings import Standing, Standings, standings
from supervision.words import sample_words

MONTHS_OFFERED = 13
SHOWS = {"hit": True, "miss": False}


@requires(Permission.DASHBOARD_VIEW)
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """One glance over the district, or over what a leader oversees."""
    period, now = asked_period(request), timezone.now()
    board = Board(request.user, standings(period, now=now), now)
    return render(request, "supervision/dashboard.html", pages.dashboard(board, request.user) | chooser(period))


@requires(Permission.DASHBOARD_VIEW)
@require_safe
def district_rows(request: HttpRequest, period: str, key: str) -> HttpResponse:
    """The rows behind a figure of the dashboard, over all departments the viewer oversees."""
    asked, measure = written_period(period), DISTRICT.get(key)
    if measure is None:
        raise Http404
    show = request.GET.get("show", "")
    rows, figures, frozen = behind_all(asked, measure, request.user, sight(request.user), SHOWS.get(show))
    context = {
        "period": asked,
        "measure": measure,
        "summary": pages.rows_summary(measure, figures),
        "tabs": pages.row_tabs(measure, figures, show),
        "frozen": frozen,
        "with_department": True,
    }
    return render(request, "supervision/district_rows.html", context | rows_page(request, measure, rows))


@requires(Permission.SCORE_VIEW)
@require_safe
def ranking(request: HttpRequest) -> HttpResponse:
    """Every department's score in a period."""
    period = asked_period(request)
    result = standings(period)
    context = {
        "result": result,
        "state": period_words(period, result.snapshot is not None),
        "sample": sample_words(result.rules),
        "rows": pages.ranking_rows(result, request.user),
        "measures": pages.columns(result),
        "may_freeze": request.user.may(Permission.SCORE_FREEZE) and period.is_over and result.snapshot is None,
    }
    return render(request, "supervision/ranking.html", context | chooser(period))


@requires(Permission.SCORE_VIEW)
@require_safe
def department_score(request: HttpRequest, period: str, code: str) -> HttpResponse:
    """Why a department has the score it has."""
    result, standing = find(request, period, code)
    context = {
        "result": result,
        "standing": standing,
        "state": period_words(result.period, result.snapshot is not None),
        "parts": pages.explained(result, standing),
    }
    return render(request, "supervision/score.html", context | chooser(result.period))


@requires(Permission.SCORE_VIEW)
@require_safe
def score_rows(request: HttpRequest, period: str, code: str, key: str) -> HttpResponse:
    """Exactly the rows that make one figure."""
    result, standing = find(request, period, code)
    part = next((part for part in standing.parts if part.key == key), None)
    if part is None:
        raise Http404
    show, measure = request.GET.get("show", ""), MEASURES[key]
    figures = Figures(part.numerator, part.denominator)
    context = {
        "result": result,
        "standing": standing,
        "measure": measure,
        "summary": pages.rows_summary(measure, figures),
        "tabs": pages.row_tabs(measure, figures, show),
        "state": period_words(result.period, result.snapshot is not None),
    }
    rows = behind(result, standing, measure, SHOWS.get(show))
    return render(request, "supervision/rows.html", context | rows_page(request, measure, rows))


def rows_page(request: HttpRequest, measure: Measure, rows: Behind) -> dict[str, Any]:
    """One page of rows, each with its mark."""
    page = paginate(request, rows)
    return {"page": page, "rows": [(row, *mark(measure, row)) for row in page]}


@requires(Permission.SCORE_FREEZE)
@require_POST
def freeze(request: HttpRequest, period: str) -> HttpResponse:
    """Keep a period's scores for good."""
    asked = written_period(period)
    try:
        actions.freeze(period=asked, by=request.user)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("%(period)s的得分已固化,以后的修改不再影响。") % {"period": asked.label})
    return redirect(f"{reverse('supervision:ranking')}?period={asked.key}")


def asked_period(request: HttpRequest) -> Period:
    """The period in the address; nonsense or nothing means this month."""
    try:
        return parse(request.GET.get("period", ""))
    except ValueError:
        return month_of(today())


def written_period(text: str) -> Period:
    try:
        return parse(text)
    except ValueError as error:
        raise Http404 from error


def find(request: HttpRequest, period: str, code: str) -> tuple[Standings, Standing]:
    """A department's standing, if this person may look into it."""
    result = standings(written_period(period))
    standing = result.of(code)
    if standing is None or not pages.may_open(request.user, standing.department):
        raise Http404
    return result, standing


def chooser(period: Period) -> dict[str, Any]:
    """What the period chooser needs: the months, and the quarter and the week of today."""
    months, now = recent_months(MONTHS_OFFERED), today()
    others = [(_("本季"), quarter_of(now)), (_("本周"), week_of(now))]
    return {"period": period, "months": months if period in months else [period, *months], "other_periods": others}
