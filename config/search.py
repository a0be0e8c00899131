"""The one search box: cases, enterprises and projects whose name or number contains the words."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enterprises.filters import search_words
from enterprises.models import Enterprise
from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from issues.ledger import public_stage
from issues.models import Issue
from projects.models import Project

SHOWN = 10


@dataclass(frozen=True)
class Group:
    """The hits of one kind, with the list page that shows them all."""

    label: str
    hits: list[dict[str, str]]
    more_url: str = ""


@requires(Permission.SIGNED_IN)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Hits by kind, within what the user may see; an exact case number opens the case."""
    words = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:80]
    groups = _groups(request.user, words) if words else []
    only = [hit for group in groups for hit in group.hits]
    if len(only) == 1 and only[0]["key"].upper() == words.upper():
        return redirect(only[0]["url"])
    return render(request, "search.html", {"q": words, "groups": [group for group in groups if group.hits]})


def _groups(user: Any, words: str) -> list[Group]:
    groups = []
    if user.may(Permission.ISSUE_VIEW) or user.may(Permission.APPEAL_SUBMIT):
        groups.append(_issues(user, words))
    if user.may(Permission.ENTERPRISE_VIEW):
        groups.append(_enterprises(user, words))
    if user.may(Permission.PROJECT_VIEW):
        groups.append(_projects(user, words))
    return groups


def _issues(user: Any, words: str) -> Group:
    rows = Issue.objects.visible_to(user).filter(_all(words, "number", "title", "enterprise__name"))
    official = user.may(Permission.ISSUE_VIEW)
    page = "issues:detail" if official else "issues:appeal"
    hits = [
        _hit(
            issue.number,
            issue.title,
            f"{issue.enterprise} · {public_stage(issue.status) if not official else issue.get_status_display()}",
            page,
            issue.pk,
        )
        for issue in rows.select_related("enterprise").order_by("-registered_at")[:SHOWN]
    ]
    return Group(_("诉求"), hits, _more("issues:list", words) if official and len(hits) == SHOWN else "")


def _enterprises(user: Any, words: str) -> Group:
    rows: QuerySet[Enterprise] = search_words(Enterprise.objects.visible_to(user), words)
    hits = [
        _hit(row.credit_code, row.name, f"{row.credit_code} · {row.place}", "enterprises:detail", row.pk)
        for row in rows.select_related("park", "town").order_by("name")[:SHOWN]
    ]
    return Group(_("企业"), hits, _more("enterprises:list", words) if len(hits) == SHOWN else "")


def _projects(user: Any, words: str) -> Group:
    rows = Project.objects.visible_to(user).filter(_all(words, "name", "code"))
    hits = [
        _hit(row.code, row.name, f"{row.code} · {row.get_stage_display()}", "projects:detail", row.pk)
        for row in rows.order_by("name")[:SHOWN]
    ]
    return Group(_("项目"), hits, _more("projects:list", words) if len(hits) == SHOWN else "")


def _all(words: str, *fields: str) -> Q:
    """Every word somewhere in one of the fields."""
    wanted = Q()
    for word in words.split():
        anywhere = Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__icontains": word})
        wanted &= anywhere
    return wanted


def _hit(key: str, title: str, sub: str, page: str, pk: int) -> dict[str, str]:
    return {"key": key, "title": title, "sub": sub.strip(" ·"), "url": reverse(page, args=[pk])}


def _more(page: str, words: str) -> str:
    return f"{reverse(page)}?{urlencode({'q': words})}"
