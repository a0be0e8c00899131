"""The one search box: what may be seen, by kind, with the words marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from foundation.search.actions import freshen
from foundation.search.kinds import Kind, kinds_of
from foundation.search.queries import Found, direct, ids_of, shown
from foundation.search.tokens import Word, words_of

LONGEST = 80  # characters of a question
SHOWN = 10  # of each kind, side by side
COUNTED = 99  # more is "99+": counting a hundred thousand tells nobody anything
PAGE = 50
PAGES = 20


@dataclass(frozen=True)
class Group:
    """The hits of one kind; `count` says "99+" where nobody counts further."""

    key: str
    label: str | Promise
    count: str
    hits: list[Found]
    more_url: str = ""


@requires(Permission.SIGNED_IN)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Hits by kind, within what the user may see; a whole number opens what it numbers."""
    said = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:LONGEST].strip()
    kinds = kinds_of(request.user)
    if address := next((found for kind in kinds if said and (found := direct(request.user, kind, said))), ""):
        return redirect(address)
    words = words_of(said)
    if words:
        freshen()
    kind = next((one for one in kinds if one.key == request.GET.get("kind")), None)
    if words and kind:
        return render(request, "search/kind.html", _page(request, kind, said, words))
    groups = [group for one in kinds if words and (group := _group(request.user, one, said, words))]
    return render(request, "search/results.html", {"q": said, "groups": groups, "unreadable": said and not words})


def _group(user: Any, kind: Kind, said: str, words: list[Word]) -> Group | None:
    ids = ids_of(user, kind, words, 0, COUNTED + 1)
    if not ids:
        return None
    count = f"{COUNTED}+" if len(ids) > COUNTED else str(len(ids))
    more = address(said, kind) if len(ids) > SHOWN else ""
    return Group(kind.key, kind.label, count, shown(user, kind, words, ids[:SHOWN]), more)


def _page(request: HttpRequest, kind: Kind, said: str, words: list[Word]) -> dict[str, Any]:
    """One kind alone, page by page."""
    asked = request.GET.get("page", "")
    number = min(int(asked), PAGES) if asked.isascii() and asked.isdigit() and len(asked) < 4 and int(asked) else 1
    start = (number - 1) * PAGE
    ids = ids_of(request.user, kind, words, start, start + PAGE + 1)
    return {
        "q": said,
        "kind": kind,
        "hits": shown(request.user, kind, words, ids[:PAGE]),
        "number": number,
        "first": start + 1,
        "previous_url": address(said, kind, number - 1) if number > 1 else "",
        "next_url": address(said, kind, number + 1) if len(ids) > PAGE and number < PAGES else "",
        "ends_here": len(ids) > PAGE and number == PAGES,
        "all_url": address(said),
    }


def address(said: str, kind: Kind | None = None, page: int = 1) -> str:
    """The page of results for what was asked."""
    wanted = {"q": said} | ({"kind": kind.key} if kind else {}) | ({"page": str(page)} if page > 1 else {})
    return f"{reverse('search')}?{urlencode(wanted)}"
