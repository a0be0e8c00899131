"""The list of batches, and what is done with one: written, watched at work, taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from foundation.imports import actions
from foundation.imports.models import Batch
from foundation.imports.progress import progress_of
from foundation.imports.views.base import act, batch_of
from foundation.ui.paging import paginate


@requires(Permission.IMPORT)
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """Who brought what in, when, and what came of it."""
    rows = Batch.objects.visible_to(request.user).select_related("by")
    return render(request, "imports/list.html", {"page": paginate(request, rows, per_page=20)})


@requires(Permission.IMPORT)
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The bar alone, asked for every second; when the work is over, the whole page again."""
    batch = batch_of(request, pk)
    response = render(request, "imports/progress.html", {"batch": batch, "progress": progress_of(batch)})
    if not batch.is_at_work:
        response["HX-Refresh"] = "true"
    return response


@requires(Permission.IMPORT)
@require_POST
def commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the batch written; with `skip_errors` without the refused rows."""
    batch = batch_of(request, pk)
    skip = request.POST.get("skip_errors") == "1"
    return act(request, batch, lambda: actions.request_commit(batch=batch, by=request.user, skip_errors=skip))


@requires(Permission.IMPORT)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the batch back where nothing later depends on it."""
    batch = batch_of(request, pk)

    def take_back() -> None:
        done = actions.undo(batch=batch, by=request.user)
        said = _("已撤销：删除 %(deleted)s 条，恢复 %(restored)s 条。") % {
            "deleted": done.deleted,
            "restored": done.restored,
        }
        if done.refused:
            said += _("另有 %(n)s 条已被使用或修改，予以保留，见下表。") % {"n": len(done.refused)}
        messages.success(request, said)

    return act(request, batch, take_back)
