"""The sheet of first passwords of a batch of people."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.imports import actions
from foundation.imports.views.base import batch_of


@requires(Permission.USER_EDIT)
@require_POST
def passwords(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw new first passwords and show them, this once, ready to be printed."""
    batch = batch_of(request, pk)
    try:
        issued = actions.issue_passwords(batch=batch, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("imports:detail", batch.pk)
    response = render(
        request, "imports/passwords.html", {"batch": batch, "issued": issued, "address": settings.SITE_URL}
    )
    response["Cache-Control"] = "private, no-store"
    return response
