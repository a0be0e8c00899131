"""Reads of the policy-gap register: what may be done with a gap, its rows, and which gaps a case is like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enterprises.models import EnterpriseStaff
from foundation.accounts.permissions import Permission
from foundation.attachments.models import Attachment
from foundation.attachments.shown import shown
from issues.models import Issue, PolicyGap, PolicyGapCase, PolicyGapStep

State, Kind = PolicyGap.State, PolicyGapStep.Kind
ENDED = (State.AVAILABLE, State.CLOSED)
SORTS = {
    "title": "title",
    "enterprises": "asked_enterprises",
    "cases": "asked_cases",
    "opened": "opened_at",
    "last": "last_step_at",
}
READ, OFFERED = 300, 30  # gaps looked at when a case seeks its like, and offered


@dataclass(frozen=True)
class Verb:
    """What the office may do with a gap, and in which states."""

    key: str
    label: str | Promise
    from_: tuple[PolicyGap.State, ...]
    hint: str | Promise = ""


VERBS = {
    verb.key: verb
    for verb in (
        Verb("send", _("登记上报"), PolicyGap.ONGOING, _("报给哪一级、什么时间、什么文号;可以多次上报。")),
        Verb("answer", _("登记答复"), PolicyGap.ONGOING, _("上级怎么答复;政策已出台的,写明文件。")),
        Verb(
            "tell", _("告知企业"), (State.AVAILABLE,), _("发给每家提出过的企业,只发一次;企业在自己的诉求里也能看到。")
        ),
        Verb("edit", _("修改"), PolicyGap.ONGOING),
        Verb("merge", _("并入另一条"), PolicyGap.ONGOING, _("两条说的是同一件事时使用,诉求一并转过去。")),
        Verb("close", _("无政策结案"), PolicyGap.ONGOING, _("确定不会出台政策的,写明理由。")),
        Verb("reopen", _("重新跟进"), ENDED, _("政策覆盖不到,或有新的可能。")),
    )
}
# What is pressed next in each state.
NEXT = {State.OPEN: "send", State.SENT: "answer", State.ANSWERED: "send", State.AVAILABLE: "tell"}

VIEWS: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    ("", _("跟进中"), PolicyGap.ONGOING),
    (State.OPEN, State.OPEN.label, (State.OPEN,)),
    (State.SENT, State.SENT.label, (State.SENT,)),
    (State.ANSWERED, State.ANSWERED.label, (State.ANSWERED,)),
    (State.AVAILABLE, State.AVAILABLE.label, (State.AVAILABLE,)),
    (State.CLOSED, State.CLOSED.label, (State.CLOSED,)),
    ("all", _("全部"), (*PolicyGap.ONGOING, *ENDED)),
)


def asked_states(key: str) -> tuple[str, tuple[str, ...]]:
    """The tab the address names, and its states; nonsense means the first."""
    return next(((name, states) for name, _label, states in VIEWS if name == key), (VIEWS[0][0], VIEWS[0][2]))


def tabs(user: Any, active: str) -> list[dict[str, Any]]:
    """The states with the number of gaps in each, in one query."""
    groups = PolicyGap.objects.visible_to(user).order_by().values_list("state").annotate(Count("pk"))
    numbers = dict(groups)
    return [
        {
            "label": label,
            "url": f"?state={key}",
            "count": sum(numbers.get(state, 0) for state in states),
            "active": key == active,
        }
        for key, label, states in VIEWS
    ]


def listed(user: Any) -> QuerySet[PolicyGap]:
    """The register with how many enterprises and cases asked for each policy, and what went upward and came back."""
    letters = PolicyGapStep.objects.filter(kind__in=[Kind.SENT, Kind.ANSWERED, Kind.AVAILABLE]).order_by("-at", "-pk")
    return (
        counted(PolicyGap.objects.visible_to(user))
        .select_related("category")
        .prefetch_related(Prefetch("steps", letters, to_attr="letters"))
    )


def counted(rows: QuerySet[PolicyGap]) -> QuerySet[PolicyGap]:
    """With the numbers of enterprises and cases that asked."""
    return rows.annotate(
        asked_enterprises=Count("cases__issue__enterprise", distinct=True), asked_cases=Count("cases", distinct=True)
    )


def last(gap: PolicyGap, *kinds: str) -> PolicyGapStep | None:
    """The newest of the letters read with the gap."""
    return next((step for step in gap.letters if step.kind in kinds), None)  # type: ignore[attr-defined]


def at_hand(gap: PolicyGap, user: Any, untold: int) -> list[tuple[Verb, bool]]:
    """What this person may do with the gap now, the next step first and marked."""
    if not user.may(Permission.POLICY_GAP_EDIT):
        return []
    first = NEXT.get(State(gap.state))
    found = [verb for verb in VERBS.values() if gap.state in verb.from_ and (verb.key != "tell" or untold)]
    return [(verb, verb.key == first) for verb in sorted(found, key=lambda verb: verb.key != first)]


def cases(gap: PolicyGap, user: Any) -> QuerySet[PolicyGapCase]:
    """The cases that wait for it, as far as the user may see them."""
    account = EnterpriseStaff.objects.filter(enterprise=OuterRef("issue__enterprise"), user__is_active=True)
    rows = PolicyGapCase.objects.visible_to(user).filter(gap=gap)
    return rows.select_related("issue__enterprise", "issue__department").annotate(has_account=Exists(account))


def timeline(gap: PolicyGap, user: Any) -> list[PolicyGapStep]:
    """What happened, newest first, each step with its files."""
    steps = list(PolicyGapStep.objects.visible_to(user).filter(gap=gap).select_related("by__department"))
    files = Attachment.objects.visible_to(user).filter(
        owner_type=PolicyGapStep._meta.label_lower, owner_id__in=[step.pk for step in steps]
    )
    attached: dict[int, list[dict[str, Any]]] = {}
    for file in files:
        attached.setdefault(file.owner_id or 0, []).append(shown(file))
    for step in steps:
        step.files = attached.get(step.pk, [])  # type: ignore[attr-defined]
    return steps


# -- which gap a case belongs to --------------------------------------------------------------------------------------


def offered(issue: Issue, user: Any) -> list[PolicyGap]:
    """Gaps a case may wait for, the likest first: those of its category, then those with the most words in common."""
    rows = list(PolicyGap.objects.visible_to(user).ongoing()[:READ])
    own = pairs(f"{issue.title}{issue.text}")

    def likeness(gap: PolicyGap) -> tuple[bool, float]:
        words = pairs(gap.title)
        return gap.category_id == issue.category_id, len(own & words) / (len(words) or 1)

    return sorted(rows, key=likeness, reverse=True)[:OFFERED]


def pairs(text: str) -> set[str]:
    """Every two characters that stand together."""
    plain = [char for char in text if char.isalnum()]
    return {first + second for first, second in pairwise(plain)}


def choices(gaps: Iterable[PolicyGap], category_id: int) -> list[Any]:
    """The options of a form: none (a new one), those of the same category, the others."""
    rows = list(gaps)
    same = [(gap.pk, option(gap)) for gap in rows if gap.category_id == category_id]
    other = [(gap.pk, option(gap)) for gap in rows if gap.category_id != category_id]
    groups = [(_("同类缺口"), same), (_("其他缺口"), other)]
    return [("", _("列为新的缺口")), *((label, group) for label, group in groups if group)]


def option(gap: PolicyGap) -> str:
    return f"{gap.title}({gap.get_level_display()})"
