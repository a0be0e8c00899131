"""Nothing leaves at night or on a day off but what is urgent; the rest waits for half past eight."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.accounts.permissions import Role
from foundation.clocks import calendar
from foundation.notices import actions, hours
from foundation.notices.backoff import wait_after
from foundation.notices.delivery import deliver_due
from foundation.notices.models import Delivery
from tests.accounts.factories import UserFactory
from tests.notices.gateways import HttpGateway, MailServer

SHANGHAI = ZoneInfo("Asia/Shanghai")
moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(SHANGHAI))
offsets = st.sets(st.integers(-1, 12), max_size=10)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def slow_next_open(moment: datetime, is_working: Any) -> datetime:
    """Minute by minute would take for ever: day by day, with the hours written out."""
    day = moment.date()
    while True:
        opens = datetime.combine(day, time(8, 30), tzinfo=SHANGHAI)
        closes = datetime.combine(day, time(21), tzinfo=SHANGHAI)
        if is_working(day) and moment < closes:
            return max(moment, opens)
        day += timedelta(days=1)


@given(moments, offsets)
def test_it_is_what_a_slow_look_at_the_calendar_says(moment: datetime, off: set[int]):
    def works(day: date) -> bool:
        return (day - moment.date()).days not in off and day.weekday() != 6

    assert hours.next_open(moment, works) == slow_next_open(moment, works)


@given(moments)
def test_what_waited_waits_no_more_and_nothing_leaves_early(moment: datetime):
    opens = hours.next_open(moment, hours.weekdays)
    assert opens >= moment
    assert hours.next_open(opens, hours.weekdays) == opens


@given(moments, st.integers(1, 12), st.floats(0, 1, exclude_max=True))
def test_a_retry_falls_into_the_hours_too(moment: datetime, failed: int, draw: float):
    again = hours.next_open(moment + wait_after(failed, draw), hours.weekdays).astimezone(SHANGHAI)
    assert time(8, 30) <= again.time() < time(21)
    assert again.weekday() < 5


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-10T10:00", "2026-11-10T10:00"),
        ("2026-11-10T00:00", "2026-11-10T08:30"),
        ("2026-11-10T20:59:59", "2026-11-10T20:59:59"),
        ("2026-11-10T21:00", "2026-11-11T08:30"),
        ("2026-11-13T21:00", "2026-11-16T08:30"),  # over a weekend
        ("2026-09-30T22:00", "2026-10-08T08:30"),  # over the holiday of the official calendar
        ("2026-10-10T09:00", "2026-10-10T09:00"),  # a Saturday that is worked
    ],
)
def test_the_official_calendar_counts(now: str, opens: str):
    calendar.forget()
    assert hours.next_open(at(now)) == at(opens)


@pytest.mark.django_db
class TestSending:
    def tell(self, kind: str = "issue.warn_red") -> Delivery:
        actions.notify(to=[UserFactory()], kind=kind, subject="红牌", key=f"k{kind}")
        return Delivery.objects.latest("pk")

    def test_a_red_card_at_midnight_is_mailed_in_the_morning(self, smtp: MailServer, _a_working_morning: Any):
        _a_working_morning.move_to(at("2026-11-11T00:00"))
        waiting = self.tell()
        assert waiting.next_attempt_at == at("2026-11-11T08:30")
        assert deliver_due()["sent"] == 0
        _a_working_morning.move_to(at("2026-11-11T08:30"))
        assert deliver_due()["sent"] == 1

    def test_what_the_office_marks_urgent_leaves_at_night(self, smtp: MailServer, office: Any, _a_working_morning: Any):
        actions.change_rule(kind="issue.warn_red", version=0, by=office, urgent=True)
        _a_working_morning.move_to(at("2026-11-11T00:00"))
        self.tell("issue.warn_yellow")
        self.tell()
        assert deliver_due()["sent"] == 1
        assert Delivery.objects.get(state="sent").notice.kind == "issue.warn_red"

    def test_what_was_due_before_nine_and_not_sent_waits_for_the_morning(
        self, smtp: MailServer, _a_working_morning: Any
    ):
        _a_working_morning.move_to(at("2026-11-10T20:59"))
        self.tell()
        _a_working_morning.move_to(at("2026-11-10T21:01"))
        assert deliver_due()["sent"] == 0
        _a_working_morning.move_to(at("2026-11-11T08:31"))
        assert deliver_due()["sent"] == 1

    def test_a_retry_of_the_evening_waits_for_the_morning(
        self, smtp: MailServer, settings: Any, _a_working_morning: Any
    ):
        _a_working_morning.move_to(at("2026-11-10T20:59:30"))
        settings.EMAIL_PORT = 1
        waiting = self.tell()
        assert deliver_due()["retry"] == 1
        waiting.refresh_from_db()
        assert waiting.next_attempt_at == at("2026-11-11T08:30")

    def test_robots_of_groups_keep_the_hours_too(self, gateway: HttpGateway, settings: Any, _a_working_morning: Any):
        settings.WEBHOOK_GROUPS = [{"key": "d", "channel": "wecom", "url": gateway.url}]
        _a_working_morning.move_to(at("2026-11-14T12:00"))  # Saturday
        self.tell()
        deliver_due()
        assert gateway.asked == []
        assert set(Delivery.objects.values_list("next_attempt_at", flat=True)) == {at("2026-11-16T08:30")}


@pytest.mark.django_db
def test_the_rules_page_marks_a_kind_urgent(office: Any, client: Any):
    from foundation.notices import rules
    from foundation.notices.forms import RulesForm

    client.force_login(office)
    form = RulesForm(rules=rules.current())
    sent = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in sent.items() if value is not False}
    client.post("/notices/manage/rules/", sent | {"visit.red-urgent": "on"})
    assert rules.current().of("visit.red").urgent
    assert Role.OFFICE in office.roles
