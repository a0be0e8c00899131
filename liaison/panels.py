"""The cards that liaison hangs on the pages of enterprises and projects."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from enterprises.panels import Panel, register
from foundation.accounts.permissions import Permission
from foundation.clocks import localtime
from liaison.forms import EndForm, HolderForm
from liaison.models import Assignment, Visit, VisitDuty
from liaison.plans import target_field
from liaison.queries import team
from liaison.queries.matrix import cell
from projects.models import Project

LATEST = 5


def team_context(target: Any, user: Any) -> dict[str, Any]:
    """The four parts; with the forms in place for those who may assign."""
    parts = team(target)
    may_edit = user.may(Permission.ASSIGNMENT_EDIT)
    return {
        "parts": [{"part": part, **(_forms(target, part.kind) if may_edit else {})} for part in parts],
        "past": [row for part in parts for row in part.past],
        "may_edit": may_edit,
    }


def _forms(target: Any, kind: str) -> dict[str, Any]:
    address = reverse("liaison:assign", args=[target_field(target), target.pk, kind])
    form = HolderForm(kind=kind, suggest_url=reverse("liaison:people"), auto_id=f"id_{kind}_%s")
    hint = _("结束后此人不能再查看本页,历史保留。")
    if kind == Assignment.Kind.SERVICE_OFFICER and target_field(target) == "enterprise":
        hint = _("结束后此人不能再查看本页,本月未完成的走访任务随之取消。")
    return {"form": form, "url": address, "end_form": EndForm(auto_id=f"id_end_{kind}_%s"), "end_hint": hint}


def visits_context(target: Any, user: Any) -> dict[str, Any]:
    """The latest visits and, for an enterprise, this month's duty."""
    name = target_field(target)
    rows = Visit.objects.visible_to(user).filter(**{name: target}).select_related("by", "department")
    duty = None
    if name == "enterprise":
        month = localtime.month_start(localtime.today())
        duty = (
            VisitDuty.objects.owed().filter(enterprise=target, month=month).select_related("officer", "visit").first()
        )
    return {
        "visits": rows.order_by("-visited_at", "-pk")[:LATEST],
        "duty": duty,
        "cell": cell(duty, localtime.now()) if duty else None,
        "log_url": f"{reverse('liaison:visit_new')}?{name}={target.pk}" if user.may(Permission.VISIT_LOG) else "",
        "all_url": f"{reverse('liaison:visits')}?view=all&enterprise={target.pk}" if name == "enterprise" else "",
    }


def register_panels() -> None:
    """Hang both cards on both pages."""
    for model in (Enterprise, Project):
        register(
            model,
            Panel(
                "team",
                _("联系服务"),
                10,
                "liaison/panel_team.html",
                team_context,
                Permission.ASSIGNMENT_VIEW,
                side=True,
            ),
        )
        register(
            model, Panel("visits", _("走访"), 20, "liaison/panel_visits.html", visits_context, Permission.VISIT_VIEW)
        )
