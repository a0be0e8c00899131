"""Two records become one in a browser, on a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from enterprises import suspects
from enterprises.models import Enterprise
from foundation.accounts.permissions import Role
from tests.accounts.factories import UserFactory
from tests.enterprises.factories import ContactFactory, EnterpriseFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(db):
    kept, lost = EnterpriseFactory(name="鸿达机械有限公司"), EnterpriseFactory(name="鸿达机械（有限）公司", tier="key")
    ContactFactory(enterprise=lost, name="王芳", is_primary=True)
    suspects.refresh(by=None)
    return kept, lost


@pytest.fixture
def at_the_office(sign_in):
    """Sign the office in on a page."""

    def do(page):
        sign_in(page, UserFactory(roles=[Role.OFFICE]))
        return page

    return do


def test_from_the_list_to_one_record_and_back(page, at_the_office, two, assert_accessible) -> None:
    kept, lost = two
    at_the_office(page).goto("/enterprises/")
    page.get_by_role("link", name="疑似重复 1").click()
    assert_accessible(page)
    page.get_by_role("link", name="对比").click()
    expect(page.get_by_role("radio", name="分级 取并入的记录: 重点企业")).to_be_checked()
    assert_accessible(page)
    page.get_by_role("radio", name="企业名称 取并入的记录").check()
    page.get_by_role("button", name="合并为一家").click()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_text("两条记录已合并为鸿达机械（有限）公司")).to_be_visible()
    assert_accessible(page)
    page.goto(f"/enterprises/{lost.pk}/")
    expect(page).to_have_url(f"{page.url.split('/enterprises')[0]}/enterprises/{kept.pk}/")
    expect(page.locator("#contacts")).to_contain_text("王芳")
    page.locator("#merges").get_by_role("link", name="鸿达机械（有限）公司").click()
    page.get_by_role("button", name="撤销合并").click()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_text("恢复为单独的记录")).to_be_visible()
    assert Enterprise.objects.standing().count() == 2


def test_on_a_phone_nothing_runs_off_the_screen(phone_page, at_the_office, two) -> None:
    at_the_office(phone_page)
    for path in ("/enterprises/duplicates/", f"/enterprises/duplicates/{two[0].pk}/{two[1].pk}/"):
        phone_page.goto(path)
        assert phone_page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_javascript_all_of_it_works(open_page, at_the_office, two) -> None:
    page = at_the_office(open_page(java_script_enabled=False))
    page.goto(f"/enterprises/duplicates/{two[0].pk}/{two[1].pk}/")
    page.get_by_role("button", name="合并为一家").click()
    expect(page.get_by_text("两条记录已合并为鸿达机械有限公司")).to_be_visible()
    page.get_by_role("button", name="撤销合并").click()
    expect(page.get_by_text("恢复为单独的记录")).to_be_visible()
