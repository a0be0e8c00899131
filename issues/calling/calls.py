"""Follow-up calls for reading: the queue with its tabs, one call's sheet, and what the samples found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.models import Contact
from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission
from foundation.clocks import calendar, wording
from foundation.clocks.localtime import end_of_day, local_date, start_of_day, today
from foundation.ui.badges import Badge
from issues.models import CallKind, Event, FollowUpCall, Issue

Finding = FollowUpCall.Finding
MOMENT = timedelta(microseconds=1)
SHAPES = {Finding.SOLVED: "g", Finding.PARTLY: "n", Finding.UNSOLVED: "n", Finding.UNREACHED: "n", Finding.VOID: "n"}
RELATED = ("issue__enterprise", "handling__department", "done_by")
# tab → label and rows
VIEWS: dict[str, tuple[str | Promise, Q]] = {
    "open": (gettext_lazy("待回访"), Q(done_at__isnull=True)),
    "false": (gettext_lazy("没有真正解决"), Q(finding=Finding.UNSOLVED)),
    "partly": (gettext_lazy("部分解决"), Q(finding=Finding.PARTLY)),
    "solved": (gettext_lazy("确已解决"), Q(finding=Finding.SOLVED)),
    "unreached": (gettext_lazy("未联系上"), Q(finding=Finding.UNREACHED)),
    "all": (gettext_lazy("全部"), Q()),
}


def asked_view(key: str) -> str:
    """The tab the address names; nonsense means the first."""
    return key if key in VIEWS else "open"


def tabs(user: Any, active: str) -> list[dict[str, Any]]:
    """The tabs with their numbers, in one query."""
    rows = FollowUpCall.objects.visible_to(user)
    numbers = rows.order_by().aggregate(
        **{f"in_{key}": Count("pk", filter=found) if found else Count("pk") for key, (_label, found) in VIEWS.items()}
    )
    return [
        {"label": label, "url": f"?view={key}", "count": numbers[f"in_{key}"], "active": key == active}
        for key, (label, _found) in VIEWS.items()
    ]


def listed(user: Any, view: str) -> QuerySet[FollowUpCall]:
    """A tab's calls: open ones by what is due first, others by the newest."""
    rows = FollowUpCall.objects.visible_to(user).filter(VIEWS[view][1]).select_related(*RELATED)
    return rows.order_by("due_at", "pk") if view == "open" else rows.order_by("-drawn_at", "-pk")


def state(call: FollowUpCall) -> tuple[str, str]:
    """Shape and words of a call: what was found, or how long there is left."""
    if call.finding:
        return SHAPES[Finding(call.finding)], call.get_finding_display()
    if call.due_at is None:
        return "n", _("待回访")
    due_on = local_date(call.due_at - MOMENT)
    return wording.SHAPES[call.level], wording.time_left(today(), due_on, calendar.current())


def queue(user: Any, most: int) -> dict[str, Any]:
    """The first open calls for the workbench, and how many there are."""
    rows = list(listed(user, "open")[:most])
    for call in rows:
        call.shape, call.words = state(call)  # type: ignore[attr-defined]
    count = len(rows) if len(rows) < most else listed(user, "open").count()
    return {"rows": rows, "count": count}


def to_do(user: Any) -> Badge | None:
    """Open calls, beside the entry of those who make them."""
    if not user.may(Permission.CALL_RECORD):
        return None
    return Badge(FollowUpCall.objects.visible_to(user).open().count())


def contact_of(issue: Issue) -> Contact | None:
    """Whom to call where the case names nobody."""
    return None if issue.contact_phone else Contact.objects.filter(enterprise=issue.enterprise).first()


def follow_up_of(call: FollowUpCall) -> Issue | None:
    """The case that a partly solved one left over at this call."""
    if call.finding != Finding.PARTLY:
        return None
    event = Event.objects.filter(issue=call.issue_id, verb="called").first()
    return Issue.objects.filter(pk=event.data["follow_up"]["id"]).first() if event else None


# -- what the samples found -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sampled:
    """A department's sample, or the whole district's where `department` is None."""

    department: Department | None
    drawn: int
    done: int
    answered: int
    false: int
    partly: int
    first: date
    last: date

    @property
    def share(self) -> float | None:
        """Of those who answered, how many said it was not really solved; in percent."""
        return 100 * self.false / self.answered if self.answered else None

    def url(self, view: str) -> str:
        """The rows behind a figure."""
        narrowed = f"&department={self.department.pk}" if self.department else ""
        return f"{reverse('issues:calls')}?view={view}{narrowed}&drawn_after={self.first}&drawn_before={self.last}"

    @property
    def urls(self) -> dict[str, str]:
        return {view: self.url(view) for view in ("all", "false", "partly")}


def sampled(user: Any, first: date, last: date) -> tuple[list[Sampled], Sampled]:
    """Every department's sample among the calls drawn on these days, the worst first, and all together."""
    rows = FollowUpCall.objects.visible_to(user).filter(
        drawn_at__gte=start_of_day(first), drawn_at__lt=end_of_day(last)
    )
    figures = {
        "drawn": Count("pk"),
        "done": Count("pk", filter=Q(done_at__isnull=False)),
        "answered": Count("pk", filter=Q(finding__in=FollowUpCall.ANSWERED)),
        "false": Count("pk", filter=Q(finding=Finding.UNSOLVED)),
        "partly": Count("pk", filter=Q(finding=Finding.PARTLY)),
    }
    groups: list[Any] = list(rows.order_by().values(unit=F("handling__department")).annotate(**figures))
    units = Department.objects.in_bulk([group["unit"] for group in groups])
    found = [
        Sampled(units[group["unit"]], first=first, last=last, **{name: group[name] for name in figures})
        for group in groups
    ]
    total = {name: sum(group[name] for group in groups) for name in figures}
    found.sort(key=lambda one: (-(one.share or 0), -one.drawn, one.department.path if one.department else ""))
    return found, Sampled(None, first=first, last=last, **total)


def kinds_of(draw_cases: QuerySet) -> list[dict[str, Any]]:
    """How many of each kind took part in a draw and how many were chosen."""
    groups = draw_cases.order_by().values("kind").annotate(cases=Count("pk"), calls=Count("pk", filter=Q(chosen=True)))
    numbers = {group["kind"]: group for group in groups}
    empty = {"cases": 0, "calls": 0}
    return [{"label": kind.label, "key": kind.value} | numbers.get(kind.value, empty) for kind in CallKind]


def moment_range(days: int) -> tuple[date, date]:
    """The last so many days until today."""
    return today() - timedelta(days=days), today()


def of_case(issue: Issue, user: Any) -> FollowUpCall | None:
    """The call about a case that is or was closed, before somebody who may see it."""
    asked = issue.closed_at is not None or issue.reopened_count
    if not asked or not user.may(Permission.CALL_VIEW):
        return None
    call = FollowUpCall.objects.visible_to(user).filter(issue=issue).select_related("done_by").first()
    if call:
        call.shape, call.words = state(call)  # type: ignore[attr-defined]
    return call


def last_instant(at: datetime | None) -> date | None:
    """A limit as its last day."""
    return local_date(at - MOMENT) if at else None
