"""The roster of people: accounts, departments, roles, and first passwords on a sheet."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import expect

from foundation.accounts.actions import grant_role
from foundation.accounts.errors import Refused
from foundation.accounts.models import RoleGrant, User
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.imports import actions
from foundation.imports.lines import Outcome
from foundation.imports.models import Batch
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.imports.rosters import bring_in, errors, lines, read

pytestmark = pytest.mark.django_db
HEADINGS = ["工号", "账号", "姓名", "部门", "职务", "手机", "电子邮箱", "角色"]


@pytest.fixture
def admin(db):
    return UserFactory(name="郑安全", username="security", roles=[Role.SECURITY_ADMIN])


@pytest.fixture
def bureau(db):
    return DepartmentFactory(code="GX", name="区工业和信息化局", short_name="工信局")


def row(number, name="张伟", **other):
    given = dict.fromkeys(HEADINGS, "") | {"工号": number, "姓名": name} | other
    return list(given.values())


def roles_of(username) -> set[str]:
    return set(RoleGrant.objects.filter(user__username=username).values_list("role", flat=True))


# -- Creating ----------------------------------------------------------------------------------------------------------


def test_people_come_in_with_department_and_roles(admin, bureau):
    batch = bring_in(
        "users",
        [
            HEADINGS,
            row(
                "GX001",
                部门="GX",
                职务="科长",
                手机="13812340001",
                电子邮箱="zw@example.cn",
                角色="联系干部、部门承办人",
            ),
            row("", "李娜", 账号="lina", 部门="工信局", 角色="部门负责人"),
            row(1003, "王强", 部门="区工业和信息化局"),
        ],
        admin,
    )
    assert batch.counts["create"] == 3
    person = User.objects.get(username="GX001")
    assert (person.name, person.staff_number, person.title, person.department) == ("张伟", "GX001", "科长", bureau)
    assert (person.phone, person.email) == ("13812340001", "zw@example.cn")
    assert roles_of("GX001") == {"cadre", "handler"}
    assert User.objects.get(username="lina").staff_number is None
    assert User.objects.get(username="1003").name == "王强"


def test_the_trail_says_the_same_as_creating_them_one_by_one(admin, bureau):
    bring_in("users", [HEADINGS, row("1", 角色="联系干部,督导组")], admin)
    rows = AuditRow.objects.filter(
        actor=admin, target_type="accounts.user", target_id=str(User.objects.get(username="1").pk)
    )
    assert sorted(rows.values_list("action", flat=True)) == [
        "accounts.create_user",
        "accounts.grant_role",
        "accounts.grant_role",
    ]
    assert {grant.granted_by for grant in RoleGrant.objects.filter(user__username="1")} == {admin}


def test_nobody_can_log_in_before_the_sheet_is_printed(admin, client):
    bring_in("users", [HEADINGS, row("1")], admin)
    person = User.objects.get(username="1")
    assert person.must_change_password
    assert not person.has_usable_password()


def test_the_same_file_again_changes_nothing(admin, bureau):
    rows = [HEADINGS, row("1", 部门="工信局", 角色="部门承办人、联系干部"), row("", "李娜", 账号="lina")]
    bring_in("users", rows, admin)
    counts = read("users", rows, admin).counts
    assert (counts["unchanged"], counts["create"], counts["update"], counts["refused"]) == (2, 0, 0, 0)


# -- Changing ----------------------------------------------------------------------------------------------------------


def test_changed_facts_and_roles_show_old_and_new_and_can_be_taken_back(admin, bureau):
    bring_in("users", [HEADINGS, row("1", 角色="联系干部"), row("2", "李娜")], admin)
    batch = read("users", [HEADINGS, row("1", 部门="GX", 角色="部门承办人")], admin)
    (line,) = lines(batch, Outcome.UPDATE)
    assert line.changes == {"department": [None, bureau.pk], "roles": [["cadre"], ["handler"]]}
    actions.commit(batch=batch, by=admin)
    assert roles_of("1") == {"handler"}
    assert AuditRow.objects.filter(action="accounts.revoke_role", actor=admin).count() == 1
    assert actions.undo(batch=batch, by=admin).restored == 1
    assert roles_of("1") == {"cadre"}
    assert User.objects.get(username="1").department is None


def test_blank_roles_leave_the_roles_alone(admin):
    bring_in("users", [HEADINGS, row("1", 角色="联系干部")], admin)
    assert read("users", [HEADINGS, row("1")], admin).counts["unchanged"] == 1


def test_an_account_without_a_number_gets_the_number_of_the_roster(admin):
    UserFactory(username="zhangwei", name="张伟")
    batch = bring_in("users", [HEADINGS, row("007", 账号="zhangwei")], admin)
    assert batch.counts["update"] == 1
    assert User.objects.get(username="zhangwei").staff_number == "007"


# -- Refusing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("", "张伟", 职务="科长", 角色="联系干部")], [(2, "required")]),
        ([row("1", "")], [(2, "required")]),
        ([row("1", 部门="没有的局")], [(2, "unknown_reference")]),
        ([row("1", 角色="超级用户")], [(2, "choice")]),
        ([row("1", 角色="系统管理员、审计员")], [(2, "separate_administrators")]),
        ([row("1", 电子邮箱="不是邮箱")], [(2, "email")]),
        ([row("1 号<b>")], [(2, "identifier")]),
        ([row("1", 账号="taken")], [(2, "username_taken")]),
        ([row("", 账号="security", 角色="审计员")], [(2, "own_role")]),
        ([row("1", 账号="a"), row("1", 账号="b")], [(3, "number_twice")]),
        ([row("1", 账号="a"), row("2", 账号="a")], [(3, "username_twice")]),
        ([row("T1", 账号="other")], [(2, "username_fixed")]),
    ],
)
def test_what_the_pages_would_refuse_is_refused_with_a_reason(admin, rows, expected):
    UserFactory(username="taken", staff_number="T1", name="赵六")
    assert errors(read("users", [HEADINGS, *rows], admin)) == expected


def test_the_same_person_twice_is_taken_once(admin):
    counts = read("users", [HEADINGS, row("1"), row("1"), row("", 账号="1")], admin).counts
    assert (counts["create"], counts["duplicate"]) == (1, 2)


def test_a_role_taken_since_the_preview_cannot_be_doubled(admin):
    """Between preview and commit somebody made this person auditor: the three administrators stay apart."""
    bring_in("users", [HEADINGS, row("1")], admin)
    batch = read("users", [HEADINGS, row("1", 角色="系统管理员")], admin)
    grant_role(user=User.objects.get(username="1"), role=Role.AUDITOR, by=admin)
    with pytest.raises(Refused):
        actions.commit(batch=batch, by=admin)
    assert roles_of("1") == {"auditor"}


def test_nobody_gives_up_their_own_security_administration_by_committing_what_another_previewed(admin):
    other = UserFactory(username="second", roles=[Role.SECURITY_ADMIN])
    batch = read("users", [HEADINGS, row("", "郑安全", 账号="security", 角色="审计员")], other)
    assert batch.counts["update"] == 1
    with pytest.raises(Refused) as refusal:
        actions.commit(batch=batch, by=admin)
    assert refusal.value.code == "own_role"
    assert roles_of("security") == {"security_admin"}


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SECURITY_ADMIN])
def test_others_neither_see_nor_open_the_roster_of_people(role, admin, client):
    batch = bring_in("users", [HEADINGS, row("1")], admin)
    person = UserFactory(roles=[role])
    assert not Batch.objects.visible_to(person).exists()
    with pytest.raises(Refused):
        read("users", [HEADINGS, row("2")], person)
    client.force_login(person)
    assert client.get(reverse("imports:detail", args=[batch.pk])).status_code in (403, 404)
    assert client.post(reverse("imports:passwords", args=[batch.pk])).status_code in (403, 404)


def test_the_upload_page_offers_only_ones_own_rosters(admin, client):
    for person, offered in (
        (admin, {"users"}),
        (UserFactory(roles=[Role.SYSTEM_ADMIN]), {"enterprises", "departments"}),
    ):
        client.force_login(person)
        form = client.get(reverse("imports:upload")).context["form"]
        assert {key for key, _title in form.fields["resource"].choices} == offered


# -- Undo --------------------------------------------------------------------------------------------------------------


def test_undo_deletes_accounts_that_nobody_used_and_keeps_the_others(admin, client):
    batch = bring_in("users", [HEADINGS, row("1", 角色="联系干部"), row("2", "李娜"), row("3", "王强")], admin)
    person, password = actions.issue_passwords(batch=batch, by=admin)[0]
    client.post(reverse("accounts:login"), {"username": person.username, "password": password})
    changed = next(name for name in ("1", "2", "3") if name != person.username)
    grant_role(user=User.objects.get(username=changed), role=Role.SUPERVISOR, by=admin)
    done = actions.undo(batch=batch, by=admin)
    assert done.deleted == 1
    assert {kept["key"] for kept in done.refused} == {person.username, changed}
    assert AuditRow.objects.filter(action="accounts.remove_user", actor=admin).count() == 1


# -- First passwords ---------------------------------------------------------------------------------------------------


def test_the_sheet_lets_people_in_once_and_leads_them_to_a_password_of_their_own(admin, client, bureau):
    batch = bring_in("users", [HEADINGS, row("1", 部门="GX"), row("2", "李娜")], admin)
    client.force_login(admin)
    assert "生成首次密码单" in client.get(reverse("imports:detail", args=[batch.pk])).content.decode()
    sheet = client.post(reverse("imports:passwords", args=[batch.pk]))
    assert "no-store" in sheet["Cache-Control"]
    found = dict(re.findall(r"<code>(\w+)</code></td><td[^>]*><code>(\w{14})</code>", sheet.content.decode()))
    assert set(found) == {"1", "2"}
    client.logout()
    answer = client.post(reverse("accounts:login"), {"username": "1", "password": found["1"]})
    assert answer.url == reverse("accounts:password_change")
    assert client.get("/", follow=False).url == reverse("accounts:password_change")


def test_a_new_sheet_voids_the_old_one_and_leaves_out_who_has_logged_in(admin, client):
    batch = bring_in("users", [HEADINGS, row("1"), row("2", "李娜")], admin)
    first = {person.username: password for person, password in actions.issue_passwords(batch=batch, by=admin)}
    client.post(reverse("accounts:login"), {"username": "1", "password": first["1"]})
    client.logout()
    second = {person.username: password for person, password in actions.issue_passwords(batch=batch, by=admin)}
    assert set(second) == {"2"}
    assert not client.login(username="2", password=first["2"])
    assert client.login(username="2", password=second["2"])
    with pytest.raises(Refused):
        actions.issue_passwords(batch=batch, by=admin)


def test_no_first_password_stays_anywhere_and_each_sheet_is_in_the_trail(admin):
    batch = bring_in("users", [HEADINGS, row("1")], admin)
    ((_person, password),) = actions.issue_passwords(batch=batch, by=admin)
    batch.refresh_from_db()
    kept = str([list(model.objects.values_list()) for model in (Batch, User)])
    kept += "".join(AuditRow.objects.values_list("data_json", flat=True))
    assert password not in kept
    trail = AuditRow.objects.filter(actor=admin).values_list("action", flat=True)
    assert {"imports.issue_passwords", "accounts.issue_first_password"} <= set(trail)


def test_the_real_hash_of_a_first_password_is_strengthened_at_the_first_login(admin, client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    batch = bring_in("users", [HEADINGS, row("1")], admin)
    ((person, password),) = actions.issue_passwords(batch=batch, by=admin)
    quick = int(User.objects.get(pk=person.pk).password.split("$")[1])
    assert client.login(username="1", password=password)
    assert int(User.objects.get(pk=person.pk).password.split("$")[1]) > 100 * quick


def test_a_sheet_costs_the_same_queries_for_one_person_and_for_several(admin):
    def queries(people):
        batch = bring_in("users", [HEADINGS, *(row(f"{people}-{number}") for number in range(people))], admin)
        with CaptureQueriesContext(connection) as captured:
            assert len(actions.issue_passwords(batch=batch, by=admin)) == people
        return len(captured)

    assert queries(1) == queries(20)


def test_the_sheet_is_accessible_on_a_desk_and_on_a_phone(page, phone_page, sign_in, assert_accessible):
    admin = UserFactory(roles=[Role.SECURITY_ADMIN])
    batch = bring_in("users", [HEADINGS, row("1"), row("2", "李娜")], admin)
    for screen in (page, phone_page):
        sign_in(screen, admin)
        screen.goto(reverse("imports:detail", args=[batch.pk]))
        assert_accessible(screen)
        screen.get_by_role("button", name="生成首次密码单").click()
        screen.get_by_role("button", name="确定").click()
        expect(screen.get_by_role("heading", name="首次密码单")).to_be_visible()
        assert_accessible(screen)


def test_a_batch_without_accounts_has_no_sheet(admin):
    system = UserFactory(roles=[Role.SYSTEM_ADMIN])
    batch = bring_in("departments", [["部门代码", "部门名称", "类型"], ["QX", "新区", "区"]], system)
    with pytest.raises(Refused):
        actions.issue_passwords(batch=batch, by=admin)
