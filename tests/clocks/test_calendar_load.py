"""Loading next year's calendar: running deadlines move, each with its record; colours go back, never forward."""

from collections import Counter

import pytest
from django.core.signals import request_finished, request_started

from foundation.accounts.errors import Refused
from foundation.audit.models import AuditRow
from foundation.clocks import actions, calendar, levels
from foundation.clocks.actions import Start
from foundation.clocks.models import CalendarDay, CalendarYear, Clock, ClockChange, Warning
from foundation.clocks.workdays import SpecialDay
from tests.accounts.factories import UserFactory
from tests.clocks.factories import day, sh, started, told_kind

NOTICE = {day(f"2027-01-0{n}"): SpecialDay(False, "元旦") for n in (1, 2, 3)} | {
    day("2027-01-09"): SpecialDay(True, "元旦")
}
NOW = sh("2026-12-28 09:00")


def load(days=NOTICE, year=2027, by=None, at=NOW):
    return actions.load_calendar(year=year, days=days, source="国办发明电〔2026〕9 号", by=by, at=at)


def test_a_running_deadline_moves_and_says_why(told):
    clock = started("2026-12-25 09:00", 8)
    untouched = started("2026-12-01 09:00", 5, owner_id=2)
    assert (clock.due_on, clock.provisional) == (day("2027-01-06"), True)
    load()
    clock.refresh_from_db()
    untouched.refresh_from_db()
    assert (clock.due_on, clock.provisional) == (day("2027-01-07"), False)
    assert clock.yellow_at == sh("2027-01-06 00:00")
    change = ClockChange.objects.get()
    assert (change.clock, change.cause, change.at) == (clock, "calendar", NOW)
    moved = told.moved[0]
    assert (moved.owner_id, moved.old_due_at, moved.new_due_at, moved.cause) == (
        1,
        sh("2027-01-07 00:00"),
        sh("2027-01-08 00:00"),
        "calendar",
    )
    assert told.refreshed[-1] == clock.pk
    assert untouched.due_on == day("2026-12-08")


def test_only_certainty_may_change(told):
    clock = started("2026-12-28 09:00", 20)
    at = clock.due_at
    load({day("2027-12-31"): SpecialDay(False, "元旦")})
    clock.refresh_from_db()
    assert (clock.due_at, clock.provisional) == (at, False)
    assert told.moved == []
    assert told.refreshed.count(clock.pk) == 2
    assert not ClockChange.objects.exists()


def test_a_colour_goes_back_when_due_moves_later(told):
    clock = started("2026-12-23 09:00", 9)
    at = sh("2027-01-04 09:00")
    actions.sweep(at=at)
    clock.refresh_from_db()
    assert (clock.level, clock.due_on) == (levels.YELLOW, day("2027-01-05"))
    load({day(f"2027-01-0{n}"): SpecialDay(False, "元旦") for n in (1, 2, 3, 4)}, at=at)  # two days counted are off
    clock.refresh_from_db()
    assert (clock.level, clock.due_on) == (levels.NORMAL, day("2027-01-07"))
    assert Warning.objects.get().cleared_at == at
    actions.sweep(at=sh("2027-01-06 09:00"))
    assert [w.level for w in told.raised] == [1, 1]


def test_a_colour_never_goes_forward_without_the_next_sweep(told):
    """A year loaded wrongly and corrected: due moves earlier, into the past."""
    load({day(f"2027-01-{n:02}"): SpecialDay(False, "长假") for n in range(1, 31)})
    clock = started("2026-12-25 09:00", 8)
    assert clock.due_on == day("2027-02-04")
    at = sh("2027-01-20 09:00")
    load(at=at)
    clock.refresh_from_db()
    assert (clock.level, clock.due_on) == (levels.NORMAL, day("2027-01-07"))
    assert told.raised == []
    result = actions.sweep(at=sh("2027-01-20 09:01"))
    assert (result.yellow, result.red, result.escalated) == (1, 1, 1)
    assert {w.at for w in told.raised} == {at}  # not before this due day was set


def test_what_was_reached_before_the_load_is_raised_however_late_the_sweep(told):
    clock = started("2026-12-23 09:00", 9)
    at = sh("2027-01-04 09:00")  # yellow since the Saturday, and no sweep has run
    load({day(f"2027-01-0{n}"): SpecialDay(False, "元旦") for n in (1, 2, 3, 4)}, at=at)
    assert [(w.level, w.at) for w in told.raised] == [(1, sh("2027-01-02 00:00"))]
    clock.refresh_from_db()
    assert (clock.level, Warning.objects.get().cleared_at) == (levels.NORMAL, at)


def test_a_colour_that_goes_back_on_the_same_due_day_has_its_record(told):
    """A day off before and a day worked after leave the due day where it was, and let yellow begin later."""
    clock = started("2026-12-28 09:00", 10)
    at = sh("2027-01-08 09:00")
    actions.sweep(at=at)
    clock.refresh_from_db()
    assert (clock.level, clock.due_on) == (levels.YELLOW, day("2027-01-11"))
    load({day("2027-01-04"): SpecialDay(False, "元旦"), day("2027-01-09"): SpecialDay(True, "元旦")}, at=at)
    clock.refresh_from_db()
    assert (clock.level, clock.due_on) == (levels.NORMAL, day("2027-01-11"))
    change = ClockChange.objects.get()
    assert (change.cause, change.old_due_at, change.new_due_at) == ("calendar", clock.due_at, clock.due_at)
    assert told.moved == []  # no deadline has moved


def test_paused_and_stopped_clocks(told):
    paused = started("2026-12-25 09:00", 8)
    actions.pause(clock=paused, by=None, at=sh("2026-12-26 09:00"))
    stopped = started("2026-12-25 09:00", 8, owner_id=2)
    actions.stop(clock=stopped, reason="done", by=None, at=sh("2026-12-26 09:00"))
    load()
    paused.refresh_from_db()
    stopped.refresh_from_db()
    assert paused.due_on == day("2027-01-07")
    assert paused.next_change_at is None
    assert stopped.due_on == day("2027-01-06")


def test_loading_again_replaces_the_year_and_the_library(told):
    load()
    load({day("2027-05-01"): SpecialDay(False, "劳动节")})
    assert CalendarYear.objects.count() == CalendarDay.objects.count() == 1
    load({day("2026-10-01"): SpecialDay(False, "国庆节")}, year=2026)
    assert calendar.current().is_working(day("2026-10-02"))


def test_a_year_may_speak_of_the_december_before(told):
    clock = started("2026-12-28 09:00", 3)
    assert clock.due_on == day("2026-12-31")
    load(NOTICE | {day("2026-12-31"): SpecialDay(False, "元旦")})
    clock.refresh_from_db()
    assert clock.due_on == day("2027-01-04")
    assert calendar.current().published(2026)
    load({day("2026-10-01"): SpecialDay(False, "国庆节")}, year=2026)
    assert not calendar.current().is_working(day("2026-12-31"))


@pytest.mark.parametrize(
    ("year", "days", "code"),
    [
        (1900, NOTICE, "year"),
        (2101, NOTICE, "year"),
        (2027, {}, "no_holidays"),
        (2027, {day("2027-01-09"): SpecialDay(True)}, "no_holidays"),
        (2027, {day("2026-11-30"): SpecialDay(False)}, "foreign_day"),
        (2026, NOTICE, "foreign_day"),
    ],
)
def test_what_is_no_calendar_is_refused_and_changes_nothing(told, year, days, code):
    with pytest.raises(Refused) as refused:
        load(days, year)
    assert refused.value.code == code
    assert not CalendarYear.objects.exists()


def test_who_loaded_it_is_recorded(told):
    user = UserFactory()
    row = load(by=user)
    assert (row.loaded_by, row.loaded_at) == (user, NOW)
    audit = AuditRow.objects.get(action="clocks.load_calendar")
    assert audit.actor == user
    assert audit.data["days"]["2027-01-09"] is True


def test_the_preview_says_what_the_load_does_and_writes_nothing(told, ladder):
    starts = [Start(owner, sh("2026-12-21 09:00"), days=owner) for owner in range(1, 21)]
    actions.start_many(kind="test", starts=starts, ladder=ladder, by=None)
    before = list(Clock.objects.order_by("pk").values())
    preview = actions.preview_calendar(year=2027, days=NOTICE, source="通知")
    assert list(Clock.objects.order_by("pk").values()) == before
    assert not CalendarYear.objects.exists()
    assert not calendar.current().published(2027)
    assert (preview.off, preview.make_up) == (3, 1)
    assert preview.changed_days == [day("2027-01-01"), day("2027-01-09")]
    load()
    after = {clock.pk: clock for clock in Clock.objects.all()}
    moves = Counter("later" if after[row["id"]].due_at > row["due_at"] else "same" for row in before)
    assert (preview.later, preview.earlier) == (moves["later"], 0)
    assert preview.settled == sum(row["provisional"] for row in before)
    assert preview.later == len(told.moved) == ClockChange.objects.count() > 0


def test_many_clocks_move_in_few_queries(told, ladder, django_assert_max_num_queries):
    starts = [Start(owner, sh("2026-12-25 09:00"), days=5 + owner % 3) for owner in range(1, 401)]
    actions.start_many(kind="test", starts=starts, ladder=ladder, by=None)
    with django_assert_max_num_queries(40):
        load()
    assert ClockChange.objects.count() == len(told.moved) == 400


def test_each_kind_hears_of_its_own(told):
    with told_kind("other") as other:
        started("2026-12-25 09:00", 8)
        started("2026-12-25 09:00", 8, kind="other", owner_id=9)
        load()
        assert [m.owner_id for m in told.moved] == [1]
        assert [m.owner_id for m in other.moved] == [9]


# -- The calendar kept in the process ---------------------------------------------------------------------------------


def test_the_calendar_is_kept_and_a_change_is_seen(db, django_assert_num_queries):
    first = calendar.current()
    with django_assert_num_queries(1):
        assert calendar.current() is first
    load()
    second = calendar.current()
    assert second is not first
    assert second.published(2027)
    with django_assert_num_queries(1):
        assert calendar.current() is second


def test_a_change_by_another_process_is_seen(db):
    """Another process writes rows; this one has never been told."""
    assert not calendar.current().published(2027)
    year = CalendarYear.objects.create(year=2027, source="别处", loaded_at=NOW)
    CalendarDay.objects.create(year=year, date=day("2027-01-01"), working=False, name="元旦")
    assert calendar.current().why(day("2027-01-01")) == "元旦"


def test_a_request_asks_once(db, django_assert_num_queries):
    # Signals as the handlers send them, without closing the test's connection.
    calendar.current()
    calendar._begin()
    try:
        with django_assert_num_queries(1):
            for _ in range(50):
                calendar.current()
    finally:
        calendar._end()
    assert calendar._begin in [ref() for _key, ref, *_ in request_started.receivers]
    assert calendar._end in [ref() for _key, ref, *_ in request_finished.receivers]
