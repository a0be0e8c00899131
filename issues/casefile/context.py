"""Everything the page of one case shows this person, ready for its template."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from enterprises.models import EnterpriseStaff
from foundation.accounts.permissions import Permission, Role
from issues import lifecycle, ratings
from issues.calling import calls
from issues.casefile import detail, effects, links, path, stages, timeline, unsent, verbs
from issues.casefile.unsent import Attempt
from issues.desk import ledger
from issues.forms.base import VerbForm
from issues.models import CoHandling, Event, Handling, Issue

SHOWN = ("all", "public", "internal")
APART = ("supplement", "withdraw")  # what an enterprise may always do, but nobody waits for


def of(
    request: HttpRequest,
    issue: Issue,
    failed: tuple[str, VerbForm] | None = None,
    attempt: Attempt | None = None,
) -> dict[str, Any]:
    """The context; `failed` is the form that came back with errors, `attempt` the verb that came too late."""
    user, turn = request.user, detail.turn_of(issue)
    official = user.may(Permission.ISSUE_VIEW)
    events = list(issue.events.public() if user.has_role(Role.ENTERPRISE) else issue.events.all())
    files = timeline.files_of(issue, user) if any(event.data.get("files") for event in events) else {}
    shape, words = detail.badge(issue)
    more = _for_officials(issue, turn, events, user) if official else _for_enterprise(issue, turn)
    helpings = more.get("helpings", [])
    case = verbs.known(issue, user, turn, more.get("extensions", []), helpings)
    back = unsent.of(attempt, case, events, files) if attempt else None
    return {
        "issue": issue,
        "category_url": f"{reverse('issues:list')}?view=all&category={issue.category_id}",
        "turn": turn,
        "shape": shape,
        "words": words,
        "steps": path.steps(issue, turn),
        "files": list(files.values()),
        **_told(request, issue, events, files),
        "grade": ratings.grade(issue.rating),
        "tags": ratings.labels(issue.rating_tags),
        "case_page": "issues:detail" if official else "issues:appeal",
        "stage": ledger.public_stage(issue.status),
        **_at_hand(request, case, helpings, failed, back),
        "unsent": back,
        "links": links.of(case),
        "may_compare": official,
        "call": calls.of_case(issue, user),
        "phone_full": user.may(Permission.PHONE_FULL),
        "may_open_enterprise": user.may(Permission.ENTERPRISE_VIEW),
        **more,
    }


def queue_of(request: HttpRequest) -> str:
    """The tab of the ledger, for whoever came from there and goes on with the next case; else nothing."""
    tab = request.GET.get("back", "")
    return f"{reverse('issues:list')}?view={tab}" if tab in ledger.BY_KEY else ""


def _told(request: HttpRequest, issue: Issue, events: list[Event], files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The timeline as far as it is asked for, and what stands out of it."""
    shown = request.GET.get("show", "all")
    chosen = events
    if shown in ("public", "internal"):
        chosen = [event for event in events if event.internal == (shown == "internal")]
    official = request.user.may(Permission.ISSUE_VIEW)
    entries = timeline.timeline(chosen, files, {} if official else _colleagues(request.user), outside=not official)
    return {
        "timeline": entries,
        "asked": timeline.asked(issue, entries),
        "left": timeline.left_over(issue, events),
        "last_event": max((event.pk for event in events), default=None),
        "shown": shown if shown in SHOWN else "all",
    }


def _at_hand(
    request: HttpRequest,
    case: lifecycle.Case,
    helpings: list[CoHandling],
    failed: tuple[str, VerbForm] | None,
    back: unsent.Unsent | None,
) -> dict[str, Any]:
    """The verbs with their forms; the one that came too late stands beside what happened meanwhile instead."""
    used = next((one for one in helpings if one.reply and str(one.pk) == request.GET.get("use")), None)
    queue = request.GET["back"] if queue_of(request) else ""
    offered = verbs.choices(case, failed, opened=request.GET.get("open", ""), back=queue, used=used)
    if back and back.choice:
        offered = [choice for choice in offered if choice.transition.verb != back.choice.transition.verb]
    return {
        "choices": [choice for choice in offered if choice.transition.verb not in APART],
        "apart": [choice for choice in offered if choice.transition.verb in APART],
    }


def _for_officials(issue: Issue, turn: Handling | None, events: list[Event], user: Any) -> dict[str, Any]:
    """The clock, the departments that help, and what the case counts for."""
    clock = detail.proof_clock(issue, turn)
    return {
        "clock": clock,
        "clock_label": detail.clock_label(clock),
        "extensions": detail.extensions_of(turn),
        "helpings": detail.helpings_of(issue),
        "effects": effects.of(turn, user),
        "card": detail.enterprise_card(issue, user),
        "gap": detail.gap_of(issue, user, referred=any(event.verb == "refer" for event in events)),
    }


def _for_enterprise(issue: Issue, turn: Handling | None) -> dict[str, Any]:
    """The plain line of stages, which is the enterprise's alone."""
    return {"now": stages.now_line(issue, turn), "stages": stages.of(issue, turn)}


def _colleagues(user: Any) -> dict[int, str]:
    """Those who act for the reader's enterprise, by name: who of them did what is told within the enterprise alone."""
    return dict(EnterpriseStaff.objects.visible_to(user).values_list("user_id", "user__name"))
