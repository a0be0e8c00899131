"""The ledger over a million cases: five filters, an order and counts, against a bare view of the same rows."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.test import Client

from bench import years
from bench.measure import Result, paired
from bench.pages import COLUMNS, HOST, TABLE, template
from foundation.accounts.access import requires
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.clocks.localtime import start_of_day
from issues.models import Issue

SINCE = "2018-01-01"
ORDERS = {"": "-registered_at", "-last": "-last_event_at"}
PAGES = (1, 100)
SIZE = 50


def measure() -> list[Result]:
    """The first and the hundredth page, in the usual order and by the last event."""
    _move()
    office, stranger = Client(**HOST), Client(**HOST)
    office.force_login(User.objects.get(username="office"))
    asked = _filters()

    def get(client: Client, path: str) -> None:
        response = client.get(path)
        assert response.status_code == 200, (path, response.status_code)

    found = []
    for sort, order in ORDERS.items():
        for number in PAGES:
            query = f"{asked}&sort={sort}&page={number}"
            found.append(
                paired(
                    f"page {number:>3} of {Issue.objects.count():,}, five filters, by {order[1:]}",
                    lambda query=query: get(office, f"/issues/?view=all&{query}"),  # type: ignore[misc]
                    lambda query=query: get(stranger, f"/bare/narrowed/?{query}"),  # type: ignore[misc]
                    goal=1.5,
                )
            )
    return found


def _move() -> None:
    """Go over to a copy of the measuring district with ten more years of closed cases."""
    base = str(connection.settings_dict["NAME"])
    name = f"{base}_million"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        there = cursor.fetchone()
    connection.close()
    if not there:
        connection.settings_dict["NAME"] = "postgres"
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{base}"')
        connection.close()
    connection.settings_dict["NAME"] = name
    cache.clear()
    call_command("migrate", verbosity=0)
    years.add_years()


def _filters() -> str:
    """Category, channel, town, stage and a first day, as the commonest case has them."""
    case = Issue.objects.filter(status="closed", channel="portal", enterprise__town__isnull=False).order_by("pk")[0]
    return (
        f"category={case.category_id}&channel=portal&town={case.enterprise.town_id}"
        f"&status=closed&registered_after={SINCE}"
    )


@requires(Permission.ANYONE)
def bare_narrowed(request: HttpRequest) -> HttpResponse:
    """One indexed query for the same fifty rows, a bare table."""
    start = SIZE * (int(request.GET["page"]) - 1)
    order = (ORDERS[request.GET["sort"]], "-pk")
    keys = _narrowed(request.GET.dict()).order_by(*order).values("pk")[start : start + SIZE]
    rows = Issue.objects.filter(pk__in=keys).order_by(*order).values_list(*COLUMNS)
    return HttpResponse(template(TABLE).render({"rows": rows}))


def _narrowed(asked: dict[str, str]) -> QuerySet[Issue]:
    chosen: dict[str, Any] = {"category": asked["category"], "channel": asked["channel"], "status": asked["status"]}
    since = start_of_day(date.fromisoformat(asked["registered_after"]))
    return Issue.objects.filter(**chosen, enterprise__town=int(asked["town"]), registered_at__gte=since)
