"""The office's page over what leaves the portal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.notices import actions, claiming, rules
from foundation.notices.delivery import deliver_due
from foundation.notices.models import Delivery
from tests.accounts.factories import UserFactory
from tests.notices.gateways import MailServer

pytestmark = pytest.mark.django_db
State = Delivery.State
PAGE, SETTLE = "/notices/manage/sending/", "/notices/manage/sending/settle/"


@pytest.fixture
def bounced(smtp: MailServer) -> Delivery:
    """A mail to a mailbox that does not exist."""
    person = UserFactory()
    smtp.refused[person.email] = 550
    actions.notify(to=[person], kind="test", subject="黄牌预警:一件", key="k")
    deliver_due()
    smtp.refused.clear()
    return Delivery.objects.get()


def test_a_bounce_is_shown_in_words(bounced: Delivery, office: Any, client: Client):
    client.force_login(office)
    page = client.get(PAGE).content.decode()
    assert "黄牌预警:一件" in page and "对方不收" in page and bounced.notice.recipient.name in page
    assert "邮件" in page and "短信" not in page


def test_again_by_hand_sends_it_and_is_recorded(bounced: Delivery, office: Any, client: Client, smtp: MailServer):
    client.force_login(office)
    client.post(SETTLE, {"delivery": [bounced.pk], "do": "retry"})
    assert deliver_due()["sent"] == 1
    assert smtp.mails[-1]["Message-ID"] == f"<{bounced.message_id}@liaison>"
    assert AuditRow.objects.get(action="notices.retry").actor == office
    assert "没有发送失败的消息" in client.get(PAGE).content.decode()


def test_no_more_by_hand_ends_it_and_is_recorded(bounced: Delivery, office: Any, client: Client, smtp: MailServer):
    client.force_login(office)
    client.post(SETTLE, {"delivery": [bounced.pk], "do": "drop"})
    assert deliver_due()["sent"] == 0
    bounced.refresh_from_db()
    assert (bounced.state, bounced.error) == (State.DROPPED, f"{office.name}停发")
    assert AuditRow.objects.filter(action="notices.drop").count() == 1


def test_what_is_well_or_on_its_way_is_not_touched(office: Any):
    actions.notify(to=UserFactory.create_batch(3), kind="test", subject="题", key="k")
    deliver_due(at=timezone.now() - timedelta(days=1))
    sent, flying, waiting = Delivery.objects.order_by("pk")
    assert claiming.take("email", timezone.now())
    Delivery.objects.filter(pk=waiting.pk).update(state=State.QUEUED, claim=None, claimed_at=None)
    Delivery.objects.filter(pk=sent.pk).update(
        state=State.SENT, sent_at=timezone.now(), claim=None, claimed_at=None, attempts=2
    )
    assert actions.drop(ids=[sent.pk, flying.pk, waiting.pk], by=office) == 0


def test_only_the_office_may(bounced: Delivery):
    with pytest.raises(Refused):
        actions.retry(ids=[bounced.pk], by=UserFactory(roles=[Role.SYSTEM_ADMIN]))


@pytest.mark.parametrize("ids", [["x"], [""], ["9" * 40], ["-1"], ["²"]])
def test_nonsense_settles_nothing(bounced: Delivery, office: Any, client: Client, ids: list[str]):
    client.force_login(office)
    assert client.post(SETTLE, {"delivery": ids, "do": "drop"}).status_code == 302
    bounced.refresh_from_db()
    assert bounced.state == State.FAILED


def test_the_page_costs_the_same_for_one_and_many(bounced: Delivery, office: Any, client: Client, smtp: MailServer):
    client.force_login(office)
    counts = []
    for wanted in (0, 4):
        people = UserFactory.create_batch(wanted)
        smtp.refused |= {person.email: 550 for person in people}
        actions.notify(to=people, kind="test", subject="题", key=f"many{wanted}")
        deliver_due()
        client.get(PAGE)  # what is remembered until the next act
        with CaptureQueriesContext(connection) as seen:
            client.get(PAGE)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_channel_ruled_out_is_not_sent_by_even_when_queued(office: Any, smtp: MailServer):
    actions.notify(to=[UserFactory()], kind="call.red", subject="题", key="k")
    actions.change_rule(kind="call", version=0, by=office, needs_ack=False, channels={"email": "off"})
    assert rules.current().of("call.red").modes["email"] == "off"
    assert deliver_due()["dropped"] == 1


def test_what_is_compulsory_reaches_who_wants_no_mail(office: Any, smtp: MailServer):
    actions.change_rule(kind="call", version=0, by=office, needs_ack=False, channels={"email": "compulsory"})
    actions.notify(to=[UserFactory(notify_by_email=False)], kind="call.red", subject="题", key="k")
    assert deliver_due()["sent"] == 1
