"""Nonsense in every address and every form of the portal: an answer in words, never a server error."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from enterprises.models import Registration
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from tests.access_table import ALL, ANYONE, TABLE
from tests.accounts.factories import UserFactory
from tests.enterprises.factories import EnterpriseFactory, sound_code
from tests.issues import factories
from tests.liaison.factories import make_project, serve
from tests.pageforms import Form, forms_of
from tests.test_access import URLS

BIG = "9" * 20
# Every parameter that some page reads.
WORDS = """
    after before category closed_after closed_before closed_in department due due_on enterprise form from industry kind
    label level month next officer overdue_days page park period person pool project q registered_after
    registered_before registered_in role saved show
    since sort stage standing state status tab tag target tier to town until verb view year
"""
PARAMETERS = WORDS.split()
NONSENSE = {
    "nul": "%00",
    "nul inside a word": "a%00b",
    "a digit that is no number": "%C2%B2",
    "a number that fits no column": BIG,
    "a negative number": "-1",
    "the first day there is": "0001-01-01",
    "the last day there is": "9999-12-31",
    "the first month there is": "0001-01",
    "the last month there is": "9999-12",
    "half a character": "%ED%A0%80",
    "far beyond the plane": "%F0%A0%AE%B7",
    "a field behind a field": "user__password",
    "a list": "1&{name}=2",
}


# Who walks: one person with every business role, the enterprise's side, and the two administrators left.
WALKERS = (
    ["cadre", "handler", "department_head", "leader", "office", "supervisor", "system_admin"],
    ["enterprise"],
    ["security_admin"],
    ["auditor"],
)


@pytest.fixture
def walkers(db: Any) -> list[tuple[Client, list[str]]]:
    """A session for each side, and the pages open to it."""
    district = factories.make_district()
    people = [district.speaker if "enterprise" in roles else member(district, roles) for roles in WALKERS]
    return [(signed_in(user), pages_for(roles)) for user, roles in zip(people, WALKERS, strict=True)]


def member(district: factories.District, roles: list[str]) -> User:
    return UserFactory(roles=[Role(role) for role in roles], department=district.bureau)


def pages_for(roles: list[str]) -> list[str]:
    """The pages that one of these roles opens and that take an address without a number."""
    opened = [(path, TABLE[name].get("GET", "")) for name, path in URLS if not name.startswith("api:")]
    return [path for path, who in opened if who in (ANYONE, ALL) or set(roles) & set(who.split())]


def signed_in(user: User) -> Client:
    """A session; an unhandled error in a view is answered as in production."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def broken(answers: dict[str, Any]) -> dict[str, str]:
    """Which of these answers are server errors, and what went wrong."""
    return {what[:40]: repr(answer.exc_info[1]) for what, answer in answers.items() if answer.status_code >= 500}


@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE.keys())
def test_no_page_breaks_on_nonsense_in_its_address(walkers, value):
    query = "&".join(f"{name}={value.format(name=name)}" for name in PARAMETERS)
    for client, pages in walkers:
        assert broken({path: client.get(f"{path}?{query}") for path in pages}) == {}


@pytest.fixture
def official(db: Any) -> Client:
    """A session of a person with every business role."""
    return signed_in(member(factories.make_district(), WALKERS[0]))


# Only with a kind that there is do these look for words; the others did so above.
OF_A_KIND = [path for name, path in URLS if name in ("liaison:people", "liaison:bulk")]


@pytest.mark.parametrize("name", ["nul", "nul inside a word", "half a character", "far beyond the plane"])
def test_no_page_breaks_on_words_it_cannot_look_for(official, name):
    query = f"kind=service_officer&q={NONSENSE[name]}"
    answers = {path: official.get(f"{path}?{query}") for path in OF_A_KIND}
    assert {answer.status_code for answer in answers.values()} == {200}


def lists_of_the_api() -> list[tuple[str, list[str]]]:
    """Every list of the API and the parameters that its schema names."""
    schema = SchemaGenerator().get_schema(public=True)
    found = {path: verbs["get"] for path, verbs in schema["paths"].items() if "get" in verbs and "{" not in path}
    return [(path, [one["name"] for one in get.get("parameters", ())]) for path, get in found.items()]


@pytest.mark.parametrize("value", [*NONSENSE.values(), "-1e400", "1e400", "NaN"])
def test_no_list_of_the_api_breaks_on_nonsense_in_a_parameter(official, value):
    asked = [f"{path}?{name}={value.format(name=name)}" for path, names in lists_of_the_api() for name in names]
    assert len(asked) > 40
    assert broken({path: official.get(path) for path in asked}) == {}


DEEP = b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [DEEP, b'{"text":"\\u0000"}', b'{"text":"\\ud800"}', b"\xff\xfe", b'{"text":"%s"}' % (b"x" * 1_000_000), b"", b"0"],
    ids=["deep", "nul", "half a character", "no utf-8", "a megabyte", "nothing", "a number"],
)
def test_a_body_that_cannot_be_taken_is_refused_and_changes_nothing(body):
    district = factories.make_district()
    issue = factories.handling(district)
    answer = signed_in(district.handler).post(f"/api/v1/issues/{issue.pk}/note/", body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"
    assert issue.events.filter(verb="note").count() == 0


SENT = {
    "nul": "a\x00b",
    "a digit that is no number": "²",
    "a number that fits no column": BIG,
    "half a character": b"a\xed\xa0\x80b",
    "a line break and a header": "a\r\nSet-Cookie: a=1\r\n\r\n<script>alert(1)</script>",
}


def forms_to_fill(district: factories.District) -> list[tuple[Client, str]]:
    """Who may fill the forms on which page."""
    issues = {stage: make(district) for stage, make in factories.STAGES.items()}
    enterprise, project = EnterpriseFactory(), make_project()
    serve(district.cadre, enterprise)
    admin, keeper = (UserFactory(roles=[role]) for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN))
    pages = {
        district.speaker: ["/appeals/new/", "/accounts/profile/", "/enterprises/colleagues/"]
        + [f"/appeals/{issues[stage].pk}/" for stage in ("waiting", "resolved")],
        district.handler: [f"/issues/{issues[stage].pk}/" for stage in ("dispatched", "handling")],
        district.cadre: [f"/visits/new/?enterprise={enterprise.pk}"],
        district.office: [
            "/issues/",
            f"/issues/new/?enterprise={enterprise.pk}",
            *(f"/issues/{issues[stage].pk}/" for stage in ("registered", "arbitration", "closed")),
            f"/rules/{district.category.code}/",
            "/enterprises/new/",
            f"/enterprises/{enterprise.pk}/",
            f"/enterprises/{enterprise.pk}/edit/",
            f"/assignments/enterprise/{enterprise.pk}/service_officer/",
            f"/projects/{project.pk}/",
            f"/projects/{project.pk}/edit/",
            "/projects/new/",
            "/visits/rule/",
            f"/enterprises/registrations/{asks_for_account().pk}/",
            f"/enterprises/{enterprise.pk}/staff/",
            "/calendar/load/",
        ],
        admin: ["/accounts/departments/new/"],
        keeper: ["/accounts/users/new/", f"/accounts/users/{district.handler.pk}/"],
    }
    known = [(signed_in(user), page) for user, mine in pages.items() for page in mine]
    return [*known, (Client(raise_request_exception=False), "/register/")]


def asks_for_account() -> Registration:
    """A request of somebody who has no account."""
    facts = {"enterprise_name": "青岭甲厂", "person_name": "甲", "phone": "13800138000", "username": "newcomer"}
    return Registration.objects.create(
        key=uuid.uuid4(), credit_code=sound_code(900), submitted_at=timezone.now(), **facts
    )


def posted(form: Form) -> bool:
    return form.method == "post" and not any(word in form.action for word in ("logout", "care"))


@pytest.mark.django_db
@pytest.mark.parametrize("value", SENT.values(), ids=SENT.keys())
def test_no_form_breaks_on_what_is_sent_in_its_fields(value):
    answers = {}
    for client, page in forms_to_fill(factories.make_district()):
        shown = client.get(page)
        assert shown.status_code == 200, page
        for form in filter(posted, forms_of(shown.content.decode())):
            address = urljoin(page, form.action or page)
            for names in (form.typed, form.values):
                data = form.filled(**{name: value for name in names if name != "csrfmiddlewaretoken"})
                answers[f"{address} {len(names)}"] = client.post(address, data)
    assert len(answers) > 60
    assert broken(answers) == {}
    assert [what for what, answer in answers.items() if "a" in answer.cookies] == []
