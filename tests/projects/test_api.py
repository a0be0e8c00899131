"""Projects in the API."""

import pytest
from rest_framework.test import APIClient

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from projects.models import Project
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.enterprises.factories import EnterpriseFactory, EnterpriseStaffFactory
from tests.projects.factories import ProjectFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/projects/"


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def api(office: User) -> APIClient:
    return signed_in(office)


def test_the_list_is_scoped_like_the_page() -> None:
    mine, other = ProjectFactory(), ProjectFactory()
    client = signed_in(UserFactory(roles=[Role.HANDLER], department=mine.responsible_department))
    assert [row["id"] for row in client.get(URL).json()["results"]] == [mine.pk]
    assert client.get(f"{URL}{other.pk}/").status_code == 404
    assert signed_in(EnterpriseStaffFactory().user).get(URL).status_code == 403
    assert APIClient().get(URL).status_code == 401


def test_create_change_and_advance(api: APIClient) -> None:
    enterprise = EnterpriseFactory()
    body = {
        "name": "扩产项目",
        "responsible_department": DepartmentFactory().pk,
        "enterprise": enterprise.pk,
        "investment": "1200",
    }
    made = api.post(URL, body, format="json")
    assert made.status_code == 201, made.json()
    assert made.json()["code"].startswith("XM-")
    url = f"{URL}{made.json()['id']}/"
    changed = api.patch(url, {"invested": "300.50", "version": 1}, format="json").json()
    assert (changed["invested"], changed["version"]) == ("300.50", 2)
    moved = api.post(f"{url}advance/", {"to": "signed", "note": "签约仪式", "version": 2}, format="json").json()
    assert moved["stage"] == "signed"
    assert moved["stage_changes"][0]["note"] == "签约仪式"
    stale = api.post(f"{url}advance/", {"to": "construction", "version": 2}, format="json")
    assert (stale.status_code, stale.json()["current"]["stage"]) == (409, "signed")
    leap = api.post(f"{url}advance/", {"to": "production", "version": 3}, format="json")
    assert (leap.status_code, leap.json()["code"]) == (409, "stage_leap")
    future = api.post(f"{url}advance/", {"to": "construction", "on": "2999-01-01", "version": 3}, format="json")
    assert (future.status_code, future.json()["code"]) == (422, "invalid_day")


@pytest.mark.parametrize("field", ["stage", "actual_start", "id", "created_at", "stage_changes"])
def test_what_only_verbs_change_is_refused_as_a_field(field: str, api: APIClient) -> None:
    project = ProjectFactory()
    response = api.patch(f"{URL}{project.pk}/", {field: "production", "version": 1}, format="json")
    assert response.status_code == 400
    project.refresh_from_db()
    assert (project.stage, project.version) == ("negotiation", 1)


@pytest.mark.parametrize(
    "body",
    [
        {"investment": "-1"},
        {"investment": None},
        {"planned_start": "2026-05-01", "planned_completion": "2026-04-01"},
        {"enterprise": 99999},
        {"responsible_department": None},
    ],
)
def test_bad_facts_are_refused(body: dict[str, object], api: APIClient) -> None:
    project = ProjectFactory()
    assert api.patch(f"{URL}{project.pk}/", body | {"version": 1}, format="json").status_code == 400
    assert Project.objects.get().version == 1


def test_only_the_office_writes() -> None:
    project = ProjectFactory()
    client = signed_in(UserFactory(roles=[Role.DEPARTMENT_HEAD], department=project.responsible_department))
    assert client.patch(f"{URL}{project.pk}/", {"name": "x", "version": 1}, format="json").status_code == 403
    assert client.post(f"{URL}{project.pk}/advance/", {"to": "signed", "version": 1}, format="json").status_code == 403


def test_filters(api: APIClient) -> None:
    first, second = ProjectFactory(stage="signed"), ProjectFactory(enterprise=EnterpriseFactory())
    assert [row["id"] for row in api.get(f"{URL}?stage=signed").json()["results"]] == [first.pk]
    assert [row["id"] for row in api.get(f"{URL}?enterprise={second.enterprise_id}").json()["results"]] == [second.pk]
    assert api.get(f"{URL}?enterprise__name=x").status_code == 400
