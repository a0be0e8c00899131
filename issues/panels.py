"""What the ledger shows on the floors below: cases on an enterprise's or project's page, counts in the navigation."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from enterprises.panels import Panel
from enterprises.panels import register as hang
from foundation.accounts.permissions import Permission, Role
from foundation.clocks.levels import RED
from foundation.ui import badges
from foundation.ui.badges import Badge
from issues.calling import calls
from issues.desk import ledger
from issues.models import Issue
from projects.models import Project

SHOWN = 8
S = Issue.Status


def register() -> None:
    """Called once when the apps are ready."""
    hang(Enterprise, Panel("issues", _("诉求"), 30, "issues/panel.html", of_enterprise, Permission.ISSUE_VIEW))
    hang(Project, Panel("issues", _("诉求"), 30, "issues/panel.html", of_project, Permission.ISSUE_VIEW))
    badges.register("issues", mine_to_do)
    badges.register("appeals", waiting_for_me)
    badges.register("calls", calls.to_do)


def of_enterprise(enterprise: Enterprise, user: Any) -> dict[str, Any]:
    return _panel(Issue.objects.visible_to(user).filter(enterprise=enterprise), enterprise.name)


def of_project(project: Project, user: Any) -> dict[str, Any]:
    return _panel(Issue.objects.visible_to(user).filter(project=project), "")


def _panel(rows: Any, words: str) -> dict[str, Any]:
    open_first = rows.order_by(F("closed_at").desc(nulls_first=True), "-registered_at")
    numbers = rows.order_by().aggregate(all=Count("pk"), open=Count("pk", filter=Q(closed_at__isnull=True)))
    return {"rows": ledger.rows(open_first.values(*ledger.COLUMNS)[:SHOWN]), "numbers": numbers, "words": words}


def mine_to_do(user: Any) -> Badge | None:
    """Cases that wait for this person's desk: red ones in the department, intake and arbitration for the office."""
    if user.may(Permission.ISSUE_DISPATCH):
        waiting = Issue.objects.filter(status__in=[S.REGISTERED, S.RETURNED, S.ARBITRATION])
        return Badge(waiting.count())
    if user.may(Permission.ISSUE_HANDLE) or user.has_role(Role.SUPERVISOR, Role.LEADER):
        return Badge(Issue.objects.visible_to(user).open().filter(level__gte=RED).count(), hot=True)
    return None


def waiting_for_me(user: Any) -> Badge | None:
    """The enterprise's cases that wait for its answer or confirmation."""
    return Badge(Issue.objects.visible_to(user).filter(status__in=[S.WAITING, S.RESOLVED]).count())
