"""Groups of recent cases about one thing: of one enterprise again and again, or of several with one cause.

Never every case with every other: equal titles are one, and a title is compared only with those that share one of its
rarest pairs of characters, within its category.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from issues.models import Issue, IssueCluster, IssueLink
from issues.repeats import likeness
from issues.repeats.likeness import Weights
from issues.repeats.similar import RECENT

Kind, State = IssueCluster.Kind, IssueCluster.State
ALIKE = 0.6  # titles less alike are not of one group
RAREST = 6  # pairs by which a title looks for its group
CROWDED = 300  # groups behind one pair: it says too little to look further
LEAST = {Kind.ENTERPRISE: 2, Kind.CAUSE: 3}  # cases of one enterprise; enterprises with one cause
VIEWS: tuple[tuple[str, str | Promise, dict[str, Any]], ...] = (
    ("cause", _("多家企业同类问题"), {"kind": Kind.CAUSE, "state": State.FOUND}),
    ("enterprise", _("同一企业重复反映"), {"kind": Kind.ENTERPRISE, "state": State.FOUND}),
    ("handled", _("已立共性问题"), {"state": State.HANDLED}),
    ("dismissed", _("已排除"), {"state": State.DISMISSED}),
)


class Facts(NamedTuple):
    """What is compared of a case."""

    pk: int
    enterprise_id: int
    category_id: int
    title: str
    registered_at: datetime
    open: bool


@dataclass
class Group:
    """Cases whose titles are like that of the one that leads."""

    title: str
    pairs: frozenset[str]
    members: list[tuple[Facts, int]] = field(default_factory=list)  # with how alike in percent


@dataclass(frozen=True)
class Found:
    """A group worth showing."""

    kind: IssueCluster.Kind
    title: str
    members: list[tuple[Facts, int]]  # the earliest first

    @property
    def anchor(self) -> Facts:
        return self.members[0][0]

    @property
    def enterprises(self) -> int:
        return len({case.enterprise_id for case, _percent in self.members})


def facts(at: datetime) -> Iterator[Facts]:
    """The cases of the last half year that still stand for themselves; one query, streamed."""
    gone = [Issue.Closing.MERGED, Issue.Closing.DECLINED, Issue.Closing.WITHDRAWN]
    rows = Issue.objects.filter(registered_at__gte=at - RECENT).exclude(status=Issue.Status.MERGED)
    rows = rows.exclude(closing__in=gone).exclude(channel__in=[Issue.Channel.FOLLOW_UP, Issue.Channel.CAUSE])
    values = rows.order_by("registered_at", "pk").values_list(
        "pk", "enterprise_id", "category_id", "title", "registered_at", "closed_at"
    )
    for pk, enterprise, category, title, registered_at, closed_at in values.iterator(chunk_size=5000):
        yield Facts(pk, enterprise, category, title, registered_at, closed_at is None)


def groups(cases: Iterable[Facts]) -> list[Group]:
    """Cases gathered by title, the commonest titles leading."""
    titles: dict[tuple[int, str], list[Facts]] = defaultdict(list)
    for case in cases:
        titles[case.category_id, "".join(filter(str.isalnum, case.title))].append(case)
    said = {key: likeness.pairs(key[1]) for key in titles}
    weights = Weights.counted(said.values())
    behind: dict[tuple[int, str], list[Group]] = defaultdict(list)
    found = []
    for key in sorted(titles, key=lambda key: (-len(titles[key]), titles[key][0].pk)):
        category, pairs = key[0], said[key]
        rare = weights.rarest(pairs, RAREST)
        group, score = _likest(pairs, (behind[category, pair] for pair in rare), weights)
        if group is None:
            group, score = Group(titles[key][0].title, pairs), 1.0
            found.append(group)
            for pair in pairs:
                if len(behind[category, pair]) < CROWDED:
                    behind[category, pair].append(group)
        group.members += [(case, likeness.percent(score)) for case in titles[key]]
    return found


def _likest(pairs: frozenset[str], near: Iterable[list[Group]], weights: Weights) -> tuple[Group | None, float]:
    """The group most like a title, if any is like enough."""
    candidates = {id(group): group for some in near for group in some}
    scored = [(likeness.alike(pairs, group.pairs, weights), group) for group in candidates.values()]
    score, group = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return (group, score) if score >= ALIKE else (None, 0.0)


def find(cases: Iterable[Facts], caused: set[int], dismissed: dict[str, set[int]]) -> list[Found]:
    """Groups large enough, without what was looked at and found not to be one, or has its case for the cause."""
    found = []
    for group in groups(cases):
        found += _worth(Kind.CAUSE, group, group.members, caused | dismissed[Kind.CAUSE])
        by_enterprise = defaultdict(list)
        for member in group.members:
            by_enterprise[member[0].enterprise_id].append(member)
        for members in by_enterprise.values():
            found += _worth(Kind.ENTERPRISE, group, members, dismissed[Kind.ENTERPRISE])
    return found


def _worth(kind: IssueCluster.Kind, group: Group, members: list[tuple[Facts, int]], without: set[int]) -> list[Found]:
    left = sorted((one for one in members if one[0].pk not in without), key=lambda one: one[0].pk)
    enough = len({case.enterprise_id for case, _percent in left}) if kind == Kind.CAUSE else len(left)
    return [Found(kind, group.title, left)] if enough >= LEAST[kind] else []


# -- the page ---------------------------------------------------------------------------------------------------------


def asked(key: str) -> tuple[str, dict[str, Any]]:
    """The tab the address names; nonsense means the first."""
    return next(((name, facts) for name, _label, facts in VIEWS if name == key), (VIEWS[0][0], VIEWS[0][2]))


def tabs(user: Any, active: str) -> list[dict[str, Any]]:
    """The tabs with the number of groups behind each, in one query."""
    groups = IssueCluster.objects.visible_to(user).order_by().values_list("kind", "state").annotate(Count("pk"))
    numbers = {(kind, state): number for kind, state, number in groups}
    found = []
    for key, label, wanted in VIEWS:
        count = sum(
            number
            for (kind, state), number in numbers.items()
            if state == wanted["state"] and wanted.get("kind", kind) == kind
        )
        found.append({"label": label, "url": f"?view={key}", "count": count, "active": key == active})
    return found


def listed(user: Any, wanted: dict[str, Any]) -> QuerySet[IssueCluster]:
    """The groups of a tab, the widest first."""
    rows = IssueCluster.objects.visible_to(user).filter(**wanted).select_related("category", "enterprise", "cause")
    return rows.order_by("-enterprises", "-size", "-last_at", "-pk")


def known_causes() -> set[int]:
    """The cases that have a case for their cause."""
    return set(IssueLink.objects.filter(kind=IssueLink.Kind.CAUSE).values_list("source_id", flat=True))
