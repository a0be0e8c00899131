"""Replies kept ready: the department's list, and what is offered while somebody writes on a case."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission
from issues import actions
from issues.canned import kept_by, offered
from issues.forms.canned import CannedForm
from issues.models import CannedReply
from issues.views.case import found, number_of


@requires(Permission.CANNED_REPLY_KEEP)
@require_http_methods(["GET", "POST"])
def canned_list(request: HttpRequest) -> HttpResponse:
    """Every reply this person may use, and the form for another."""
    form = CannedForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_bound and form.is_valid():
        try:
            reply = actions.add_canned(by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已新增常用语“%(title)s”。") % {"title": reply.title})
            return redirect("issues:canned")
    mine = set(kept_by(request.user).values_list("pk", flat=True))
    rows = CannedReply.objects.visible_to(request.user).select_related("department", "changed_by")
    context = {"replies": [(row, row.department_id in mine) for row in rows], "form": form if mine else None}
    return render(request, "issues/canned.html", context, status=422 if form.is_bound else 200)


@requires(Permission.CANNED_REPLY_KEEP)
@require_http_methods(["GET", "POST"])
def canned_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One reply; a stale form shows both texts and loses nothing."""
    reply = _kept(request, pk)
    form = CannedForm(request.POST if request.method == "POST" else None, user=request.user, reply=reply)
    stale = None
    if form.is_bound and form.is_valid():
        try:
            actions.edit_canned(reply=reply, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except Stale as error:
            reply = CannedReply.objects.get(pk=reply.pk)
            stale = form.compare(error.current)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已保存。"))
            return redirect("issues:canned")
    context = {"form": form, "reply": reply, "stale": stale}
    return render(request, "issues/canned_edit.html", context, status=409 if stale else 422 if form.is_bound else 200)


@requires(Permission.CANNED_REPLY_KEEP)
@require_POST
def canned_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep it no more."""
    reply = _kept(request, pk)
    try:
        actions.delete_canned(reply=reply, by=request.user, version=number_of(request, "version"))  # type: ignore[arg-type]
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("issues:canned_edit", reply.pk)
    messages.success(request, _("已删除常用语“%(title)s”。") % {"title": reply.title})
    return redirect("issues:canned")


@requires(Permission.CANNED_REPLY_KEEP)
@require_safe
def phrases(request: HttpRequest, pk: int) -> HttpResponse:
    """What may be put into a text on this case, filled: a menu's content, or a page to copy from."""
    issue = found(request, pk)
    context = {"issue": issue, "phrases": offered(issue, request.user)}  # type: ignore[arg-type]
    return render(request, "issues/phrases_menu.html" if request.htmx else "issues/phrases.html", context)  # type: ignore[attr-defined]


def _kept(request: HttpRequest, pk: int) -> CannedReply:
    rows = CannedReply.objects.visible_to(request.user).filter(department__in=kept_by(request.user))
    return get_object_or_404(rows.select_related("department"), pk=pk)
