"""Assignments: the list, and the short forms that the detail pages show in place."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from enterprises.models import Enterprise
from foundation.accounts.access import PermissionView
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.ui.paging import ordering, paginate
from liaison import actions, holders
from liaison.filters import AssignmentFilter
from liaison.forms import EndForm, HolderForm
from liaison.models import Assignment
from liaison.queries.team import unserved
from projects.models import Project

SORTS = {"since": "started_on", "until": "ended_on", "enterprise": "enterprise__name", "holder": "user__name"}
TARGETS: dict[str, tuple[Any, str]] = {
    "enterprise": (Enterprise, "enterprises:detail"),
    "project": (Project, "projects:detail"),
}


class AssignmentList(PermissionView):
    """Who serves whom, now and before."""

    permission = Permission.ASSIGNMENT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        seen = Assignment.objects.visible_to(request.user)
        found = AssignmentFilter(request.GET, queryset=seen, request=request)
        rows = found.qs.select_related(
            "enterprise__park", "enterprise__town", "project", "user__department", "department"
        ).order_by(*ordering(request, SORTS, default="-started_on"))
        may_edit = request.user.may(Permission.ASSIGNMENT_EDIT)  # type: ignore[union-attr]
        context = {
            "tabs": self.tabs(request, seen),
            "filter": found,
            "page": paginate(request, rows),
            "may_edit": may_edit,
            "unserved": self.unserved(request) if may_edit else 0,
        }
        return render(request, "liaison/assignments.html", context)

    def tabs(self, request: HttpRequest, seen: Any) -> list[dict[str, Any]]:
        """In force, ended, all; with counts over everything in sight."""
        counts = seen.order_by().aggregate(all=Count("pk"), active=Count("pk", filter=Q(ended_on__isnull=True)))
        views = [("", _("在任"), counts["active"]), ("ended", _("已结束"), counts["all"] - counts["active"])]
        views.append(("all", _("全部"), counts["all"]))
        links = []
        for key, label, count in views:
            query = request.GET.copy()
            for name in ("page", "standing"):
                query.pop(name, None)
            if key:
                query["standing"] = key
            active = request.GET.get("standing", "") == key
            links.append({"label": label, "url": f"?{query.urlencode()}", "count": count, "active": active})
        return links

    def unserved(self, request: HttpRequest) -> int:
        """Enterprises on the register that nobody visits."""
        return Enterprise.objects.visible_to(request.user).active().filter(unserved()).count()


class People(PermissionView):
    """Names to complete what is typed into a holder's field."""

    permission = Permission.ASSIGNMENT_EDIT

    def get(self, request: HttpRequest) -> JsonResponse:
        found = holders.suggestions(request.GET.get("kind", ""), request.GET.get("q", ""))
        people = [
            {"value": f"{one.name}({one.username})", "label": f"{one.department or ''} {one.title}".strip()}
            for one in found
        ]
        return JsonResponse({"people": people})


class Assign(PermissionView):
    """Give one part at one enterprise or project to a holder; the page behind the form in place."""

    permission = Permission.ASSIGNMENT_EDIT

    def get(self, request: HttpRequest, target: str, pk: int, kind: str) -> HttpResponse:
        obj = self.target(request, target, pk, kind)
        return self.page(request, target, obj, kind, HolderForm(kind=kind, suggest_url=reverse("liaison:people")))

    def post(self, request: HttpRequest, target: str, pk: int, kind: str) -> HttpResponse:
        obj = self.target(request, target, pk, kind)
        form = HolderForm(request.POST, kind=kind, suggest_url=reverse("liaison:people"))
        if form.is_valid():
            try:
                made = actions.assign(
                    kind=kind,
                    target=obj,
                    holder=form.holder,
                    by=request.user,  # type: ignore[arg-type]
                    started_on=form.cleaned_data["started_on"],
                )
            except Refused as refused:
                form.add_error(None, refused.message)
            else:
                words = {"target": obj, "kind": made.get_kind_display(), "holder": made.holder}
                messages.success(request, _("%(target)s的%(kind)s:%(holder)s。") % words)
                return redirect(TARGETS[target][1], obj.pk)
        return self.page(request, target, obj, kind, form)

    def target(self, request: HttpRequest, target: str, pk: int, kind: str) -> Any:
        """The enterprise or project; 404 for what there is not or what the user may not see."""
        if target not in TARGETS or kind not in Assignment.Kind.values:
            raise Http404
        return get_object_or_404(TARGETS[target][0].objects.visible_to(request.user), pk=pk)

    def page(self, request: HttpRequest, target: str, obj: Any, kind: str, form: HolderForm) -> HttpResponse:
        current = Assignment.objects.active().filter(kind=kind, **{target: obj}).select_related("user", "department")
        context = {
            "form": form,
            "target": obj,
            "target_url": reverse(TARGETS[target][1], args=[obj.pk]),
            "kind": Assignment.Kind(kind),
            "current": current.first(),
        }
        return render(request, "liaison/assign.html", context)


class EndAssignment(PermissionView):
    """End one assignment without a successor."""

    permission = Permission.ASSIGNMENT_EDIT

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(request, self.assignment(request, pk), EndForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        assignment = self.assignment(request, pk)
        form = EndForm(request.POST)
        if form.is_valid():
            try:
                actions.end_assignment(
                    assignment=assignment,
                    by=request.user,  # type: ignore[arg-type]
                    reason=form.cleaned_data["reason"],
                    version=_number(request.POST.get("version")),
                )
            except Refused as refused:
                form.add_error(None, refused.message)
            else:
                messages.success(request, _("已结束:%(assignment)s。") % {"assignment": assignment})
                return redirect(self.target_url(assignment))
        return self.page(request, assignment, form)

    def assignment(self, request: HttpRequest, pk: int) -> Assignment:
        rows = Assignment.objects.visible_to(request.user)
        return get_object_or_404(rows.select_related("enterprise", "project", "user", "department"), pk=pk)

    def target_url(self, assignment: Assignment) -> str:
        name = "enterprises:detail" if assignment.enterprise_id else "projects:detail"
        return reverse(name, args=[assignment.target.pk])

    def page(self, request: HttpRequest, assignment: Assignment, form: EndForm) -> HttpResponse:
        context = {"assignment": assignment, "form": form, "target_url": self.target_url(assignment)}
        return render(request, "liaison/end.html", context)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
