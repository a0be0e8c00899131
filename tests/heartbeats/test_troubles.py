"""What keeps the portal from telling people in time is said by /readyz and over the office's pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import troubles
from foundation.accounts.permissions import Role
from foundation.heartbeats import actions
from foundation.heartbeats.models import Heartbeat
from foundation.notices.actions import notify
from foundation.notices.delivery import GIVE_UP_AFTER, deliver_due
from foundation.notices.models import Delivery
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
SWEEP = "foundation.clocks.tasks.sweep"


@pytest.fixture(autouse=True)
def clock(monkeypatch: Any, settings: Any) -> Iterator[Any]:
    """Eleven on a working morning; the process runs since yesterday, and everything ran a moment ago."""
    settings.SWEEP_SILENCE = 180
    now = datetime(2026, 11, 10, 11, tzinfo=SHANGHAI)
    monkeypatch.setattr(troubles, "_started", now - timedelta(days=1))
    with time_machine.travel(now) as traveller:
        for task in troubles.WATCHED:
            actions.done(task=task, worker="w1")
        yield traveller


def reasons(client: Client) -> list[str]:
    answer = client.get("/readyz")
    assert (answer.status_code == 503) == ("reasons" in answer.json())
    return answer.json().get("reasons", [])


def test_all_is_well(client: Client):
    assert reasons(client) == []


def test_a_sweep_older_than_three_minutes_is_told_and_a_new_one_ends_it(client: Client):
    Heartbeat.objects.filter(name=SWEEP).update(at=timezone.now() - timedelta(minutes=4))
    assert reasons(client) == ["预警巡检已 4 分钟没有运行。请检查后台进程 worker 和 beat。"]
    actions.done(task=SWEEP, worker="w1")
    assert reasons(client) == []


def test_a_sweep_that_never_ran_is_told(client: Client):
    Heartbeat.objects.all().delete()
    assert "预警巡检从来没有运行。请检查后台进程 worker 和 beat。" in reasons(client)


def test_after_a_start_there_is_a_moment_to_wake_up(client: Client, monkeypatch: Any):
    Heartbeat.objects.update(at=timezone.now() - timedelta(hours=9))
    monkeypatch.setattr(troubles, "_started", timezone.now() - timedelta(seconds=30))
    assert reasons(client) == []


def test_a_year_without_a_calendar_is_told_before_its_limits_begin(client: Client, clock: Any):
    clock.move_to(datetime(2049, 12, 20, 11, tzinfo=SHANGHAI))
    for task in troubles.WATCHED:
        actions.done(task=task, worker="w1")
    assert any("年的工作日历还没有载入" in reason for reason in reasons(client))


class TestOutbox:
    def test_messages_that_nobody_takes_up_are_told_but_not_at_night(self, client: Client, clock: Any):
        notify(to=[UserFactory()], kind="test", subject="题", key="k")
        Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(minutes=20))
        assert [reason.split(":")[0] for reason in reasons(client)] == ["邮件积压"]
        clock.move_to(datetime(2026, 11, 10, 23, tzinfo=SHANGHAI))
        for task in troubles.WATCHED:
            actions.done(task=task, worker="w1")
        assert reasons(client) == []

    def test_a_channel_that_takes_nothing_is_told_and_one_full_mailbox_is_not(self, client: Client):
        notify(to=UserFactory.create_batch(GIVE_UP_AFTER), kind="test", subject="题", key="k")
        early = timezone.now() - timedelta(minutes=20)
        later = timezone.now() + timedelta(minutes=20)
        first = Delivery.objects.order_by("pk").values("pk")[:1]
        Delivery.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(
            queued_at=early, attempts=4, next_attempt_at=later
        )
        assert reasons(client) == []
        Delivery.objects.update(queued_at=early, attempts=4, next_attempt_at=later)
        assert [reason.split(":")[0] for reason in reasons(client)] == ["邮件发不出去"]
        notify(to=[UserFactory()], kind="test", subject="题", key="k2")
        assert deliver_due()["sent"] == 1
        assert reasons(client) == []


class TestBanner:
    @pytest.mark.parametrize(("role", "told"), [(Role.OFFICE, True), (Role.SYSTEM_ADMIN, True), (Role.HANDLER, False)])
    def test_the_same_sentence_stands_over_every_page(self, client: Client, role: Role, told: bool):
        Heartbeat.objects.filter(name=SWEEP).update(at=timezone.now() - timedelta(minutes=4))
        client.force_login(UserFactory(roles=[role]))
        assert ("预警巡检已 4 分钟没有运行" in client.get("/notices/").content.decode()) is told

    def test_it_costs_the_same_whatever_waits(self, client: Client):
        client.force_login(UserFactory(roles=[Role.OFFICE]))
        counts = []
        for wanted in (0, 5):
            notify(to=UserFactory.create_batch(wanted), kind="test", subject="题", key=f"k{wanted}")
            client.get("/notices/")  # what is remembered until the next act
            with CaptureQueriesContext(connection) as seen:
                client.get("/notices/")
            counts.append(len(seen))
        assert counts[0] == counts[1]


def test_workers_that_are_gone_are_forgotten_and_tasks_are_not():
    Heartbeat.objects.update(at=timezone.now() - actions.FORGET_AFTER - timedelta(days=1))
    assert actions.forget() == 1
    assert Heartbeat.objects.filter(name=SWEEP).exists()
