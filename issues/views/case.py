"""The page of one case, and the verbs posted from it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.attachments.forms import keep_files
from foundation.clocks.queries import latest
from issues import actions, lifecycle
from issues.actions import VERBS
from issues.casefile import context, detail, paper, verbs
from issues.casefile.unsent import Attempt
from issues.forms.base import VerbForm
from issues.forms.mentions import MentioningForm
from issues.limits import timing
from issues.mentions import Ambiguous
from issues.models import Event, Issue
from issues.unread import last_said


@requires(Permission.ISSUE_VIEW)
@require_safe
def issue_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "issues/detail.html", opened(request, found(request, pk)))


def opened(request: HttpRequest, issue: Issue) -> dict[str, Any]:
    """The page's context for somebody who reads the case now; what they had read already is not written again."""
    shown = context.of(request, issue)
    if issue.seen_until is None or issue.seen_until < last_said(issue, request.user):  # type: ignore[attr-defined]
        actions.see(issue=issue, by=request.user)  # type: ignore[arg-type]
    return shown


@requires(Permission.ISSUE_VIEW)
@require_safe
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """Day by day, how the limit was counted: a part for the ledger's row, or a page without scripts."""
    issue = found(request, pk)
    turn = detail.turn_of(issue)
    clock = detail.proof_clock(issue, turn)
    asked = request.GET.get("co", "")
    if asked and request.user.may(Permission.ISSUE_VIEW):
        helping = next((one for one in detail.helpings_of(issue) if str(one.pk) == asked), None)
        clock = latest(timing.CO_HANDLING, helping.pk) if helping else clock
    shown = {"issue": issue, "clock": clock, "clock_label": detail.clock_label(clock)}
    return render(request, "issues/proof_row.html" if request.htmx else "issues/proof.html", shown)  # type: ignore[attr-defined]


@requires(Permission.SIGNED_IN)
@require_safe
def on_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The case on a sheet, with what this person may know of it."""
    return render(request, "issues/print.html", paper.sheet(found(request, pk), request.user))


@requires(Permission.SIGNED_IN)
@require_http_methods(["GET", "POST"])
def verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Do one verb; what is refused comes back with everything that was typed. To read: the verb's form."""
    issue = found(request, pk)
    if verb not in VERBS or not _open_to(request.user, verb):
        raise Http404
    if request.method == "GET":
        return asked_form(request, issue, verb)
    form = verbs.form_for(verb, issue, request.user, request.POST, request.FILES)
    if form.is_valid():
        try:
            _do(request, issue, verb, form)
        except Refused as refused:
            return again(request, issue, verb, form, refused)
        actions.count_canned(replies=request.POST.getlist("canned"), by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("已%(verb)s。") % {"verb": lifecycle.find(verb).label})
        return redirect(context.queue_of(request) or page_of(request.user, issue))
    return again(request, issue, verb, form)


def asked_form(request: HttpRequest, issue: Issue, verb: str) -> HttpResponse:
    """The short form of a verb at hand: a part to open in place, or a page without scripts."""
    choice = verbs.choice_of(verb, issue, request.user)
    if choice is None:
        messages.error(request, _("现在不能这样办理,请看最新进展。"))
        return redirect(page_of(request.user, issue))
    read = Event.objects.visible_to(request.user).filter(issue=issue).order_by("-pk").values_list("pk", flat=True)
    shown = {"issue": issue, "choice": choice, "back": page_of(request.user, issue), "last_event": read.first()}
    return render(request, "issues/verb_part.html" if request.htmx else "issues/verb.html", shown)  # type: ignore[attr-defined]


def _do(request: HttpRequest, issue: Issue, verb: str, form: VerbForm) -> None:
    """Do it; what only others may read, and so could not have been weighed, does not make it stale."""
    sent: dict[str, Any] = {"issue": issue, "by": request.user, **form.cleaned_data}
    try:
        VERBS[verb](version=version_of(request), **sent)
    except Stale as stale:
        read_until = number_of(request, "read_until")
        news = Event.objects.visible_to(request.user).filter(issue=issue, pk__gt=read_until or 0)
        if read_until is None or news.exists():
            raise
        VERBS[verb](version=cast(Issue, stale.current).version, **sent)


def _open_to(user: Any, verb: str) -> bool:
    """Whether the enterprise's side has this verb at all; officials are told why they may not use one."""
    return user.may(Permission.ISSUE_VIEW) or any(user.may(one) for one in lifecycle.find(verb).permissions)


def again(
    request: HttpRequest, issue: Issue, verb: str, form: VerbForm, refused: Refused | None = None
) -> HttpResponse:
    """The page with everything that was typed: in the form with its errors, or beside what happened meanwhile."""
    before, issue = issue.version, found(request, issue.pk)
    stale = isinstance(refused, Stale)
    attempt = None
    if stale or not any(transition.verb == verb for transition in lifecycle.available(issue, request.user)):
        attempt = Attempt(
            verb=verb,
            form=form,
            reason="" if stale else refused.message if refused else _("现在不能这样办理,请看最新进展。"),
            stale=stale,
            read_until=number_of(request, "read_until"),
            versions_behind=issue.version - (number_of(request, "version") or before),
        )
    elif refused:
        if isinstance(refused, Ambiguous) and isinstance(form, MentioningForm):
            form.offer(User.objects.filter(pk__in=[person.pk for person in refused.people]))
        form.add_error(None, refused.message)
    keep_files(form, by=request.user)
    official = request.user.may(Permission.ISSUE_VIEW)
    template = "issues/detail.html" if official else "issues/appeal.html"
    shown = context.of(request, issue, None if attempt else (verb, form), attempt)
    return render(request, template, shown, status=409 if stale else 422)


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
    return number_of(request, "version")


def number_of(request: HttpRequest, name: str) -> int | None:
    """A whole number of the form; None where there is none, or nonsense."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
