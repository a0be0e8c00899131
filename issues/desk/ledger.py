"""The ledger's views and rows: one aggregate for the counts, one query for a page, words worked out in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.permissions import Permission
from foundation.clocks import calendar, wording
from foundation.clocks.deadlines import overdue
from foundation.clocks.localtime import end_of_day, local_date, today
from foundation.clocks.models import Level
from issues import lifecycle
from issues.casefile import stages
from issues.models import Event, Issue, IssueWatch

S = Issue.Status
SAID_BY = ("status", "level", "due_at", "clock_kind", "due_provisional", "waiting_since")
MOMENT = timedelta(microseconds=1)
PER_PAGE = 50
SORTS = {
    "due": "due_at", "number": "number", "registered": "registered_at", "last": "last_event_at", "rating": "rating",
    "resolved": "resolved_at", "closed": "closed_at",
}  # fmt: skip
COLUMNS = (
    "pk", "number", "title", "status", "level", "due_at", "clock_kind", "clock_started_at", "due_provisional",
    "waiting_since", "listed_until", "registered_at", "last_event_at", "last_public_event_at",
    "enterprise__name", "enterprise__park__name",
    "enterprise__town__name", "department__name", "department__short_name", "category__name",
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """A built-in tab: the rows it holds, and who finds it useful. Open ones are counted, in one query for all."""

    key: str
    label: str | Promise
    permission: Permission = Permission.ISSUE_VIEW
    statuses: tuple[str, ...] = ()  # none: every stage
    levels: tuple[int, ...] = ()  # none: every level
    open: bool | None = True  # None: open and closed
    whose: str = ""  # a key of WHOSE; none: everybody's
    seldom: bool = False  # the first to fold away where the tabs do not fit

    def rows(self, user: Any) -> Q:
        """What its rows have in common."""
        found = Q() if self.open is None else Q(closed_at__isnull=self.open)
        if self.statuses:
            found &= Q(status__in=self.statuses)
        if self.levels:
            found &= Q(level__in=self.levels)
        return found & WHOSE[self.whose](user) if self.whose else found

    def serves(self, user: Any) -> bool:
        """Whether this person has use for it: whoever sees the whole district has no department's corner of it."""
        if self.whose == "department" and (user.department_id is None or user.may(Permission.DISTRICT_SCOPE)):
            return False
        return user.may(self.permission)

    def count(self, groups: Iterable[Mapping[str, Any]]) -> int:
        """How many of the counted groups fall under it."""
        return sum(
            group[self.whose or "all"]
            for group in groups
            if (not self.statuses or group["status"] in self.statuses)
            and (not self.levels or group["level"] in self.levels)
        )


WHOSE: Mapping[str, Callable[[Any], Q]] = {
    "mine": lambda user: Q(handler=user) | Q(registered_by=user),
    "department": lambda user: Q(department__in=user.department_scope()),
    "watched": lambda user: Q(pk__in=IssueWatch.objects.visible_to(user).values("issue_id")),
    "listed": lambda user: Q(listed_until__isnull=False),
}
REDS = (Level.RED.value, Level.ESCALATED.value)
VIEWS: tuple[View, ...] = (
    View("open", gettext_lazy("全部在办")),
    View("mine", gettext_lazy("我的"), whose="mine"),
    View("department", gettext_lazy("本部门"), whose="department"),
    View("watched", gettext_lazy("关注"), whose="watched"),
    View("intake", gettext_lazy("待交办"), Permission.ISSUE_DISPATCH, (S.REGISTERED, S.RETURNED)),
    View("arbitration", gettext_lazy("待裁定"), Permission.ISSUE_ARBITRATE, (S.ARBITRATION,)),
    View("accept", gettext_lazy("待签收"), Permission.ISSUE_HANDLE, (S.DISPATCHED,)),
    View("red", gettext_lazy("红牌"), levels=REDS),
    View("yellow", gettext_lazy("黄牌"), levels=(Level.YELLOW.value,)),
    View("listed", gettext_lazy("挂牌"), Permission.ISSUE_LIST, whose="listed"),
    View("waiting", gettext_lazy("待企业补充"), statuses=(S.WAITING,), seldom=True),
    View("resolved", gettext_lazy("待企业确认"), statuses=(S.RESOLVED,), seldom=True),
    View("closed", gettext_lazy("已销号"), open=False, seldom=True),
    View("all", gettext_lazy("全部"), open=None, seldom=True),
)
BY_KEY = {view.key: view for view in VIEWS} | {"registered": next(view for view in VIEWS if view.key == "intake")}


def views_for(user: Any) -> list[View]:
    """The built-in tabs this person has use for."""
    return [view for view in VIEWS if view.serves(user)]


def asked_view(user: Any, key: str) -> View:
    """The tab the address names; nonsense means the first."""
    view = BY_KEY.get(key)
    return view if view and view.serves(user) else VIEWS[0]


KEPT = 5  # seconds


def counts(user: Any) -> dict[str, int]:
    """How many open cases each of the person's tabs holds, and how many fall due today.

    Counted again as soon as anything has happened to any case: every change of one writes an event. What moves a
    case into somebody's sight without one (a new assignment) shows within `KEPT` seconds.
    """
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first()
    key = f"ledger:{user.pk}:{newest}:{today()}"
    return cache.get_or_set(key, lambda: _counted(user), KEPT)  # type: ignore[return-value]


def _counted(user: Any) -> dict[str, int]:
    """All of them in one query."""
    due_today = Q(due_at__lte=end_of_day(today()), level__lt=Level.RED)
    whose = {view.whose: Count("pk", filter=WHOSE[view.whose](user)) for view in views_for(user) if view.whose}
    groups = list(
        Issue.objects.visible_to(user)
        .open()
        .order_by()
        .values("status", "level")
        .annotate(all=Count("pk"), due_today=Count("pk", filter=due_today), **whose)
    )
    numbers = {view.key: view.count(groups) for view in views_for(user) if view.open}
    return numbers | {"due_today": sum(group["due_today"] for group in groups)}


def ordered(rows: QuerySet, asked: str, view: View) -> QuerySet:
    """By the column asked for; without one, open cases by what is due first, closed ones by the newest."""
    field = SORTS.get(asked.lstrip("-"))
    if field is None:
        return rows.order_by(*((_due(), "-pk") if view.open else ("-registered_at", "-pk")))
    back = asked.startswith("-")
    if field == "due_at":
        return rows.order_by(_due(back), "-pk")
    return rows.order_by(f"-{field}", "-pk") if back else rows.order_by(field, "pk")


def _due(back: bool = False) -> OrderBy:
    """What has no limit comes last, whichever way round."""
    return F("due_at").desc(nulls_last=True) if back else F("due_at").asc(nulls_last=True)


# -- one row ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the ledger, ready to print."""

    pk: int
    number: str
    title: str
    enterprise: str
    place: str
    department: str
    category: str
    stage: str
    status: str
    shape: str
    words: str
    limit: str
    percent: int
    tone: str
    last_event_at: datetime
    v: Mapping[str, Any]  # the values it was made of, for columns that only some people choose

    @property
    def reached(self) -> int:
        """How far of five steps: registered, handed over, in hand, resolved, confirmed."""
        return REACHED.get(S(self.status), 1)


REACHED = {
    S.DISPATCHED: 2,
    S.HANDLING: 3,
    S.WAITING: 3,
    S.REFERRED: 3,
    S.MERGED: 3,
    S.RESOLVED: 4,
    S.CLOSED: 5,
    S.DECLINED: 5,
}


def rows(page: Iterable[dict[str, Any]]) -> list[Row]:
    """Lines for the values of COLUMNS."""
    now = timezone.now()
    day, working = local_date(now), calendar.current()
    labels = {stage.value: str(stage.label) for stage in S}
    said: dict[tuple[Any, ...], tuple[str, str, str]] = {}  # many cases share a limit and its words
    found = []
    for values in page:
        key = (*(values[name] for name in SAID_BY), None if values["due_at"] else values["registered_at"])
        if key not in said:
            said[key] = state(values, day, working)
        found.append(_row(values, now, labels[values["status"]], said[key]))
    return found


def public_rows(page: Iterable[dict[str, Any]]) -> list[Row]:
    """The same as the enterprise may read it: no dispute inside, the office where no department has it."""
    found = []
    for row, values in zip(rows(page), page, strict=True):
        facts: dict[str, Any] = {
            "stage": public_stage(values["status"]),
            "last_event_at": values["last_public_event_at"],
            "limit": _public_limit(values),
        }
        if not values["department__name"]:
            facts["department"] = _("企业服务办公室")
        found.append(replace(row, **facts))
    return found


def _public_limit(v: Mapping[str, Any]) -> str:
    facts = {"waiting": v["waiting_since"] is not None, "referred": v["status"] == S.REFERRED}
    return stages.limit(v["clock_kind"], v["due_at"], provisional=v["due_provisional"], **facts)


def public_stage(status: str) -> str:
    """The stage in the enterprise's words."""
    own = {S.WAITING: _("待您补充"), S.RESOLVED: _("待您确认")}
    return own.get(S(status)) or str(lifecycle.PUBLIC_STATUS.get(S(status), S(status)).label)


def _row(v: Mapping[str, Any], now: datetime, stage: str, said: tuple[str, str, str]) -> Row:
    shape, words, limit = said
    department = v["department__short_name"] or v["department__name"]
    return Row(
        pk=v["pk"],
        number=v["number"],
        title=v["title"],
        enterprise=v["enterprise__name"],
        place=v["enterprise__park__name"] or v["enterprise__town__name"] or "",
        department=department or stage,
        category=v["category__name"],
        stage=stage,
        status=v["status"],
        shape=shape,
        words=words,
        limit=limit,
        percent=_percent(v, now),
        tone={"y": "y", "r": "r", "g": "g"}.get(shape, ""),
        last_event_at=v["last_event_at"],
        v=v,
    )


def state(v: Mapping[str, Any], day: date, working: Any) -> tuple[str, str, str]:
    """Shape, words and limit of a case from its mirrored columns."""
    status = v["status"]
    if status in (S.CLOSED, S.DECLINED):
        return "g", str(S(status).label), "—"
    if status == S.MERGED:
        return "p", str(S.MERGED.label), _("随主件办理")
    if v["waiting_since"] is not None:
        stood = overdue(day, local_date(v["waiting_since"]), working)
        limit = _("已停 %(n)d 个工作日") % {"n": stood} if stood else _("今日起暂停")
        return "p", str(wording.paused_words()), limit
    if v["due_at"] is None:
        return "n", _unlimited(v, day, working), "—"
    due_on = local_date(v["due_at"] - MOMENT)
    if status == S.RESOLVED:
        return "g", str(S.RESOLVED.label), _("%(day)s 前确认") % {"day": f"{due_on:%m-%d}"}
    words = wording.time_left(day, due_on, working, provisional=v["due_provisional"])
    if due_on == day:
        words = {"issue.accept": _("今日须签收"), "issue.first_reply": _("今日须答复")}.get(
            v["clock_kind"], _("今日须办结")
        )
    return wording.SHAPES[v["level"]], words, _limit(v, due_on, day)


def _unlimited(v: Mapping[str, Any], day: date, working: Any) -> str:
    """What is said of a case before a limit runs: how long it has been waiting."""
    if v["status"] != S.REGISTERED:
        return _("二次退回") if v["status"] == S.ARBITRATION else _("待重新交办")
    waited = overdue(day, local_date(v["registered_at"]), working)
    return _("已等 %(n)d 个工作日") % {"n": waited} if waited else _("新登记")


def _limit(v: Mapping[str, Any], due_on: date, day: date) -> str:
    what = {"issue.accept": _("签收"), "issue.first_reply": _("答复")}.get(v["clock_kind"], _("办结"))
    if due_on == day:
        return _("今天 24:00 前%(what)s") % {"what": what}
    if due_on < day:
        return _("应于 %(day)s %(what)s") % {"day": f"{due_on:%m-%d}", "what": what}
    return _("%(day)s 前%(what)s") % {"day": f"{due_on:%m-%d}", "what": what}


def _percent(v: Mapping[str, Any], now: datetime) -> int:
    """How much of the running limit is used up, 0–100."""
    started, due = v["clock_started_at"], v["due_at"]
    if not started or not due or due <= started:
        return 100 if v["status"] in (S.CLOSED, S.DECLINED) else 0
    return round(100 * min(1.0, max(0.0, (now - started) / (due - started))))
