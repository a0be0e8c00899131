"""Like cases and groups of them against a bare page of fifty rows by the primary key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.cache import cache
from django.test import Client

from bench.measure import Result, paired
from bench.pages import HOST
from foundation.accounts.models import User
from foundation.clocks.localtime import now
from issues import actions
from issues.models import Issue, IssueCluster
from issues.repeats import clusters, similar


def measure() -> Iterator[Result]:
    """Whole requests through the same middleware, in one process; finding groups beside reading their rows."""
    recent = Issue.objects.open().order_by("-pk")
    common, rare = recent[0], recent.filter(channel="portal").order_by("title")[0]
    office, side = _signed_in("office"), _signed_in("enterprise")
    if not IssueCluster.objects.exists():
        actions.find_clusters(by=None)
    widest = IssueCluster.objects.order_by("-size")[0]
    typed = {"title": common.title, "text": common.text[:500]}
    yield _page("like cases beside a case", lambda: office.get(f"/issues/{common.pk}/similar/"))
    yield _page("like cases beside another", lambda: office.get(f"/issues/{rare.pk}/similar/"))
    yield _page("the office types a title", lambda: office.post("/issues/similar/", typed))
    yield _page("an enterprise types a title", lambda: side.post("/appeals/similar/", typed))
    yield _page("groups of like cases, the list", lambda: office.get("/issues/clusters/"))
    yield _page(f"the widest group ({widest.size} cases)", lambda: office.get(f"/issues/clusters/{widest.pk}/"))
    yield paired("pairs counted, once a day", _count_pairs, _read_newest, runs=3)
    yield paired("all groups found anew, once a night", lambda: actions.find_clusters(by=None), _read_facts, runs=3)


def _signed_in(username: str) -> Client:
    client = Client(**HOST)
    client.force_login(User.objects.get(username=username))
    return client


def _page(name: str, ask: Callable[[], Any]) -> Result:
    stranger = Client(**HOST)

    def ours() -> None:
        assert ask().status_code == 200, name

    return paired(name, ours, lambda: stranger.get("/bare/newest/"), goal=3)


def _count_pairs() -> None:
    cache.delete("issues:pairs:stamp")
    similar.weights()


def _read_newest() -> None:
    list(Issue.objects.order_by("-pk").values_list("title", "text")[: similar.SAMPLE])


def _read_facts() -> None:
    list(clusters.facts(now()))
