"""Asking for an account without having one: taken in alike for all, decided by the office, forgotten in time."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enterprises import actions
from enterprises.models import Enterprise, EnterpriseStaff, Registration
from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.attachments.models import Attachment
from foundation.notices.models import Notice
from tests.accounts.factories import UserFactory
from tests.enterprises.factories import EnterpriseFactory, EnterpriseStaffFactory, sound_code

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-and-odd-one"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def office():
    return UserFactory(roles=[Role.OFFICE], name="专班")


def filled(**facts):
    """A sound request."""
    given = {
        "key": str(uuid.uuid4()),
        "credit_code": sound_code(500),
        "enterprise_name": "青岭新源材料有限公司",
        "person_name": "赵敏",
        "phone": "13800138000",
        "username": "zhaomin",
        "password": PASSWORD,
        "files": SimpleUploadedFile("执照.pdf", b"%PDF-1.4 licence"),
    }
    return given | facts


def asked(client, **facts) -> Registration:
    answer = client.post("/register/", filled(**facts))
    assert answer.status_code == 302, answer.context["form"].errors
    return Registration.objects.get(key=answer.url.strip("/").split("/")[-1])


class TestAsking:
    def test_nothing_can_be_done_with_it_before_the_office_agrees(self, client, office):
        request = asked(client)
        assert not User.objects.filter(username="zhaomin").exists()
        assert not client.login(username="zhaomin", password=PASSWORD)
        assert "申请已收到" in client.get(f"/register/{request.key}/").content.decode()
        assert Attachment.objects.of(request).get().name == "执照.pdf"
        assert Notice.objects.get(recipient=office).url == f"/enterprises/registrations/{request.pk}/"

    def test_the_answer_is_the_same_whoever_is_known(self, client):
        known = EnterpriseStaffFactory()
        answers = [
            client.post("/register/", filled()),
            client.post("/register/", filled(credit_code=known.enterprise.credit_code)),
            client.post("/register/", filled(username=known.user.username)),
        ]
        assert {(answer.status_code, answer.url.split("/")[1]) for answer in answers} == {(302, "register")}
        pages = [client.get(answer.url).content.decode() for answer in answers]
        assert all("申请已收到" in page for page in pages)

    def test_sent_twenty_times_it_is_one(self, client, settings):
        sent = filled()
        for _ in range(20):
            sent["files"] = SimpleUploadedFile("执照.pdf", b"%PDF-1.4 licence")
            assert client.post("/register/", sent).status_code == 302
        assert Registration.objects.count() == Attachment.objects.count() == 1

    def test_one_address_asks_only_so_often_in_an_hour(self, client, settings):
        settings.REGISTRATIONS_PER_HOUR = 2
        asked(client)
        asked(client)
        answer = client.post("/register/", filled(person_name="李四"))
        assert answer.status_code == 422
        assert "申请太多" in answer.content.decode() and "李四" in answer.content.decode()
        Registration.objects.update(submitted_at=timezone.now() - timedelta(minutes=61))
        asked(client)

    @pytest.mark.parametrize(
        "field, value",
        [
            ("credit_code", "91360111MA0000000X"),
            ("credit_code", "12345"),
            ("credit_code", "\x00"),
            ("password", "1234567890"),
            ("password", "short"),
            ("password", "zhaomin1234"),
            ("phone", "call me"),
            ("username", "a b"),
            ("username", "赵敏"),
            ("username", "x" * 200),
            ("person_name", "x" * 41),
            ("person_name", "a\x00b"),
            ("enterprise_name", ""),
            ("key", "no key"),
        ],
    )
    def test_what_is_wrong_is_said_beside_it_and_nothing_is_written(self, client, field, value):
        answer = client.post("/register/", filled(**{field: value}))
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert PASSWORD not in answer.content.decode()
        assert not Registration.objects.exists()

    def test_a_paper_is_asked_for_and_looked_at(self, client):
        assert "files" in client.post("/register/", filled(files="")).context["form"].errors
        page = SimpleUploadedFile("执照.svg", b"<svg onload=alert(1)>")
        assert "files" in client.post("/register/", filled(files=page)).context["form"].errors
        assert not Attachment.objects.exists()

    def test_markup_stays_text(self, client, office):
        request = asked(client, enterprise_name="<script>alert(1)</script>厂", person_name="<b>赵</b>")
        client.force_login(office)
        for address in ("/enterprises/registrations/", f"/enterprises/registrations/{request.pk}/"):
            text = client.get(address).content.decode()
            assert "<script>alert(1)" not in text and "<b>赵" not in text

    def test_an_address_nobody_was_given_opens_nothing(self, client):
        asked(client)
        assert client.get(f"/register/{uuid.uuid4()}/").status_code == 404


class TestDeciding:
    def test_agreed_to_the_person_logs_in_with_the_password_they_chose(self, client, office):
        enterprise = EnterpriseFactory(credit_code=sound_code(500), name="青岭新源材料有限公司")
        request = asked(client)
        client.force_login(office)
        page = client.get(f"/enterprises/registrations/{request.pk}/")
        assert page.context["matches"][0].same_code and page.context["matches"][0].same_name
        sent = {"enterprise": enterprise.pk, "username": "zhaomin"}
        client.post(f"/enterprises/registrations/{request.pk}/approve/", sent)
        client.logout()
        assert "zhaomin" in client.get(f"/register/{request.key}/").content.decode()
        assert client.login(username="zhaomin", password=PASSWORD)
        staff = EnterpriseStaff.objects.get(user__username="zhaomin")
        assert (staff.enterprise, staff.is_admin) == (enterprise, True)
        assert client.get("/appeals/new/").context["enterprise"] == enterprise
        request.refresh_from_db()
        assert (request.state, request.password, request.address) == ("approved", "", "")

    def test_an_enterprise_the_roster_lacks_is_put_on_it(self, client, office):
        request = asked(client)
        client.force_login(office)
        client.post(f"/enterprises/registrations/{request.pk}/approve/", {"enterprise": "new", "username": "zhaomin"})
        assert Enterprise.objects.get(credit_code=sound_code(500)).name == "青岭新源材料有限公司"

    def test_a_name_that_differs_is_shown_and_a_like_name_is_offered(self, client, office):
        EnterpriseFactory(credit_code=sound_code(500), name="青岭新源新材料有限公司")
        EnterpriseFactory(name="青岭新源材料股份有限公司")
        EnterpriseFactory(name="毫不相干餐饮店")
        request = asked(client)
        client.force_login(office)
        page = client.get(f"/enterprises/registrations/{request.pk}/")
        assert [(one.same_code, one.same_name) for one in page.context["matches"]] == [(True, False), (False, False)]
        assert "相似" in page.content.decode()

    def test_a_login_name_that_is_taken_is_changed_by_the_office(self, client, office):
        UserFactory(username="ZhaoMin")
        request = asked(client)
        client.force_login(office)
        url = f"/enterprises/registrations/{request.pk}/approve/"
        answer = client.post(url, {"enterprise": "new", "username": "zhaomin"})
        assert answer.status_code == 422 and "已经有人使用" in answer.content.decode()
        assert not Enterprise.objects.filter(credit_code=sound_code(500)).exists()
        client.post(url, {"enterprise": "new", "username": "zhaomin2"})
        assert "zhaomin2" in client.get(f"/register/{request.key}/").content.decode()

    def test_refused_the_applicant_reads_why_and_the_decision_stands(self, client, office):
        request = asked(client)
        client.force_login(office)
        empty = client.post(f"/enterprises/registrations/{request.pk}/refuse/", {"reason": ""})
        assert empty.status_code == 422
        client.post(f"/enterprises/registrations/{request.pk}/refuse/", {"reason": "执照照片看不清"})
        assert "执照照片看不清" in client.get(f"/register/{request.key}/").content.decode()
        with pytest.raises(Refused, match="已经审核过"):
            actions.approve_registration(registration=request, by=office, username="zhaomin")

    @pytest.mark.parametrize("role", [Role.CADRE, Role.SUPERVISOR, Role.HANDLER, Role.ENTERPRISE])
    def test_nobody_but_the_office_sees_or_decides(self, client, role):
        request = asked(client)
        other = UserFactory(roles=[role])
        client.force_login(other)
        assert client.get(f"/enterprises/registrations/{request.pk}/").status_code == 403
        assert not Registration.objects.visible_to(other).exists()
        assert client.get(f"/attachments/{Attachment.objects.get().key}/").status_code == 404
        with pytest.raises(Refused):
            actions.refuse_registration(registration=request, by=other, reason="不")

    def test_refused_requests_and_their_papers_are_forgotten_in_time(self, client, office, settings):
        old, fresh, waiting = (asked(client, username=f"user-{n}") for n in range(3))
        for request in (old, fresh):
            actions.refuse_registration(registration=request, by=office, reason="资料不全")
        long_ago = timezone.now() - timedelta(days=settings.REGISTRATION_KEEP_DAYS + 1)
        Registration.objects.filter(pk=old.pk).update(decided_at=long_ago)
        assert actions.forget_registrations(by=None) == 1
        assert set(Registration.objects.all()) == {fresh, waiting}
        assert Attachment.objects.count() == 2
        assert actions.forget_registrations(by=None) == 0

    def test_the_queue_costs_the_same_for_one_and_for_many(self, client, office):
        def cost() -> int:
            client.get("/enterprises/registrations/")  # what is remembered until the next act
            with CaptureQueriesContext(connection) as queries:
                client.get("/enterprises/registrations/")
            return len(queries)

        asked(client)
        client.force_login(office)
        first = cost()
        for n in range(3):
            facts = filled(username=f"user-{n}") | {"files": [], "key": uuid.uuid4()}
            actions.register(by=None, **facts)
        assert cost() == first
