"""Deadline arithmetic: hand-made examples, peers' examples, and a slow day-by-day reference."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.clocks import deadlines
from foundation.clocks.china import china_year
from foundation.clocks.deadlines import Pause, due, in_turn, instants, overdue, remaining
from foundation.clocks.localtime import end_of_day, local_date, start_of_day
from foundation.clocks.wording import time_left
from foundation.clocks.workdays import SpecialDay, WorkingCalendar
from tests.clocks.factories import day, sh
from tests.clocks.shared import official
from tests.effort import examples
from tests.shared_data import shared_file

CHINA = WorkingCalendar(base=china_year)
STARTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 30), timezones=st.just(UTC))


@st.composite
def pauses_after(draw, start):
    """Up to four pauses that don't overlap, in order."""
    found, at = [], start
    for _ in range(draw(st.integers(0, 4))):
        began = at + timedelta(hours=draw(st.integers(0, 24 * 20)))
        at = began + timedelta(hours=draw(st.integers(0, 24 * 30)))
        found.append(Pause(began, at))
    return found


@st.composite
def cases(draw):
    """A start, a limit, an extension, and pauses, some of which take their first day out."""
    start = draw(STARTS)
    pauses = [pause._replace(skips_first_day=draw(st.booleans())) for pause in draw(pauses_after(start))]
    return start, draw(st.integers(0, 60)), draw(st.integers(0, 20)), pauses


def slow_due(start, days, pauses, calendar):
    """The rule in the plainest words: walk the days, count the working ones that no pause takes out."""
    spans = [(local_date(p.began), local_date(p.ended), p.skips_first_day) for p in pauses]
    today, left = local_date(start), days
    while left:
        today += timedelta(days=1)
        inside = any(began < today < ended for began, ended, _skips in spans)
        skipped = any(skips and began == today < ended for began, ended, skips in spans)
        if calendar.is_working(today) and not inside and not skipped:
            left -= 1
    return today


@pytest.mark.parametrize(
    ("start", "days", "due_on"),
    [
        ("2026-11-09 10:02", 8, "2026-11-19"),
        ("2026-11-09 00:00", 1, "2026-11-10"),
        ("2026-11-09 23:59", 1, "2026-11-10"),
        ("2026-11-20 17:00", 1, "2026-11-23"),  # over a weekend
        ("2026-11-21 09:00", 1, "2026-11-23"),  # received on a Saturday
        ("2026-09-30 09:00", 1, "2026-10-08"),  # over the National Day holiday
        ("2026-09-30 09:00", 3, "2026-10-10"),  # a Saturday worked to make up
        ("2026-02-13 09:00", 1, "2026-02-14"),  # likewise before the Spring Festival
        ("2026-11-09 10:02", 0, "2026-11-09"),
    ],
)
def test_the_day_of_receipt_does_not_count(start, days, due_on):
    reckoned = due(sh(start), days, CHINA)
    assert reckoned.on == day(due_on)
    assert reckoned.at == sh(f"{due_on} 00:00") + timedelta(days=1)
    assert not reckoned.provisional
    assert due(sh(start), days, official()).on == day(due_on)


def test_the_example_of_the_design():
    reckoned = due(sh("2026-11-09 10:02"), 8, CHINA, [(sh("2026-11-13 15:06"), sh("2026-11-18 08:31"))])
    assert reckoned.on == day("2026-11-23")
    shown = [(str(d.date)[5:], d.why, d.count, d.paused) for d in reckoned.days]
    assert shown[3:9] == [
        ("11-13", "工作日", 4, False),
        ("11-14", "周六", None, False),
        ("11-15", "周日", None, False),
        ("11-16", "工作日", None, True),
        ("11-17", "工作日", None, True),
        ("11-18", "工作日", 5, False),
    ]
    assert reckoned.paused_days == 2
    assert remaining(day("2026-11-21"), reckoned.on, CHINA) == 1
    found = instants(reckoned, yellow_days=2, escalate_after=3, calendar=CHINA)
    assert found.yellow_at == sh("2026-11-20 00:00")
    assert found.escalate_at == sh("2026-11-27 00:00")


def test_days_of_peers_with_their_own_calendar():
    peer = json.loads(shared_file("peers/deadline_extension_pause.json").read_text(encoding="utf-8"))
    theirs = WorkingCalendar(days={day(text): SpecialDay(False) for text in peer["holidays"]})
    for start, days, expected in peer["add"]:
        assert due(day(start), days, theirs).on == day(expected)
    for start, end, expected in peer["count_exclusive_inclusive"]:
        assert overdue(day(end), day(start), theirs) == expected
    for case in peer["effective_due"]:
        if "extension_workdays" in case:
            extended = deadlines.fixed(day(case["legal"]), theirs, extended=case["extension_workdays"])
            assert extended.on == day(case["due"])


def test_peers_that_count_calendar_days_agree_when_every_day_is_worked():
    peer = json.loads(shared_file("peers/deadline_extension_pause.json").read_text(encoding="utf-8"))
    everyday = WorkingCalendar(days={date(2026, 1, 1) + timedelta(days=n): SpecialDay(True) for n in range(365)})
    cases = [case for case in peer["effective_due"] if "extension_workdays" not in case]
    assert len(cases) == 3
    for case in cases:
        received = day(case["legal"]) - timedelta(days=30)
        stood = timedelta(days=case.get("paused_calendar_days", 0) + 1)  # ends the day after the last one out
        pauses = [(received + timedelta(days=2), received + timedelta(days=2) + stood)]
        extension = case.get("extension_calendar_days", 0)
        assert due(received, 30, everyday, pauses, extension).on == day(case["due"])


def test_the_peer_library_counts_alike():
    peer = json.loads(shared_file("peers/chinese_days_npm.json").read_text(encoding="utf-8"))
    forward = [case for case in peer["find_workday(delta,date)"] if case[0] > 0]
    assert forward
    for days, start, expected in forward:
        assert due(day(start), days, CHINA).on == day(expected)


@given(cases())
@settings(max_examples=examples(150))
def test_due_is_what_walking_day_by_day_finds(case):
    start, days, extended, pauses = case
    reckoned = due(start, days, CHINA, pauses, extended)
    assert reckoned.on == slow_due(start, days + extended, pauses, CHINA)


@given(cases())
def test_the_proof_counts_to_the_limit_and_ends_on_the_due_day(case):
    start, days, extended, pauses = case
    reckoned = due(start, days, CHINA, pauses, extended)
    proof = reckoned.days
    assert [d.date for d in proof] == [
        local_date(start) + timedelta(days=n + 1) for n in range((reckoned.on - local_date(start)).days)
    ]
    assert [d.count for d in proof if d.count] == list(range(1, days + extended + 1))
    assert sum(d.paused for d in proof) == reckoned.paused_days
    assert not any(d.paused and not d.working for d in proof)
    assert not proof or proof[-1].count == days + extended


@given(cases())
def test_nothing_falls_due_while_its_clock_stands(case):
    start, days, extended, spans = case
    pauses = in_turn(start, days, CHINA, spans, extended)
    if days + extended:
        at = due(start, days, CHINA, pauses, extended).at
        assert not any(p.began < at <= p.ended and local_date(p.began) < local_date(p.ended) for p in pauses)


@given(cases())
def test_a_pause_that_began_before_the_due_day_follows_the_plain_rule(case):
    start, days, extended, spans = case
    pauses = in_turn(start, days, CHINA, spans, extended)
    for place, pause in enumerate(pauses):
        before = due(start, days, CHINA, pauses[:place], extended).on
        assert not pause.skips_first_day or local_date(pause.began) == before


@given(cases(), st.integers(1, 30))
def test_an_extension_never_makes_it_earlier(case, more):
    start, days, extended, pauses = case
    assert due(start, days, CHINA, pauses, extended + more).on > due(start, days, CHINA, pauses, extended).on


@given(cases())
def test_a_pause_never_makes_it_earlier(case):
    start, days, extended, pauses = case
    without = due(start, days, CHINA, pauses[:-1], extended)
    assert due(start, days, CHINA, pauses, extended).on >= without.on


@given(cases(), st.integers(0, 10), st.one_of(st.none(), st.integers(0, 10)))
def test_the_levels_begin_in_order_and_where_the_counts_say(case, yellow_days, escalate_after):
    start, days, extended, pauses = case
    reckoned = due(start, days, CHINA, pauses, extended)
    found = instants(reckoned, yellow_days=yellow_days, escalate_after=escalate_after, calendar=CHINA)
    yellow_on = local_date(found.yellow_at)
    assert found.yellow_at <= found.due_at == end_of_day(reckoned.on)
    if yellow_on <= reckoned.on:
        assert remaining(yellow_on, reckoned.on, CHINA) <= yellow_days
        assert remaining(yellow_on - timedelta(days=1), reckoned.on, CHINA) > yellow_days
    if escalate_after is None:
        assert found.escalate_at is None
    elif not pauses:
        last = found.escalate_at - timedelta(seconds=1)
        assert overdue(local_date(last), reckoned.on, CHINA) == escalate_after
        assert escalate_after == 0 or CHINA.is_working(local_date(last))


@given(STARTS, st.integers(0, 400), st.integers(-40, 40))
def test_remaining_and_overdue_never_both_count(start, days, offset):
    due_on = due(start, days, CHINA).on
    today = due_on + timedelta(days=offset)
    assert not (remaining(today, due_on, CHINA) and overdue(today, due_on, CHINA))


def test_into_a_year_without_notice_is_provisional_and_says_so():
    reckoned = due(sh("2026-12-25 09:00"), 8, CHINA)
    assert reckoned.provisional
    assert not due(sh("2026-12-25 09:00"), 4, CHINA).provisional  # 31 December is the last of the notice
    assert due(sh("2026-12-25 09:00"), 5, CHINA).provisional
    assert time_left(day("2026-12-25"), reckoned.on, CHINA, provisional=True).endswith("(暂定)")


@pytest.mark.parametrize(
    ("today", "words"),
    [
        ("2026-11-18", "剩 4 个工作日"),
        ("2026-11-21", "剩 1 个工作日"),
        ("2026-11-23", "今日到期"),
        ("2026-11-24", "超期 1 个工作日"),
        ("2026-11-30", "超期 5 个工作日"),
    ],
)
def test_the_words_for_what_is_left(today, words):
    assert time_left(day(today), day("2026-11-23"), CHINA) == words


def test_late_by_a_weekend_is_late_without_a_number():
    assert time_left(day("2026-11-21"), day("2026-11-20"), CHINA) == "已超期"


def test_a_month_end_on_a_sunday_with_no_working_day_left():
    assert time_left(day("2026-05-30"), day("2026-05-31"), CHINA) == "剩 1 天(均非工作日)"


@pytest.mark.parametrize("days", [-1, deadlines.MAX_DAYS + 1, 10**12])
def test_limits_out_of_range_are_refused(days):
    with pytest.raises(ValueError):
        due(day("2026-11-09"), days, CHINA)


@pytest.mark.parametrize("start", [date(1, 1, 1), date(9999, 12, 31), date(9000, 1, 1)])
def test_starts_out_of_the_calendar_are_refused(start):
    with pytest.raises(ValueError):
        due(start, 5, CHINA)


def test_an_open_pause_takes_no_day_out_yet():
    assert due(day("2026-11-09"), 8, CHINA, [(day("2026-11-10"), None)]).on == day("2026-11-19")


def test_a_pause_within_one_day_takes_nothing_out():
    same_day = [(sh("2026-11-11 09:00"), sh("2026-11-11 17:00"))]
    assert due(day("2026-11-09"), 8, CHINA, same_day).on == day("2026-11-19")
    two_days = [(sh("2026-11-11 09:00"), sh("2026-11-12 17:00"))]
    assert due(day("2026-11-09"), 8, CHINA, two_days).on == day("2026-11-19")


def test_a_pause_that_begins_on_the_due_day_puts_it_off_to_the_day_it_ends():
    asked_on_the_last_day = [(sh("2026-11-19 16:00"), sh("2026-11-25 09:00"))]
    reckoned = due(day("2026-11-09"), 8, CHINA, in_turn(day("2026-11-09"), 8, CHINA, asked_on_the_last_day))
    assert reckoned.on == day("2026-11-25")
    assert reckoned.paused_days == 4


def test_a_fixed_date_stays_where_it_is_and_extends_by_working_days():
    assert deadlines.fixed(day("2026-11-30"), CHINA).on == day("2026-11-30")
    assert deadlines.fixed(day("2026-10-31"), CHINA).at == start_of_day(day("2026-11-01"))
    assert deadlines.fixed(day("2026-11-30"), CHINA, extended=2).on == day("2026-12-02")
