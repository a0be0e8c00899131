"""The navigation shows each person the pages that exist and that they may open, with their counts."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from config import navigation
from config.navigation import SECTIONS, Item
from foundation.accounts.permissions import Permission, Role
from foundation.ui import badges
from foundation.ui.badges import Badge
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db
ITEMS = [item for section in SECTIONS for item in section.items]


def page_for(*roles):
    client = Client()
    client.force_login(UserFactory(roles=roles))
    return client.get(reverse("accounts:profile")).content.decode()


@pytest.mark.parametrize("role", Role)
def test_every_entry_shown_opens_and_only_what_one_may_use_is_shown(role):
    client, user = Client(), UserFactory(roles=[role])
    client.force_login(user)
    page = client.get(reverse("accounts:profile")).content.decode()
    shown = set(re.findall(r'href="([^"]+)"', page.split('id="menu"')[1].split("</nav>")[0]))
    for item in ITEMS:
        assert (item.url() in shown) == user.may(item.permission), item.url_name
        if item.url() in shown:
            assert client.get(item.url()).status_code in (200, 302), item.url_name


def test_every_entry_leads_to_a_page():
    assert [item.url_name for item in ITEMS if not item.url()] == []


def test_a_page_that_does_not_exist_yet_is_not_offered():
    unfinished = Item("将来", "no:such:page", "home", Permission.SIGNED_IN)
    assert navigation.entries((unfinished,), frozenset(), "workbench") == []


def test_the_entry_of_the_page_shown_is_lit_and_only_that_one():
    page = page_for(Role.OFFICE)
    assert page.count('aria-current="page"') == 1  # the profile, in the bar of the phone
    client = Client()
    client.force_login(UserFactory(roles=[Role.SECURITY_ADMIN]))
    page = client.get(reverse("accounts:user_new")).content.decode()
    lit = re.findall(r'<a href="([^"]+)" class="on"', page)
    assert lit == [reverse("accounts:users")]


def test_a_count_is_shown_beside_its_entry_and_said_aloud(monkeypatch):
    monkeypatch.setitem(badges._sources, "issues", lambda user: Badge(12, hot=True))
    monkeypatch.setitem(badges._sources, "visits", lambda user: Badge(0))
    page = page_for(Role.OFFICE)
    assert re.search(r'<b class="hot">12<span class="visually-hidden">件红牌', page)
    assert page.split("calendar-check")[1].split("</li>")[0].count("<b") == 0


def test_the_phone_has_at_most_five_buttons_and_the_last_is_mine():
    bar = page_for(Role.OFFICE).split('class="phonebar"')[1]
    assert re.findall(r"<span>(.*?)</span>", bar) == ["工作台", "企业", "走访", "诉求", "我的"]
    bar = page_for(Role.ENTERPRISE).split('class="phonebar"')[1]
    assert re.findall(r"<span>(.*?)</span>", bar) == ["工作台", "诉求", "账号", "我的"]


@pytest.mark.parametrize(("role", "theirs"), [(Role.OFFICE, True), (Role.HANDLER, True), (Role.ENTERPRISE, False)])
def test_one_s_exports_are_in_the_account_menu_of_who_may_export(role, theirs):
    assert ('href="/exports/"' in page_for(role)) is theirs
