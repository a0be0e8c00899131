"""Who speaks for an enterprise, over the API: colleagues let in and out, requests agreed to or refused."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises import actions
from enterprises.models import Enterprise, EnterpriseStaff, Registration
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from tests.accounts.factories import UserFactory
from tests.enterprises.factories import EnterpriseFactory, EnterpriseStaffFactory, sound_code
from tests.enterprises.test_api import signed_in

pytestmark = pytest.mark.django_db
STAFF = "/api/v1/enterprise-staff/"
ASKED = "/api/v1/registrations/"
NEW = {"name": "小李", "phone": "13800138001", "username": "xiaoli"}


@pytest.fixture
def admin():
    return EnterpriseStaffFactory(is_admin=True)


@pytest.fixture
def side(admin):
    """The enterprise's own administrator."""
    return signed_in(admin.user)


@pytest.fixture
def office_api(office):
    return signed_in(office)


def change(client, staff, verb):
    return client.post(f"{STAFF}{staff.pk}/{verb}/", {}, format="json")


class TestColleagues:
    def test_each_sees_those_of_the_own_enterprise_and_the_office_all(self, side, admin, office_api):
        colleague, stranger = EnterpriseStaffFactory(enterprise=admin.enterprise), EnterpriseStaffFactory()
        assert {row["id"] for row in side.get(STAFF).json()["results"]} == {admin.pk, colleague.pk}
        assert side.get(f"{STAFF}{stranger.pk}/").status_code == 404
        assert office_api.get(STAFF).json()["count"] == 3
        assert office_api.get(STAFF, {"enterprise": stranger.enterprise_id}).json()["count"] == 1
        assert side.get(STAFF, {"enterprise": stranger.enterprise_id}).status_code == 400

    def test_phones_are_masked_for_everyone(self, side, admin, office_api):
        User.objects.filter(pk=admin.user_id).update(phone="13800138000")
        for client in (side, office_api):
            assert "00138" not in client.get(STAFF).json()["results"][0]["phone"]

    def test_a_colleague_logs_in_with_the_password_said_once(self, side, admin, client):
        answer = side.post(STAFF, NEW, format="json")
        assert answer.status_code == 201, answer.json()
        made = answer.json()
        assert (made["enterprise"], made["username"], made["is_admin"]) == (admin.enterprise_id, "xiaoli", False)
        assert client.login(username="xiaoli", password=made["password"])
        assert "password" not in side.get(f"{STAFF}{made['id']}/").json()
        assert User.objects.get(username="xiaoli").must_change_password

    def test_the_office_names_the_enterprise_and_others_may_not_name_another(self, side, office_api):
        other = EnterpriseFactory()
        made = office_api.post(STAFF, NEW | {"enterprise": other.pk}, format="json").json()
        assert made["is_admin"], "the first one manages"
        assert office_api.post(STAFF, NEW | {"username": "second"}, format="json").status_code == 400
        assert office_api.post(STAFF, NEW | {"enterprise": 10**17}, format="json").status_code == 404
        assert side.post(STAFF, NEW | {"username": "third", "enterprise": other.pk}, format="json").status_code == 404

    def test_a_taken_name_and_nonsense_are_refused(self, side, admin):
        taken = side.post(STAFF, NEW | {"username": admin.user.username.upper()}, format="json")
        assert (taken.status_code, taken.json()["code"]) == (409, "username_taken")
        for wrong in ({"phone": "x"}, {"name": "a\x00"}, {"username": "<b>"}, {"name": "x" * 50}, {"colour": 1}):
            assert side.post(STAFF, NEW | wrong, format="json").status_code == 400, wrong
        assert EnterpriseStaff.objects.count() == 1

    def test_out_in_and_given_the_management(self, side, admin):
        colleague = EnterpriseStaffFactory(enterprise=admin.enterprise)
        assert change(side, colleague, "suspend").json()["is_active"] is False
        assert change(side, colleague, "admin").json()["code"] == "inactive"
        assert change(side, colleague, "admit").json()["is_active"] is True
        assert change(side, admin, "no-admin").json()["code"] == "last_admin"
        assert change(side, colleague, "admin").json()["is_admin"] is True
        assert change(side, admin, "no-admin").json()["is_admin"] is False

    def test_whoever_is_no_administrator_only_looks(self, admin):
        colleague = EnterpriseStaffFactory(enterprise=admin.enterprise)
        client = signed_in(colleague.user)
        assert client.get(STAFF).json()["count"] == 2
        assert client.post(STAFF, NEW, format="json").status_code == 403
        assert {change(client, admin, verb).status_code for verb in ("suspend", "admit", "admin", "no-admin")} == {403}

    def test_nobody_else_has_business_here(self, admin):
        for role in (Role.CADRE, Role.HANDLER, Role.LEADER, Role.SUPERVISOR, Role.SECURITY_ADMIN):
            client = signed_in(UserFactory(roles=[role]))
            assert client.get(STAFF).status_code == change(client, admin, "suspend").status_code == 403
        lonely = signed_in(UserFactory(roles=[Role.ENTERPRISE]))
        assert lonely.get(STAFF).json()["count"] == 0
        assert lonely.post(STAFF, NEW, format="json").status_code == 403

    def test_a_crowd_costs_no_more_queries(self, side, admin):
        def cost() -> int:
            with CaptureQueriesContext(connection) as seen:
                side.get(STAFF)
            return len(seen)

        few = cost()
        for _ in range(4):
            EnterpriseStaffFactory(enterprise=admin.enterprise)
        assert cost() == few


class TestRequests:
    @pytest.fixture(autouse=True)
    def _files(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path

    def ask(self, **facts) -> Registration:
        given = {
            "key": uuid.uuid4(),
            "credit_code": sound_code(777),
            "enterprise_name": "青岭新材料有限公司",
            "person_name": "赵敏",
            "phone": "13812345678",
            "username": "zhaomin",
            "password": "a-long-and-odd-one",
            "files": [SimpleUploadedFile("执照.pdf", b"%PDF-1.4 x")],
        }
        return actions.register(by=None, **given | facts)

    def test_it_is_shown_beside_the_roster_with_its_papers_and_no_password(self, office_api):
        asked, known = self.ask(), EnterpriseFactory(credit_code=sound_code(777), name="青岭新材料有限公司")
        told = office_api.get(f"{ASKED}{asked.pk}/").json()
        assert [(one["enterprise"], one["same_code"], one["percent"]) for one in told["matches"]] == [
            (known.pk, True, 100)
        ]
        assert told["files"][0]["name"] == "执照.pdf" and told["phone"] == "13812345678"
        assert not {"password", "address", "key"} & set(told)
        assert office_api.get(ASKED, {"state": "pending"}).json()["count"] == 1
        assert office_api.get(ASKED, {"state": "refused"}).json()["count"] == 0

    def test_agreed_to_the_person_logs_in(self, office_api, client):
        asked, known = self.ask(), EnterpriseFactory(credit_code=sound_code(777))
        address = f"{ASKED}{asked.pk}/approve/"
        assert office_api.post(address, {"enterprise": None}, format="json").status_code == 400, "it is on the roster"
        assert office_api.post(address, {"enterprise": EnterpriseFactory().pk}, format="json").status_code == 400
        answer = office_api.post(address, {"enterprise": known.pk, "username": "zhaomin2"}, format="json")
        assert answer.status_code == 200, answer.json()
        assert (answer.json()["state"], answer.json()["enterprise"]) == ("approved", known.pk)
        assert client.login(username="zhaomin2", password="a-long-and-odd-one")
        again = office_api.post(address, {"enterprise": known.pk}, format="json")
        assert (again.status_code, again.json()["code"]) == (409, "decided")

    def test_an_enterprise_the_roster_lacks_is_put_on_it(self, office_api):
        asked = self.ask()
        office_api.post(f"{ASKED}{asked.pk}/approve/", {"enterprise": None}, format="json")
        assert Enterprise.objects.get().credit_code == sound_code(777)

    def test_a_name_that_is_taken_is_said(self, office_api):
        UserFactory(username="ZhaoMin")
        answer = office_api.post(f"{ASKED}{self.ask().pk}/approve/", {"enterprise": None}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")
        assert not Enterprise.objects.exists()

    def test_refused_with_a_reason(self, office_api):
        asked = self.ask()
        address = f"{ASKED}{asked.pk}/refuse/"
        assert office_api.post(address, {}, format="json").status_code == 400
        answer = office_api.post(address, {"reason": "请附授权书。"}, format="json").json()
        assert (answer["state"], answer["reason"]) == ("refused", "请附授权书。")
        assert office_api.post(address, {"reason": "再一次"}, format="json").json()["code"] == "decided"

    def test_nobody_but_the_office_sees_or_decides(self):
        asked = self.ask()
        for role in set(Role) - {Role.OFFICE}:
            client = signed_in(UserFactory(roles=[role]))
            assert client.get(ASKED).status_code == client.get(f"{ASKED}{asked.pk}/").status_code == 403
            assert client.post(f"{ASKED}{asked.pk}/refuse/", {"reason": "x"}, format="json").status_code == 403
        asked.refresh_from_db()
        assert asked.state == "pending"
