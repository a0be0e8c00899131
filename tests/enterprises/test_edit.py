"""Registering and changing enterprises: codes, versions, nothing lost."""

from typing import Any

import pytest
from django.test import Client

from enterprises import actions
from enterprises.models import Enterprise, Park
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.audit.models import AuditRow
from tests.accounts.factories import DepartmentFactory
from tests.enterprises.factories import EnterpriseFactory, ParkFactory, PoolFactory, TownFactory, sound_code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("industries")]
SOUND = sound_code(900)
DOUBTFUL = SOUND[:-1] + ("0" if SOUND[-1] != "0" else "1")


def facts(**more: Any) -> dict[str, Any]:
    """What the form posts."""
    return {
        "name": "青岭精工机械有限公司",
        "credit_code": SOUND,
        "tier": "general",
        "is_active": "on",
        "capital_currency": "人民币",
    } | more


def test_a_new_enterprise_is_on_the_roster_and_in_the_trail(office_client: Client) -> None:
    town, pool = TownFactory(), PoolFactory()
    posted = facts(town=town.pk, pools=[pool.pk], industry="3976", registered_capital="1200.5", is_above_scale="on")
    response = office_client.post("/enterprises/new/", posted)
    enterprise = Enterprise.objects.get()
    assert response.headers["Location"] == f"/enterprises/{enterprise.pk}/"
    assert (enterprise.town, enterprise.industry_id, list(enterprise.pools.all())) == (town, "C3976", [pool])
    assert enterprise.is_above_scale
    assert AuditRow.objects.get(action="enterprises.create").target_id == str(enterprise.pk)


@pytest.mark.parametrize("typed", [f" {SOUND.lower()} ", "".join(chr(ord(char) + 0xFEE0) for char in SOUND)])
def test_a_code_is_normalised(typed: str, office_client: Client) -> None:
    assert office_client.post("/enterprises/new/", facts(credit_code=typed)).status_code == 302
    assert Enterprise.objects.get().credit_code == SOUND


def test_a_doubtful_code_is_taken_only_when_confirmed_and_stays_marked(office_client: Client) -> None:
    first = office_client.post("/enterprises/new/", facts(credit_code=DOUBTFUL))
    page = first.content.decode()
    assert first.status_code == 400
    assert "校验位不符" in page
    assert 'type="checkbox" name="accept_doubtful"' in page
    assert "青岭精工机械有限公司" in page
    assert not Enterprise.objects.exists()
    second = office_client.post("/enterprises/new/", facts(credit_code=DOUBTFUL, accept_doubtful="on"))
    assert second.status_code == 302
    assert Enterprise.objects.get().code_doubtful
    assert "校验位存疑" in office_client.get(second.headers["Location"]).content.decode()


@pytest.mark.parametrize("code", ["", "123", "９１", "91360111MAI234567X", "=1+1", "\x00" * 18, "𠮷" * 18])
def test_what_is_no_code_is_refused_and_nothing_lost(code: str, office_client: Client) -> None:
    response = office_client.post("/enterprises/new/", facts(credit_code=code, accept_doubtful="on"))
    assert response.status_code == 400
    assert "青岭精工机械有限公司" in response.content.decode()
    assert not Enterprise.objects.exists()


def test_a_code_in_use_is_refused(office_client: Client) -> None:
    EnterpriseFactory(credit_code=SOUND)
    response = office_client.post("/enterprises/new/", facts())
    assert response.status_code == 400
    assert "已属于" in response.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "长" * 121),
        ("name", ""),
        ("industry", "不存在的行业"),
        ("town", "9999"),
        ("tier", "?"),
        ("established_on", "2026-02-30"),
        ("registered_capital", "abc"),
        ("registered_capital", "1e30"),
        ("pools", ["x"]),
        ("business_scope", "a\x00b"),
    ],
)
def test_bad_facts_are_refused_at_their_field(field: str, value: Any, office_client: Client) -> None:
    response = office_client.post("/enterprises/new/", facts(**{field: value}))
    assert response.status_code == 400
    assert field in response.context["form"].errors


def test_a_bureau_cannot_stand_in_as_a_town(office_client: Client) -> None:
    response = office_client.post("/enterprises/new/", facts(town=DepartmentFactory().pk))
    assert "town" in response.context["form"].errors


@pytest.mark.parametrize("name", ["𠮷野家(青岭)有限公司", "<script>alert(1)</script>", "=HYPERLINK(1)", "‮反向公司"])
def test_any_text_makes_the_round_trip(name: str, office_client: Client) -> None:
    response = office_client.post("/enterprises/new/", facts(name=name))
    assert Enterprise.objects.get().name == name
    assert "<script>alert" not in office_client.get(response.headers["Location"]).content.decode()


# -- Versions ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def enterprise() -> Enterprise:
    return EnterpriseFactory(name="原名", credit_code=SOUND, tier="general", address="原址")


def test_an_edit_counts_the_version_up_and_says_what_changed(enterprise: Enterprise, office_client: Client) -> None:
    url = f"/enterprises/{enterprise.pk}/edit/"
    posted = facts(name="新名", address="原址", tier="key", version=1, capital_currency="")
    assert office_client.post(url, posted).status_code == 302
    enterprise.refresh_from_db()
    assert (enterprise.name, enterprise.version) == ("新名", 2)
    changes = AuditRow.objects.get(action="enterprises.edit").data["changes"]
    assert changes == {"name": ["原名", "新名"], "tier": ["general", "key"]}


def test_a_stale_edit_shows_both_texts_and_loses_nothing(enterprise: Enterprise, office_client: Client) -> None:
    url = f"/enterprises/{enterprise.pk}/edit/"
    office_client.post(url, facts(name="甲的改名", version=1))
    late = office_client.post(url, facts(name="乙的改名", address="乙的地址", tier="key", version=1))
    page = late.content.decode()
    assert late.status_code == 409
    assert "甲的改名" in page
    assert page.count("乙的改名") >= 2  # beside the other text, and still in the form
    assert "乙的地址" in page
    assert "重点企业" in page
    enterprise.refresh_from_db()
    assert enterprise.name == "甲的改名"
    assert 'name="version" value="2"' in page
    assert office_client.post(url, facts(name="乙的改名", version=2)).status_code == 302
    enterprise.refresh_from_db()
    assert enterprise.name == "乙的改名"


def test_an_edit_without_a_version_is_refused(enterprise: Enterprise, office_client: Client) -> None:
    response = office_client.post(f"/enterprises/{enterprise.pk}/edit/", facts(name="新名"))
    assert response.status_code == 400


def test_saving_the_form_unchanged_changes_nothing(office_client: Client) -> None:
    enterprise = EnterpriseFactory(industry_id="C3976", established_on="2020-02-29", registered_capital="12.5000")
    url = f"/enterprises/{enterprise.pk}/edit/"
    form = office_client.get(url).context["form"]
    posted = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    assert office_client.post(url, posted).status_code == 302
    enterprise.refresh_from_db()
    assert enterprise.version == 1
    assert not AuditRow.objects.filter(action="enterprises.edit").exists()


def test_a_doubtful_code_need_not_be_confirmed_again(office_client: Client) -> None:
    enterprise = EnterpriseFactory(credit_code=DOUBTFUL, code_doubtful=True)
    posted = facts(credit_code=DOUBTFUL, name="新名", version=1)
    assert office_client.post(f"/enterprises/{enterprise.pk}/edit/", posted).status_code == 302
    enterprise.refresh_from_db()
    assert (enterprise.name, enterprise.code_doubtful) == ("新名", True)


def test_a_corrected_code_is_no_longer_doubtful(office: User) -> None:
    enterprise = EnterpriseFactory(credit_code=DOUBTFUL, code_doubtful=True)
    saved = actions.edit_enterprise(enterprise=enterprise, version=1, by=office, credit_code=SOUND)
    assert (saved.credit_code, saved.code_doubtful) == (SOUND, False)


def test_the_action_itself_refuses_what_the_form_would(enterprise: Enterprise, office: User) -> None:
    with pytest.raises(Stale):
        actions.edit_enterprise(enterprise=enterprise, version=7, by=office, name="新名")
    with pytest.raises(Refused) as refusal:
        actions.create_enterprise(by=office, credit_code=SOUND, name="重复")
    assert refusal.value.code == "credit_code_taken"


def test_striking_off_keeps_the_enterprise(enterprise: Enterprise, office_client: Client) -> None:
    posted = facts(version=1)
    del posted["is_active"]
    assert office_client.post(f"/enterprises/{enterprise.pk}/edit/", posted).status_code == 302
    assert "已注销或迁出" in office_client.get(f"/enterprises/{enterprise.pk}/").content.decode()


# -- Parks and pools --------------------------------------------------------------------------------------------------


def test_the_office_keeps_parks_and_pools(office_client: Client) -> None:
    department = DepartmentFactory()
    park = {"code": "GXY", "name": "高新产业园", "department": department.pk}
    assert office_client.post("/enterprises/places/parks/", park).status_code == 302
    assert office_client.post("/enterprises/places/pools/", {"code": "xsg", "name": "小升规培育库"}).status_code == 302
    page = office_client.get("/enterprises/places/").content.decode()
    assert "高新产业园" in page
    assert "小升规培育库" in page


def test_a_stale_park_is_shown_beside_what_stands_now(office_client: Client) -> None:
    park = ParkFactory(name="旧名")
    url = f"/enterprises/places/parks/{park.pk}/"
    posted = {"code": park.code, "department": park.department_id, "version": 1}
    assert office_client.post(url, posted | {"name": "甲名"}).status_code == 302
    late = office_client.post(url, posted | {"name": "乙名"})
    assert late.status_code == 409
    assert "甲名" in late.content.decode()
    assert Park.objects.get().name == "甲名"


def test_a_park_by_a_name_in_use_is_refused(office_client: Client) -> None:
    park = ParkFactory()
    posted = {"code": "NEW", "name": park.name, "department": park.department_id}
    assert office_client.post("/enterprises/places/parks/", posted).status_code == 400
    assert office_client.post("/enterprises/places/pools/", {"code": "", "name": ""}).status_code == 400
