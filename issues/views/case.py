"""The page of one case, and the verbs posted from it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises.models import EnterpriseStaff
from foundation.accounts.access import requires
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission, Role
from foundation.attachments.forms import keep_files
from foundation.clocks.queries import latest
from issues import actions, calls, detail, effects, ledger, lifecycle, links, paper, ratings, stages, timing, unsent
from issues.actions import VERBS
from issues.forms import InternalForm
from issues.mentions import Ambiguous
from issues.models import Event, Handling, Issue
from issues.unread import last_said
from issues.unsent import Attempt
from issues.verb_form import VerbForm

SHOWN = ("all", "public", "internal")
APART = ("supplement", "withdraw")  # what an enterprise may always do, but nobody waits for


@requires(Permission.ISSUE_VIEW)
@require_safe
def issue_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "issues/detail.html", opened(request, found(request, pk)))


def opened(request: HttpRequest, issue: Issue) -> dict[str, Any]:
    """The page's context for somebody who reads the case now; what they had read already is not written again."""
    context = case_context(request, issue)
    if issue.seen_until is None or issue.seen_until < last_said(issue, request.user):  # type: ignore[attr-defined]
        actions.see(issue=issue, by=request.user)  # type: ignore[arg-type]
    return context


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
    context = {"issue": issue, "clock": clock, "clock_label": detail.clock_label(clock)}
    return render(request, "issues/proof_row.html" if request.htmx else "issues/proof.html", context)  # type: ignore[attr-defined]


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
    form = detail.form_for(verb, issue, request.user, request.POST, request.FILES)
    if form.is_valid():
        try:
            _do(request, issue, verb, form)
        except Refused as refused:
            return again(request, issue, verb, form, refused)
        actions.count_canned(replies=request.POST.getlist("canned"), by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("已%(verb)s。") % {"verb": lifecycle.find(verb).label})
        return redirect(queue_of(request) or page_of(request.user, issue))
    return again(request, issue, verb, form)


def asked_form(request: HttpRequest, issue: Issue, verb: str) -> HttpResponse:
    """The short form of a verb at hand: a part to open in place, or a page without scripts."""
    choice = detail.choice_of(verb, issue, request.user)
    if choice is None:
        messages.error(request, _("现在不能这样办理,请看最新进展。"))
        return redirect(page_of(request.user, issue))
    read = Event.objects.visible_to(request.user).filter(issue=issue).order_by("-pk").values_list("pk", flat=True)
    context = {"issue": issue, "choice": choice, "back": page_of(request.user, issue), "last_event": read.first()}
    return render(request, "issues/verb_part.html" if request.htmx else "issues/verb.html", context)  # type: ignore[attr-defined]


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
        if isinstance(refused, Ambiguous) and isinstance(form, InternalForm):
            form.offer(User.objects.filter(pk__in=[person.pk for person in refused.people]))
        form.add_error(None, refused.message)
    keep_files(form, by=request.user)
    official = request.user.may(Permission.ISSUE_VIEW)
    template = "issues/detail.html" if official else "issues/appeal.html"
    context = case_context(request, issue, None if attempt else (verb, form), attempt)
    return render(request, template, context, status=409 if stale else 422)


def case_context(
    request: HttpRequest,
    issue: Issue,
    failed: tuple[str, VerbForm] | None = None,
    attempt: Attempt | None = None,
) -> dict[str, Any]:
    """Everything the case's page shows this person; `failed` has errors, `attempt` came too late."""
    user, turn = request.user, detail.turn_of(issue)
    official = user.may(Permission.ISSUE_VIEW)
    events = list(issue.events.public() if user.has_role(Role.ENTERPRISE) else issue.events.all())
    left = detail.left_over(issue, events)
    files = detail.files_of(issue, user) if any(event.data.get("files") for event in events) else {}
    last_event = max((event.pk for event in events), default=None)
    referred = any(event.verb == "refer" for event in events)
    shown = request.GET.get("show", "all")
    if shown in ("public", "internal"):
        events = [event for event in events if event.internal == (shown == "internal")]
    entries = detail.timeline(events, files, {} if official else _colleagues(user))
    shape, words = detail.badge(issue)
    extensions = detail.extensions_of(turn) if official else []
    clock = detail.proof_clock(issue, turn) if official else None
    helpings = detail.helpings_of(issue) if official else []
    case = detail.known(issue, user, turn, extensions, helpings)
    used = next((one for one in helpings if one.reply and str(one.pk) == request.GET.get("use")), None)
    back = unsent.of(attempt, case, events, files) if attempt else None
    queue = request.GET["back"] if queue_of(request) else ""
    verbs = detail.choices(case, failed, opened=request.GET.get("open", ""), back=queue, used=used)
    taken = {back.choice.transition.verb} if back and back.choice else set()
    context = {} if official else _for_enterprise(issue, turn)
    offered = [choice for choice in verbs if choice.transition.verb not in taken]
    return context | {
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
        "left": left,
        "grade": ratings.grade(issue.rating),
        "tags": ratings.labels(issue.rating_tags),
        "case_page": "issues:detail" if official else "issues:appeal",
        "stage": ledger.public_stage(issue.status),
        "shown": shown if shown in SHOWN else "all",
        "choices": [choice for choice in offered if choice.transition.verb not in APART],
        "apart": [choice for choice in offered if choice.transition.verb in APART],
        "unsent": back,
        "last_event": last_event,
        "extensions": extensions,
        "helpings": helpings,
        "effects": effects.of(turn, user) if official else [],
        "card": detail.enterprise_card(issue, user) if official else None,
        "gap": detail.gap_of(issue, user, referred=referred),
        "links": links.of(case),
        "may_compare": official,
        "call": calls.of_case(issue, user),
        "phone_full": user.may(Permission.PHONE_FULL),
        "may_open_enterprise": user.may(Permission.ENTERPRISE_VIEW),
    }


def _colleagues(user: Any) -> dict[int, str]:
    """Those who act for the reader's enterprise, by name: who of them did what is told within the enterprise alone."""
    return dict(EnterpriseStaff.objects.visible_to(user).values_list("user_id", "user__name"))


def _for_enterprise(issue: Issue, turn: Handling | None) -> dict[str, Any]:
    """The plain line of stages, which is the enterprise's alone."""
    return {"now": stages.now_line(issue, turn), "stages": stages.of(issue, turn)}


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


def queue_of(request: HttpRequest) -> str:
    """The tab of the ledger, for whoever came from there and goes on with the next case; else nothing."""
    tab = request.GET.get("back", "")
    return f"{reverse('issues:list')}?view={tab}" if tab in ledger.BY_KEY else ""


def version_of(request: HttpRequest) -> int | None:
    """The version that was read when the form was drawn."""
    return number_of(request, "version")


def number_of(request: HttpRequest, name: str) -> int | None:
    """A whole number of the form; None where there is none, or nonsense."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
