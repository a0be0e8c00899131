"""Several people in one case: who watches it, who has read what, whom one may mention, who is here."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from issues import actions
from issues.casefile import presence as here
from issues.mentions import offers
from issues.models import Issue
from issues.views.case import found, number_of


@requires(Permission.ISSUE_VIEW)
@require_POST
def watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Be told from now on."""
    return _watching(request, pk, True)


@requires(Permission.ISSUE_VIEW)
@require_POST
def unwatch(request: HttpRequest, pk: int) -> HttpResponse:
    """Be told no more."""
    return _watching(request, pk, False)


@requires(Permission.ISSUE_VIEW)
@require_POST
def see_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    actions.see_all(by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("已全部标为已读。"))
    return redirect("issues:list")


@requires(Permission.ISSUE_NOTE)
@require_safe
def people(request: HttpRequest, pk: int) -> JsonResponse:
    """Who may be mentioned in a note on the case, for the completion of `@姓名`."""
    words = "".join(char for char in request.GET.get("q", "").strip()[:40] if char.isprintable())
    found_ones = offers(found(request, pk), words, request.user)  # type: ignore[arg-type]
    return JsonResponse({"people": [one._asdict() for one in found_ones]})


@requires(Permission.ISSUE_VIEW)
@require_POST
def presence(request: HttpRequest, pk: int) -> HttpResponse:
    """A page's sign of life, answered with who else is in the case; nothing new, nothing drawn."""
    issue = get_object_or_404(Issue.objects.visible_to(request.user), pk=pk)
    actions.be_present(issue=issue, doing=request.POST.get("doing", ""), by=request.user)  # type: ignore[arg-type]
    others, read = here.others(issue, request.user), number_of(request, "version")
    moved = read is not None and issue.version > read
    token = here.token(others, moved)
    if token == request.POST.get("shown", ""):
        return HttpResponse(status=204)
    return render(request, "issues/presence.html", {"issue": issue, "others": others, "moved": moved, "token": token})


def _watching(request: HttpRequest, pk: int, wanted: bool) -> HttpResponse:
    issue = found(request, pk)
    (actions.watch if wanted else actions.unwatch)(issue=issue, by=request.user)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "issues/watch.html", {"issue": issue, "watched": wanted})
    return redirect("issues:detail", issue.pk)
