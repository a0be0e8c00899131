"""The list of enterprises: who sees what, filters, paging, constant queries."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enterprises.models import Enterprise, Industry
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.enterprises.factories import (
    ContactFactory,
    EnterpriseFactory,
    EnterpriseStaffFactory,
    ParkFactory,
    PoolFactory,
    TownFactory,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def names(client: Client, query: str = "") -> list[str]:
    """The enterprises that the list shows."""
    response = client.get(f"/enterprises/?{query}")
    assert response.status_code == 200
    return [one.name for one in response.context["page"]]


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


# -- Who sees what ----------------------------------------------------------------------------------------------------


def test_the_office_sees_the_whole_district(office_client: Client) -> None:
    EnterpriseFactory(name="甲厂")
    EnterpriseFactory(name="乙厂", town=TownFactory())
    assert sorted(names(office_client)) == ["乙厂", "甲厂"]


@pytest.mark.parametrize("role", [Role.CADRE, Role.HANDLER, Role.DEPARTMENT_HEAD, Role.LEADER])
def test_a_town_official_sees_the_own_town_only(role: Role, as_user: SignIn) -> None:
    here, elsewhere = TownFactory(), TownFactory()
    mine = EnterpriseFactory(name="本街道企业", town=here)
    other = EnterpriseFactory(name="别处企业", town=elsewhere)
    client = as_user(UserFactory(roles=[role], department=here))
    assert names(client) == ["本街道企业"]
    assert client.get(f"/enterprises/{mine.pk}/").status_code == 200
    assert client.get(f"/enterprises/{other.pk}/").status_code == 404


def test_a_park_official_sees_the_own_park_only(as_user: SignIn) -> None:
    park = ParkFactory()
    EnterpriseFactory(name="园内企业", park=park)
    EnterpriseFactory(name="园外企业", park=ParkFactory())
    assert names(as_user(UserFactory(roles=[Role.HANDLER], department=park.department))) == ["园内企业"]


def test_a_bureau_sees_no_enterprise_that_nobody_gave_it(as_user: SignIn) -> None:
    EnterpriseFactory(town=TownFactory())
    client = as_user(UserFactory(roles=[Role.HANDLER], department=DepartmentFactory()))
    assert names(client) == []
    assert "还没有您能查看的企业" in client.get("/enterprises/").content.decode()


@pytest.mark.parametrize("path", ["", "new/", "export/", "places/"])
def test_the_enterprise_side_is_refused_every_page(path: str, as_user: SignIn) -> None:
    staff = EnterpriseStaffFactory()
    client = as_user(staff.user)
    assert client.get(f"/enterprises/{path}").status_code == 403
    assert client.get(f"/enterprises/{staff.enterprise_id}/").status_code == 403


@pytest.mark.parametrize("role", [Role.CADRE, Role.SUPERVISOR, Role.LEADER, Role.SYSTEM_ADMIN])
def test_only_the_office_edits(role: Role, as_user: SignIn) -> None:
    town = TownFactory()
    enterprise = EnterpriseFactory(town=town)
    client = as_user(UserFactory(roles=[role], department=town))
    for path in ("new/", f"{enterprise.pk}/edit/", "places/"):
        assert client.get(f"/enterprises/{path}").status_code == 403
        assert client.post(f"/enterprises/{path}", {"name": "改名"}).status_code in (403, 405)
    enterprise.refresh_from_db()
    assert enterprise.version == 1


# -- Filters ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(industries: None) -> dict[str, Enterprise]:
    """Three enterprises that differ in everything a filter looks at."""
    town, park, pool = TownFactory(), ParkFactory(), PoolFactory()
    first = EnterpriseFactory(
        name="启明光电科技有限公司",
        legal_representative="陈启明",
        town=town,
        industry=Industry.objects.get(code="C3976"),
        tier=Enterprise.Tier.KEY,
        is_above_scale=True,
        operating_condition=Enterprise.Condition.GOOD,
    )
    first.pools.add(pool)
    second = EnterpriseFactory(
        name="云帆物流有限公司",
        park=park,
        industry=Industry.objects.get(code="G5431"),
        operating_condition=Enterprise.Condition.DIFFICULT,
        is_monitoring_point=True,
    )
    third = EnterpriseFactory(name="旧厂", is_active=False, code_doubtful=True)
    return {"first": first, "second": second, "third": third}


def test_every_filter_finds_its_rows(three: dict[str, Enterprise], office_client: Client) -> None:
    first, second, third = three.values()
    expected = {
        "": {first, second},
        "q=光电": {first},
        "q=陈启明": {first},
        f"q={second.credit_code.lower()}": {second},
        "q=光电 有限": {first},
        "q=光电 物流": set(),
        f"town={first.town_id}": {first},
        f"park={second.park_id}": {second},
        "section=C": {first},
        "section=G": {second},
        "tier=key": {first},
        "above_scale=1": {first},
        "above_scale=0": {second},
        "condition=difficult": {second},
        "monitoring=1": {second},
        f"pool={first.pools.get().pk}": {first},
        "active=no": {third},
        "active=all": {first, second, third},
        "active=all&doubtful=1": {third},
        "tier=key&condition=difficult": set(),
    }
    for query, rows in expected.items():
        assert set(names(office_client, query)) == {row.name for row in rows}, query


@pytest.mark.parametrize(
    "query",
    [
        "town=abc", "town=99999999999999999999", "park=-1", "page=abc", "page=9999", "sort=password", "sort=-", "q=%00",
        "tier=x&condition=y", "active=maybe", "section=%27", "q=" + "长" * 3000, "officer=abc", "pool=", "nonsense=1",
    ],
)  # fmt: skip
def test_nonsense_in_the_address_never_breaks_the_page(query: str, office_client: Client) -> None:
    EnterpriseFactory()
    assert office_client.get(f"/enterprises/?{query}").status_code == 200


def test_saved_views_show_counts_and_light_up(three: dict[str, Enterprise], office_client: Client) -> None:
    tabs = {tab["label"]: tab for tab in office_client.get("/enterprises/?condition=difficult").context["tabs"]}
    assert tabs["全部在册"]["count"] == 2
    assert tabs["经营困难"]["count"] == 1
    assert tabs["经营困难"]["active"]
    assert not tabs["全部在册"]["active"]


@pytest.mark.parametrize("sort", ["name", "-name", "code", "industry", "-tier", "capital", "established", "updated"])
def test_sorting_keeps_every_row(sort: str, three: dict[str, Enterprise], office_client: Client) -> None:
    assert len(names(office_client, f"sort={sort}")) == 2


def test_tier_sorts_by_importance(office_client: Client) -> None:
    for tier in ("general", "key", "cultivation", "backbone"):
        EnterpriseFactory(name=tier, tier=tier)
    assert names(office_client, "sort=tier") == ["key", "backbone", "cultivation", "general"]


def test_pages_hold_fifty_and_carry_the_filter(office_client: Client) -> None:
    EnterpriseFactory.create_batch(60, is_above_scale=True)
    assert len(names(office_client, "above_scale=1")) == 50
    response = office_client.get("/enterprises/?above_scale=1&page=2")
    assert len(response.context["page"]) == 10
    assert "above_scale=1&amp;page=1" in response.content.decode()


def test_markup_in_names_is_inert(office_client: Client) -> None:
    EnterpriseFactory(name="<script>alert(1)</script>", legal_representative="<b>粗</b>")
    page = office_client.get("/enterprises/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_empty_roster_says_what_fills_it(office_client: Client) -> None:
    assert "导入全区企业名册" in office_client.get("/enterprises/").content.decode()
    assert "没有符合条件的企业" in office_client.get("/enterprises/?q=没有").content.decode()


# -- Constant queries -------------------------------------------------------------------------------------------------


def full_enterprise() -> Enterprise:
    enterprise = EnterpriseFactory(town=TownFactory(kind=Department.Kind.TOWN), park=ParkFactory())
    enterprise.pools.add(PoolFactory())
    ContactFactory.create_batch(3, enterprise=enterprise)
    return enterprise


def test_the_list_costs_the_same_for_one_row_and_for_many(office_client: Client, industries: None) -> None:
    enterprise = full_enterprise()
    office_client.get("/enterprises/")
    one = queries_of(office_client, "/enterprises/")
    for _row in range(4):
        full_enterprise()
    Enterprise.objects.exclude(pk=enterprise.pk).update(industry="C3976")
    assert queries_of(office_client, "/enterprises/") == one
    assert one <= 22


def test_the_page_costs_the_same_whatever_hangs_on_it(office_client: Client, industries: None) -> None:
    bare = EnterpriseFactory(industry_id="C3976")
    ContactFactory(enterprise=bare)
    rich = EnterpriseFactory(industry_id="G5431", town=TownFactory(), park=ParkFactory())
    ContactFactory.create_batch(4, enterprise=rich)
    rich.pools.add(PoolFactory(), PoolFactory(), PoolFactory())
    office_client.get(f"/enterprises/{bare.pk}/")
    assert queries_of(office_client, f"/enterprises/{rich.pk}/") == queries_of(
        office_client, f"/enterprises/{bare.pk}/"
    )
