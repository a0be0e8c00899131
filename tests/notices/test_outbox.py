"""Messages: said once, sent once, never lost."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.notices.actions import Message, notify, notify_many
from foundation.notices.backoff import MAX_ATTEMPTS
from foundation.notices.claiming import STUCK_AFTER
from foundation.notices.delivery import deliver_due
from foundation.notices.models import Delivery, Notice
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken_gateway(monkeypatch):
    def send(self, *args, **kwargs):
        raise ConnectionRefusedError("no route to host")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)


def test_the_same_thing_is_said_once():
    person = UserFactory()
    assert notify(to=[person, person], kind="test", subject="一", key="k1") == 1
    assert notify(to=[person], kind="test", subject="一", key="k1") == 0
    assert Notice.objects.count() == Delivery.objects.count() == 1


def test_many_messages_cost_few_queries(django_assert_max_num_queries):
    people = UserFactory.create_batch(3)
    messages = [Message(person.pk, "test", "题", f"k{n}") for person in people for n in range(300)]
    with django_assert_max_num_queries(8):
        assert notify_many(messages) == 900


def test_what_no_database_takes_is_left_out_of_the_text():
    notify(to=[UserFactory()], kind="test", subject="a\x00b\ud800c𠮷" + "长" * 300, key="k", body="=1+1 '\"\\ \n")
    notice = Notice.objects.get()
    assert notice.subject.startswith("abc𠮷长")
    assert len(notice.subject) == 200
    assert notice.body == "=1+1 '\"\\ \n"


def test_mail_goes_out_with_the_link_and_is_marked():
    person = UserFactory()
    notify(to=[person], kind="test", subject="黄牌\n预警", key="k", body="正文", url="/issues/1/")
    assert deliver_due()["sent"] == 1
    assert deliver_due()["sent"] == 0
    [message] = mail.outbox
    assert message.to == [person.email]
    assert "\n" not in message.subject
    assert "/issues/1/" in message.body


def test_a_retry_after_a_crash_carries_the_same_message_id():
    notify(to=[UserFactory()], kind="test", subject="题", key="k")
    deliver_due()
    # Killed after the gateway took the mail and before it was marked.
    late = timezone.now() - STUCK_AFTER - timedelta(seconds=1)
    Delivery.objects.update(state=Delivery.State.IN_FLIGHT, sent_at=None, claim=uuid.uuid4(), claimed_at=late)
    assert deliver_due()["sent"] == 1
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_a_failing_gateway_is_retried_with_growing_waits_then_given_up(broken_gateway):
    notify(to=[UserFactory()], kind="test", subject="题", key="k")
    delivery = Delivery.objects.get()
    waits = []
    for _ in range(MAX_ATTEMPTS):
        before = timezone.now()
        deliver_due(at=delivery.next_attempt_at)
        delivery.refresh_from_db()
        waits.append(delivery.next_attempt_at - before)
    assert delivery.state == Delivery.State.FAILED
    assert "no route" in delivery.error
    assert waits[3] > waits[0]


def test_those_who_left_or_want_no_mail_get_none():
    silent, gone = UserFactory(notify_by_email=False), UserFactory()
    notify(to=[silent, gone], kind="test", subject="题", key="k")
    gone.is_active = False
    gone.save()
    assert deliver_due() == {"sent": 0, "retry": 0, "failed": 0, "dropped": 1}
    assert mail.outbox == []


class TestInbox:
    def test_opening_marks_read_and_leads_there(self, client):
        person = UserFactory()
        notify(to=[person], kind="test", subject="<i>题</i>", key="k", url="/accounts/profile/")
        client.force_login(person)
        assert "&lt;i&gt;题" in client.get("/notices/").content.decode()
        notice = Notice.objects.get()
        assert client.post(f"/notices/{notice.pk}/open/").url == "/accounts/profile/"
        assert "没有未读消息" in client.get("/notices/").content.decode()
        assert "题" in client.get("/notices/?show=all").content.decode()

    def test_another_persons_notice_is_not_found(self, client):
        notify(to=[UserFactory()], kind="test", subject="题", key="k")
        client.force_login(UserFactory())
        assert client.post(f"/notices/{Notice.objects.get().pk}/open/").status_code == 404

    def test_the_list_costs_the_same_for_one_and_many(self, client):
        person = UserFactory()
        client.force_login(person)
        counts = []
        for wanted in (1, 3):
            notify_many([Message(person.pk, "test", "题", f"k{n}") for n in range(wanted)])
            with CaptureQueriesContext(connection) as seen:
                client.get("/notices/")
            counts.append(len(seen))
        assert counts[0] == counts[1]
