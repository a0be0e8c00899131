"""Enterprises and parks in the API: scope, strictness, versions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from enterprises.models import Enterprise
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.enterprises.factories import (
    ContactFactory,
    EnterpriseFactory,
    EnterpriseStaffFactory,
    ParkFactory,
    PoolFactory,
    TownFactory,
    sound_code,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("industries")]
URL = "/api/v1/enterprises/"
SOUND = sound_code(901)
DOUBTFUL = SOUND[:-1] + ("0" if SOUND[-1] != "0" else "1")


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def api(office: User) -> APIClient:
    return signed_in(office)


def test_the_list_is_scoped_like_the_page() -> None:
    town = TownFactory()
    mine, other = EnterpriseFactory(town=town), EnterpriseFactory(town=TownFactory())
    client = signed_in(UserFactory(roles=[Role.CADRE], department=town))
    assert [row["id"] for row in client.get(URL).json()["results"]] == [mine.pk]
    assert client.get(f"{URL}{mine.pk}/").status_code == 200
    hidden = client.get(f"{URL}{other.pk}/")
    assert hidden.status_code == 404
    assert hidden["Content-Type"] == "application/problem+json"


def test_the_enterprise_side_and_strangers_are_refused() -> None:
    staff = EnterpriseStaffFactory()
    assert signed_in(staff.user).get(URL).status_code == 403
    assert APIClient().get(URL).status_code == 401


def test_phones_follow_the_role(api: APIClient) -> None:
    contact = ContactFactory(is_primary=True)
    url = f"{URL}{contact.enterprise_id}/"
    assert api.get(url).json()["contacts"][0]["phone"] == "13812340217"
    supervisor = signed_in(UserFactory(roles=[Role.SUPERVISOR]))
    assert supervisor.get(url).json()["contacts"][0]["phone"] == "138****0217"


def test_create_and_change_with_a_version(api: APIClient) -> None:
    pool = PoolFactory()
    body = {"credit_code": SOUND.lower(), "name": "新企业", "industry": "C3976", "pools": [pool.code]}
    made = api.post(URL, body, format="json")
    assert made.status_code == 201, made.json()
    assert made.json()["credit_code"] == SOUND
    assert made.json()["pools"] == [pool.code]
    url = f"{URL}{made.json()['id']}/"
    changed = api.patch(url, {"name": "改名", "version": 1}, format="json")
    assert (changed.status_code, changed.json()["name"], changed.json()["version"]) == (200, "改名", 2)
    stale = api.patch(url, {"name": "再改", "version": 1}, format="json")
    assert stale.status_code == 409
    assert stale.json()["current"]["name"] == "改名"
    assert stale.json()["yours"] == {"name": "再改", "version": 1}
    assert api.patch(url, {"name": "无版本"}, format="json").status_code == 400


@pytest.mark.parametrize("field", ["id", "code_doubtful", "created_at", "extra", "nonsense", "staff", "contacts"])
def test_fields_nobody_may_set_are_refused(field: str, api: APIClient) -> None:
    enterprise = EnterpriseFactory()
    response = api.patch(f"{URL}{enterprise.pk}/", {field: 1, "name": "改名", "version": 1}, format="json")
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field
    enterprise.refresh_from_db()
    assert enterprise.name != "改名"


def test_doubtful_codes_want_a_confirmation(api: APIClient) -> None:
    body = {"credit_code": DOUBTFUL, "name": "新企业"}
    refused = api.post(URL, body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_check_character")
    assert api.post(URL, body | {"accept_doubtful": True}, format="json").json()["code_doubtful"] is True


def test_a_code_in_use_is_a_conflict(api: APIClient) -> None:
    EnterpriseFactory(credit_code=SOUND)
    refused = api.post(URL, {"credit_code": SOUND, "name": "新企业"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "credit_code_taken")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "无代码"},
        {"credit_code": SOUND},
        {"credit_code": SOUND, "name": ""},
        {"credit_code": SOUND, "name": "长" * 121},
        {"credit_code": SOUND, "name": "a\x00b"},
        {"credit_code": SOUND, "name": {"a": 1}},
        {"credit_code": SOUND, "name": "甲", "industry": "ZZ"},
        {"credit_code": SOUND, "name": "甲", "industry": []},
        {"credit_code": SOUND, "name": "甲", "town": 10**30},
        {"credit_code": SOUND, "name": "甲", "tier": "?"},
        {"credit_code": SOUND, "name": "甲", "registered_capital": "NaN"},
        {"credit_code": SOUND, "name": "甲", "established_on": "2026-02-30"},
        [],
        "text",
        None,
    ],
)
def test_bad_bodies_are_problem_documents(body: object, api: APIClient) -> None:
    response = api.post(URL, body, format="json")
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert not Enterprise.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        '{"credit_code": "91360111MA0000901W", "name": "\\ud800"}',
        '{"\\ud800": 1}',
        '{"credit_code": "91360111MA0000901W", "name": "甲", "tier": "\\ud800"}',
        '{"name": ',
        '{"name": NaN}',
        "\x00",
        "[" * 5000,
    ],
)
def test_raw_nonsense_is_a_problem_document(raw: str, api: APIClient) -> None:
    response = api.post(URL, raw, content_type="application/json")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("role", [Role.CADRE, Role.SUPERVISOR, Role.LEADER, Role.SYSTEM_ADMIN])
def test_only_the_office_writes(role: Role) -> None:
    town = TownFactory()
    enterprise = EnterpriseFactory(town=town)
    client = signed_in(UserFactory(roles=[role], department=town))
    assert client.post(URL, {"credit_code": SOUND, "name": "甲"}, format="json").status_code == 403
    assert client.patch(f"{URL}{enterprise.pk}/", {"name": "甲", "version": 1}, format="json").status_code == 403
    assert client.delete(f"{URL}{enterprise.pk}/").status_code == 405
    assert client.put(f"{URL}{enterprise.pk}/", {}, format="json").status_code == 405


def test_filters_and_ordering_come_from_white_lists(api: APIClient) -> None:
    first = EnterpriseFactory(name="甲", is_above_scale=True, industry_id="C3976")
    second = EnterpriseFactory(name="乙", park=ParkFactory())
    wanted = {
        "is_above_scale=true": [first.pk],
        f"park={second.park_id}": [second.pk],
        "section=C": [first.pk],
        f"credit_code={second.credit_code}": [second.pk],
        "q=甲": [first.pk],
        "ordering=credit_code": [first.pk, second.pk],
        "ordering=-credit_code": [second.pk, first.pk],
        "page_size=1&ordering=credit_code": [first.pk],
        "page_size=1&page=2&ordering=credit_code": [second.pk],
    }
    for query, rows in wanted.items():
        assert [row["id"] for row in api.get(f"{URL}?{query}").json()["results"]] == rows, query


@pytest.mark.parametrize(
    "query",
    [
        "name__startswith=a", "town__name=x", "staff__user__password=x", "ordering=password", "ordering=town__staff",
        "park=abc", "is_above_scale=maybe", "page_size=-1", "page_size=abc", "page_size=٣", "tier=%3F", "q=%00", "x=1",
    ],
)  # fmt: skip
def test_unknown_or_senseless_parameters_are_refused(query: str, api: APIClient) -> None:
    response = api.get(f"{URL}?{query}")
    assert response.status_code == 400
    assert response.json()["errors"]


def test_a_page_is_two_hundred_at_most(api: APIClient) -> None:
    EnterpriseFactory.create_batch(203)
    assert len(api.get(f"{URL}?page_size=1000").json()["results"]) == 200
    assert api.get(f"{URL}?page=99").status_code == 404


def test_the_list_costs_the_same_for_one_row_and_for_many(api: APIClient) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(URL).status_code == 200
        return len(captured)

    def full() -> None:
        enterprise = ContactFactory(enterprise=EnterpriseFactory(town=TownFactory(), park=ParkFactory())).enterprise
        enterprise.pools.add(PoolFactory())

    full()
    one = cost()
    for _row in range(4):
        full()
    assert cost() == one
    assert one <= 8


def test_parks_are_there_to_be_read(api: APIClient) -> None:
    park = ParkFactory(name="高新产业园")
    ParkFactory(department=DepartmentFactory())
    assert [row["name"] for row in api.get("/api/v1/parks/?q=高新").json()["results"]] == ["高新产业园"]
    assert api.get(f"/api/v1/parks/{park.pk}/").json()["code"] == park.code
    assert api.post("/api/v1/parks/", {}, format="json").status_code == 405
