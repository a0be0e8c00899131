"""Queues for the first screens: short lists of cases that wait for somebody, as ledger rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Case, F, Q, QuerySet, When
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import Permission
from foundation.clocks.levels import RED
from foundation.clocks.queries import badge
from issues.desk import ledger
from issues.models import AppealDraft, CoHandling, Extension, Issue
from liaison.models import Assignment

SHOWN = 10
S = Issue.Status
OURS = (S.WAITING, S.RESOLVED)  # the enterprise is to answer or to confirm


@dataclass(frozen=True)
class Queue:
    """A titled list with its whole count and the ledger view that shows the rest."""

    title: str | Promise
    rows: list[ledger.Row]
    count: int
    url: str
    empty: str | Promise
    hint: str | Promise = ""
    own: bool = False  # one department has them all, or none: the category helps more than its name
    staged: bool = True  # its rows stand in different stages


@dataclass(frozen=True)
class Figure:
    """A count of open cases and the ledger view that shows them; red only where there are red cards."""

    label: str | Promise
    value: int
    url: str
    tone: str = ""


SHOWN_FIGURES = ("mine", "accept", "red", "yellow", "waiting", "resolved")


def figures(user: Any) -> list[Figure]:
    """How many cases stand where, in one query."""
    numbers = ledger.counts(user)
    page = reverse("issues:list")
    found = [
        Figure(view.label, numbers[view.key], f"{page}?view={view.key}", "r" if view.levels == ledger.REDS else "")
        for view in ledger.views_for(user)
        if view.key in SHOWN_FIGURES and (numbers[view.key] or not view.whose)
    ]
    due = Figure(_("今日到期"), numbers["due_today"], f"{page}?view=open&due=today")
    return [due, *found]


def department_queue(user: Any) -> Queue:
    """Open cases that lie with my department, what is due first on top."""
    own = Q(department__in=user.department_scope(), status__in=[S.DISPATCHED, S.HANDLING, S.WAITING, S.REFERRED])
    return _queue(
        _("本部门待办"),
        Issue.objects.open().filter(own),
        "?view=open",
        _("没有待办诉求"),
        _("专班交办后会出现在这里。"),
        own=True,
    )


def helping(user: Any) -> Queue | None:
    """Cases with which my department is asked to help, by its own limit; none where nobody asks."""
    asked = CoHandling.objects.open().filter(department__in=user.department_scope()).order_by("due_at", "pk")
    first = list(asked.select_related("department")[:SHOWN])
    if not first:
        return None
    values = Issue.objects.filter(pk__in=[one.issue_id for one in first]).values(*ledger.COLUMNS)
    cases = {row.pk: row for row in ledger.rows(values)}
    found = [_helped(cases[one.issue_id], one) for one in first]
    count = len(found) if len(found) < SHOWN else asked.count()
    scope = user.department_id if user.department_id else ""
    title, hint = _("待我部门协办"), _("点开后用“协办回复”。")
    return Queue(title, found, count, f"?view=open&helping={scope}", "", hint)


def _helped(row: ledger.Row, one: CoHandling) -> ledger.Row:
    """The case with the limit of the department that helps."""
    assert one.due_on is not None
    said = badge(level=one.level, due_on=one.due_on)
    return replace(row, shape=said.shape, words=said.words, limit=one.wanted[:40])


def intake(user: Any) -> Queue:
    """Registered or returned cases that wait for dispatch, the oldest first."""
    rows = Issue.objects.visible_to(user).open().filter(status__in=[S.REGISTERED, S.RETURNED])
    return _queue(
        _("待交办"),
        rows,
        "?view=intake",
        _("没有待交办的诉求"),
        _("企业提交、走访登记或被退回的诉求会出现在这里。"),
        "registered_at",
        own=True,
        staged=False,
    )


def arbitration(user: Any) -> Queue:
    """Cases returned twice that wait for a ruling."""
    rows = Issue.objects.visible_to(user).open().filter(status=S.ARBITRATION)
    return _queue(
        _("待裁定"),
        rows,
        "?view=arbitration",
        _("没有待裁定的诉求"),
        _("第二次被退回的诉求会出现在这里。"),
        "last_event_at",
        own=True,
        staged=False,
    )


def red_list(user: Any) -> Queue:
    """Overdue cases within sight, the longest overdue first."""
    rows = Issue.objects.visible_to(user).open().filter(level__gte=RED)
    return _queue(
        _("红牌清单"),
        rows,
        "?view=red",
        _("没有红牌"),
        _("有诉求超过期限时会列在这里。"),
        staged=False,
    )


def of_my_enterprises(user: Any) -> Queue:
    """Open cases of the enterprises and projects I serve."""
    serving = Assignment.objects.active().filter(user=user)
    mine = Q(enterprise__in=serving.values("enterprise_id")) | Q(project__in=serving.values("project_id"))
    return _queue(
        _("我联系企业的诉求"),
        Issue.objects.open().filter(mine),
        "?view=open",
        _("没有在办诉求"),
        _("走访时登记的问题会出现在这里。"),
    )


def appeals(user: Any) -> Queue:
    """My enterprise's open cases, those that wait for us first."""
    rows = Issue.objects.visible_to(user).open()
    found = ledger.public_rows(ours_first(rows).values(*ledger.COLUMNS)[:SHOWN])
    return Queue(
        _("办理中的诉求"),
        found,
        _count(found, rows),
        "",
        _("没有办理中的诉求"),
        _("遇到困难,一分钟就能提交,进展随时可查。"),
    )


def drafts(user: Any) -> list[AppealDraft]:
    """What this person has begun to write and not sent."""
    return list(AppealDraft.objects.visible_to(user).unsent().counted())


def ours_first(rows: QuerySet[Issue]) -> QuerySet[Issue]:
    """The enterprise's cases, those that wait for it on top, then the newest."""
    waits = Case(When(status__in=OURS, then=0), default=1)
    return rows.order_by(waits, "-last_public_event_at", "-pk")


def extensions(user: Any) -> list[Extension]:
    """Requests for more days that this person may decide."""
    waiting = Extension.objects.filter(state=Extension.State.REQUESTED).exclude(requested_by=user)
    if not user.may(Permission.DISTRICT_SCOPE):
        waiting = waiting.filter(handling__department__in=user.department_scope())
    return list(waiting.select_related("handling__issue", "requested_by").order_by("requested_at")[:SHOWN])


def _queue(title: Any, rows: QuerySet[Issue], url: str, empty: Any, hint: Any, order: str = "", **more: bool) -> Queue:
    ordered = rows.order_by(order, "pk") if order else rows.order_by(F("due_at").asc(nulls_last=True), "pk")
    found = ledger.rows(ordered.values(*ledger.COLUMNS)[:SHOWN])
    return Queue(title, found, _count(found, rows), url, empty, hint, **more)


def _count(found: list[ledger.Row], rows: QuerySet[Issue]) -> int:
    return len(found) if len(found) < SHOWN else rows.count()
