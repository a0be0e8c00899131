"""Visits: the cadre's month, the lists, the form on the phone, the record."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from enterprises.filters import search_words
from enterprises.models import Enterprise
from foundation.accounts.access import PermissionView
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission, Role
from foundation.attachments.forms import keep_files
from foundation.attachments.models import Attachment
from foundation.attachments.shown import shown
from foundation.clocks import localtime
from foundation.ui.paging import ordering, paginate
from liaison import actions, problems
from liaison.actions.visits import may_edit
from liaison.exports import visits_workbook
from liaison.filters import DutyFilter, VisitFilter
from liaison.forms import EditVisitForm, VisitForm, problem_forms
from liaison.models import Assignment, Visit, VisitDuty
from liaison.queries import cadre_month, totals
from liaison.queries.matrix import cell, months_back
from projects.models import Project

SORTS = {"visited": "visited_at", "logged": "logged_at", "enterprise": "enterprise__name", "by": "by__name"}


def visit_rows(user: Any) -> QuerySet[Visit]:
    """Visits with everything a row of the list names."""
    return Visit.objects.visible_to(user).select_related(
        "enterprise__park", "enterprise__town", "project", "by", "department"
    )


def asked_month(request: HttpRequest) -> Any:
    """The month of ?month=2026-11; this month for nonsense."""
    try:
        return localtime.parse_month(request.GET.get("month", ""))
    except ValueError:
        return localtime.month_start(localtime.today())


class VisitList(PermissionView):
    """My month for those who visit; all visits and duties in sight for everybody."""

    permission = Permission.VISIT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        visits_himself = request.user.has_role(Role.CADRE)  # type: ignore[union-attr]
        view = request.GET.get("view") or ("mine" if visits_himself else "all")
        drawn = {"mine": self.mine, "duties": self.duties}.get(view, self.all)
        return drawn(request, self.tabs(request, view, visits_himself))

    def tabs(self, request: HttpRequest, view: str, visits_himself: bool) -> list[dict[str, Any]]:
        """The three views; `mine` only for those who visit."""
        labels = [("all", _("走访记录")), ("duties", _("走访任务"))]
        if visits_himself:
            labels.insert(0, ("mine", _("我的本月")))
        active = view if view in dict(labels) else "all"
        return [{"label": label, "url": f"?view={key}", "active": key == active} for key, label in labels]

    def mine(self, request: HttpRequest, tabs: list[dict[str, Any]]) -> HttpResponse:
        month = cadre_month(request.user)
        past = visit_rows(request.user).filter(by=request.user).order_by("-visited_at", "-pk")
        context = {"tabs": tabs, "mine": month, "page": paginate(request, past, per_page=20)}
        return render(request, "liaison/visits_mine.html", context)

    def all(self, request: HttpRequest, tabs: list[dict[str, Any]]) -> HttpResponse:
        found = VisitFilter(request.GET, queryset=visit_rows(request.user), request=request)
        rows = found.qs.order_by(*ordering(request, SORTS, default="-visited_at"))
        context = {
            "tabs": tabs,
            "filter": found,
            "page": paginate(request, rows),
            "query": request.GET.urlencode(),
            "may_log": request.user.may(Permission.VISIT_LOG),  # type: ignore[union-attr]
        }
        return render(request, "liaison/visits.html", context)

    def duties(self, request: HttpRequest, tabs: list[dict[str, Any]]) -> HttpResponse:
        month = asked_month(request)
        seen = VisitDuty.objects.visible_to(request.user).owed().filter(month=month)
        found = DutyFilter(request.GET, queryset=seen, request=request)
        rows = found.qs.select_related(
            "enterprise__park", "enterprise__town", "officer", "department", "visit"
        ).order_by("done_at", "-level", "enterprise__name", "pk")
        page = paginate(request, rows)
        now = localtime.now()
        for duty in page:
            duty.cell = cell(duty, now)
        context = {
            "tabs": tabs,
            "filter": found,
            "page": page,
            "month": month,
            "months": _month_links(request, month),
            "total": totals(found.qs, [month])[0],
        }
        return render(request, "liaison/duties.html", context)


def _month_links(request: HttpRequest, month: Any) -> list[dict[str, Any]]:
    """Six months up to now, or up to the one asked for, each with its address."""
    this = localtime.month_start(localtime.today())
    links = []
    for one in months_back(max(this, month)):
        query = request.GET.copy()
        query.pop("page", None)
        query["month"] = f"{one:%Y-%m}"
        links.append({"label": f"{one:%Y-%m}", "url": f"?{query.urlencode()}", "active": one == month})
    return links


class VisitExport(PermissionView):
    """The visits of the list as a workbook."""

    permission = Permission.VISIT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        found = VisitFilter(request.GET, queryset=visit_rows(request.user), request=request)
        rows = found.qs.order_by(*ordering(request, SORTS, default="-visited_at"))
        return visits_workbook(rows)


class NewVisit(PermissionView):
    """One page to log a visit; with ?enterprise= or ?project= the target is set."""

    permission = Permission.VISIT_LOG

    def get(self, request: HttpRequest) -> HttpResponse:
        enterprise, project = self.targets(request)
        choices = self.choices(request, enterprise)
        if enterprise is None and project is None and not choices.exists():
            return self.search(request)
        form = VisitForm(enterprises=None if project else choices, target=enterprise)
        return self.page(request, form, problem_forms(), project)

    def post(self, request: HttpRequest) -> HttpResponse:
        enterprise, project = self.targets(request)
        choices = None if project else Enterprise.objects.visible_to(request.user)
        form = VisitForm(request.POST, request.FILES, enterprises=choices, target=enterprise)
        found = problem_forms(request.POST)
        if all([form.is_valid(), found is None or found.is_valid()]):
            try:
                visit = self.log(request, form, found, project)
            except Refused as refused:
                form.add_error(None, refused.message)
            else:
                messages.success(request, self.said(visit, found))
                return redirect("liaison:visit", visit.pk)
        if not project:  # the choice stays small when the page comes back
            form.fields["enterprise"].queryset = self.choices(request, form.cleaned_data.get("enterprise"))  # type: ignore[attr-defined]
        return self.page(request, form, found, project)

    def targets(self, request: HttpRequest) -> tuple[Enterprise | None, Project | None]:
        """The enterprise or project of the address; 404 for what the user may not see."""
        return _seen(Enterprise, request, "enterprise"), _seen(Project, request, "project")

    def choices(self, request: HttpRequest, chosen: Enterprise | None) -> QuerySet[Enterprise]:
        """The enterprises this person serves, and the one already chosen."""
        served = Assignment.objects.active().filter(user=request.user, enterprise__isnull=False)
        ids = set(served.values_list("enterprise_id", flat=True)) | ({chosen.pk} if chosen else set())
        return Enterprise.objects.visible_to(request.user).filter(pk__in=ids)

    def search(self, request: HttpRequest) -> HttpResponse:
        """For those who serve nobody themselves: find the enterprise first."""
        words = request.GET.get("q", "").replace("\x00", "").strip()
        seen = Enterprise.objects.visible_to(request.user).active().select_related("park", "town")
        found = search_words(seen, words).order_by("name")[:20] if words else []
        return render(request, "liaison/visit_search.html", {"words": words, "found": found})

    def log(self, request: HttpRequest, form: VisitForm, found: Any, project: Project | None) -> Visit:
        return actions.log_visit(
            by=request.user,  # type: ignore[arg-type]
            enterprise=form.cleaned_data.get("enterprise"),
            project=project,
            problems=found.problems() if found is not None else (),
            files=form.uploads(),
            submission_key=form.cleaned_data["submission_key"],
            **form.facts(),
        )

    def said(self, visit: Visit, found: Any) -> str:
        count = len(found.problems()) if found is not None else 0
        if count:
            return _("已登记对%(target)s的走访,%(count)d 个问题已登记为诉求。") % {
                "target": visit.target,
                "count": count,
            }
        return _("已登记对%(target)s的走访。") % {"target": visit.target}

    def page(self, request: HttpRequest, form: VisitForm, found: Any, project: Project | None) -> HttpResponse:
        keep_files(form, by=request.user)
        context = {"form": form, "problems": found, "project": project}
        return render(request, "liaison/visit_form.html", context)


def _seen(model: Any, request: HttpRequest, name: str) -> Any:
    """The row named by a query parameter, None without one."""
    text = request.GET.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Http404
    return get_object_or_404(model.objects.visible_to(request.user), pk=int(text))


class VisitPage(PermissionView):
    """One visit with its files and what became of the problems."""

    permission = Permission.VISIT_VIEW

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        visit = get_object_or_404(visit_rows(request.user).prefetch_related("duties"), pk=pk)
        context = {
            "visit": visit,
            "files": _files(visit, request.user),
            "cases": problems.listed(visit, request.user),
            "duty": next(iter(visit.duties.all()), None),
            "may_edit": may_edit(visit, request.user),  # type: ignore[arg-type]
            "target_url": _target_url(visit, request.user),
        }
        return render(request, "liaison/visit.html", context)


def _files(visit: Visit, user: Any) -> list[dict[str, Any]]:
    return [shown(file) for file in Attachment.objects.visible_to(user).of(visit)]


def _target_url(visit: Visit, user: Any) -> str:
    """The page of what was visited, where this person may still open it."""
    model, name = (Enterprise, "enterprises:detail") if visit.enterprise_id else (Project, "projects:detail")
    seen: Any = model.objects
    if not seen.visible_to(user).filter(pk=visit.target.pk).exists():
        return ""
    return reverse(name, args=[visit.target.pk])


class EditVisit(PermissionView):
    """Correct a visit; what others changed meanwhile is laid beside it."""

    permission = Permission.VISIT_LOG

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        visit = self.visit(request, pk)
        initial = {**{name: getattr(visit, name) for name in actions.visits.EDITABLE}, "version": visit.version}
        return self.page(request, visit, EditVisitForm(initial=initial))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        visit = self.visit(request, pk)
        form = EditVisitForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(request, visit, form)
        try:
            actions.edit_visit(
                visit=visit,
                version=form.cleaned_data["version"],
                by=request.user,  # type: ignore[arg-type]
                files=form.uploads(),
                **_to_the_second(form.facts(), visit),
            )
        except Stale as stale:
            return self.page(request, visit, form, rows=_side_by_side(form, stale.current))
        except Refused as refused:
            form.add_error(None, refused.message)
            return self.page(request, visit, form)
        messages.success(request, _("走访记录已更正。"))
        return redirect("liaison:visit", visit.pk)

    def visit(self, request: HttpRequest, pk: int) -> Visit:
        visit = get_object_or_404(visit_rows(request.user), pk=pk)
        if not may_edit(visit, request.user):  # type: ignore[arg-type]
            raise Http404
        return visit

    def page(self, request: HttpRequest, visit: Visit, form: EditVisitForm, rows: Any = None) -> HttpResponse:
        keep_files(form, by=request.user)
        context = {"visit": visit, "form": form, "stale_rows": rows}
        return render(request, "liaison/visit_edit.html", context)


def _to_the_second(facts: dict[str, Any], visit: Visit) -> dict[str, Any]:
    """The browser's picker knows no seconds: the same minute is the same instant."""
    same = facts["visited_at"] == visit.visited_at.replace(second=0, microsecond=0)
    return facts | {"visited_at": visit.visited_at} if same else facts


def _side_by_side(form: EditVisitForm, current: Any) -> list[dict[str, Any]]:
    """Rows of label, yours, theirs; the form then counts as filled in with sight of the current text."""
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["version"] = str(current.version)  # type: ignore[index]
    rows = []
    for name, yours in form.facts().items():
        choices = dict(getattr(form.fields[name], "choices", ()))
        theirs = getattr(current, name)
        shown = [choices.get(value, value) for value in (yours, theirs)]
        rows.append({"label": form.fields[name].label, "yours": _spoken(shown[0]), "theirs": _spoken(shown[1])})
    return rows


def _spoken(value: Any) -> Any:
    """An instant as people read it; the rest as it is."""
    return (
        f"{localtime.local_date(value)} {value.astimezone(localtime.SHANGHAI):%H:%M}"
        if hasattr(value, "hour")
        else value
    )
