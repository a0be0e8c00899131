"""An enterprise's page: facts, contacts with masked phones, panels of the apps above."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from enterprises import panels
from enterprises.models import Contact, Enterprise
from enterprises.panels import Panel
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission, Role
from foundation.audit.models import AuditRow
from tests.accounts.factories import UserFactory
from tests.enterprises.factories import ContactFactory, EnterpriseFactory, TownFactory

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PHONE = "13812340217"


@pytest.fixture
def enterprise() -> Enterprise:
    return ContactFactory(enterprise=EnterpriseFactory(town=TownFactory()), is_primary=True).enterprise


@pytest.mark.parametrize("role", [Role.OFFICE, Role.SUPERVISOR, Role.CADRE, Role.LEADER, Role.SYSTEM_ADMIN])
def test_phones_are_masked_for_everyone_at_first(role: Role, enterprise: Enterprise, as_user: SignIn) -> None:
    client = as_user(UserFactory(roles=[role], department=enterprise.town))
    page = client.get(f"/enterprises/{enterprise.pk}/").content.decode()
    assert PHONE not in page.replace(f'value="{PHONE}"', "")  # the office's own form holds what it edits
    assert "138****0217" in page


def test_a_supervisor_never_gets_the_number_by_any_way(enterprise: Enterprise, as_user: SignIn) -> None:
    client = as_user(UserFactory(roles=[Role.SUPERVISOR]))
    contact = enterprise.contacts.get()
    assert PHONE not in client.get(f"/enterprises/{enterprise.pk}/").content.decode()
    assert client.post(f"/enterprises/{enterprise.pk}/contacts/{contact.pk}/phone/").status_code == 403


def test_showing_a_number_is_noted_in_the_trail(enterprise: Enterprise, as_user: SignIn) -> None:
    cadre = UserFactory(roles=[Role.CADRE], department=enterprise.town)
    contact = enterprise.contacts.get()
    response = as_user(cadre).post(f"/enterprises/{enterprise.pk}/contacts/{contact.pk}/phone/")
    assert PHONE in response.content.decode()
    row = AuditRow.objects.get(action="enterprises.reveal_phone")
    assert row.actor == cadre
    assert row.data["contact"] == contact.pk
    assert PHONE not in row.data_json


def test_a_number_of_another_town_is_out_of_reach(enterprise: Enterprise, as_user: SignIn) -> None:
    client = as_user(UserFactory(roles=[Role.CADRE], department=TownFactory()))
    contact = enterprise.contacts.get()
    assert client.post(f"/enterprises/{enterprise.pk}/contacts/{contact.pk}/phone/").status_code == 404


def test_a_contact_is_reached_only_through_its_own_enterprise(enterprise: Enterprise, office_client: Client) -> None:
    stranger = ContactFactory()
    for verb in ("", "remove/", "phone/"):
        response = office_client.post(f"/enterprises/{enterprise.pk}/contacts/{stranger.pk}/{verb}", {"name": "张"})
        assert response.status_code == 404
    assert Contact.objects.filter(pk=stranger.pk).exists()


# -- Contacts in place ------------------------------------------------------------------------------------------------


def test_the_first_contact_becomes_the_primary_one(office_client: Client) -> None:
    enterprise = EnterpriseFactory()
    url = f"/enterprises/{enterprise.pk}/contacts/"
    assert office_client.post(url, {"name": "王芳", "phone": "0791-8812 3456"}).status_code == 302
    assert office_client.post(url, {"name": "李强", "phone": PHONE}).status_code == 302
    assert list(enterprise.contacts.values_list("name", "is_primary")) == [("王芳", True), ("李强", False)]


def test_another_primary_contact_takes_the_place_of_the_first(enterprise: Enterprise, office_client: Client) -> None:
    second = ContactFactory(enterprise=enterprise, name="李强")
    url = f"/enterprises/{enterprise.pk}/contacts/{second.pk}/"
    facts = {"name": "李强", "phone": PHONE, "is_primary": "on", "version": 1}
    assert office_client.post(url, facts).status_code == 302
    assert enterprise.contacts.get(is_primary=True) == second


def test_a_stale_contact_is_shown_beside_what_stands_now(enterprise: Enterprise, office_client: Client) -> None:
    contact = enterprise.contacts.get()
    url = f"/enterprises/{enterprise.pk}/contacts/{contact.pk}/"
    office_client.post(url, {"name": "先到", "phone": PHONE, "is_primary": "on", "version": 1})
    late = office_client.post(url, {"name": "后到", "phone": PHONE, "is_primary": "on", "version": 1})
    page = late.content.decode()
    assert late.status_code == 409
    assert "先到" in page
    assert "后到" in page
    again = office_client.post(url, {"name": "后到", "phone": PHONE, "is_primary": "on", "version": 2})
    assert again.status_code == 302
    contact.refresh_from_db()
    assert contact.name == "后到"


def test_a_refused_contact_keeps_what_was_typed(enterprise: Enterprise, office_client: Client) -> None:
    response = office_client.post(f"/enterprises/{enterprise.pk}/contacts/", {"name": "王芳", "phone": "没有"})
    page = response.content.decode()
    assert response.status_code == 400
    assert 'value="王芳"' in page
    assert "不像电话号码" in page


def test_removing_a_contact_leaves_the_name_in_the_trail(enterprise: Enterprise, office_client: Client) -> None:
    contact = enterprise.contacts.get()
    assert office_client.post(f"/enterprises/{enterprise.pk}/contacts/{contact.pk}/remove/").status_code == 302
    assert not enterprise.contacts.exists()
    assert AuditRow.objects.get(action="enterprises.remove_contact").data["name"] == contact.name


# -- Panels -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def panel() -> Iterator[Panel]:
    one = Panel(
        key="test",
        title="试验面板",
        order=1,
        template="parts/empty.html",
        context=lambda obj, user: {"icon": "inbox", "title": f"给{user.name}看的{obj.name}"},
        permission=Permission.ENTERPRISE_EXPORT,
    )
    panels.register(Enterprise, one)
    yield one
    panels._panels["enterprises.enterprise"].pop("test")


def test_a_panel_is_drawn_for_those_with_its_permission(
    panel: Panel, enterprise: Enterprise, office: User, as_user: SignIn
) -> None:
    url = f"/enterprises/{enterprise.pk}/"
    assert f"给{office.name}看的{enterprise.name}" in as_user(office).get(url).content.decode()
    cadre = UserFactory(roles=[Role.CADRE], department=enterprise.town)
    assert f"看的{enterprise.name}" not in as_user(cadre).get(url).content.decode()


def test_the_page_gathers_what_the_apps_above_know(enterprise: Enterprise, office_client: Client) -> None:
    keys = {panel.key for panel in panels.panels_of(Enterprise, UserFactory(roles=[Role.OFFICE]))}
    assert {"team", "visits", "projects"} <= keys
    assert office_client.get(f"/enterprises/{enterprise.pk}/").status_code == 200
