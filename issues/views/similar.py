"""Like cases: while one is being typed, and beside one that is there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import EnterpriseStaff
from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from issues import lifecycle, titles
from issues.actions.base import TEXT_LIMIT
from issues.lifecycle.table import UNRESOLVED
from issues.models import Issue
from issues.repeats import similar
from issues.repeats.similar import Like
from issues.views.case import found

TYPED = "issues/similar_typed.html"


@requires(Permission.APPEAL_SUBMIT)
@require_POST
def own(request: HttpRequest) -> HttpResponse:
    """The enterprise's own cases like what it is typing; of others only that many asked the same."""
    staff = EnterpriseStaff.objects.filter(user=request.user).select_related("enterprise").first()
    if staff is None:
        return render(request, TYPED, {})
    title, text = _typed(request)
    context = {
        "likes": similar.of_enterprise(staff.enterprise, title, text, user=request.user),
        "many": similar.many_ask(title, text, staff.enterprise),
        "outside": True,
    }
    return render(request, TYPED, context)


@requires(Permission.ISSUE_REGISTER)
@require_POST
def typed(request: HttpRequest) -> HttpResponse:
    """Cases of the whole district, as far as the person sees it, like what is being typed."""
    title, text = _typed(request)
    enterprise = request.POST.get("enterprise", "")
    context = {
        "likes": similar.in_district(title, text, user=request.user),
        "enterprise": int(enterprise) if enterprise.isascii() and enterprise.isdigit() and len(enterprise) < 19 else 0,
    }
    return render(request, TYPED, context)


def _typed(request: HttpRequest) -> tuple[str, str]:
    """What stands in the form now, cut to what a case can hold; without a title, as one is made of the text."""
    clean = str.maketrans({"\x00": " "})
    title = request.POST.get("title", "").translate(clean)[:80]
    text = request.POST.get("text", "").translate(clean)[:TEXT_LIMIT]
    text = _storable(text)
    return _storable(title) or titles.made_from(text), text


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@requires(Permission.ISSUE_VIEW)
@require_safe
def of_case(request: HttpRequest, pk: int) -> HttpResponse:
    """Open and recent cases like this one, each with what may be made of it; a part of the page, or its own."""
    issue = found(request, pk)
    at_hand = {transition.verb for transition in lifecycle.available(issue, request.user)}
    rows = [_choices(issue, one, at_hand) for one in similar.in_district(issue.title, issue.text, user=request.user,
                                                                         but=issue)]  # fmt: skip
    template = "issues/similar.html#found" if request.htmx else "issues/similar.html"  # type: ignore[attr-defined]
    return render(request, template, {"issue": issue, "rows": rows})


def _choices(issue: Issue, one: Like, at_hand: set[str]) -> dict[str, Any]:
    """The verbs that would join the two, each with where it is posted and which case it names."""
    other = one.issue
    verbs = []
    if "merge" in at_hand and other.status in UNRESOLVED:
        verbs.append(_verb("merge", issue, "into", other.number))
    closed_first = other.closed_at is not None and other.closed_at <= issue.registered_at
    if "recur" in at_hand and closed_first and other.enterprise_id == issue.enterprise_id:
        verbs.append(_verb("recur", issue, "earlier", other.number))
    if "link" in at_hand:
        verbs.append(_verb("link", issue, "other", other.number, relation="relates"))
    return {"like": one, "verbs": verbs}


def _verb(verb: str, issue: Issue, name: str, number: str, **more: str) -> dict[str, Any]:
    return {
        "label": lifecycle.find(verb).label,
        "hint": lifecycle.find(verb).hint,
        "url": reverse("issues:verb", args=[issue.pk, verb]),
        "fields": {name: number, **more},
    }
