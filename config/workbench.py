"""The first screen: for each role what today is about, composed from the floors below."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enterprises.models import EnterpriseStaff
from foundation.accounts.access import requires
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission, Role
from foundation.clocks.localtime import SHANGHAI, today
from issues import workbench as cases
from issues.calling import calls
from liaison.queries.month import CadreMonth, cadre_month
from supervision import pages
from supervision.drilldown import period_words
from supervision.periods import month_of
from supervision.standings import standings

# What a person who holds one administrator role comes for.
CONSOLES = {
    Role.SYSTEM_ADMIN: "imports:list",
    Role.SECURITY_ADMIN: "accounts:users",
    Role.AUDITOR: "audit:list",
}
NEXT_SHOWN = 6
CALLS_SHOWN = 5


@requires(Permission.SIGNED_IN)
@require_safe
def workbench(request: HttpRequest) -> HttpResponse:
    """Leaders and supervisors land on the dashboard, administrators on their console, the others on their day."""
    user: User = request.user  # type: ignore[assignment]
    console = next((page for role, page in CONSOLES.items() if user.has_role(role)), None)
    working = user.has_role(Role.ENTERPRISE, Role.CADRE, Role.HANDLER, Role.DEPARTMENT_HEAD, Role.OFFICE)
    if not working and user.may(Permission.DASHBOARD_VIEW):
        return redirect("supervision:dashboard")
    if not working and console:
        return redirect(console)
    return render(request, "workbench/home.html", context(user))


def context(user: User) -> dict[str, Any]:
    """The cards of every role this person holds, most urgent first."""
    month = cadre_month(user) if user.has_role(Role.CADRE) else None
    queues = queues_of(user)
    appeals = cases.appeals(user) if user.has_role(Role.ENTERPRISE) else None
    staff = EnterpriseStaff.objects.filter(user=user).select_related("enterprise").first() if appeals else None
    return {
        "enterprise": staff.enterprise if staff else None,
        "greeting": greeting(timezone.now()),
        "line": headline(month, queues, appeals),
        "today": today(),
        "month": month,
        "next": month.next[:NEXT_SHOWN] if month else [],
        "missed": month.missed if month else [],
        "queues": queues,
        "figures": cases.figures(user) if user.has_role(Role.OFFICE, Role.HANDLER, Role.DEPARTMENT_HEAD) else [],
        "office": user.has_role(Role.OFFICE) and not user.has_role(Role.HANDLER, Role.DEPARTMENT_HEAD),
        "requests": cases.extensions(user) if user.may(Permission.ISSUE_APPROVE) else [],
        "calls": calls.queue(user, CALLS_SHOWN) if user.may(Permission.CALL_RECORD) else None,
        "appeals": appeals,
        "drafts": cases.drafts(user) if appeals else [],
        "score": own_score(user) if user.has_role(Role.DEPARTMENT_HEAD) else None,
    }


def queues_of(user: User) -> list[cases.Queue]:
    found = []
    if user.has_role(Role.OFFICE):
        found += [cases.arbitration(user), cases.intake(user), cases.red_list(user)]
    if user.has_role(Role.HANDLER, Role.DEPARTMENT_HEAD):
        found.append(cases.department_queue(user))
        if asked := cases.helping(user):
            found.append(asked)
    if user.has_role(Role.CADRE):
        found.append(cases.of_my_enterprises(user))
    return found


def headline(month: CadreMonth | None, queues: list[cases.Queue], appeals: cases.Queue | None) -> str:
    """What today is about, in a few words."""
    if month and month.left:
        return _("本月还有 %(n)d 家企业要走访") % {"n": month.left}
    if month and month.owed:
        return _("本月走访已全部完成")
    waiting = sum(queue.count for queue in queues)
    if waiting:
        return _("有 %(n)d 件诉求待处理") % {"n": waiting}
    if appeals:
        ours = sum(row.status in cases.OURS for row in appeals.rows)
        return _("有 %(n)d 件诉求等您处理") % {"n": ours} if ours else ""
    return _("今天没有待处理的诉求")


def greeting(now: datetime) -> str:
    hour = now.astimezone(SHANGHAI).hour
    if hour < 6:
        return _("夜深了")
    if hour < 12:
        return _("上午好")
    return _("下午好") if hour < 18 else _("晚上好")


def own_score(user: User) -> dict[str, Any] | None:
    """This month's score of the person's department, with its parts and their rows."""
    result = standings(month_of(today()))
    standing = result.of(user.department.code) if user.department else None
    if standing is None:
        return None
    return {
        "standing": standing,
        "period": result.period,
        "ranked": result.ranked,
        "state": period_words(result.period, result.snapshot is not None),
        "parts": pages.explained(result, standing),
    }
