"""What bad input gets on the account pages: a clear answer, never an error of the server."""

import pytest
from django.urls import reverse

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from tests.accounts.factories import DepartmentFactory, UserFactory

PASSWORD = "correct-horse-battery"
NASTY = "<script>alert('1')</script>"
HUGE = "9" * 30
pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(client):
    client.force_login(UserFactory(username="keeper", roles=[Role.SECURITY_ADMIN]))
    return client


def test_the_session_gets_a_new_id_at_login(client):
    UserFactory(username="wang")
    client.get(reverse("accounts:login"))
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post(reverse("accounts:login"), {"username": "wang", "password": PASSWORD})
    assert client.session.session_key != before


def test_a_disabled_user_and_a_lost_role_are_refused_at_the_next_request(keeper):
    assert keeper.get(reverse("accounts:users")).status_code == 200
    user = User.objects.get(username="keeper")
    user.role_grants.all().delete()
    assert keeper.get(reverse("accounts:users")).status_code == 403
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert keeper.get(reverse("accounts:profile")).status_code == 302


@pytest.mark.parametrize("header", ["HTTP_REMOTE_USER", "HTTP_X_REMOTE_USER", "HTTP_X_FORWARDED_USER"])
def test_forged_identity_headers_are_ignored(client, header):
    UserFactory(username="keeper", roles=[Role.SECURITY_ADMIN])
    assert client.get(reverse("accounts:users"), **{header: "keeper"}).status_code == 302


@pytest.mark.parametrize("name", ["wang\x00", "wang\nadmin", "x" * 5000, "𠮷", NASTY, "' OR 1=1 --"])
def test_strange_user_names_do_not_log_in_and_are_shown_inert(client, name):
    answer = client.post(reverse("accounts:login"), {"username": name, "password": "x"})
    assert answer.status_code == 200
    assert NASTY not in answer.content.decode()


def test_markup_in_names_is_inert_wherever_people_are_shown(keeper):
    department = DepartmentFactory(name=NASTY[:20], short_name="<b>x</b>")
    person = UserFactory(username="wang", name=NASTY, title="<img src=x>", department=department, roles=[Role.CADRE])
    addresses = [
        reverse("accounts:users"),
        reverse("accounts:user", args=[person.pk]),
        reverse("accounts:user_edit", args=[person.pk]),
        reverse("accounts:departments"),
    ]
    for address in addresses:
        page = keeper.get(address).content.decode()
        assert NASTY not in page and "<img src=x>" not in page and "<b>x</b>" not in page, address
    keeper.force_login(person)
    assert NASTY not in keeper.get(reverse("accounts:profile")).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"q": "\x00"},
        {"q": "x" * 20000},
        {"department": HUGE},
        {"department": "-1"},
        {"role": "emperor", "state": "dead"},
        {"page": HUGE},
        {"page": "２"},
    ],
)
def test_nonsense_filters_show_a_list(keeper, query):
    assert keeper.get(reverse("accounts:users"), query).status_code == 200


@pytest.mark.parametrize("pk", ["0", HUGE])
def test_a_person_who_is_not_there_is_404(keeper, pk):
    assert keeper.get(f"/accounts/users/{pk}/").status_code == 404
    assert keeper.post(f"/accounts/users/{pk}/roles/grant/", {"role": "cadre"}).status_code == 404


@pytest.mark.parametrize("version", ["", "x", "-1", HUGE])
def test_a_nonsense_version_saves_nothing(keeper, version):
    person = UserFactory(name="王强")
    data = {"name": "改名", "department": person.department_id, "is_active": "on", "version": version}
    answer = keeper.post(reverse("accounts:user_edit", args=[person.pk]), data)
    person.refresh_from_db()
    assert answer.status_code in (200, 409) and person.name == "王强"


def test_characters_outside_the_basic_plane_come_back_as_they_were(keeper):
    keeper.post(reverse("accounts:user_new"), {"username": "ji", "name": "𠮷野"})
    assert User.objects.get(username="ji").name == "𠮷野"


def test_the_same_new_account_sent_twenty_times_is_one(keeper):
    for _ in range(20):
        keeper.post(reverse("accounts:user_new"), {"username": "sun", "name": "孙燕"})
    assert User.objects.filter(username="sun").count() == 1
    assert AuditRow.objects.filter(action="accounts.create_user").count() == 1


def test_a_failed_audit_write_leaves_the_account_as_it_was(keeper, monkeypatch):
    person = UserFactory(roles=[])

    def broken(**_facts):
        raise RuntimeError("no room for the trail")

    monkeypatch.setattr("foundation.accounts.trail._recorder", broken)
    with pytest.raises(RuntimeError):
        keeper.post(reverse("accounts:user_grant", args=[person.pk]), {"role": "cadre"})
    assert not person.role_grants.exists()
