"""Handing files out, after asking whether this person may have them; and taking them in ahead of a form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.attachments import actions
from foundation.attachments.models import Attachment
from foundation.attachments.owners import page_of
from foundation.ui.paging import paginate

CLOSED = "sandbox; default-src 'none'"
# The picture or document runs nothing and reaches nothing, and only our own pages may frame it.
SANDBOX = f"{CLOSED}; style-src 'unsafe-inline'; frame-ancestors 'self'"


@requires(Permission.SIGNED_IN)
@require_safe
def download(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """Always a download, never shown as a page of this site."""
    attachment = _seen(request, key)
    if not attachment.is_clean:
        return redirect("attachments:preview", key)
    return _file(request, attachment, attachment.file, as_attachment=True)


@requires(Permission.SIGNED_IN)
@require_safe
def preview(request: HttpRequest, key: UUID) -> HttpResponse:
    """A page around the picture or the PDF; for anything else its facts and the download."""
    attachment = _seen(request, key)
    back = page_of(attachment.owner_type, attachment.owner_id, request.user)
    return render(request, "attachments/preview.html", {"attachment": attachment, "back": back})


@requires(Permission.SIGNED_IN)
@require_safe
def content(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """The picture or PDF itself, for the page around it; never anything a browser could run."""
    attachment = _seen(request, key)
    if not attachment.can_be_shown:
        raise Http404
    response = _file(request, attachment, attachment.file, as_attachment=False)
    response["Content-Security-Policy"] = SANDBOX
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@requires(Permission.SIGNED_IN)
@require_safe
def likeness(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """The small picture in lists."""
    attachment = _seen(request, key)
    if not (attachment.is_clean and attachment.likeness):
        raise Http404
    response = _file(request, attachment, attachment.likeness, as_attachment=False, content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=3600"  # the likeness of a key never changes
    return response


@requires(Permission.SIGNED_IN)
@require_POST
def hold(request: HttpRequest) -> JsonResponse:
    """Take one file in ahead of its form; the form names it by the key."""
    file = request.FILES.get("file")
    if file is None:
        return JsonResponse({"error": _("没有收到文件，请重新选择。")}, status=422)
    try:
        row = actions.hold(file=file, by=request.user)  # type: ignore[arg-type]
    except Refused as refusal:
        return JsonResponse({"error": refusal.message, "code": refusal.code}, status=422)
    return JsonResponse(
        {
            "key": str(row.key),
            "name": row.name,
            "size": row.size,
            "size_text": filesizeformat(row.size),
            "drop": reverse("attachments:drop", args=[row.key]),
        },
        status=201,
    )


@requires(Permission.SIGNED_IN)
@require_POST
def drop(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take back a file that no form has taken."""
    actions.drop(attachment=get_object_or_404(Attachment.objects.held_by(request.user), key=key), by=request.user)
    return HttpResponse(status=204)


@requires(Permission.ATTACHMENT_RELEASE)
@require_safe
def blocked(request: HttpRequest) -> HttpResponse:
    """What the scanner blocked, the newest first."""
    return _blocked(request)


@requires(Permission.ATTACHMENT_RELEASE)
@require_POST
def release(request: HttpRequest, key: UUID) -> HttpResponse:
    """Hand a blocked file out after all."""
    row = get_object_or_404(Attachment.objects.blocked_for(request.user), key=key)
    reason = request.POST.get("reason", "")
    try:
        actions.release(attachment=row, by=request.user, reason=reason)  # type: ignore[arg-type]
    except Refused as refusal:
        return _blocked(request, status=422, failed=row, reason=reason, refusal=refusal.message)
    messages.success(request, _("已放行“%(name)s”。") % {"name": row.name})
    return redirect("attachments:blocked")


def _blocked(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    rows = Attachment.objects.blocked_for(request.user).select_related("uploaded_by__department")
    shown = {"page": paginate(request, rows.order_by("-scanned_at", "-pk")), **more}
    return render(request, "attachments/blocked.html", shown, status=status)


def _seen(request: HttpRequest, key: UUID) -> Attachment:
    rows = Attachment.objects.visible_to(request.user).select_related("uploaded_by")
    return get_object_or_404(rows, key=key)


def _file(
    request: HttpRequest, attachment: Attachment, stored: Any, *, as_attachment: bool, content_type: str = ""
) -> HttpResponseBase:
    try:
        file = stored.open("rb")
    except Exception:  # a folder that is gone, a store that does not answer: each raises errors of its own
        return render(request, "attachments/unavailable.html", {"attachment": attachment}, status=503)
    response = FileResponse(
        file,
        as_attachment=as_attachment,
        filename=attachment.name,
        content_type=content_type or attachment.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = CLOSED
    response["Cache-Control"] = "private, no-store"
    return response
