"""The calendar page: the year in force, and loading the next one."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.clocks import actions, calendar, localtime, queries
from foundation.clocks.actions.calendars import FIRST_YEAR, LAST_YEAR
from foundation.clocks.forms import CalendarForm
from foundation.clocks.models import CalendarYear, Clock, ClockChange
from foundation.clocks.month_grid import year_grid


@requires(Permission.CALENDAR_VIEW)
@require_safe
def calendar_page(request: HttpRequest) -> HttpResponse:
    """A year as twelve months, with its source, or that it is provisional."""
    today = localtime.today()
    year = _year(request.GET.get("year"), today.year)
    in_force = calendar.current()
    months = year_grid(year, in_force, today)
    loaded = CalendarYear.objects.visible_to(request.user).select_related("loaded_by").filter(year=year).first()
    context = {
        "year": year,
        "months": months,
        "published": in_force.published(year),
        "source": in_force.source(year),
        "loaded": loaded,
        "working_days": sum(month.working_days for month in months),
        "provisional": Clock.objects.running().filter(provisional=True).count(),
        "before": year - 1 if year > FIRST_YEAR else None,
        "after": year + 1 if year < LAST_YEAR else None,
        "this_year": today.year,
        "may_load": _user(request).may(Permission.CALENDAR_EDIT),
    }
    return render(request, "clocks/calendar.html", context)


@requires(Permission.CALENDAR_VIEW)
@require_safe
def why(request: HttpRequest, kind: str, owner_id: int) -> HttpResponse:
    """Why a clock has its colour: a part for a list's row, or a page without scripts."""
    owner = queries.owner(kind, owner_id, request.user)
    if owner is None:
        raise Http404
    context = {"owner": owner, "clock": queries.latest(kind, owner_id)}
    return render(request, "clocks/why_row.html" if request.htmx else "clocks/why.html", context)  # type: ignore[attr-defined]


@requires(Permission.CALENDAR_EDIT)
@require_http_methods(["GET", "POST"])
def load(request: HttpRequest) -> HttpResponse:
    """Give a year's calendar, see what it would change, then confirm."""
    if request.method == "GET":
        year = _year(request.GET.get("year"), localtime.today().year + 1)
        return _form(request, CalendarForm(initial={"year": year, "seen": _seen(year)}))
    form = CalendarForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, status=422)
    if request.POST.get("previewed") == form.digest():
        return _confirm(request, form)
    return _preview(request, form)


def _confirm(request: HttpRequest, form: CalendarForm) -> HttpResponse:
    """Load what was previewed, unless somebody loaded the year since."""
    year = form.cleaned_data["year"]
    if form.cleaned_data["seen"] != _seen(year):
        form.add_error(None, _("%(year)d 年的日历刚被别人载入过,请核对后重新预览。") % {"year": year})
        form.show("seen", _seen(year))
        return _form(request, form, status=409)
    try:
        row = actions.load_calendar(year=year, days=form.days, source=form.cleaned_data["source"], by=_user(request))
    except Refused as refused:
        form.add_error("text", refused.message)
        return _form(request, form, status=422)
    moved = ClockChange.objects.filter(cause=ClockChange.Cause.CALENDAR, at=row.loaded_at).count()
    messages.success(
        request,
        _("已载入 %(year)d 年放假安排,%(moved)d 件在办事项的时限已重新计算。") % {"year": year, "moved": moved},
    )
    return redirect(f"{reverse('clocks:calendar')}?year={year}")


def _preview(request: HttpRequest, form: CalendarForm) -> HttpResponse:
    """Show what would change, with a button to confirm."""
    year, source = form.cleaned_data["year"], form.cleaned_data["source"]
    try:
        preview = actions.preview_calendar(year=year, days=form.days, source=source)
    except Refused as refused:
        form.add_error("text", refused.message)
        return _form(request, form, status=422)
    form.show("seen", _seen(year))
    return _form(request, form, preview=preview, digest=form.digest())


def _form(request: HttpRequest, form: CalendarForm, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page with the form."""
    return render(request, "clocks/load.html", {"form": form, **more}, status=status)


def _user(request: HttpRequest) -> User:
    """Who is signed in; the permission asked for makes sure somebody is."""
    return cast(User, request.user)


def _seen(year: int) -> str:
    """The load of a year that the page was made from; empty where nobody loaded it."""
    token = CalendarYear.objects.filter(year=year).values_list("token", flat=True).first()
    return token.hex if token else ""


def _year(text: str | None, default: int) -> int:
    """A year from the address; nonsense gives the default."""
    if text and text.isascii() and text.isdigit() and FIRST_YEAR <= int(text[:6]) <= LAST_YEAR:
        return int(text)
    return default
