"""The pages of projects."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from enterprises import panels
from enterprises.forms import with_version
from enterprises.models import Enterprise
from foundation.accounts.access import PermissionView
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission
from foundation.ui.paging import ordering, paginate
from projects import actions, queries
from projects.filters import ProjectFilter
from projects.forms import ProjectForm, StageForm
from projects.models import Project


def tabs(request: HttpRequest, counts: queries.Counts) -> list[dict[str, Any]]:
    """The saved views; one is lit when it is exactly what the address asks for."""
    asked = {key: value for key, value in request.GET.items() if value and key not in ("page", "sort")}
    views: list[tuple[str, dict[str, str], int]] = [(_("全部在库"), {}, counts.active)]
    views += [(str(stage.label), {"stage": str(stage)}, getattr(counts, stage)) for stage in Project.Stage]
    views += [
        (_("逾期未开工"), {"late": "start"}, counts.late_start),
        (_("逾期未投产"), {"late": "completion"}, counts.late_completion),
    ]
    return [
        {
            "label": label,
            "url": "?" + "&".join(f"{key}={value}" for key, value in query.items()),
            "count": count,
            "active": asked == query,
        }
        for label, query, count in views
        if count or "late" not in query
    ]


class ProjectList(PermissionView, View):
    """What projects there are, within the person's sight."""

    permission = Permission.PROJECT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        found = ProjectFilter(request.GET, queryset=queries.listed(request.user), request=request)
        counts = queries.counts(Project.objects.visible_to(request.user))
        page = paginate(request, found.qs.order_by(*ordering(request, queries.SORTS, "code")))
        context = {"filter": found, "page": page, "counts": counts, "tabs": tabs(request, counts)}
        return render(request, "projects/list.html", context)


class Board(PermissionView, View):
    """Projects by stage."""

    permission = Permission.PROJECT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        found = ProjectFilter(request.GET, queryset=queries.listed(request.user), request=request)
        for name in ("stage", "active"):
            found.form.fields.pop(name, None)
        moves = request.user.may(Permission.PROJECT_EDIT)  # type: ignore[union-attr]
        lanes = queries.board(found.qs)
        for lane in lanes:
            for project in lane.cards:
                project.step = StageForm.forward(project) if moves else None  # type: ignore[attr-defined]
        context = {"filter": found, "lanes": lanes, "total": sum(lane.count for lane in lanes)}
        return render(request, "projects/board.html", context)


class ShowsProject(PermissionView, View):
    """Whatever ends in a project's page."""

    permission = Permission.PROJECT_VIEW

    def rows(self) -> QuerySet[Project]:
        return queries.listed(self.request.user)

    def show(
        self, project: Project, *, status: int = 200, refused: StageForm | None = None, stale: Any = None
    ) -> HttpResponse:
        """The page; `refused` is a stage form that could not be carried out."""
        user: Any = self.request.user
        edits = user.may(Permission.PROJECT_EDIT)
        changes = list(project.stage_changes.select_related("by"))
        forward, back = (StageForm.forward(project), StageForm.back(project)) if edits else (None, None)
        if refused is not None:
            forward, back = (forward, refused) if "on" not in refused.fields else (refused, back)
        enterprise = project.enterprise
        context = {
            "project": project,
            "steps": queries.path(project, changes),
            "changes": changes,
            "forward": forward,
            "back": back,
            "edits": edits,
            "stale": stale,
            "enterprise_open": bool(
                enterprise
                and user.may(Permission.ENTERPRISE_VIEW)
                and Enterprise.objects.visible_to(user).filter(pk=enterprise.pk).exists()
            ),
            "panels": panels.draw(project, self.request),
        }
        return render(self.request, "projects/detail.html", context, status=status)


class ProjectDetail(ShowsProject):
    """Path, facts, investment, and what the other apps know of the project."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(get_object_or_404(self.rows(), pk=pk))


class StageAdvance(ShowsProject):
    """One stage on, or with a reason one back; from the board or from the project's page."""

    permission = Permission.PROJECT_EDIT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        project = get_object_or_404(self.rows(), pk=pk)
        form = StageForm(request.POST, auto_id=f"tried{project.pk}_%s")
        if request.POST.get("to") == project.previous_stage:
            form = form.for_return()
        if not form.is_valid():
            return self.show(project, refused=form, status=400)
        facts = form.cleaned_data
        try:
            moved = actions.advance_stage(
                project=project,
                to=facts["to"],
                by=request.user,  # type: ignore[arg-type]
                note=facts["note"],
                on=facts.get("on"),
                version=facts["version"],
            )
        except Stale as error:
            return self._stale(project, form, error)
        except Refused as error:
            form.add_error(None, error.message)
            return self.show(project, refused=form, status=400)
        messages.success(
            request, _("%(name)s已转入“%(stage)s”。") % {"name": moved.name, "stage": moved.get_stage_display()}
        )
        if request.POST.get("from") == "board":
            kept = QueryDict(request.POST.get("query", "")).urlencode()
            return redirect(reverse("projects:board") + (f"?{kept}" if kept else ""))
        return redirect("projects:detail", project.pk)

    def _stale(self, project: Project, form: StageForm, error: Stale) -> HttpResponse:
        """Both texts: the stage as it stands now, and the step that was asked for."""
        current: Any = error.current
        form.data = with_version(form.data, "version", current)
        wanted = Project.Stage(form.cleaned_data["to"]).label
        rows = [{"label": _("阶段"), "theirs": current.get_stage_display(), "yours": wanted}]
        return self.show(project, refused=form, stale=rows, status=409)


class ProjectWrite(PermissionView, View):
    """The form of a project, empty or filled."""

    permission = Permission.PROJECT_EDIT

    def show(self, form: ProjectForm, project: Project | None, *, status: int = 200, **more: Any) -> HttpResponse:
        context = {"form": form, "project": project, **more}
        return render(self.request, "projects/form.html", context, status=status)


class ProjectCreate(ProjectWrite):
    """A new project; ?enterprise=… fills in whose."""

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("enterprise", "")
        rows = Enterprise.objects.visible_to(request.user).filter(pk=int(asked)) if _number(asked) else None
        enterprise = rows.first() if rows is not None else None
        initial = {"enterprise": enterprise.pk, "park": enterprise.park_id} if enterprise else {}
        return self.show(ProjectForm(user=request.user, initial=initial), None)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ProjectForm(request.POST, user=request.user)
        if form.is_valid():
            try:
                project = actions.create_project(by=request.user, **form.facts())  # type: ignore[arg-type]
            except Refused as error:
                form.add_error("name" if error.code == "project_exists" else "code", error.message)
            else:
                messages.success(request, _("已登记项目%(name)s。") % {"name": project.name})
                return redirect("projects:detail", project.pk)
        return self.show(form, None, status=400)


class ProjectEdit(ProjectWrite):
    """A project's facts; a stale form shows both texts and loses nothing."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
        return self.show(ProjectForm(instance=copy(project), user=request.user), project)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
        form = ProjectForm(request.POST, instance=copy(project), user=request.user)
        if not form.is_valid():
            return self.show(form, project, status=400)
        version = form.cleaned_data["version"]
        try:
            actions.edit_project(project=project, version=version, by=request.user, **form.facts())  # type: ignore[arg-type]
        except Stale as error:
            return self.show(form, project, stale=form.compare(error.current), status=409)  # type: ignore[arg-type]
        except Refused as error:
            form.add_error("code", error.message)
            return self.show(form, project, status=400)
        messages.success(request, _("已保存。"))
        return redirect(reverse("projects:detail", args=[project.pk]))


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
