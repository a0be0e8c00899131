"""Suggestions: how right they are, learning them anew, and the category of what is being written."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import Enterprise
from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from issues import actions
from issues.actions.base import TEXT_LIMIT
from issues.models import SuggestionRun
from issues.suggesting import accuracy, suggestions
from issues.views.appeals import staff_of
from issues.views.intake import asked_enterprise

TITLE_READ = 80


@requires(Permission.SUGGESTION_VIEW)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Accuracy on held-back history, what is mistaken for what, and whether suggestions are followed."""
    return render(request, "issues/suggestions.html", accuracy.report(request.user))


@requires(Permission.SUGGESTION_VIEW)
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """How far the run has come; when it is over, the page shows what came of it."""
    run = SuggestionRun.objects.visible_to(request.user).filter(state__in=SuggestionRun.OPEN).first()
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("issues:suggestions")
    if run is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "issues/parts/suggestion_progress.html", {"open_run": run})


@requires(Permission.SUGGESTION_VIEW)
@require_POST
def train(request: HttpRequest) -> HttpResponse:
    """Have them learned anew; asking twice is asking once."""
    actions.request_training(by=request.user)
    messages.success(request, _("已开始重新训练,结果会显示在本页。"))
    return redirect("issues:suggestions")


@requires(Permission.ISSUE_REGISTER)
@require_POST
def category_to_register(request: HttpRequest) -> HttpResponse:
    """The likely category, for an official who takes a case down."""
    return _category(request, asked_enterprise(request), reasons=True)


@requires(Permission.APPEAL_SUBMIT)
@require_POST
def category_of_appeal(request: HttpRequest) -> HttpResponse:
    """The likely category, for the enterprise: only its name."""
    staff = staff_of(request.user)
    return _category(request, staff.enterprise if staff else None, reasons=False)


def _category(request: HttpRequest, enterprise: Enterprise | None, reasons: bool) -> HttpResponse:
    """Nothing where nothing can be said, or where it is chosen already."""
    title, text = request.POST.get("title", "")[:TITLE_READ], request.POST.get("text", "")[:TEXT_LIMIT]
    hint = suggestions.for_text(title, text, enterprise)
    if hint and request.POST.get("category") == str(hint.category.pk):
        hint = None
    return render(request, "issues/parts/category_hint.html", {"hint": hint, "reasons": reasons})
