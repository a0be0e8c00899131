"""A case beside the list, and the list as a board by stage."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from issues.casefile import detail, timeline, verbs
from issues.desk import board, ledger
from issues.desk.filters import IssueFilter
from issues.models import Issue, IssueTag
from issues.views.case import found

EVENTS = 5


@requires(Permission.ISSUE_VIEW)
@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The facts, the last events and the next verb: a part for the ledger; without scripts, the case's page."""
    issue = found(request, pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("issues:detail", issue.pk)
    user, turn = request.user, detail.turn_of(issue)
    case = verbs.known(issue, user, turn, detail.extensions_of(turn))
    shape, words = detail.badge(issue)
    events = list(issue.events.all()[:EVENTS])
    labels = IssueTag.objects.filter(issue=issue).values_list("tag__name", flat=True).order_by("tag__name")
    context = {
        "issue": issue,
        "shape": shape,
        "words": words,
        "labels": list(labels),
        "timeline": timeline.timeline(events, {}),
        "last_event": max((event.pk for event in events), default=None),
        "choice": verbs.primary(case, back=_tab(request)),
    }
    return render(request, "issues/preview.html", context)


def _tab(request: HttpRequest) -> str:
    """The tab beside which the case is shown, to come back to."""
    query = QueryDict(request.headers.get("HX-Current-URL", "").partition("?")[2][:2000])
    return ledger.asked_view(request.user, query.get("view", "")).key


@requires(Permission.ISSUE_VIEW)
@require_safe
def by_stage(request: HttpRequest) -> HttpResponse:
    """What the ledger holds at this address, a column for each stage."""
    view = ledger.asked_view(request.user, request.GET.get("view", ""))
    rows = Issue.objects.visible_to(request.user).filter(view.rows(request.user))
    shown = IssueFilter(request.GET, queryset=rows, request=request)
    query = request.GET.copy()
    for name in ("page", "saved", "status"):
        query.pop(name, None)
    lanes = board.lanes(shown.qs, view)
    context = {
        "filter": shown,
        "lanes": lanes,
        "total": sum(lane.count for lane in lanes),
        "rest": query.urlencode(),
        "list_url": f"{reverse('issues:list')}?{request.GET.urlencode()}",
        "tabs": [
            {"label": one.label, "url": f"?view={one.key}", "active": one == view, "count": None}
            for one in ledger.views_for(request.user)
        ],
    }
    return render(request, "issues/board.html", context)
