"""Many cases at once: first a page that says what will happen to how many, then all of it or nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from issues import actions
from issues.desk import columns, selection
from issues.desk.export import USUAL, ledger_workbook
from issues.forms.desk import MANY_FORMS
from issues.limits.audiences import Audiences, Subject
from issues.models import Issue

SHOWN = 100  # cases the page lists by name


@requires(Permission.ISSUE_VIEW)
@require_POST
def many(request: HttpRequest) -> HttpResponse:
    """Say what would happen; with `sure`, do it."""
    doing = selection.DOINGS.get(request.POST.get("do", ""))
    if doing is None:
        raise Http404
    if not request.user.may(doing.permission):  # type: ignore[union-attr]
        raise PermissionDenied
    try:
        issues = selection.asked(request.user, request.POST, doing.most)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect(_back(request))
    sure = "sure" in request.POST
    form = MANY_FORMS[doing.key](request.POST if sure else None, user=request.user)
    if not sure:
        chosen = selection.forecast(doing, issues, request.user)
        return _page(request, doing, chosen, form)
    return _done(request, doing, issues, form)


def _done(request: HttpRequest, doing: selection.Doing, issues: list[Issue], form: forms.Form) -> HttpResponse:
    """Carry it out, or come back with what stands in the way and everything that was typed."""
    read = selection.read_keys(request.POST.getlist("case"))
    stale = {one.issue.pk: one for one in selection.changed_since(issues, read)}
    chosen = [stale.get(one.issue.pk, one) for one in selection.forecast(doing, issues, request.user)]
    if any(one.obstacle for one in chosen) or not form.is_valid():
        return _page(request, doing, chosen, form, 422)
    if doing.key == "export":
        return _workbook(request, issues, form.cleaned_data["which"])
    versions = {pk: version for pk, version in read.items() if version is not None}
    try:
        count = WRITES[doing.key](issues=issues, by=request.user, versions=versions, **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, refused.message)
        return _page(request, doing, selection.forecast(doing, issues, request.user), form, 422)
    messages.success(request, _("已%(doing)s %(count)d 件。") % {"doing": doing.label, "count": count})
    return redirect(_back(request))


WRITES: dict[str, Any] = {
    "dispatch": actions.dispatch_many,
    "remind": actions.remind_many,
    "tag": actions.tag_many,
    "untag": actions.untag_many,
}


def _page(
    request: HttpRequest, doing: selection.Doing, chosen: list[selection.Chosen], form: forms.Form, status: int = 200
) -> HttpResponse:
    able = [one for one in chosen if not one.obstacle]
    context = {
        "doing": doing,
        "form": form,
        "chosen": chosen,
        "able": able,
        "listed": able[:SHOWN],
        "barred": [one for one in chosen if one.obstacle],
        "back": _back(request),
        "query": request.POST.get("query", "")[:2000],
        "effects": _effects(doing, [one.issue for one in able], request.user),
    }
    return render(request, "issues/many.html", context, status=status)


def _effects(doing: selection.Doing, issues: list[Issue], user: Any) -> list[str]:
    """What will happen, in sentences."""
    count = len(issues)
    if doing.key == "dispatch":
        return [
            _("%(n)d 件交给下面选定的部门,每件的三项时限从现在起算。") % {"n": count},
            _("该部门的承办人每件收到一条消息。"),
        ]
    if doing.key == "remind":
        audiences = Audiences([Subject.of(issue) for issue in issues])
        told = {key for s in audiences.subjects for key in audiences.people(s, ("handler", "department_head"))}
        return [
            _("%(n)d 件各记一次催办,同一件今天不能再催。") % {"n": count},
            _("通知承办人和部门负责人,共 %(n)d 人。") % {"n": len(told - {user.pk})},
        ]
    if doing.key == "export":
        return [_("导出选中的 %(n)d 件,一件不多;不改变任何诉求。") % {"n": count}]
    return [_("标签只在工作人员之间可见,每件的办理过程各记一笔;没有变化的不记。")]


def _workbook(request: HttpRequest, issues: list[Issue], which: str) -> HttpResponse:
    """Exactly the chosen cases."""
    rows = Issue.objects.visible_to(request.user).filter(pk__in=[issue.pk for issue in issues]).order_by("-pk")
    shown = columns.sheet(columns.shown(request.user))  # type: ignore[arg-type]
    return ledger_workbook(rows, request.user, shown if which == "shown" else USUAL)


def _back(request: HttpRequest) -> str:
    """The ledger where the person came from."""
    return f"{reverse('issues:list')}?{request.POST.get('query', '')[:2000]}"
