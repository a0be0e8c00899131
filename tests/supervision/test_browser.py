"""From a score to its rows in a real browser, and no barrier on the way: normal and care mode, desk and phone."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from playwright.sync_api import expect

from foundation.accounts.permissions import Role
from foundation.clocks.localtime import today
from supervision.periods import last_full_month, month_of
from supervision.standings import standings
from tests.accounts.factories import UserFactory
from tests.issues import factories
from tests.issues.factories import District, make_district, sh

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def district() -> District:
    """Cases of last month in every condition: resolved in time, overdue, returned, rated."""
    begin = last_full_month().first
    with time_machine.travel(sh(f"{begin.replace(day=5)} 10:00"), tick=False):
        made = make_district()
        factories.closed(made)
        factories.handling(made)
        factories.returned(made)
    call_command("escalate", "--json")
    return made


def test_the_supervisor_drills_from_the_dashboard_to_a_case(page, sign_in, assert_accessible, district):
    month = last_full_month()
    sign_in(page, district.supervisor)
    page.goto("/supervision/")
    assert_accessible(page)
    page.get_by_label("周期").select_option(month.key)
    page.wait_for_url(f"**/supervision/?period={month.key}")
    page.get_by_role("link", name="考核排名").last.click()
    page.wait_for_url("**/supervision/ranking/**")
    assert_accessible(page)
    page.get_by_role("link", name="区交通局").click()
    page.get_by_role("heading", name="区交通局").wait_for()
    assert_accessible(page)
    part = next(one for one in standings(month).of(district.bureau.code).parts if one.key == "accept")
    assert (int(part.numerator), part.denominator) == (2, 2)
    page.get_by_role("link", name="按时签收", exact=True).click()
    page.get_by_role("heading", name="按时签收").wait_for()
    assert_accessible(page)
    rows = page.locator(".rows-table tbody tr")
    expect(rows).to_have_count(part.denominator)
    rows.first.get_by_role("link").click()
    page.wait_for_url("**/issues/*/")


def test_a_definition_is_read_with_the_keyboard(page, sign_in, district):
    sign_in(page, district.supervisor)
    page.goto("/supervision/")
    hint = page.get_by_role("button", name="按时办结率：指标说明")
    tip = page.locator("#help-resolve")
    expect(tip).to_be_hidden()
    hint.focus()
    tip.wait_for(state="visible")
    expect(tip).to_contain_text("期限内办结的比例")


def test_freezing_is_asked_about_first(page, sign_in, district):
    month = last_full_month()
    sign_in(page, district.supervisor)
    page.goto(f"/supervision/ranking/?period={month.key}")
    page.get_by_role("button", name="固化本期得分").click()
    page.get_by_role("dialog").get_by_role("button").last.click()
    page.get_by_text("的得分已固化").wait_for()
    assert standings(month).snapshot is not None


@pytest.mark.parametrize(("size", "care"), [("page", False), ("phone_page", True)])
def test_no_page_has_a_barrier(size: str, care: bool, request: Any, sign_in, assert_accessible, district):
    page = request.getfixturevalue(size)
    sign_in(page, district.supervisor)
    if care:
        page.goto("/supervision/")
        page.get_by_role("button", name="关怀版").click()
        page.locator("html.care").wait_for()
    last, now, code = last_full_month().key, month_of(today()).key, district.bureau.code
    for address in (
        "/supervision/",
        f"/supervision/?period={last}",
        f"/supervision/ranking/?period={last}",
        f"/supervision/scores/{last}/{code}/",
        f"/supervision/scores/{last}/{code}/red/",
        f"/supervision/rows/{now}/open/",
    ):
        page.goto(address)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address


def test_an_empty_district_has_no_barrier(page, sign_in, assert_accessible, db):
    sign_in(page, UserFactory(roles=[Role.SUPERVISOR]))
    for address in ("/supervision/", "/supervision/ranking/"):
        page.goto(address)
        page.get_by_text("还没有可计分的数据").wait_for()
        assert_accessible(page)
