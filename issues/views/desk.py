"""What a person makes of the ledger: views kept and shared, columns, and (the office) the list of tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from issues import actions
from issues.desk import columns, tabs
from issues.forms.desk import SaveViewForm, TagNameForm
from issues.models import SavedView, Tag, ViewFollow


def ledger_at(query: str) -> str:
    """The ledger's address with this query."""
    return f"{reverse('issues:list')}?{query}"


@requires(Permission.ISSUE_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def views(request: HttpRequest) -> HttpResponse:
    """The views one keeps and those that others share; a post keeps the filter that is on."""
    form = SaveViewForm(request.POST or None, initial={"query": request.GET.urlencode()[:500]})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        keys = [column.key for column in columns.shown(request.user)] if given.pop("with_columns") else ()
        try:
            view = actions.save_view(by=request.user, keys=keys, **given)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已保存视图“%(name)s”。") % {"name": view.name})
            return redirect(ledger_at(f"{view.query}&saved={view.pk}"))
    return render(request, "issues/views.html", _views_context(request, form), status=422 if form.errors else 200)


def _views_context(request: HttpRequest, form: SaveViewForm) -> dict[str, Any]:
    visible = SavedView.objects.visible_to(request.user).select_related("owner__department", "department")
    followed = set(ViewFollow.objects.visible_to(request.user).values_list("view_id", flat=True))
    rows = list(visible)
    return {
        "form": form,
        "own": [view for view in rows if view.owner_id == request.user.pk],
        "others": [(view, view.pk in followed) for view in rows if view.owner_id != request.user.pk],
        "audiences": [
            choice
            for choice in SavedView.Shared.choices
            if choice[0] != SavedView.Shared.DISTRICT or request.user.may(Permission.ISSUE_DISPATCH)
        ],
        "kept": request.GET.urlencode()[:500],
    }


@requires(Permission.ISSUE_VIEW)
@require_safe
def save_form(request: HttpRequest) -> HttpResponse:
    """The short form behind “保存当前视图”, fetched when it is opened."""
    form = SaveViewForm(initial={"query": request.GET.urlencode()[:500]})
    return render(request, "issues/save_view.html", {"form": form})


@requires(Permission.ISSUE_VIEW)
@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """How many cases the saved tabs hold, to be put into the tabs of a page that is already there."""
    return render(request, "issues/view_counts.html", {"counts": tabs.saved_counts(request.user)})


def _share(view: SavedView, request: HttpRequest) -> object:
    return actions.share_view(view=view, by=request.user, shared=request.POST.get("shared", ""))


DOINGS: dict[str, Callable[[SavedView, HttpRequest], object]] = {
    "rename": lambda view, request: actions.rename_view(view=view, by=request.user, name=request.POST.get("name", "")),
    "up": lambda view, request: actions.move_view(view=view, by=request.user, up=True),
    "down": lambda view, request: actions.move_view(view=view, by=request.user, up=False),
    "share": _share,
    "delete": lambda view, request: actions.delete_view(view=view, by=request.user),
    "follow": lambda view, request: actions.follow_view(view=view, by=request.user),
    "unfollow": lambda view, request: actions.unfollow_view(view=view, by=request.user),
    "copy": lambda view, request: actions.copy_view(view=view, by=request.user),
}


@requires(Permission.ISSUE_VIEW)
@require_POST
def view_doing(request: HttpRequest, pk: int, doing: str) -> HttpResponse:
    """One change to a view, or to what one makes of somebody else's."""
    if doing not in DOINGS:
        raise Http404
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    if view.owner_id != request.user.pk and doing not in ("follow", "unfollow", "copy"):
        raise Http404
    try:
        DOINGS[doing](view, request)
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("issues:views")


@requires(Permission.ISSUE_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def choose_columns(request: HttpRequest) -> HttpResponse:
    """Which columns the ledger shows: everywhere, or in the view that is open."""
    view = _open_view(request)
    if request.method == "POST":
        keys = () if "usual" in request.POST else [key for key in request.POST.getlist("column") if "\x00" not in key]
        actions.choose_columns(by=request.user, keys=keys, view=view if "in_view" in request.POST else None)
        return redirect(ledger_at(request.POST.get("query", "")[:2000]))
    on = {column.key for column in columns.shown(request.user, view)}
    context = {
        "catalogue": [(column, column.key in on) for column in columns.CATALOGUE],
        "view": view,
        "in_view": bool(view and view.columns),
        "query": request.GET.urlencode()[:2000],
    }
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, "issues/columns_form.html" if part else "issues/columns.html", context)


def _open_view(request: HttpRequest) -> SavedView | None:
    """One's own view that was open when the columns were asked for."""
    key = (request.POST if request.method == "POST" else request.GET).get("saved", "")
    if not (key.isascii() and key.isdigit() and len(key) <= 18):
        return None
    return SavedView.objects.visible_to(request.user).filter(pk=int(key), owner=request.user).first()


@requires(Permission.TAG_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def tag_list(request: HttpRequest) -> HttpResponse:
    """The words that may be put on cases; a post adds one."""
    form = TagNameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            tag = actions.create_tag(by=request.user, name=form.cleaned_data["name"])
        except Refused as refused:
            form.add_error("name", refused.message)
        else:
            messages.success(request, _("已新增标签“%(name)s”。") % {"name": tag.name})
            return redirect("issues:tags")
    rows = Tag.objects.visible_to(request.user).annotate(cases=Count("links")).order_by("-is_active", "name")
    return render(request, "issues/tags.html", {"form": form, "rows": rows}, status=422 if form.errors else 200)


@requires(Permission.TAG_EDIT)
@require_POST
def tag_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a tag, retire it or offer it again."""
    tag = get_object_or_404(Tag.objects.visible_to(request.user), pk=pk)
    active = {"retire": False, "offer": True}.get(request.POST.get("do", ""))
    version = request.POST.get("version", "")
    try:
        actions.edit_tag(
            tag=tag,
            by=request.user,
            name=request.POST.get("name") if active is None else None,
            is_active=active,
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
        )
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("issues:tags")
