"""One's own page: by which channels one is told of what."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.notices import actions, hours
from foundation.notices import rules as ruled
from foundation.notices.forms import ChoicesForm


@requires(Permission.SIGNED_IN)
@require_http_methods(["GET", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """What is left to oneself, and what the office rules."""
    form = ChoicesForm(request.POST or None, user=request.user, rules=ruled.current())
    if form.is_bound and form.is_valid():
        try:
            actions.choose(wanted=form.wanted(), by=request.user)
        except Refused as refused:  # the office ruled otherwise meanwhile
            messages.error(request, refused.message)
        else:
            messages.success(request, _("已保存,从下一条消息起生效。"))
        return redirect("notices:choices")
    return render(request, "notices/choices.html", {"form": form, "opens": hours.OPENS, "closes": hours.CLOSES})
