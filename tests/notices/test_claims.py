"""Claims on the outbox: one holder at a time, alive while worked on, free again when the worker is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from foundation.notices import claiming
from foundation.notices.actions import Message, notify, notify_many
from foundation.notices.claiming import BATCH, STUCK_AFTER
from foundation.notices.delivery import GIVE_UP_AFTER, deliver_due
from foundation.notices.models import Delivery
from tests.accounts.factories import DepartmentFactory, UserFactory

State = Delivery.State


def queue(count: int) -> None:
    """So many mails, each to a person of its own."""
    department = DepartmentFactory()
    people = UserFactory.create_batch(count, department=department, password="")
    notify_many([Message(person.pk, "test", "题", "k") for person in people])


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_everything_once():
    queue(BATCH * 2 + 7)

    def work(_worker: int) -> int:
        try:
            return deliver_due()["sent"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sent = sum(pool.map(work, range(4)))
    assert sent == BATCH * 2 + 7
    ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert len(ids) == len(set(ids)) == BATCH * 2 + 7


@pytest.mark.django_db
class TestAStalledWorker:
    def test_loses_its_claim_and_writes_nothing_over_the_one_who_took_over(self):
        notify(to=[UserFactory()], kind="test", subject="题", key="k")
        [stalled] = claiming.take("email", timezone.now())
        later = timezone.now() + STUCK_AFTER + timedelta(seconds=1)
        assert claiming.release_stuck(later) == 1
        [taken] = claiming.take("email", later)
        assert not claiming.keep([stalled], later)
        assert not claiming.finish([stalled], State.FAILED, error="late")
        assert claiming.finish([taken], State.SENT, sent_at=later)
        assert Delivery.objects.get().state == State.SENT

    def test_that_still_works_keeps_its_claim(self):
        notify(to=[UserFactory()], kind="test", subject="题", key="k")
        start = timezone.now()
        [delivery] = claiming.take("email", start)
        for minutes in (8, 16, 24):
            assert claiming.release_stuck(start + timedelta(minutes=minutes)) == 0
            assert claiming.keep([delivery], start + timedelta(minutes=minutes))

    def test_lets_go_of_what_it_did_not_try_without_counting_it(self):
        queue(3)
        now = timezone.now()
        taken = claiming.take("email", now)
        claiming.give_back(taken[1:], now + timedelta(minutes=1))
        assert sorted(Delivery.objects.values_list("state", "attempts")) == [
            (State.IN_FLIGHT, 0),
            (State.QUEUED, 0),
            (State.QUEUED, 0),
        ]


@pytest.mark.django_db
def test_a_gateway_that_is_down_is_not_asked_for_every_message(monkeypatch):
    asked = []

    def send(self, *args, **kwargs):
        asked.append(self)
        raise ConnectionRefusedError("no route to host")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    queue(BATCH + 5)
    assert deliver_due()["retry"] == len(asked) == GIVE_UP_AFTER
    assert Delivery.objects.filter(state=State.QUEUED).count() == BATCH + 5
    assert Delivery.objects.filter(attempts=0).count() == BATCH + 5 - GIVE_UP_AFTER
