"""Cases like another, or like what is being typed: few candidates by an index, then compared one by one."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

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


_kept: dict[str, Weights] = {}  # by its stamp, what this process has read: some fifty thousand pairs


def weights() -> Weights:
    """How common pairs are in the newest cases; counted once a day, read once a process."""
    stamp = cache.get("issues:pairs:stamp")
    found = _kept.get(stamp) or cache.get(f"issues:pairs:{stamp}") if stamp else None
    if found is None:
        stamp, found = uuid.uuid4().hex, _counted()
        cache.set(f"issues:pairs:{stamp}", found, KEPT)
        cache.set("issues:pairs:stamp", stamp, KEPT)
    if stamp not in _kept:
        _kept.clear()
        _kept[stamp] = found
    return found


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
    return _likest(Said.of(title, text), rows, typed=but is None)


def _candidates(title: str) -> list[int]:
    """The newest cases that share one of the rarest pairs of the title."""
    named = [
        pair for pair in likeness.pairs(title) if not any(char.isascii() for char in pair)
    ]  # as the index has them
    return newest_with(ISSUES, weights().rarest(named, RAREST), FOUND)


class Told(NamedTuple):
    """What is compared of a case."""

    pk: int
    title: str
    text: str


def _likest(said: Said, rows: QuerySet[Issue], *, typed: bool) -> list[Like]:
    """The likest of these cases; only they are read as a whole."""
    best = likest(said, [Told(*one) for one in rows.values_list("pk", "title", "text")], typed=typed)
    found = Issue.objects.select_related("enterprise", "department").in_bulk([pk for _score, pk in best])
    return [Like(found[pk], likeness.percent(score)) for score, pk in best if pk in found]


def likest(said: Said, told: Iterable[Told], *, typed: bool) -> list[tuple[float, int]]:
    """How like, and which: the likest first, then the newest."""
    scored = _typed(said, told) if typed else _compared(said, told)
    return sorted((pair for pair in scored if pair[0] >= LEAST), key=lambda pair: (-pair[0], -pair[1]))[:SHOWN]


def _typed(said: Said, told: Iterable[Told]) -> Iterator[tuple[float, int]]:
    """Every one of them: what is typed as a title may stand in a text."""
    known = weights()
    for one in told:
        yield likeness.typed(said, Said.of(one.title, one.text), known), one.pk


def _compared(said: Said, told: Iterable[Told]) -> Iterator[tuple[float, int]]:
    """By title, the likest first, until no text can make one of the rest as like as the best that are found."""
    known = weights()
    titled = [(likeness.at_most(said, likeness.pairs(one.title), known), one) for one in told]
    best: list[float] = []
    for most, one in sorted(titled, key=lambda pair: -pair[0]):
        if most < LEAST or (len(best) == SHOWN and most < best[0]):
            return
        score = likeness.likeness(said, Said.of(one.title, one.text), known)
        heapq.heappush(best, score)
        if len(best) > SHOWN:
            heapq.heappop(best)
        yield score, one.pk


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
