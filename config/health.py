"""What load balancers and container engines ask."""

from django.db.utils import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from config.troubles import troubles
from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission


@requires(Permission.ANYONE)
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@requires(Permission.ANYONE)
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """People are told in time: the database answers, tasks run, the calendar is there, messages leave."""
    try:
        found = troubles()
    except DatabaseError:
        return JsonResponse({"status": "database unreachable"}, status=503)
    if found:
        return JsonResponse({"status": "not ready", "reasons": found}, status=503)
    return JsonResponse({"status": "ok"})
