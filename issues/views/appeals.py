"""The enterprise's side: its own cases, in plain words, and nothing internal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from enterprises.models import EnterpriseStaff
from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.ui.paging import paginate
from issues import actions, ledger
from issues.forms import AppealForm
from issues.models import Issue
from issues.views.case import case_context, found
from issues.workbench import ours_first

S = Issue.Status
VIEWS = {
    "open": (gettext_lazy("办理中"), Q(closed_at__isnull=True)),
    "mine": (gettext_lazy("等我处理"), Q(status__in=[S.WAITING, S.RESOLVED])),
    "closed": (gettext_lazy("已办结"), Q(closed_at__isnull=False)),
}


@requires(Permission.APPEAL_SUBMIT)
@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """My enterprise's cases, each with its stage, its limit and who has it."""
    mine = Issue.objects.visible_to(request.user)
    asked = request.GET.get("view", "open")
    view = asked if asked in VIEWS else "open"
    numbers = mine.aggregate(**{key: Count("pk", filter=rows) for key, (_label, rows) in VIEWS.items()})
    tabs = [
        {"label": label, "url": f"?view={key}", "count": numbers[key], "active": key == view}
        for key, (label, _rows) in VIEWS.items()
    ]
    values = ours_first(mine.filter(VIEWS[view][1])).values(*ledger.COLUMNS)
    page = paginate(request, values, per_page=20, count=numbers[view])
    context = {
        "tabs": tabs,
        "page": page,
        "rows": ledger.public_rows(page),
        "view": view,
        "staff": _staff(request.user),
    }
    return render(request, "issues/appeals.html", context)


@requires(Permission.APPEAL_SUBMIT)
@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    """One form, under a minute on a phone."""
    staff = _staff(request.user)
    if staff is None:
        return render(request, "issues/no_enterprise.html")
    initial = {"contact_name": request.user.name, "contact_phone": request.user.phone}
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AppealForm(*data, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            issue = actions.register(
                by=request.user, enterprise=staff.enterprise, channel=Issue.Channel.PORTAL, **form.cleaned_data
            )
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已提交,编号 %(number)s。交办后会通知您。") % {"number": issue.number})
            return redirect("issues:appeal", issue.pk)
    context = {"form": form, "enterprise": staff.enterprise}
    return render(request, "issues/submit.html", context, status=422 if form.is_bound else 200)


@requires(Permission.APPEAL_SUBMIT)
@require_safe
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """One case as the enterprise sees it."""
    return render(request, "issues/appeal.html", case_context(request, found(request, pk)))


def _staff(user: Any) -> EnterpriseStaff | None:
    return EnterpriseStaff.objects.filter(user=user).select_related("enterprise").first()
