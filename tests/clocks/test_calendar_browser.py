"""The office loads next year's calendar in a browser; every state of the page passes axe-core."""

import pytest
from playwright.sync_api import expect

from foundation.accounts.permissions import Role
from foundation.clocks.models import CalendarDay
from tests.accounts.factories import UserFactory
from tests.clocks.factories import started, told_kind

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_office_loads_a_year(page, sign_in, assert_accessible):
    sign_in(page, UserFactory(roles=[Role.OFFICE]))
    with told_kind():
        started("2026-12-25 09:00", 8)
        page.goto("/calendar/?year=2027")
        expect(page.locator("text=尚未公布")).to_have_count(1)
        assert_accessible(page)
        page.get_by_role("link", name="载入放假安排").click()
        page.get_by_label("依据").fill("国办发明电〔2026〕9 号")
        page.get_by_label("放假与调休上班").fill("2027-01-01 至 2027-01-03 休 元旦\n元月二日休")
        page.get_by_role("button", name="预览", exact=True).click()
        expect(page.locator(".error")).to_contain_text("第 2 行")
        assert_accessible(page)
        page.get_by_label("放假与调休上班").fill("2027-01-01 至 2027-01-03 休 元旦\n2027-01-09 班")
        page.get_by_role("button", name="预览", exact=True).click()
        page.wait_for_selector("text=预览:尚未载入")
        assert_accessible(page)
        page.get_by_role("button", name="确认载入").click()
        page.wait_for_selector("text=已公布")
        assert_accessible(page)
    assert CalendarDay.objects.count() == 4
