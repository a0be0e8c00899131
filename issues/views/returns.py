"""Who returned how much."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from issues.returns import returns


@requires(Permission.DISTRICT_SCOPE)
@require_safe
def return_list(request: HttpRequest) -> HttpResponse:
    """Returns by department, this month and this year."""
    return render(request, "issues/returns.html", {"returns": returns()})
