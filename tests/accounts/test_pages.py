"""The account pages: in and out, passwords, one's own facts, and the security administrator's desk."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.views.defaults import server_error

from foundation.accounts.models import Department, RoleGrant, User
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from tests.accounts.factories import DepartmentFactory, UserFactory, root

PASSWORD = "correct-horse-battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory(username="wang", name="王强", phone="13812340217", roles=[Role.CADRE])


@pytest.fixture
def signed(client, user):
    client.force_login(user)
    return client


@pytest.fixture
def keeper(client):
    keeper = UserFactory(username="keeper", roles=[Role.SECURITY_ADMIN])
    client.force_login(keeper)
    return client


def login(client, password=PASSWORD, **more):
    return client.post(reverse("accounts:login"), {"username": "wang", "password": password, **more})


# -- In and out -------------------------------------------------------------------------------------------------------


def test_login_leads_to_the_page_asked_for_and_is_recorded(client, user):
    answer = login(client, next="/accounts/profile/")
    assert (answer.status_code, answer.url) == (302, "/accounts/profile/")
    assert AuditRow.objects.filter(action="accounts.login").count() == 1


def test_a_wrong_password_says_what_to_do_and_keeps_the_name(client, user):
    answer = login(client, "wrong")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "账号或密码不对" in page
    assert 'value="wang"' in page
    assert "wrong" not in page


def test_login_never_leads_out_of_the_portal(client, user):
    assert login(client, next="https://evil.example/").url == "/"


def test_a_disabled_account_cannot_log_in(client, user):
    User.objects.update(is_active=False)
    assert "账号或密码不对" in login(client).content.decode()


def test_a_first_password_must_be_changed(client, user):
    User.objects.update(must_change_password=True)
    assert login(client).url == reverse("accounts:password_change")


def test_until_then_no_other_page_opens(client, user):
    User.objects.update(must_change_password=True)
    client.force_login(user)
    for address in ("/", reverse("accounts:profile"), reverse("notices:list")):
        assert client.get(address).url == reverse("accounts:password_change")
    assert client.get("/api/v1/departments/").status_code == 403
    assert change(client).status_code == 302
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_logout_takes_a_post(signed):
    assert signed.get(reverse("accounts:logout")).status_code == 405
    assert signed.post(reverse("accounts:logout")).url == reverse("accounts:login")
    assert signed.get(reverse("accounts:profile")).status_code == 302


def test_the_login_page_names_product_and_district(client, settings):
    settings.PRODUCT_NAME, settings.DISTRICT_NAME = "惠企通", "白露区"
    page = client.get(reverse("accounts:login")).content.decode()
    assert "惠企通" in page and "白露区" in page


# -- Care mode --------------------------------------------------------------------------------------------------------


def test_the_care_mode_is_switched_on_and_off_by_post_and_stays(client):
    page = reverse("accounts:login")
    answer = client.post(reverse("accounts:care"), {"care": "1", "next": page})
    assert answer.url == page
    assert '<html lang="zh-Hans" class="care">' in client.get(page).content.decode()
    client.post(reverse("accounts:care"), {"care": "0", "next": page})
    assert '<html lang="zh-Hans">' in client.get(page).content.decode()


def test_the_care_switch_never_leads_out_of_the_portal(client):
    assert client.post(reverse("accounts:care"), {"care": "1", "next": "//evil.example"}).url == "/"
    assert client.get(reverse("accounts:care")).status_code == 405


# -- Passwords --------------------------------------------------------------------------------------------------------


def change(client, **more):
    data = {"old_password": PASSWORD, "new_password1": "qingling-2026-yun", "new_password2": "qingling-2026-yun"}
    return client.post(reverse("accounts:password_change"), data | more)


def test_a_changed_password_keeps_this_session_and_is_recorded(signed, user):
    assert change(signed).url == reverse("accounts:profile")
    assert signed.get(reverse("accounts:profile")).status_code == 200
    user.refresh_from_db()
    assert user.check_password("qingling-2026-yun")
    assert AuditRow.objects.filter(action="accounts.set_password").exists()


@pytest.mark.parametrize("given", [{"old_password": "no"}, {"new_password1": "short", "new_password2": "short"}])
def test_a_refused_password_changes_nothing(signed, user, given):
    answer = change(signed, **given)
    assert answer.status_code == 200 and "没有提交成功" in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def reset_link(client, user, settings):
    settings.SITE_URL = "https://portal.example"
    client.post(reverse("accounts:password_reset"), {"email": user.email})
    return re.search(r"https://portal.example(\S+)", mail.outbox[-1].body).group(1)


def test_a_forgotten_password_is_reset_by_mail_once(client, user, settings):
    link = reset_link(client, user, settings)
    form = client.get(link, follow=True)
    new = {"new_password1": "qingling-2026-yun", "new_password2": "qingling-2026-yun"}
    assert client.post(form.request["PATH_INFO"], new).url == reverse("accounts:login")
    user.refresh_from_db()
    assert user.check_password("qingling-2026-yun")
    assert "链接已失效" in client.get(link, follow=True).content.decode()


def test_a_reset_link_dies_after_an_hour(client, user, settings, time_machine):
    link = reset_link(client, user, settings)
    time_machine.move_to(timezone.localtime() + timedelta(minutes=61))
    assert "链接已失效" in client.get(link, follow=True).content.decode()


def test_asking_for_an_unknown_mailbox_looks_the_same_and_sends_nothing(client, user):
    known = client.post(reverse("accounts:password_reset"), {"email": user.email})
    unknown = client.post(reverse("accounts:password_reset"), {"email": "nobody@example.test"})
    assert known.url == unknown.url
    assert len(mail.outbox) == 1


# -- One's own facts --------------------------------------------------------------------------------------------------


def facts(user, **more):
    return {"phone": "0791-88881234", "email": "wang@example.test", "version": user.version} | more


def test_the_profile_shows_roles_and_department_and_masks_the_phone(signed, user):
    page = signed.get(reverse("accounts:profile")).content.decode()
    assert "联系干部" in page and user.department.name in page and "138****0217" in page


def test_people_change_their_own_contact_and_reminders(signed, user):
    assert signed.post(reverse("accounts:profile"), facts(user, notify_by_email="on")).status_code == 302
    user.refresh_from_db()
    assert (user.phone, user.email, user.notify_by_email) == ("0791-88881234", "wang@example.test", True)


@pytest.mark.parametrize("given", [{"phone": "12345"}, {"email": "no"}, {"email": "", "notify_by_email": "on"}])
def test_a_wrong_contact_is_refused_and_kept_in_the_form(signed, user, given):
    answer = signed.post(reverse("accounts:profile"), facts(user) | given)
    assert answer.status_code == 200 and 'role="alert"' in answer.content.decode()


def test_full_width_digits_are_put_right(signed, user):
    signed.post(
        reverse("accounts:profile"),
        facts(user, phone="\uff11\uff13\uff18\uff11\uff12\uff13\uff14\uff10\uff10\uff10\uff10"),
    )
    user.refresh_from_db()
    assert user.phone == "13812340000"


def test_a_stale_profile_shows_both_versions(signed, user):
    answer = signed.post(reverse("accounts:profile"), facts(user, version=user.version - 1, email="new@example.test"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert user.email in page and "new@example.test" in page
    again = re.search(r'name="version" value="(\d+)"', page).group(1)
    assert signed.post(reverse("accounts:profile"), facts(user, version=again)).status_code == 302


def test_nobody_makes_themselves_more_through_the_profile(signed, user):
    signed.post(reverse("accounts:profile"), facts(user, is_active="", roles="office", department="", name="领导"))
    user.refresh_from_db()
    assert (user.name, user.is_active, user.roles) == ("王强", True, frozenset({"cadre"}))


# -- The security administrator's desk --------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [1, 3])
def test_the_list_of_accounts_costs_the_same_for_any_number(keeper, others, django_assert_num_queries):
    for _ in range(others):
        UserFactory(roles=[Role.CADRE, Role.HANDLER])
    keeper.get(reverse("accounts:users"))
    with django_assert_num_queries(QUERIES):
        keeper.get(reverse("accounts:users"))


# session, user with roles and department, departments to filter by, count, page, its roles, end of the trail, unread
QUERIES = 8


def test_accounts_are_found_by_name_department_role_and_state(keeper):
    bureau = DepartmentFactory(name="区交通运输局")
    wanted = UserFactory(name="赵路", department=bureau, roles=[Role.HANDLER])
    UserFactory(name="钱程", is_active=False)

    def names(**query):
        page = keeper.get(reverse("accounts:users"), query).content.decode()
        return [name for name in ("赵路", "钱程") if f">{name}</a>" in page]

    assert names(q="赵") == names(department=bureau.pk) == names(role="handler") == ["赵路"]
    assert names(state="off") == ["钱程"]
    assert names(department="x' OR 1=1") == ["赵路", "钱程"]
    assert wanted.department == bureau


def test_a_new_account_gets_roles_and_a_first_password_shown_once(keeper, client):
    data = {"username": "sun", "name": "孙燕", "department": DepartmentFactory().pk, "roles": ["cadre", "handler"]}
    page = keeper.post(reverse("accounts:user_new"), data, follow=True).content.decode()
    password = re.search(r"初始密码：(\w{14})", page).group(1)
    person = User.objects.get(username="sun")
    assert person.roles == {"cadre", "handler"} and person.must_change_password and person.check_password(password)
    assert password not in keeper.get(reverse("accounts:user", args=[person.pk])).content.decode()


def test_two_administrator_roles_are_refused_in_words(keeper):
    data = {"username": "sun", "name": "孙燕", "roles": ["auditor", "system_admin"]}
    answer = keeper.post(reverse("accounts:user_new"), data)
    assert "由不同的人担任" in answer.content.decode()
    assert not User.objects.filter(username="sun").exists()


def test_roles_are_granted_and_taken_back(keeper, user):
    keeper.post(reverse("accounts:user_grant", args=[user.pk]), {"role": "auditor"})
    refused = keeper.post(reverse("accounts:user_grant", args=[user.pk]), {"role": "system_admin"}, follow=True)
    assert "不同的人担任" in refused.content.decode()
    keeper.post(reverse("accounts:user_revoke", args=[user.pk]), {"role": "cadre"})
    assert set(RoleGrant.objects.filter(user=user).values_list("role", flat=True)) == {"auditor"}
    nonsense = keeper.post(reverse("accounts:user_grant", args=[user.pk]), {"role": "emperor"}, follow=True)
    assert "没有这个角色" in nonsense.content.decode()


def edit(person, **more):
    data = {"name": person.name, "department": person.department_id, "is_active": "on", "version": person.version}
    return data | more


def test_an_account_is_edited_and_a_stale_edit_shows_both(keeper, user):
    address = reverse("accounts:user_edit", args=[user.pk])
    assert keeper.post(address, edit(user, title="副局长", phone="13900001111")).status_code == 302
    user.refresh_from_db()
    assert (user.title, user.phone, user.version) == ("副局长", "13900001111", 2)
    stale = keeper.post(address, edit(user, title="局长", version=1))
    assert stale.status_code == 409 and "副局长" in stale.content.decode()
    user.refresh_from_db()
    assert user.title == "副局长"


def test_a_reset_password_works_once_for_login_and_must_be_changed(keeper, client, user):
    page = keeper.post(reverse("accounts:user_password", args=[user.pk]), follow=True).content.decode()
    password = re.search(r"初始密码：(\w{14})", page).group(1)
    client.logout()
    assert login(client, password).url == reverse("accounts:password_change")


@pytest.mark.parametrize("role", [Role.OFFICE, Role.AUDITOR, Role.SYSTEM_ADMIN])
def test_only_the_security_administrator_changes_accounts(client, user, role):
    client.force_login(UserFactory(roles=[role]))
    assert client.post(reverse("accounts:user_grant", args=[user.pk]), {"role": "office"}).status_code == 403
    assert client.get(reverse("accounts:user_new")).status_code == 403


# -- Departments ------------------------------------------------------------------------------------------------------


@pytest.fixture
def builder(client):
    client.force_login(UserFactory(roles=[Role.SYSTEM_ADMIN]))
    return client


def test_departments_are_made_moved_and_never_put_under_themselves(builder):
    district = root()
    data = {"code": "LT", "name": "临港镇", "kind": "town", "parent": district.pk, "sort_order": 5, "is_active": "on"}
    builder.post(reverse("accounts:department_new"), data)
    town = Department.objects.get(code="LT")
    below = DepartmentFactory(parent=town, code="LT1")
    assert town.path == f"{district.path}LT/"
    address = reverse("accounts:department_edit", args=[town.pk])
    answer = builder.post(address, data | {"parent": below.pk, "version": town.version})
    assert answer.status_code == 200 and "上级不能是本部门" in answer.content.decode()
    builder.post(address, data | {"code": "LG", "version": town.version})
    below.refresh_from_db()
    assert below.path == f"{district.path}LG/LT1/"


def test_a_stale_department_is_not_saved(builder):
    town = DepartmentFactory(name="原名")
    data = {
        "code": town.code,
        "name": "新名",
        "kind": "bureau",
        "parent": town.parent_id,
        "sort_order": 5,
        "version": 0,
    }
    answer = builder.post(reverse("accounts:department_edit", args=[town.pk]), data)
    town.refresh_from_db()
    assert answer.status_code == 409 and town.name == "原名" and "新名" in answer.content.decode()


def test_a_department_needs_something_above_it(builder):
    data = {"code": "LT", "name": "临港镇", "kind": "town", "sort_order": 5}
    assert "请选择上级" in builder.post(reverse("accounts:department_new"), data).content.decode()


# -- Errors -----------------------------------------------------------------------------------------------------------


def test_pages_that_are_not_there_or_not_allowed_say_so_in_words(signed, client):
    assert "没有这个页面" in signed.get("/no-such-page/").content.decode()
    assert "您的角色不能使用这个功能" in signed.get(reverse("accounts:users")).content.decode()


def test_a_page_that_waited_too_long_a_wrong_host_and_a_failure_say_so_in_words(rf):
    strict = Client(enforce_csrf_checks=True)
    stale = strict.post(reverse("accounts:login"), {"username": "wang"})
    assert stale.status_code == 403 and "页面放置太久" in stale.content.decode()
    foreign = strict.get("/", HTTP_HOST="evil.example")
    assert foreign.status_code == 400 and "请求的内容有误" in foreign.content.decode()
    assert "系统出错" in server_error(rf.get("/")).content.decode()


def test_a_shared_computer_keeps_no_page_of_somebody_signed_in(client):
    assert "Cache-Control" not in client.get(reverse("healthz"))
    client.force_login(UserFactory(roles=[Role.OFFICE]))
    for address in ("/", "/issues/", "/api/v1/enterprises/", "/enterprises/export/"):
        assert client.get(address)["Cache-Control"] == "private, no-store"
