"""Days and months are decided in Shanghai."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from foundation.clocks import localtime
from tests.clocks.factories import day, sh


@time_machine.travel("2026-10-31T16:30:00Z", tick=False)
def test_half_past_midnight_on_the_first_is_the_new_month():
    assert localtime.today() == day("2026-11-01")
    assert localtime.month_of(localtime.now()) == day("2026-11-01")


def test_a_day_begins_and_ends_at_midnight_in_shanghai():
    assert localtime.start_of_day(day("2026-11-22")) == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert localtime.end_of_day(day("2026-11-22")) == localtime.start_of_day(day("2026-11-23"))


@given(st.dates(date(1950, 1, 1), date(2100, 12, 31)))
def test_months_join_without_gap_or_overlap(some_day):
    first, last = localtime.month_start(some_day), localtime.month_end(some_day)
    assert first <= some_day <= last
    assert last + timedelta(days=1) == localtime.next_month(some_day)
    assert localtime.previous_month(localtime.next_month(some_day)) == first
    begin, end = localtime.month_bounds(some_day)
    assert begin <= localtime.start_of_day(some_day) < end == localtime.start_of_day(localtime.next_month(some_day))


@given(st.datetimes(datetime(1995, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_an_instant_lies_within_its_day(moment):
    local = localtime.local_date(moment)
    assert localtime.start_of_day(local) <= moment < localtime.end_of_day(local)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-09T10:02", sh("2026-11-09 10:02")),
        ("2026-11-09", sh("2026-11-09 00:00")),
        ("2026-11-09T10:02:00Z", sh("2026-11-09 18:02")),
        (" 2026-11-09T10:02+08:00 ", sh("2026-11-09 10:02")),
    ],
)
def test_an_instant_without_offset_is_shanghai_time(text, instant):
    assert localtime.parse_instant(text) == instant


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "2026-02-30", "2026-11-09T25:00"])
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(ValueError):
        localtime.parse_instant(text)


def test_a_month_is_written_with_a_dash():
    assert localtime.parse_month("2026-11") == day("2026-11-01")
    with pytest.raises(ValueError):
        localtime.parse_month("2026-W47")


@pytest.mark.parametrize("edge", [date.min, date.max])
def test_the_first_and_the_last_day_there_is_have_edges_that_can_be_stored(edge):
    for moment in (localtime.start_of_day(edge), localtime.end_of_day(edge)):
        assert 0 < moment.astimezone(UTC).year < 10_000


@pytest.mark.parametrize("text", ["0001-01", "9999-12"])
def test_a_month_of_a_year_nobody_counts_is_refused(text):
    with pytest.raises(ValueError):
        localtime.parse_month(text)
