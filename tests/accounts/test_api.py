"""What every address of the API keeps: problem documents, scope, own notices, schema and docs."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.notices.models import Notice
from tests.accounts.factories import DepartmentFactory, UserFactory

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


# -- Departments and users --------------------------------------------------------------------------------------------


def test_people_see_themselves_and_their_department() -> None:
    department = DepartmentFactory()
    me = UserFactory(roles=[Role.HANDLER], department=department, phone="13812340217")
    colleague, stranger = UserFactory(department=department), UserFactory()
    client = signed_in(me)
    found = {row["id"]: row for row in client.get("/api/v1/users/").json()["results"]}
    assert set(found) == {me.pk, colleague.pk}
    assert found[me.pk]["phone"] == "138****0217"
    assert found[me.pk]["roles"] == ["handler"]
    assert client.get(f"/api/v1/users/{stranger.pk}/").status_code == 404


def test_no_secret_of_an_account_is_ever_answered() -> None:
    office = UserFactory(roles=[Role.OFFICE], email="office@example.test", phone="13812340217")
    row = signed_in(office).get(f"/api/v1/users/{office.pk}/").json()
    assert set(row) == {
        "id", "username", "name", "title", "department", "department_name", "roles", "phone", "is_active"
    }  # fmt: skip
    assert row["phone"] == "138****0217"


@pytest.mark.parametrize("query", ["ordering=password", "password=x", "role=god", "email=a", "is_active=perhaps"])
def test_users_cannot_be_probed_by_secret_facts(query: str) -> None:
    client = signed_in(UserFactory(roles=[Role.OFFICE]))
    assert client.get(f"/api/v1/users/?{query}").status_code == 400


def test_users_by_role_and_department() -> None:
    office, handler = UserFactory(roles=[Role.OFFICE]), UserFactory(roles=[Role.HANDLER, Role.CADRE])
    client = signed_in(office)
    by_role = client.get("/api/v1/users/?role=cadre").json()["results"]
    assert [row["id"] for row in by_role] == [handler.pk]
    by_department = client.get(f"/api/v1/users/?department={office.department_id}").json()["results"]
    assert [row["id"] for row in by_department] == [office.pk]


def test_nobody_writes_accounts_through_the_api() -> None:
    office = UserFactory(roles=[Role.OFFICE])
    client = signed_in(office)
    for body in ({"roles": ["office"]}, {"department": 1}, {"is_active": False}):
        assert client.patch(f"/api/v1/users/{office.pk}/", body, format="json").status_code == 405
    assert client.post("/api/v1/users/", {}, format="json").status_code == 405
    assert client.post("/api/v1/departments/", {}, format="json").status_code == 405


def test_departments_come_as_a_tree() -> None:
    department = DepartmentFactory(name="区交通局")
    child = DepartmentFactory(parent=department)
    client = signed_in(UserFactory(roles=[Role.CADRE]))
    assert [row["id"] for row in client.get(f"/api/v1/departments/?parent={department.pk}").json()["results"]] == [
        child.pk
    ]
    assert [row["id"] for row in client.get("/api/v1/departments/?q=交通").json()["results"]] == [department.pk]


def test_the_enterprise_side_does_not_browse_the_district() -> None:
    client = signed_in(UserFactory(roles=[Role.ENTERPRISE], department=None))
    assert client.get("/api/v1/users/").status_code == 403
    assert client.get("/api/v1/departments/").status_code == 403


def test_a_disabled_account_is_refused_at_the_next_request() -> None:
    user = UserFactory(roles=[Role.OFFICE])
    client = signed_in(user)
    assert client.get("/api/v1/users/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/api/v1/users/").status_code == 401


# -- Notices ----------------------------------------------------------------------------------------------------------


def notice(recipient: User, key: str) -> Notice:
    return Notice.objects.create(
        recipient=recipient, kind="test", subject=f"消息{key}", key=key, created_at=timezone.now()
    )


def test_notices_are_ones_own_to_read_and_to_mark() -> None:
    me, other = UserFactory(roles=[Role.OFFICE]), UserFactory()
    mine, theirs = notice(me, "a"), notice(other, "b")
    client = signed_in(me)
    assert [row["id"] for row in client.get("/api/v1/notices/?unread=true").json()["results"]] == [mine.pk]
    assert client.post(f"/api/v1/notices/{mine.pk}/read/").json()["read_at"]
    assert client.get("/api/v1/notices/?unread=true").json()["count"] == 0
    assert client.get("/api/v1/notices/?unread=false").json()["count"] == 1
    assert client.post(f"/api/v1/notices/{theirs.pk}/read/").status_code == 404
    assert client.post(f"/api/v1/notices/{mine.pk}/read/", {"read_at": None}, format="json").status_code == 400
    theirs.refresh_from_db()
    assert theirs.read_at is None


# -- Problem documents ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/users/999999/", 404),
        ("get", "/api/v1/users/99999999999999999999999/", 404),
        ("get", "/api/v1/users/abc/", 404),
        ("get", "/api/v1/nothing/", 404),
        ("get", "/api/", 404),
        ("delete", "/api/v1/notices/", 405),
        ("get", "/api/v1/notices/?page=0", 404),
        ("get", "/api/v1/notices/?x=1", 400),
    ],
)
def test_every_refusal_is_a_problem_document_in_chinese(method: str, path: str, status: int) -> None:
    client = signed_in(UserFactory(roles=[Role.OFFICE]))
    response = getattr(client, method)(path)
    assert response.status_code == status
    if path == "/api/":
        return  # not under the API's own addresses
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert {"type", "title", "code"} <= set(body)
    assert re.search("[\u4e00-\u9fff]", body["title"])


def test_a_stranger_is_told_to_sign_in() -> None:
    response = APIClient().get("/api/v1/notices/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Session"
    assert response["Content-Type"] == "application/problem+json"


def test_a_post_without_the_csrf_token_is_refused() -> None:
    user = UserFactory(roles=[Role.OFFICE])
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)
    response = client.post(f"/api/v1/notices/{notice(user, 'a').pk}/read/")
    assert response.status_code == 403
    assert response["Content-Type"] == "application/problem+json"


def test_other_media_types_are_refused() -> None:
    client = signed_in(UserFactory(roles=[Role.OFFICE]))
    response = client.post("/api/v1/enterprises/", "<a/>", content_type="application/xml")
    assert response.status_code == 415


# -- Schema and documentation -----------------------------------------------------------------------------------------


def test_the_schema_names_every_resource() -> None:
    client = signed_in(UserFactory(roles=[Role.CADRE]))
    schema = client.get("/api/schema/?format=json").json()
    named = {path.split("/")[3] for path in schema["paths"]}
    assert {"departments", "users", "enterprises", "parks", "projects", "notices"} <= named
    assert schema["paths"]["/api/v1/enterprises/"]["post"]["requestBody"]


def test_the_documentation_keeps_the_strict_policy() -> None:
    client = Client()
    client.force_login(UserFactory(roles=[Role.CADRE]))
    page = client.get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "<style" not in text
    assert "style=" not in text
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    script = client.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/schema/" in script.content.decode()


@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
def test_strangers_get_neither(path: str) -> None:
    assert Client().get(path).status_code == 401


# -- The admin --------------------------------------------------------------------------------------------------------


@pytest.fixture
def admin_paths() -> Iterator[list[str]]:
    yield [
        "/admin/",
        "/admin/accounts/department/",
        "/admin/accounts/user/",
        "/admin/enterprises/industry/",
        "/admin/jsi18n/",
        "/admin/nothing/",
    ]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM_ADMIN])
def test_only_the_system_administrator_looks_into_the_admin(role: Role, admin_paths: list[str]) -> None:
    client = Client()
    client.force_login(UserFactory(roles=[role]))
    assert {client.get(path).status_code for path in admin_paths} == {403}


def test_the_admin_shows_and_changes_nothing(admin_paths: list[str]) -> None:
    user = UserFactory(roles=[Role.SYSTEM_ADMIN])
    client = Client()
    client.force_login(user)
    assert [client.get(path).status_code for path in admin_paths] == [200, 200, 200, 200, 200, 404]
    department = DepartmentFactory(name="原名")
    change = f"/admin/accounts/department/{department.pk}/change/"
    assert client.get(change).status_code == 200
    assert client.post(change, {"name": "改名"}).status_code == 403
    assert client.get("/admin/accounts/department/add/").status_code == 403
    assert client.post(f"/admin/accounts/department/{department.pk}/delete/", {"post": "yes"}).status_code == 403
    department.refresh_from_db()
    assert department.name == "原名"


def test_nothing_in_the_admin_can_be_written() -> None:
    client = Client()
    client.force_login(UserFactory(roles=[Role.SYSTEM_ADMIN]))
    index = client.get("/admin/").content.decode()
    assert "/add/" not in index
    assert "/change/" not in index


def test_the_admin_has_no_login_or_password_page_of_its_own() -> None:
    assert Client().get("/admin/").headers["Location"] == "/accounts/login/?next=/admin/"
    client = Client()
    client.force_login(UserFactory(roles=[Role.SYSTEM_ADMIN]))
    assert client.get("/admin/login/").headers["Location"] == "/accounts/login/"
    assert client.get("/admin/password_change/").headers["Location"] == "/accounts/password/"
