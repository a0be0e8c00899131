"""The list of batches, and what is done with one: written, watched at work, taken back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.imports import actions
from foundation.imports.depending import left_by_undo
from foundation.imports.forms import PolicyForm
from foundation.imports.models import Batch
from foundation.imports.progress import is_asked_to_stop, progress_of
from foundation.imports.registry import resource_for
from foundation.imports.views.base import act, batch_of
from foundation.ui.paging import paginate


@requires(Permission.IMPORT)
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """Who brought what in, when, and what came of it."""
    rows = Batch.objects.visible_to(request.user).select_related("by", "committed_by", "cancelled_by")
    return render(request, "imports/list.html", {"page": paginate(request, rows, per_page=20)})


def at_work(batch: Batch) -> dict[str, Any]:
    """How far the work is, and whether it was asked to stop."""
    return {"progress": progress_of(batch), "is_stopping": batch.is_at_work and is_asked_to_stop(batch)}


def story(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    """For the page of a batch: what can be chosen of it, what an undo left, whether its file can be had."""
    resource = resource_for(batch.resource)
    given = {"policy": batch.policy, "is_full": batch.is_full}
    return {
        **at_work(batch),
        "policy_form": PolicyForm(initial=given, marks=bool(resource.missing_field)),
        "left": left_by_undo(batch, request.user),
    }


@requires(Permission.IMPORT)
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The bar alone, asked for every second; when the work is over, the whole page again."""
    batch = batch_of(request, pk)
    response = render(request, "imports/progress.html", {"batch": batch, **at_work(batch)})
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
def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose what is done with objects that are there; the preview is worked out again."""
    batch = batch_of(request, pk)
    chosen, is_full = request.POST.get("policy", ""), request.POST.get("is_full") in ("on", "1")
    return act(
        request,
        batch,
        lambda: actions.choose_policy(batch=batch, policy=chosen, is_full=is_full, by=request.user),
    )


@requires(Permission.IMPORT)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a batch that waits or is at work."""
    batch = batch_of(request, pk)
    undoing = batch.state == Batch.State.UNDOING
    said = _("已取消，没有撤销任何数据。") if undoing else _("已取消，没有写入任何数据。")

    def stop() -> None:
        if actions.cancel(batch=batch, by=request.user):
            messages.success(request, said)
        else:
            messages.info(request, _("已请求取消，处理完手头这一段就停止。"))

    return act(request, batch, stop)


@requires(Permission.IMPORT)
@require_safe
def original(request: HttpRequest, pk: int) -> FileResponse | HttpResponse:
    """The file as it came: always a download, never shown as a page of this site."""
    batch = batch_of(request, pk)
    try:
        file = actions.hand_out(batch=batch, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("imports:detail", batch.pk)
    response = FileResponse(
        file, as_attachment=True, filename=batch.original_name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@requires(Permission.IMPORT)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the batch taken back where nothing later depends on it."""
    batch = batch_of(request, pk)
    return act(request, batch, lambda: actions.request_undo(batch=batch, by=request.user))
