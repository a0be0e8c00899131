"""The first page of results against a bare view of as many rows by the primary key."""

from __future__ import annotations

from urllib.parse import urlencode

from django.test import Client

from bench.measure import Result, paired
from bench.pages import HOST
from foundation.accounts.models import User
from issues.models import Issue


def measure() -> list[Result]:
    """Whole requests through the same middleware, in one process; fifty rows on either side where there are fifty."""
    newest = Issue.objects.order_by("-pk")[0]
    questions = {
        "in every case": "有限公司",
        "frequent": "用工",
        "rare": Issue.objects.order_by("pk")[777].title[:8],
        "two words": "用电 协调",
        "one character": "税",
        "part of a number": newest.number[-5:],
        "nowhere": "麒麟瑞兽",
    }
    results = [
        _page("office", f"search, {name}: “{said}”", {"q": said, "kind": "issue"}) for name, said in questions.items()
    ]
    results.append(_page("handler", "search by a handler, frequent", {"q": "用工", "kind": "issue"}))
    results.append(_page("office", "search, all kinds side by side", {"q": "用工"}))
    return results


def _page(username: str, name: str, asked: dict[str, str]) -> Result:
    client, stranger = Client(**HOST), Client(**HOST)
    client.force_login(User.objects.get(username=username))
    address = f"/search/?{urlencode(asked)}"

    def ours() -> None:
        assert client.get(address).status_code == 200, address

    return paired(name, ours, lambda: stranger.get("/bare/newest/"), goal=3)
