"""A person's own exports: asked for, watched, fetched."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.exports import actions
from foundation.exports.kinds import ExportKind, kind_of
from foundation.exports.models import Export
from foundation.ui.paging import paginate
from foundation.ui.sheets import MEDIA_TYPE


def confirm(request: HttpRequest, kind: ExportKind, count: int) -> HttpResponse:
    """What a list's own export page answers when it is too long to be written while the person waits."""
    return render(request, "exports/confirm.html", {"kind": kind, "count": count, "query": request.GET.urlencode()})


@requires(Permission.SIGNED_IN)
@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """One's own, the newest first."""
    return render(request, "exports/list.html", {"page": paginate(request, Export.objects.visible_to(request.user))})


@requires(Permission.SIGNED_IN)
@require_POST
def request_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Have a list written in the background."""
    asked = kind_of(kind)
    if asked is None:
        raise Http404
    if not request.user.may(asked.permission):  # type: ignore[union-attr]
        raise PermissionDenied
    try:
        export = actions.request_export(kind=asked, query=request.POST.get("query", ""), by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("exports:list")
    return redirect("exports:detail", export.pk)


@requires(Permission.SIGNED_IN)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, and the file once it is written."""
    return render(request, "exports/detail.html", {"export": _own(request, pk)})


@requires(Permission.SIGNED_IN)
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that renews itself."""
    return render(request, "exports/progress.html", {"export": _own(request, pk)})


@requires(Permission.SIGNED_IN)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it."""
    export = _own(request, pk)
    try:
        actions.cancel(export=export, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("exports:detail", export.pk)


@requires(Permission.SIGNED_IN)
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The workbook."""
    export = _own(request, pk)
    try:
        file = actions.hand_out(export=export, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("exports:detail", export.pk)
    response = FileResponse(file, as_attachment=True, filename=export.name, content_type=MEDIA_TYPE)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _own(request: HttpRequest, pk: int) -> Export:
    return get_object_or_404(Export.objects.visible_to(request.user), pk=pk)
