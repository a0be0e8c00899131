"""The frame of every page in a real browser: keyboard, phone, care mode, without scripts, and axe-core."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from foundation.accounts.models import RoleGrant
from foundation.accounts.permissions import Role
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct-horse-battery"
PAGES = ("accounts:profile", "accounts:password_change", "accounts:users", "accounts:user_new", "accounts:departments")


@pytest.fixture
def keeper():
    return UserFactory(
        username="keeper", name="郑安", phone="13812340217", roles=[Role.SECURITY_ADMIN, Role.OFFICE, Role.CADRE]
    )


def care(page, on=True):
    page.context.add_cookies([{"name": "care", "value": "1" if on else "0", "url": page.url}])
    page.reload()


def wider_than_the_window(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_a_person_logs_in_and_out_with_the_keyboard_alone(page, keeper, assert_accessible):
    page.goto(f"{reverse('accounts:login')}?next={reverse('accounts:profile')}")
    assert_accessible(page)
    page.keyboard.type("keeper")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/profile/")
    page.focus(".account summary")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="退出登录").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/login/**")


@pytest.mark.parametrize("mode", [False, True], ids=["normal", "care"])
def test_account_pages_are_accessible_in_both_modes_and_fit_the_window(page, sign_in, keeper, mode, assert_accessible):
    sign_in(page, keeper)
    page.goto(reverse(PAGES[0]))
    care(page, mode)
    for name in PAGES:
        page.goto(reverse(name))
        assert_accessible(page)
        assert wider_than_the_window(page) == 0, name


def test_account_pages_are_accessible_on_a_phone_and_fit_it(phone_page, sign_in, keeper, assert_accessible):
    sign_in(phone_page, keeper)
    for name in PAGES:
        phone_page.goto(reverse(name))
        assert_accessible(phone_page)
        assert wider_than_the_window(phone_page) == 0, name


def test_pages_hold_at_twice_the_size(open_page, sign_in, keeper):
    page = open_page(viewport={"width": 683, "height": 384})  # what 1366 × 768 is at 200 %
    sign_in(page, keeper)
    for name in PAGES:
        page.goto(reverse(name))
        assert wider_than_the_window(page) == 0


def test_the_phone_menu_opens_closes_and_gives_the_focus_back(phone_page, sign_in, keeper, assert_accessible):
    sign_in(phone_page, keeper)
    phone_page.goto(reverse("accounts:profile"))
    entry = phone_page.locator("#menu").get_by_role("link", name="账号与角色")
    expect(entry).to_be_hidden()
    phone_page.get_by_role("button", name="菜单").click()
    expect(entry).to_be_visible()
    assert_accessible(phone_page)
    phone_page.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    assert phone_page.evaluate("document.activeElement.className") == "menu-open"


def test_without_scripts_the_phone_menu_and_the_account_menu_still_open(open_page, sign_in, keeper):
    page = open_page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    sign_in(page, keeper)
    page.goto(reverse("accounts:profile"))
    page.get_by_text("菜单", exact=True).click()
    expect(page.locator("#menu").get_by_role("link", name="账号与角色")).to_be_visible()
    page.goto(reverse("accounts:profile"))
    page.locator(".account summary").click()
    expect(page.locator(".account .drop").get_by_role("button", name="退出登录")).to_be_visible()


def test_the_care_switch_makes_the_text_larger(page, sign_in, keeper):
    sign_in(page, keeper)
    page.goto(reverse("accounts:profile"))
    size = "parseFloat(getComputedStyle(document.body).fontSize)"
    assert page.evaluate(size) == 14
    page.get_by_role("button", name="关怀版").click()
    page.locator("html.care").wait_for()
    assert page.evaluate(size) == 18


def test_a_step_that_cannot_be_taken_back_asks_first(page, sign_in, keeper, assert_accessible):
    sign_in(page, keeper)
    person = UserFactory(roles=[Role.CADRE])
    page.goto(reverse("accounts:user", args=[person.pk]))
    page.get_by_role("button", name="收回").click()
    assert_accessible(page)
    page.get_by_role("button", name="取消").click()
    assert RoleGrant.objects.filter(user=person).exists()
    page.get_by_role("button", name="收回").click()
    page.get_by_role("button", name="确定").click()
    page.get_by_text("已收回联系干部").wait_for()
    assert not RoleGrant.objects.filter(user=person).exists()


def test_an_impatient_double_click_posts_once(page, sign_in, keeper):
    sign_in(page, keeper)
    page.goto(reverse("accounts:profile"))
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="保存", exact=True).dblclick()
    page.get_by_text("个人资料已保存").wait_for()
    assert len(posts) == 1
    expect(page.get_by_text("个人资料已保存")).to_have_count(1)


def test_choosing_in_a_filter_applies_it_and_leaves_empty_ones_out_of_the_address(page, sign_in, keeper):
    sign_in(page, keeper)
    page.goto(reverse("accounts:users"))
    page.get_by_label("角色").select_option("security_admin")
    page.wait_for_url("**/accounts/users/?role=security_admin")
    page.get_by_role("link", name="去掉条件：角色").click()
    page.wait_for_url("**/accounts/users/?")


def test_a_slash_goes_to_the_search_box_unless_one_is_typing(page, sign_in, keeper):
    sign_in(page, keeper)
    page.goto(reverse("accounts:profile"))
    page.keyboard.press("/")
    page.keyboard.type("精工/1")
    expect(page.locator("#global-search")).to_have_value("精工/1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")
    expect(page.locator("#global-search")).to_have_value("精工/1")
