"""The working-day calendar against the official notices, day by day, and against a slow count."""

import csv
import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.clocks.china import china_year
from foundation.clocks.workdays import SpecialDay, WorkingCalendar, YearSource
from tests.clocks.factories import day
from tests.clocks.shared import official
from tests.effort import examples
from tests.shared_data import shared_file

CHINA = WorkingCalendar(base=china_year)
DAYS = st.dates(date(2023, 1, 1), date(2028, 12, 31))


def every_day(first, last):
    while first <= last:
        yield first
        first += timedelta(days=1)


def test_the_library_agrees_with_the_notices_on_every_day_of_three_years():
    for some_day in every_day(day("2024-01-01"), day("2026-12-31")):
        assert CHINA.is_working(some_day) == official().is_working(some_day), some_day


def test_agrees_with_every_day_of_the_shared_calendar():
    with shared_file("workdays/calendar_2024_2026.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1096
    wrong = [row for row in rows if CHINA.is_working(day(row["date"])) != (row["is_workday"] == "1")]
    assert wrong == []


def test_agrees_with_the_peer_library_on_single_days_and_ranges():
    peer = json.loads(shared_file("peers/chinese_days_npm.json").read_text(encoding="utf-8"))
    for text, working in peer["is_workday"]:
        assert CHINA.is_working(day(text)) == working, text
    for first, last, expected in peer["workdays_in_range_inclusive"]:
        found = [str(d) for d in every_day(day(first), day(last)) if CHINA.is_working(d)]
        assert found == expected
        assert CHINA.count(day(first), day(last)) == len(expected)
    for delta, start, expected in peer["find_workday(delta,date)"]:
        if delta > 0:
            assert CHINA.nth_after(day(start), delta) == day(expected)
        elif delta == 0:
            assert CHINA.nth_after(day(start) - timedelta(days=1), 1) == day(expected)
        else:
            # The first day from which at most one working day before `start` remains, is that working day.
            before = day(start) - timedelta(days=1)
            nearest = next(d for d in (before - timedelta(days=n) for n in range(30)) if CHINA.is_working(d))
            assert nearest == day(expected)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-11-20", "工作日"),
        ("2026-11-21", "周六"),
        ("2026-11-22", "周日"),
        ("2026-10-01", "国庆节"),
        ("2026-10-07", "国庆节"),
        ("2026-10-10", "国庆节调休上班"),
        ("2026-02-16", "春节"),
        ("2026-01-02", "元旦"),
        ("2026-01-04", "元旦调休上班"),
        ("2026-04-06", "清明节"),
    ],
)
def test_every_day_has_its_reason(text, why):
    assert CHINA.why(day(text)) == why


@pytest.mark.parametrize("year", [*range(1900, 2101), 2, 8999])
def test_no_year_crashes(year):
    assert CHINA.count(date(year, 1, 1), date(year, 12, 31)) in range(235, 264)
    assert CHINA.why(date(year, 6, 15))


@pytest.mark.parametrize("year", [1900, 1999, 2000, 2027, 2028, 2100])
def test_a_year_without_notice_falls_back_to_weekends(year):
    assert not CHINA.published(year)
    assert CHINA.source(year) == ""
    for some_day in every_day(date(year, 1, 1), date(year, 12, 31)):
        assert CHINA.is_working(some_day) == (some_day.weekday() < 5)


def test_years_with_notice_are_published():
    assert [year for year in range(1990, 2040) if CHINA.published(year)] == list(range(2001, 2027))


def test_what_the_office_loaded_replaces_the_library():
    off = SpecialDay(False, "测试日")
    loaded = WorkingCalendar(
        loaded={2026: YearSource({}, True, "通知")}, days={day("2026-11-23"): off}, base=china_year
    )
    assert not loaded.is_working(day("2026-11-23"))
    assert loaded.why(day("2026-11-23")) == "测试日"
    assert loaded.is_working(day("2026-10-01"))  # the library's holidays are gone with the whole year
    assert loaded.source(2026) == "通知"
    assert loaded.why(day("2025-10-01")) == CHINA.why(day("2025-10-01"))


def test_a_make_up_day_on_a_plain_weekday_changes_nothing():
    loaded = WorkingCalendar(days={day("2027-01-04"): SpecialDay(True, "元旦")})
    assert loaded.why(day("2027-01-04")) == "工作日"
    assert not loaded.is_make_up(day("2027-01-04"))


@given(DAYS, DAYS)
def test_counting_by_totals_is_counting_day_by_day(first, last):
    assert CHINA.count(first, last) == sum(map(CHINA.is_working, every_day(first, last)))


@given(DAYS, st.integers(0, 300), st.sets(DAYS, max_size=40))
@settings(max_examples=examples(100))
def test_the_nth_working_day_is_found_as_by_walking(start, n, skipping):
    walked, left = start, n
    while left:
        walked += timedelta(days=1)
        left -= CHINA.is_working(walked) and walked not in skipping
    assert CHINA.nth_after(start, n, skipping) == walked


@given(DAYS, st.integers(0, 30))
def test_the_first_day_with_at_most_n_left(due_on, n):
    first = CHINA.first_with_at_most(n, due_on)
    assert CHINA.count(first, due_on) <= n < CHINA.count(first - timedelta(days=1), due_on)


def test_a_negative_number_of_days_is_refused():
    with pytest.raises(ValueError):
        CHINA.nth_after(day("2026-11-09"), -1)
