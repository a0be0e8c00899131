"""The page of one case, and the verbs posted from it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission, Role
from issues import detail, effects, ledger, lifecycle
from issues.actions import VERBS
from issues.forms import VerbForm
from issues.models import Issue

SHOWN = ("all", "public", "internal")


@requires(Permission.ISSUE_VIEW)
@require_safe
def issue_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "issues/detail.html", case_context(request, found(request, pk)))


@requires(Permission.ISSUE_VIEW)
@require_safe
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """Day by day, how the limit was counted: a part for the ledger's row, or a page without scripts."""
    issue = found(request, pk)
    turn = detail.turn_of(issue)
    clock = detail.proof_clock(issue, turn)
    context = {"issue": issue, "clock": clock, "clock_label": detail.clock_label(clock)}
    return render(request, "issues/proof_row.html" if request.htmx else "issues/proof.html", context)  # type: ignore[attr-defined]


@requires(Permission.SIGNED_IN)
@require_POST
def verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Do one verb; what is refused comes back with everything that was typed."""
    issue = found(request, pk)
    if verb not in VERBS:
        raise Http404
    form = detail.form_for(verb, issue, request.user, request.POST, request.FILES)
    if form.is_valid():
        try:
            VERBS[verb](issue=issue, by=request.user, version=version_of(request), **form.cleaned_data)
        except Stale:
            issue = found(request, pk)
            form.add_error(None, _("您填写期间,这件诉求有了新进展(见下方办理过程)。核对后再提交一次即可。"))
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已%(verb)s。") % {"verb": lifecycle.find(verb).label})
            return redirect(page_of(request.user, issue))
    return again(request, issue, verb, form)


def again(request: HttpRequest, issue: Issue, verb: str, form: VerbForm) -> HttpResponse:
    """The page with the form open and its errors; a verb that is no longer at hand says why at the top."""
    at_hand = {transition.verb for transition in lifecycle.available(issue, request.user)}
    if verb not in at_hand:
        for error in form.non_field_errors() or [_("现在不能这样办理,请看最新进展。")]:
            messages.error(request, str(error))
    official = request.user.may(Permission.ISSUE_VIEW)
    template = "issues/detail.html" if official else "issues/appeal.html"
    return render(request, template, case_context(request, issue, (verb, form)), status=422)


def case_context(request: HttpRequest, issue: Issue, failed: tuple[str, VerbForm] | None = None) -> dict[str, Any]:
    """Everything the case's page shows this person."""
    user, turn = request.user, detail.turn_of(issue)
    official = user.may(Permission.ISSUE_VIEW)
    events = list(issue.events.public() if user.has_role(Role.ENTERPRISE) else issue.events.all())
    files = detail.files_of(issue, user) if any(event.data.get("files") for event in events) else {}
    shown = request.GET.get("show", "all")
    if shown in ("public", "internal"):
        events = [event for event in events if event.internal == (shown == "internal")]
    entries = detail.timeline(events, files)
    shape, words = detail.badge(issue)
    extensions = detail.extensions_of(turn) if official else []
    clock = detail.proof_clock(issue, turn) if official else None
    return {
        "issue": issue,
        "category_url": f"{reverse('issues:list')}?view=all&category={issue.category_id}",
        "turn": turn,
        "shape": shape,
        "words": words,
        "steps": detail.steps(issue, turn),
        "clock": clock,
        "clock_label": detail.clock_label(clock),
        "files": list(files.values()),
        "timeline": entries,
        "asked": detail.asked(issue, entries),
        "stage": ledger.public_stage(issue.status),
        "shown": shown if shown in SHOWN else "all",
        "choices": detail.choices(detail.known(issue, user, turn, extensions), failed),
        "extensions": extensions,
        "effects": effects.of(turn, user) if official else [],
        "card": detail.enterprise_card(issue, user) if official else None,
        "gap": detail.gap_of(issue, user),
        "phone_full": user.may(Permission.PHONE_FULL),
        "may_open_enterprise": user.may(Permission.ENTERPRISE_VIEW),
    }


def found(request: HttpRequest, pk: int) -> Issue:
    try:
        return detail.case_of(request.user, pk)
    except Issue.DoesNotExist as error:
        raise Http404 from error


def page_of(user: Any, issue: Issue) -> str:
    """Where this person reads the case: officials in the ledger, the enterprise among its appeals."""
    if not Issue.objects.visible_to(user).filter(pk=issue.pk).exists():
        return reverse("issues:list")
    return reverse("issues:detail" if user.may(Permission.ISSUE_VIEW) else "issues:appeal", args=[issue.pk])


def version_of(request: HttpRequest) -> int | None:
    """The version that was read when the form was drawn."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
