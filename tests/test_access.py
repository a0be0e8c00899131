"""Every URL × method × role against the table: what is not in it is closed to everyone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from foundation.accounts.permissions import ADMIN_ROLES, Role
from tests.access_table import ALL, ANYONE, TABLE
from tests.accounts.factories import UserFactory

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CLOSED = (403, 405)
SAMPLES: dict[str, Any] = {"int": 0, "str": "x", "slug": "x", "path": "x", "uuid": uuid.UUID(int=0)}


def walk(patterns: list[Any], prefix: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    """(name, path with sample arguments) of every URL pattern, in order."""
    for entry in patterns:
        route = prefix + _sample_path(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from walk(entry.url_patterns, route, inner)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name or route}", "/" + route


def _sample_path(pattern: Any) -> str:
    """The route with a sample in each placeholder; works for path() and for the API router's expressions."""
    text = getattr(pattern, "_route", None)
    if text is not None:
        for name, converter in pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
            for written in (f"<{kind}:{name}>", f"<{name}>"):
                text = text.replace(written, str(SAMPLES.get(kind, "x")))
        return text
    return _sample_of_expression(pattern._regex)


def _sample_of_expression(expression: str) -> str:
    plain = re.sub(r"\(\?P<\w+>[^)]*\)", "0", expression)
    return plain.replace("^", "").replace("$", "").replace("\\.", ".").replace("\\Z", "").replace("/?", "/")


EVERY_URL = sorted(dict(walk(get_resolver().url_patterns)).items())
URLS = [(name, path) for name, path in EVERY_URL if not name.startswith("admin:")]
ADMIN = [(name, path) for name, path in EVERY_URL if name.startswith("admin:") and name != "admin:logout"]


@pytest.fixture(autouse=True)
def _plain_error_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of refusals: their pages, tested elsewhere, need not be drawn."""
    monkeypatch.setattr("django.conf.urls.handler403", lambda request, exception: HttpResponse(status=403))
    monkeypatch.setattr("django.conf.urls.handler404", lambda request, exception: HttpResponse(status=404))


def test_every_url_stands_in_the_table():
    known = {name for name, _path in URLS}
    assert known - set(TABLE) == set(), "declare these in tests/access_table.py"
    assert set(TABLE) - known == set(), "these no longer exist"


def given_to(name: str, method: str) -> str:
    """Whom the table lets in there."""
    return TABLE.get(name, {}).get(method, "")


# All roles that one person can hold: no two of the administrators'.
TOGETHER = [[role for role in Role if role not in ADMIN_ROLES] + [admin] for admin in sorted(ADMIN_ROLES)]
WALK = [(name, path, method) for name, path in URLS for method in METHODS]


def wrongly(client: Any, walk: list[tuple[str, str, str]], role: str) -> list[str]:
    """Where somebody of this role is let in, or kept out, against the table."""
    wrong = []
    for name, path, method in walk:
        allowed = given_to(name, method)
        may = allowed in (ANYONE, ALL) or role in allowed.split()
        status = client.generic(method, path).status_code
        if (status in CLOSED) == may and not (may and status == 405):
            wrong.append(f"{method} {name} {path}: {status}, expected {'open' if may else 'closed'}")
    return wrong


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_exactly_what_the_table_gives_it(client, role):
    client.force_login(UserFactory(roles=[role]))
    open_to_some = [one for one in WALK if given_to(one[0], one[2]) and one[0] != "accounts:logout"]
    assert wrongly(client, open_to_some, role) == []


@pytest.mark.django_db
@pytest.mark.parametrize("roles", TOGETHER, ids=lambda roles: roles[-1])
def test_what_the_table_gives_to_nobody_is_closed_even_to_all_roles_together(client, roles):
    """Three walks stand for each role's: roles only add permissions, as the next test holds."""
    client.force_login(UserFactory(roles=roles))
    assert wrongly(client, [one for one in WALK if not given_to(one[0], one[2])], "") == []


@pytest.mark.django_db
@pytest.mark.parametrize("roles", TOGETHER, ids=lambda roles: roles[-1])
def test_roles_together_allow_what_each_allows_and_no_more(roles):
    each = [UserFactory(roles=[role]).permissions for role in roles]
    assert UserFactory(roles=roles).permissions == frozenset().union(*each)


@pytest.mark.django_db
def test_a_stranger_sees_only_what_is_for_anyone(client):
    wrong = []
    for name, path in URLS:
        for method in METHODS:
            public = TABLE.get(name, {}).get(method) == ANYONE
            response = client.generic(method, path)
            to_login = response.status_code == 302 and response.url.startswith("/accounts/login/")
            shut = to_login or response.status_code in (401, *CLOSED)
            if shut == public:
                wrong.append(f"{method} {name} {path}: {response.status_code}")
    assert wrong == []


@pytest.mark.django_db
def test_without_any_role_only_the_account_itself_is_open(client):
    client.force_login(UserFactory())
    for name, path in URLS:
        if TABLE.get(name, {}).get("GET") not in (ANYONE, ALL, None):
            assert client.get(path).status_code == 403, name


@pytest.mark.django_db
@pytest.mark.parametrize("roles", [roles for roles in TOGETHER if Role.SYSTEM_ADMIN not in roles])
def test_the_admin_site_is_closed_to_all_but_the_system_administrator(client, roles):
    client.force_login(UserFactory(roles=roles))
    assert {path for _name, path in ADMIN if client.get(path).status_code != 403} == set()
    assert {path for _name, path in ADMIN if client.post(path).status_code not in CLOSED} == set()


@pytest.mark.django_db
def test_what_may_be_read_may_be_asked_for_by_head(client):
    client.force_login(UserFactory(roles=[Role.OFFICE]))
    for path in (
        "/",
        "/issues/",
        "/enterprises/",
        "/projects/",
        "/visits/",
        "/supervision/",
        "/calendar/",
        "/imports/",
    ):
        assert client.head(path).status_code == 200, path
