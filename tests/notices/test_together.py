"""All that waits for one reader by one channel goes as one message, and again as the same one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from foundation.notices import actions, claiming
from foundation.notices.actions import Message
from foundation.notices.channels.sms import Sms
from foundation.notices.delivery import deliver_due
from foundation.notices.models import Delivery
from foundation.notices.parcels import NAMED
from tests.accounts.factories import UserFactory
from tests.notices.gateways import HttpGateway, MailServer

pytestmark = pytest.mark.django_db
State = Delivery.State


def tell(person: Any, count: int, first: int = 0) -> None:
    """So many messages to one person."""
    actions.notify_many(
        Message(person.pk, "issue.warn_red", f"红牌:第{n}件", f"k{n}", url=f"/issues/{n}/")
        for n in range(first, first + count)
    )


def body(mail: Any) -> str:
    return mail.get_payload(decode=True).decode()


def test_thirty_seven_are_one_mail_that_lists_them(smtp: MailServer):
    person = UserFactory()
    tell(person, 37)
    assert deliver_due()["sent"] == 37
    [mail] = smtp.mails
    text = body(mail)
    assert all(f"红牌:第{n}件" in text and f"/issues/{n}/" in text for n in range(37))
    assert len({*Delivery.objects.values_list("bundle", flat=True)}) == 1


def test_each_reader_has_a_mail_of_their_own(smtp: MailServer):
    people = UserFactory.create_batch(3)
    for person in people:
        tell(person, 2)
    deliver_due()
    assert sorted(mail["To"] for mail in smtp.mails) == sorted(person.email for person in people)


def test_a_long_list_is_cut_and_says_so(smtp: MailServer):
    tell(UserFactory(), NAMED + 1)
    deliver_due()
    assert "其余在系统的消息里" in body(smtp.mails[0])


def test_more_than_a_batch_for_one_person_is_one_mail(smtp: MailServer):
    tell(UserFactory(), claiming.BATCH * 3)
    assert deliver_due()["sent"] == claiming.BATCH * 3
    assert len(smtp.mails) == 1


def test_what_goes_again_goes_with_the_same_id_and_the_same_things(smtp: MailServer, settings: Any):
    person = UserFactory()
    tell(person, 3)
    settings.EMAIL_PORT = 1
    assert deliver_due()["retry"] == 3
    settings.EMAIL_PORT = smtp.port
    tell(person, 2, first=10)  # comes meanwhile: a mail of its own
    deliver_due(at=Delivery.objects.latest("next_attempt_at").next_attempt_at)
    assert sorted(len(body(mail).split("红牌:")) - 1 for mail in smtp.mails) == [2, 3]
    assert len({mail["Message-ID"] for mail in smtp.mails}) == 2


def test_a_worker_killed_after_sending_one_repeats_it_under_its_id_alone(smtp: MailServer):
    person = UserFactory()
    tell(person, 1)
    killed = claiming.keep(claiming.take("email", timezone.now()), timezone.now())
    tell(person, 2, first=10)
    deliver_due(at=timezone.now() + claiming.STUCK_AFTER + timedelta(seconds=1))
    ids = {mail["Message-ID"]: body(mail).count("红牌:") for mail in smtp.mails}
    assert len(ids) == 2
    assert f"<{killed[0].message_id}@liaison>" in ids


def test_what_is_out_of_the_hour_s_share_waits_and_goes_as_one(sms: HttpGateway, office: Any, _a_working_morning: Any):
    channels = {"email": "off", "sms": "default"}
    actions.change_rule(kind="issue.warn_red", version=0, by=office, channels=channels)
    person = UserFactory(phone="13800138000")
    start = datetime(2026, 11, 10, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    for minute in range(12):
        _a_working_morning.move_to(start + timedelta(minutes=minute))
        tell(person, 1, first=minute)
        deliver_due()
    assert len(sms.asked) == Sms.per_hour
    assert Delivery.objects.filter(state=State.QUEUED).count() == 12 - Sms.per_hour
    assert set(Delivery.objects.filter(state=State.QUEUED).values_list("attempts", flat=True)) == {0}
    _a_working_morning.move_to(start + timedelta(hours=1, minutes=1))
    deliver_due()
    assert len(sms.asked) == Sms.per_hour + 1
    assert f"{12 - Sms.per_hour} 件消息" in sms.asked[-1].body.decode()


def test_one_person_s_share_is_not_another_s(sms: HttpGateway, office: Any):
    channels = {"email": "off", "sms": "default"}
    actions.change_rule(kind="issue.warn_red", version=0, by=office, channels=channels)
    for n, person in enumerate(UserFactory.create_batch(Sms.per_hour + 2, phone="13800138000")):
        tell(person, 1, first=n)
    assert deliver_due()["sent"] == Sms.per_hour + 2
