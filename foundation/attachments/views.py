"""Handing a file out, after asking whether this person may have it."""

from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from foundation.attachments.models import Attachment


@requires(Permission.SIGNED_IN)
@require_safe
def download(request: HttpRequest, key: UUID) -> FileResponse:
    """Always a download, never shown as a page of this site."""
    attachment = get_object_or_404(Attachment.objects.visible_to(request.user), key=key)
    response = FileResponse(
        attachment.file.open("rb"), as_attachment=True, filename=attachment.name, content_type=attachment.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
