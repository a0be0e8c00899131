"""Drafts of appeals: kept while somebody types, thrown away on their word."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.attachments.forms import keep_files
from issues import actions
from issues.forms.appeals import AppealForm
from issues.models import AppealDraft


@requires(Permission.APPEAL_SUBMIT)
@require_POST
def autosave(request: HttpRequest) -> HttpResponse:
    """Keep the form as it stands; answers with a line that says when, or why not."""
    form = AppealForm(request.POST, user=request.user)
    keep_files(form, by=request.user)
    context: dict[str, object] = {}
    try:
        context["draft"] = actions.save_draft(by=request.user, **form.as_draft())  # type: ignore[arg-type]
    except Refused as refused:
        context["refused"] = refused.message
    return render(request, "issues/parts/draft_state.html", context)


@requires(Permission.APPEAL_SUBMIT)
@require_POST
def discard(request: HttpRequest, key: UUID) -> HttpResponse:
    """Throw one's own draft away."""
    draft = get_object_or_404(AppealDraft.objects.visible_to(request.user), key=key)
    actions.discard_draft(draft=draft, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("草稿已删除。"))
    return redirect("issues:appeals")
