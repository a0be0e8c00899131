"""The ledger: list, saved views, export."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.ui.paging import paginate
from issues import actions, ledger
from issues.export import ledger_workbook
from issues.filters import IssueFilter
from issues.forms import SaveViewForm
from issues.lines import lines
from issues.models import Issue, SavedView

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
    values = ledger.ordered(found.qs if narrowed else rows, request.GET.get("sort", ""), view).values(*ledger.COLUMNS)
    page = paginate(request, values, per_page=ledger.PER_PAGE, count=None if narrowed else numbers.get(view.key))
    tabs, saved = ledger.tabs(request.user, view, numbers, request.GET)
    context: dict[str, Any] = {
        "filter": found,
        "page": page,
        "lines": lines(ledger.rows(page)),
        "tabs": tabs,
        "numbers": numbers,
        "narrowed": narrowed,
        "updated": timezone.now(),
        "query": _query(request),
        "saved": saved,
        "save_form": SaveViewForm(initial={"query": _query(request)}),
    }
    return render(request, "issues/list.html", context)


def _narrowed(request: HttpRequest) -> bool:
    """Whether anything but the tab, the page and the order is asked for."""
    return any(value.strip() for key, value in request.GET.items() if key not in VIEW_ONLY)


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    for key in ("page", "saved"):
        query.pop(key, None)
    return query.urlencode()


@requires(Permission.ISSUE_EXPORT)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Exactly what is filtered, as a workbook."""
    view = ledger.asked_view(request.user, request.GET.get("view", ""))
    rows = Issue.objects.visible_to(request.user).filter(view.rows(request.user))
    found = IssueFilter(request.GET, queryset=rows, request=request)
    return ledger_workbook(ledger.ordered(found.qs, request.GET.get("sort", ""), view), request.user)


@requires(Permission.ISSUE_VIEW)
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the filter that is on as a tab."""
    form = SaveViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请给视图起一个 20 字以内的名称。"))
        return redirect(f"{reverse('issues:list')}?{request.POST.get('query', '')[:500]}")
    try:
        view = actions.save_view(by=request.user, **form.cleaned_data)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect(f"{reverse('issues:list')}?{form.cleaned_data['query']}")
    return redirect(f"{reverse('issues:list')}?{view.query}&saved={view.pk}")


@requires(Permission.ISSUE_VIEW)
@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    actions.delete_view(view=view, by=request.user)
    return redirect("issues:list")
