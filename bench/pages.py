"""The ledger and a case against bare views that read the same rows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import engines
from django.test import Client

from bench.measure import Result, paired
from foundation.accounts.access import requires
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from issues.models import Issue

HOST = {"HTTP_HOST": "localhost"}
TABLE = """<!doctype html><table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>"""
SHEET = "<!doctype html><dl>{% for name, value in facts %}<dt>{{ name }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>"
COLUMNS = (  # what a line of the ledger shows
    "number", "title", "enterprise__name", "enterprise__park__name", "enterprise__town__name",
    "department__short_name", "category__name", "status", "level", "due_at", "last_event_at",
)  # fmt: skip


def template(source: str) -> Any:
    return engines["django"].from_string(source)


@requires(Permission.ANYONE)
def bare_list(request: HttpRequest) -> HttpResponse:
    """One indexed query, fifty rows, a bare table."""
    rows = Issue.objects.filter(closed_at__isnull=True).order_by("due_at").values_list(*COLUMNS)[:50]
    return HttpResponse(template(TABLE).render({"rows": rows}))


@requires(Permission.ANYONE)
def bare_newest(request: HttpRequest) -> HttpResponse:
    """The newest fifty rows by the primary key, a bare table."""
    rows = Issue.objects.order_by("-pk").values_list(*COLUMNS)[:50]
    return HttpResponse(template(TABLE).render({"rows": rows}))


@requires(Permission.ANYONE)
def bare_case(request: HttpRequest, pk: int) -> HttpResponse:
    """One row by its key, its fields in a bare list."""
    facts = Issue.objects.filter(pk=pk).values()[0]
    return HttpResponse(template(SHEET).render({"facts": facts.items()}))


@requires(Permission.SIGNED_IN)
def frame(request: HttpRequest) -> HttpResponse:
    """The portal's frame around nothing: what every page costs somebody signed in."""
    return render(request, "base.html")


def measure() -> list[Result]:
    """Whole requests through the same middleware, in one process."""
    office, stranger = Client(**HOST), Client(**HOST)
    office.force_login(User.objects.get(username="office"))
    case = Issue.objects.open().filter(status="handling").order_by("due_at")[0]

    def get(client: Client, path: str) -> None:
        response = client.get(path)
        assert response.status_code == 200, (path, response.status_code)

    return [
        paired("ledger page of 50 rows", lambda: get(office, "/issues/"), lambda: get(stranger, "/bare/"), goal=2),
        paired(
            "case page",
            lambda: get(office, f"/issues/{case.pk}/"),
            lambda: get(stranger, f"/bare/{case.pk}/"),
            goal=2.5,
        ),
        paired(
            "of which the frame, signed in, around nothing",
            lambda: get(office, "/frame/"),
            lambda: get(stranger, f"/bare/{case.pk}/"),
        ),
    ]
