"""The ledger with the keyboard: walked, previewed beside the list, chosen and handed over."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from issues.models import Issue
from tests.issues import factories
from tests.issues.factories import make_district

pytestmark = pytest.mark.django_db(transaction=True)


def test_walk_preview_choose_and_dispatch_without_a_mouse(page, sign_in, assert_accessible):
    district = make_district()
    for title in ("第一件", "第二件", "第三件"):
        factories.register(district, title=title)
    sign_in(page, district.office)
    page.goto("/issues/?view=intake")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="第三件")).to_be_focused()
    page.keyboard.press("p")
    expect(page.locator("#preview")).to_contain_text("最近办理")
    assert_accessible(page)
    page.keyboard.press("j")
    expect(page.locator("#preview")).to_contain_text("第二件")
    page.keyboard.press("Escape")
    expect(page.locator("#preview")).to_be_hidden()
    page.keyboard.press("x")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator(".bulk.many [data-count]")).to_have_text("2")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="键盘操作")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.wait_for_url("**/issues/many/")
    assert_accessible(page)
    page.get_by_label("主办部门").select_option(label=str(district.bureau))
    page.get_by_role("button", name="交办 2 件").click()
    expect(page.get_by_text("已交办 2 件")).to_be_visible()
    assert Issue.objects.filter(status="dispatched").count() == 2
