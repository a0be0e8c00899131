"""What every page of a batch shares: fetching it in sight of the person, and acting on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.imports.models import Batch


def batch_of(request: HttpRequest, pk: int) -> Batch:
    """The batch where this person may see it, with who brought it in."""
    return get_object_or_404(
        Batch.objects.visible_to(request.user).select_related("by", "committed_by", "undone_by"), pk=pk
    )


def is_masked(request: HttpRequest) -> bool:
    """Whether this person sees phone numbers only in part."""
    return not request.user.may(Permission.PHONE_FULL)  # type: ignore[union-attr]


def act(request: HttpRequest, batch: Batch, verb: Callable[[], Any]) -> HttpResponse:
    """Do it and go back to the batch, with the sentence of a refusal."""
    try:
        verb()
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("imports:detail", batch.pk)


def reversed_or_blank(name: str) -> str:
    """The address of a page, blank where there is none."""
    try:
        return reverse(name) if name else ""
    except NoReverseMatch:
        return ""
