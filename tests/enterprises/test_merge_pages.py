"""The pages around duplicates: who may, what they show, what they do, and what bad input gets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enterprises import suspects
from enterprises.actions import edit_enterprise
from enterprises.merging import merge
from enterprises.models import DuplicatePair, Enterprise, Merge, NotDuplicate
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from tests.accounts.factories import UserFactory
from tests.enterprises.factories import ContactFactory, EnterpriseFactory, TownFactory

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def two(db: None) -> tuple[Enterprise, Enterprise]:
    return EnterpriseFactory(name="鸿达机械有限公司"), EnterpriseFactory(name="鸿达机械（有限）公司")


def address(one: Enterprise, other: Enterprise, end: str = "") -> str:
    return f"/enterprises/duplicates/{one.pk}/{other.pk}/{end}"


def answers(one: Enterprise, other: Enterprise, **more: str) -> dict[str, object]:
    """What the form sends when nothing is chosen but what is given."""
    return {"kept_version": one.version, "lost_version": other.version, **more}


# -- The list ---------------------------------------------------------------------------------------------------------


def test_the_search_fills_the_list_and_the_list_of_enterprises_counts_it(office, office_client, two) -> None:
    assert "查重与合并" in office_client.get("/enterprises/").content.decode()
    response = office_client.post("/enterprises/duplicates/find/", follow=True)
    page = response.content.decode()
    assert "共 1 对疑似重复" in page
    assert "名称相同" in page
    assert two[0].credit_code in page
    assert "疑似重复 1" in office_client.get("/enterprises/").content.decode()


def test_a_search_again_corrects_the_list(office, two) -> None:
    ContactFactory(enterprise=two[0], phone="0791-8812 3456")
    assert suspects.refresh(by=None) == 1
    found_at = DuplicatePair.objects.get().found_at
    ContactFactory(enterprise=two[1], phone="079188123456")
    suspects.refresh(by=None)
    pair = DuplicatePair.objects.get()
    assert (pair.reasons, pair.found_at) == (["name", "phone"], found_at)
    Enterprise.objects.filter(pk=two[1].pk).update(name="云帆物流")
    Enterprise.objects.get(pk=two[1].pk).contacts.all().delete()
    assert suspects.refresh(by=None) == 0
    assert not DuplicatePair.objects.exists()


def test_a_pair_said_not_to_be_one_is_gone_until_that_is_withdrawn(office, office_client, two) -> None:
    suspects.refresh(by=None)
    office_client.post(address(*reversed(two), "different/"))
    suspects.refresh(by=None)
    assert list(suspects.listed(office)) == []
    page = office_client.get("/enterprises/duplicates/?view=different").content.decode()
    assert "鸿达机械有限公司" in page
    pair = NotDuplicate.objects.get()
    assert (pair.first, pair.second, pair.by) == (*two, office)
    response = office_client.post(f"/enterprises/duplicates/different/{pair.pk}/again/")
    assert response.status_code == 302
    assert suspects.listed(office).count() == 1


@pytest.mark.parametrize("view", ["", "different", "merges"])
def test_the_lists_cost_the_same_with_one_row_and_with_several(view, office, office_client) -> None:
    def more() -> None:
        town = TownFactory()
        one, other = EnterpriseFactory(town=town), EnterpriseFactory(town=town)
        if view == "merges":
            merge(survivor=one, loser=other, by=office)
        else:
            DuplicatePair.objects.create(first=one, second=other, score=80, reasons=["core"], found_at="2026-11-10T00Z")
        if view == "different":
            NotDuplicate.objects.create(first=one, second=other, at="2026-11-10T00Z", by=office)

    def cost() -> int:
        office_client.get("/enterprises/duplicates/")  # what is remembered until the next act
        with CaptureQueriesContext(connection) as captured:
            assert office_client.get(f"/enterprises/duplicates/?view={view}").status_code == 200
        return len(captured)

    more()
    first = cost()
    more()
    more()
    assert cost() == first


def test_the_list_can_be_searched(office_client, two) -> None:
    EnterpriseFactory(name="云帆物流有限公司")
    EnterpriseFactory(name="云帆物流(有限公司)")
    suspects.refresh(by=None)
    page = office_client.get("/enterprises/duplicates/?q=云帆").content.decode()
    assert "云帆物流" in page
    assert "鸿达" not in page
    assert "没有符合条件的记录" in office_client.get("/enterprises/duplicates/?q=没有").content.decode()
    assert office_client.get("/enterprises/duplicates/?q=%00&view=nonsense&page=x").status_code == 200


def test_an_empty_list_says_what_would_fill_it(office_client) -> None:
    assert "没有发现疑似重复" in office_client.get("/enterprises/duplicates/").content.decode()
    assert "30 天内可以撤销" in office_client.get("/enterprises/duplicates/?view=merges").content.decode()


def test_an_enterprise_finds_its_other_record(office_client, two) -> None:
    suspects.refresh(by=None)
    other = EnterpriseFactory(name="云帆物流有限公司")
    page = office_client.get(f"/enterprises/{two[0].pk}/duplicates/?q=云帆").content.decode()
    assert address(two[0], two[1]) in page
    assert address(two[0], other) in page
    assert f"/enterprises/{two[0].pk}/duplicates/" in office_client.get(f"/enterprises/{two[0].pk}/").content.decode()


# -- Side by side -----------------------------------------------------------------------------------------------------


def test_the_page_lays_both_side_by_side(office_client, two) -> None:
    ContactFactory(enterprise=two[1])
    Enterprise.objects.filter(pk=two[1].pk).update(address="东路 1 号", tier="key")
    response = office_client.get(address(*two))
    rows = {row.key: row for row in response.context["rows"]}
    assert (rows["address"].mine, rows["address"].theirs, rows["address"].chosen) == ("", "东路 1 号", "other")
    assert (rows["name"].differs, rows["name"].chosen, rows["tier"].chosen) == (True, "keep", "other")
    assert not rows["park"].differs
    page = response.content.decode()
    assert "右边的记录名下内容更多" in page
    assert "名称相同" in page


def test_what_the_clerk_chooses_is_what_becomes_of_it(office_client, two) -> None:
    ContactFactory(enterprise=two[1], name="王芳")
    response = office_client.post(address(*two), answers(*two, pick_name="other"), follow=True)
    assert "已合并为鸿达机械（有限）公司" in response.content.decode()
    done = Merge.objects.get()
    kept = Enterprise.objects.get(pk=two[0].pk)
    assert (done.survivor, done.loser, kept.name) == (*two, "鸿达机械（有限）公司")
    page = office_client.get(f"/enterprises/{kept.pk}/").content.decode()
    assert "合并记录" in page
    assert "王芳" in page
    assert two[1].credit_code in page


def test_choices_are_not_lost_when_somebody_changed_a_record(office, office_client, two) -> None:
    edit_enterprise(enterprise=two[1], version=1, by=office, address="新址 9 号")
    response = office_client.post(address(*two), answers(*two, pick_name="other"))
    assert response.status_code == 409
    assert {row.key: row.chosen for row in response.context["rows"]}["name"] == "other"
    page = response.content.decode()
    assert "有一条记录被修改了" in page
    assert "新址 9 号" in page
    again = answers(*two, pick_name="other") | {"lost_version": 2}
    assert office_client.post(address(*two), again).status_code == 302


@pytest.mark.parametrize("wrong", [{"pick_name": "both"}, {"kept_version": "x"}, {"lost_version": ""}])
def test_a_form_that_was_tampered_with_changes_nothing(office_client, two, wrong) -> None:
    assert office_client.post(address(*two), answers(*two) | wrong).status_code == 400
    assert not Merge.objects.exists()


def test_a_refusal_is_said_on_the_page(office_client, two, monkeypatch) -> None:
    from enterprises import relations

    monkeypatch.delitem(relations._rules, "enterprises.contact.enterprise")
    ContactFactory(enterprise=two[1])
    response = office_client.post(address(*two), answers(*two))
    assert response.status_code == 400
    assert "“联系人”1 条" in response.content.decode()


def test_what_is_not_there_is_not_found(office_client, two) -> None:
    gone = EnterpriseFactory()
    merge(survivor=two[0], loser=gone, by=UserFactory(roles=[Role.OFFICE]))
    for path in (address(two[0], two[0]), address(two[0], gone), "/enterprises/merges/0/"):
        assert office_client.get(path).status_code == 404
    assert office_client.post(address(two[0], gone), answers(two[0], gone)).status_code == 404


# -- Afterwards -------------------------------------------------------------------------------------------------------


def test_the_merge_page_keeps_the_past_and_takes_the_merge_back(office, office_client, two) -> None:
    edit_enterprise(enterprise=two[1], version=1, by=office, address="旧址 3 号")
    ContactFactory(enterprise=two[1])
    done = merge(survivor=two[0], loser=two[1], by=office)
    page = office_client.get(f"/enterprises/merges/{done.pk}/").content.decode()
    for text in ("旧址 3 号", "修改资料：地址", "可撤销至", "联系人"):
        assert text in page
    response = office_client.post(f"/enterprises/merges/{done.pk}/undo/", follow=True)
    assert "恢复为单独的记录" in response.content.decode()
    assert office_client.get(f"/enterprises/{two[1].pk}/").status_code == 200
    refused = office_client.post(f"/enterprises/merges/{done.pk}/undo/")
    assert refused.status_code == 400
    assert "已经撤销过" in refused.content.decode()


def test_the_old_page_leads_to_the_new_one(office, office_client, two, as_user: SignIn) -> None:
    merge(survivor=two[0], loser=two[1], by=office)
    response = office_client.get(f"/enterprises/{two[1].pk}/", follow=True)
    assert response.redirect_chain == [(f"/enterprises/{two[0].pk}/", 302)]
    assert "已并入鸿达机械有限公司" in response.content.decode()
    stranger = as_user(UserFactory(roles=[Role.HANDLER]))
    assert stranger.get(f"/enterprises/{two[1].pk}/").status_code == 404


def test_the_old_name_and_code_find_the_new_one(office, office_client, two) -> None:
    Enterprise.objects.filter(pk=two[1].pk).update(name="旧名厂")
    merge(survivor=two[0], loser=two[1], by=office)
    for words in ("旧名厂", two[1].credit_code):
        assert [one.pk for one in office_client.get(f"/enterprises/?q={words}").context["page"]] == [two[0].pk]
        assert "鸿达机械有限公司" in office_client.get(f"/search/?q={words}").content.decode()
    api = office_client.get(f"/api/v1/enterprises/?q={two[1].credit_code}").json()
    assert [one["id"] for one in api["results"]] == [two[0].pk]


def test_the_lost_record_is_in_no_list(office, office_client, two) -> None:
    merge(survivor=two[0], loser=two[1], by=office)
    for query in ("", "active=all", "active=no"):
        assert two[1].pk not in [one.pk for one in office_client.get(f"/enterprises/?{query}").context["page"]]
    assert office_client.get(f"/api/v1/enterprises/{two[1].pk}/").status_code == 404


def test_officials_see_on_the_page_what_was_merged_but_not_the_verbs(office, two, as_user: SignIn) -> None:
    town = TownFactory()
    Enterprise.objects.filter(pk=two[0].pk).update(town=town)
    merge(survivor=two[0], loser=two[1], by=office)
    page = as_user(UserFactory(roles=[Role.CADRE], department=town)).get(f"/enterprises/{two[0].pk}/").content.decode()
    assert two[1].name in page
    assert "与另一条记录合并" not in page
