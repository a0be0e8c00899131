"""Cases like another, or like what is being typed: few candidates by an index, then compared one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Q, QuerySet

from enterprises.models import Enterprise
from foundation.clocks.localtime import now
from foundation.search.queries import newest_with
from issues.desk.ledger import public_stage
from issues.lifecycle.table import RECURS_WITHIN
from issues.models import Issue, IssueLink
from issues.repeats import likeness
from issues.repeats.likeness import Said, Weights
from issues.search import ISSUES

RECENT = timedelta(days=RECURS_WITHIN)
OWN = 200  # newest cases of an enterprise that are compared
FOUND = 200  # candidates of the whole district
RAREST = 8  # pairs by which those are looked up
SAMPLE = 3000  # newest cases that say how common a pair is
KEPT = 24 * 3600  # seconds
SHOWN = 5
LEAST = 0.35  # less alike is not shown
SURE = 0.68  # alike enough to say by itself that a matter has come back
MANY = 5  # enterprises, before an enterprise is told that others ask the same
SHORTEST = 4  # characters before anything is looked for
S = Issue.Status


@dataclass(frozen=True)
class Like:
    """A case, and how like it is in percent."""

    issue: Issue
    percent: int

    @property
    def stage(self) -> str:
        return public_stage(self.issue.status)


def weights() -> Weights:
    """How common pairs are in the newest cases; counted once a day."""
    return cache.get_or_set("issues:pairs", _counted, KEPT)  # type: ignore[return-value]


def _counted() -> Weights:
    newest = Issue.objects.order_by("-pk").values_list("title", "text")[:SAMPLE]
    known = Weights.counted(Said.of(title, text).whole for title, text in newest)
    return known.without(2) if known.texts == SAMPLE else known


def recent(rows: QuerySet[Issue], at: datetime) -> QuerySet[Issue]:
    """Open, or closed not long ago; what was merged away, declined or taken back suggests nothing."""
    open_or_new = Q(closed_at__isnull=True) | Q(closed_at__gte=at - RECENT)
    merged = Q(closing__in=[Issue.Closing.MERGED, Issue.Closing.DECLINED, Issue.Closing.WITHDRAWN])
    return rows.filter(open_or_new).exclude(merged)


def of_enterprise(enterprise: Enterprise, title: str, text: str = "", *, user: Any) -> list[Like]:
    """The enterprise's own open and recent cases that are like what is typed."""
    if len(title.strip()) < SHORTEST:
        return []
    rows = recent(Issue.objects.visible_to(user).filter(enterprise=enterprise), now())
    return _likest(Said.of(title, text), rows.order_by("-registered_at")[:OWN], typed=True)


def in_district(title: str, text: str = "", *, user: Any, but: Issue | None = None) -> list[Like]:
    """Open and recent cases within the person's sight that are like this."""
    if len(title.strip()) < SHORTEST:
        return []
    rows = recent(Issue.objects.visible_to(user).filter(pk__in=_candidates(title)), now())
    if but is not None:
        linked = IssueLink.objects.of(but).filter(kind=IssueLink.Kind.DUPLICATE)
        known = {pk for pair in linked.values_list("source_id", "target_id") for pk in pair}
        rows = rows.exclude(pk__in=known | {but.pk})
    return _likest(Said.of(title, text), rows.select_related("enterprise", "department"), typed=but is None)


def _candidates(title: str) -> list[int]:
    """The newest cases that share one of the rarest pairs of the title."""
    named = [
        pair for pair in likeness.pairs(title) if not any(char.isascii() for char in pair)
    ]  # as the index has them
    return newest_with(ISSUES, weights().rarest(named, RAREST), FOUND)


def _likest(said: Said, rows: Iterable[Issue], *, typed: bool) -> list[Like]:
    compare = likeness.typed if typed else likeness.likeness
    known = weights()
    scored = [(compare(said, Said.of(row.title, row.text), known), row) for row in rows]
    best = sorted((pair for pair in scored if pair[0] >= LEAST), key=lambda pair: (-pair[0], -pair[1].pk))
    return [Like(row, likeness.percent(score)) for score, row in best[:SHOWN]]


def many_ask(title: str, text: str, enterprise: Enterprise) -> bool:
    """Whether many other enterprises asked the like lately; all that an enterprise is told of them."""
    if len(title.strip()) < SHORTEST:
        return False
    rows = recent(Issue.objects.filter(pk__in=_candidates(title)), now()).exclude(enterprise=enterprise)
    said, known = Said.of(title, text), weights()
    alike = {
        row.enterprise_id
        for row in rows.only("enterprise_id", "title", "text")
        if likeness.typed(said, Said.of(row.title, row.text), known) >= LEAST
    }
    return len(alike) >= MANY


# -- what has come back -----------------------------------------------------------------------------------------------


def closed_before(issue: Issue, at: datetime) -> QuerySet[Issue]:
    """The same enterprise's cases that were closed within the time in which a matter comes back."""
    rows = Issue.objects.filter(enterprise_id=issue.enterprise_id, closed_at__gte=at - RECENT, closed_at__lte=at)
    over = Q(closing__in=[Issue.Closing.MERGED, Issue.Closing.PARTLY, Issue.Closing.WITHDRAWN])  # it goes on elsewhere
    return rows.filter(status=S.CLOSED).exclude(over).exclude(pk=issue.pk)


def come_back(issue: Issue, at: datetime) -> Like | None:
    """The closed case of which this one surely is a return: same enterprise and category, the like said."""
    rows = closed_before(issue, at).filter(category_id=issue.category_id).order_by("-closed_at", "-pk")[:OWN]
    said = Said.of(issue.title, issue.text)
    likest = _likest(said, rows, typed=False)
    return likest[0] if likest and likest[0].percent >= likeness.percent(SURE) else None
