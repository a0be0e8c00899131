"""The office's page of cases that repeat themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import BooleanField, Case, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission
from foundation.ui.paging import paginate
from issues import actions
from issues.forms.clusters import CLUSTER_FORMS, ClusterForm
from issues.lifecycle.table import UNRESOLVED
from issues.models import Issue, IssueCluster
from issues.repeats import clusters
from issues.views.case import version_of

VERBS: dict[str, Callable[..., Any]] = {
    "merge": actions.merge_cluster,
    "cause": actions.open_cause,
    "dismiss": actions.dismiss_cluster,
    "restore": actions.restore_cluster,
}
# Open cases first: those are to be merged.
CLOSED = Case(When(issue__closed_at=None, then=Value(False)), default=Value(True), output_field=BooleanField())
OPEN_TO: dict[IssueCluster.State, tuple[str, ...]] = {
    IssueCluster.State.FOUND: ("cause", "dismiss", "merge"),
    IssueCluster.State.DISMISSED: ("restore",),
    IssueCluster.State.HANDLED: (),
}


@requires(Permission.ISSUE_DISPATCH)
@require_safe
def cluster_list(request: HttpRequest) -> HttpResponse:
    """Groups by kind: how many cases, of how many enterprises, from when to when."""
    key, wanted = clusters.asked(request.GET.get("view", ""))
    rows = clusters.listed(request.user, wanted)
    context = {
        "page": paginate(request, rows),
        "tabs": clusters.tabs(request.user, key),
        "view": key,
        "found_at": IssueCluster.objects.order_by("-found_at").values_list("found_at", flat=True).first(),
    }
    return render(request, "issues/clusters.html", context)


@requires(Permission.ISSUE_DISPATCH)
@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    """Look for groups now instead of waiting for the night."""
    count = actions.find_clusters(by=request.user)
    messages.success(request, _("已重新比对,共 %(count)d 组。") % {"count": count})
    return redirect("issues:clusters")


@requires(Permission.ISSUE_DISPATCH)
@require_safe
def cluster_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(request, pk))


@requires(Permission.ISSUE_DISPATCH)
@require_POST
def cluster_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Do one thing with the group; what is refused comes back with everything that was typed."""
    cluster = _found(request, pk)
    if verb not in CLUSTER_FORMS:
        raise Http404
    form = _form(verb, cluster, request, request.POST)
    if form.is_valid():
        try:
            done = VERBS[verb](cluster=cluster, by=request.user, version=version_of(request), **form.cleaned_data)
        except Stale:
            cluster = _found(request, pk)
            form.add_error(None, _("您填写期间,这一组有了变化。核对后再提交一次即可。"))
            return _page(request, cluster, (verb, form), status=409)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return _after(request, verb, cluster, done)
    return _page(request, cluster, (verb, form), status=422)


def _after(request: HttpRequest, verb: str, cluster: IssueCluster, done: Any) -> HttpResponse:
    if verb == "cause":
        messages.success(request, _("已立共性问题 %(number)s,请交办。") % {"number": done.number})
        return redirect("issues:detail", done.pk)
    if verb == "merge":
        messages.success(request, _("已并入 %(count)d 件,相关企业已告知。") % {"count": done})
        still = IssueCluster.objects.filter(pk=cluster.pk).exists()
        return redirect("issues:cluster", cluster.pk) if still else redirect("issues:clusters")
    messages.success(request, _("已排除,这些诉求不再归为一组。") if verb == "dismiss" else _("已恢复为待处理。"))
    return redirect("issues:clusters") if verb == "dismiss" else redirect("issues:cluster", cluster.pk)


def _found(request: HttpRequest, pk: int) -> IssueCluster:
    rows = IssueCluster.objects.visible_to(request.user).select_related("category", "enterprise", "cause", "decided_by")
    return get_object_or_404(rows, pk=pk)


def _form(verb: str, cluster: IssueCluster, request: HttpRequest, *args: Any) -> ClusterForm:
    user: Any = request.user
    return CLUSTER_FORMS[verb](*args, cluster=cluster, user=user, auto_id=f"{verb}_%s")


def _page(
    request: HttpRequest, cluster: IssueCluster, failed: tuple[str, ClusterForm] | None = None, status: int = 200
) -> HttpResponse:
    seen = cluster.cases.filter(issue__in=Issue.objects.visible_to(request.user))
    rows = seen.select_related("issue__enterprise", "issue__department").annotate(closed=CLOSED)
    forms = {verb: _form(verb, cluster, request) for verb in OPEN_TO[IssueCluster.State(cluster.state)]}
    if "merge" in forms and seen.filter(issue__status__in=UNRESOLVED).count() < 2:
        del forms["merge"]  # one case alone has nothing to be merged into
    if failed:
        forms[failed[0]] = failed[1]
    context = {
        "cluster": cluster,
        "page": paginate(request, rows.order_by("closed", "issue__registered_at", "issue"), per_page=100),
        "forms": forms,
        "mergeable": [str(stage) for stage in UNRESOLVED],
        "chosen": set(request.POST.getlist("issues")),
        "lead": request.POST.get("lead", ""),
    }
    return render(request, "issues/cluster.html", context, status=status)
