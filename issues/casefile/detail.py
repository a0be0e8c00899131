"""What the page of one case reads: the case, its turn and clock, the people around it, what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Exists, OuterRef
from django.utils.translation import gettext as _

from enterprises.models import Contact
from foundation.accounts.permissions import Permission
from foundation.clocks import calendar
from foundation.clocks.localtime import start_of_day, today
from foundation.clocks.models import Clock
from foundation.clocks.queries import latest
from issues import lifecycle
from issues.desk.ledger import state
from issues.forms.gaps import AttachForm
from issues.limits import timing
from issues.limits.warnings import LABELS as LIMITS
from issues.models import CoHandling, Extension, Handling, Issue, IssueWatch, PolicyGap, PolicyGapCase
from issues.unread import seen_until
from liaison.models import Assignment


def case_of(user: Any, pk: int) -> Issue:
    """The case with what its page names, if this person may see it; Issue.DoesNotExist otherwise."""
    related = (
        "category",
        "rule",
        "enterprise__park",
        "enterprise__town",
        "department",
        "handler",
        "project",
        "visit",
        "registered_by",
        "follows",
    )
    watched = Exists(IssueWatch.objects.visible_to(user).filter(issue=OuterRef("pk")))
    rows = Issue.objects.visible_to(user).select_related(*related)
    issue = rows.annotate(watched=watched, seen_until=seen_until(user)).get(pk=pk)
    if issue.rule and issue.rule.category_id == issue.category_id:
        issue.rule.category = issue.category
    return issue


def badge(issue: Issue) -> tuple[str, str]:
    """Shape and words of the case's state, from its mirrored columns."""
    shape, said, _limit = state(vars(issue), today(), calendar.current())
    title = {"y": _("黄牌 · "), "r": _("红牌 · ")}.get(shape, "")
    return shape, title + said


def turn_of(issue: Issue) -> Handling | None:
    """The newest turn of the case that was not sent back."""
    turn = issue.handlings.select_related("department").order_by("-round").first()
    return turn if turn and turn.ended != Handling.Ended.RETURNED else None


def proof_clock(issue: Issue, turn: Handling | None) -> Clock | None:
    """The clock whose days are proven: the one that is due first, else the resolve clock."""
    if turn is None:
        return None
    return latest(issue.clock_kind or timing.RESOLVE, turn.pk)


def clock_label(clock: Clock | None) -> str:
    """Which limit a clock measures."""
    return str(LIMITS.get(clock.kind, "")) if clock else ""


def enterprise_card(issue: Issue, user: Any) -> dict[str, Any]:
    """Who the enterprise is, whom to call, who serves it, and how its year went."""
    team = (
        Assignment.objects.active().filter(enterprise=issue.enterprise).select_related("user__department", "department")
    )
    year = Issue.objects.filter(
        enterprise=issue.enterprise, registered_at__gte=start_of_day(today().replace(month=1, day=1))
    )
    return {
        "contact": None if issue.contact_name else Contact.objects.filter(enterprise=issue.enterprise).first(),
        "team": sorted(team, key=lambda one: list(Assignment.Kind).index(Assignment.Kind(one.kind))),
        "year": year.aggregate(count=Count("pk"), mean=Avg("rating")),
    }


def extensions_of(turn: Handling | None) -> list[Extension]:
    return list(turn.extensions.select_related("requested_by", "decided_by")) if turn else []


@dataclass(frozen=True)
class GapCard:
    """The missing policy that a case waits for, and the form with which it may be named otherwise."""

    gap: PolicyGap | None
    form: AttachForm | None


def gap_of(issue: Issue, user: Any, *, referred: bool = False) -> GapCard | None:
    """For a case without a policy, or referred upward, before somebody who may open the register."""
    lacks = issue.resolution == Issue.Resolution.NEEDS_POLICY
    if not (lacks or referred or issue.reopened_count) or not user.may(Permission.POLICY_GAP_VIEW):
        return None
    link = PolicyGapCase.objects.visible_to(user).filter(issue=issue).select_related("gap").first()
    if link is None and not lacks:
        return None
    names = user.may(Permission.DISTRICT_SCOPE) or lifecycle.Case(issue, user).has_department
    may = lacks and names and user.may(Permission.POLICY_GAP_ATTACH)
    return GapCard(link.gap if link else None, AttachForm(issue=issue, user=user, auto_id="gap_%s") if may else None)


def helpings_of(issue: Issue) -> list[CoHandling]:
    """The departments that help or helped, with what they said."""
    return list(issue.co_handlings.select_related("department", "invited_by__department"))
