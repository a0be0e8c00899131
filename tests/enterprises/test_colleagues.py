"""Several people of one enterprise: let in and out by its administrators and by the office."""

from __future__ import annotations

import re

import pytest

from enterprises import actions
from enterprises.models import EnterpriseStaff
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from tests.accounts.factories import UserFactory
from tests.enterprises.factories import EnterpriseFactory, EnterpriseStaffFactory

pytestmark = pytest.mark.django_db
NEW = {"name": "小李", "phone": "13800138001", "username": "xiaoli"}


@pytest.fixture
def admin():
    return EnterpriseStaffFactory(is_admin=True)


@pytest.fixture
def side(client, admin):
    client.force_login(admin.user)
    return client


def change(client, staff: EnterpriseStaff, verb: str):
    return client.post(f"/enterprises/colleagues/{staff.pk}/{verb}/", follow=True)


def test_a_colleague_logs_in_with_the_password_said_once_and_must_choose_another(side, client, admin):
    text = side.post("/enterprises/colleagues/", NEW, follow=True).content.decode()
    password = re.search(r"初始密码:(\w+)", text)[1]
    assert password not in side.get("/enterprises/colleagues/").content.decode()
    client.logout()
    assert client.login(username="xiaoli", password=password)
    assert client.get("/appeals/").url == "/accounts/password_change/" or "password" in client.get("/appeals/").url
    staff = EnterpriseStaff.objects.get(user__username="xiaoli")
    assert (staff.enterprise, staff.is_admin, staff.user.must_change_password) == (admin.enterprise, False, True)


def test_what_is_refused_keeps_what_was_typed(side, admin):
    answer = side.post("/enterprises/colleagues/", NEW | {"username": admin.user.username.upper()})
    assert answer.status_code == 422
    assert "已经有人使用" in answer.content.decode() and "小李" in answer.content.decode()
    for wrong in ({"phone": "x"}, {"name": "a\x00"}, {"username": "<b>"}, {"name": "x" * 50}):
        assert side.post("/enterprises/colleagues/", NEW | wrong).status_code == 422
    assert EnterpriseStaff.objects.count() == 1


def test_a_suspended_colleague_is_out_at_once_and_can_come_back(side, client, admin):
    colleague = EnterpriseStaffFactory(enterprise=admin.enterprise)
    change(side, colleague, "suspend")
    colleague.user.refresh_from_db()
    assert not colleague.user.is_active
    assert not client.login(username=colleague.user.username, password="correct-horse-battery")
    change(side, colleague, "admit")
    assert client.login(username=colleague.user.username, password="correct-horse-battery")
    assert AuditRow.objects.filter(action="enterprises.suspend_staff").exists()


@pytest.mark.parametrize("verb", ["suspend", "no-admin"])
def test_the_last_administrator_stays(side, admin, verb):
    colleague = EnterpriseStaffFactory(enterprise=admin.enterprise)
    assert "唯一的管理员" in change(side, admin, verb).content.decode()
    change(side, colleague, "admin")
    change(side, admin, verb)
    admin.refresh_from_db()
    admin.user.refresh_from_db()
    assert not (admin.is_admin and admin.user.is_active)


def test_whoever_is_no_administrator_only_looks(client, admin):
    colleague = EnterpriseStaffFactory(enterprise=admin.enterprise)
    client.force_login(colleague.user)
    page = client.get("/enterprises/colleagues/")
    assert admin.user.name in page.content.decode() and page.context["form"] is None
    client.post("/enterprises/colleagues/", NEW)
    change(client, admin, "suspend")
    admin.user.refresh_from_db()
    assert admin.user.is_active and EnterpriseStaff.objects.count() == 2


def test_another_enterprises_people_do_not_exist_here(side, admin):
    stranger = EnterpriseStaffFactory(is_admin=True)
    assert stranger.user.name not in side.get("/enterprises/colleagues/").content.decode()
    assert change(side, stranger, "suspend").status_code == 404
    assert change(side, admin, "promote").status_code == 404
    with pytest.raises(Refused):
        actions.suspend_colleague(staff=stranger, by=admin.user)


def test_the_office_manages_any_enterprises_accounts(client):
    office, enterprise = UserFactory(roles=[Role.OFFICE]), EnterpriseFactory()
    client.force_login(office)
    assert "还没有企业账号" in client.get(f"/enterprises/{enterprise.pk}/").content.decode()
    client.post(f"/enterprises/{enterprise.pk}/staff/", NEW)
    staff = enterprise.staff.get()
    assert staff.is_admin  # the first one
    assert "小李" in client.get(f"/enterprises/{enterprise.pk}/").content.decode()
    client.post(f"/enterprises/{enterprise.pk}/staff/", NEW | {"username": "second", "name": "第二位"})
    second = enterprise.staff.get(user__username="second")
    client.post(f"/enterprises/{enterprise.pk}/staff/{second.pk}/suspend/")
    second.user.refresh_from_db()
    assert not second.user.is_active


def test_an_account_without_an_enterprise_has_no_colleagues(client):
    client.force_login(UserFactory(roles=[Role.ENTERPRISE]))
    assert "还没有关联企业" in client.get("/enterprises/colleagues/").content.decode()
    assert client.post("/enterprises/colleagues/", NEW).status_code == 404
