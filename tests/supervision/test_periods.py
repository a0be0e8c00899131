"""Periods: written and read back, without gaps, in Shanghai's days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.periods import month_of, parse, quarter_of, week_of

DAYS = st.dates(date(2000, 1, 10), date(2099, 12, 20))
KINDS = st.sampled_from([month_of, quarter_of, week_of])


@given(DAYS, KINDS)
def test_a_day_lies_in_its_period_and_periods_touch(day, kind):
    period = kind(day)
    assert period.first <= day < period.after
    assert parse(period.key) == period
    assert period.previous().after == period.first
    assert kind(period.after).first == period.after


@pytest.mark.parametrize(
    "key, first, last, label",
    [
        ("2026-10", "2026-10-01", "2026-10-31", "2026 年 10 月"),
        ("2026-q4", "2026-10-01", "2026-12-31", "2026 年第 4 季度"),
        ("2026-W47", "2026-11-16", "2026-11-22", "2026 年第 47 周"),
        ("2026-W53", "2026-12-28", "2027-01-03", "2026 年第 53 周"),
    ],
)
def test_written_periods(key, first, last, label):
    period = parse(key)
    assert period.first == date.fromisoformat(first)
    assert period.after - timedelta(days=1) == date.fromisoformat(last)
    assert period.label == label


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-13",
        "2026-00",
        "2026-Q5",
        "2026-W54",
        "26-10",
        "2026-10-01",
        "x",
        "0001-01",
        "9999-12",
    ],
)
def test_nonsense_is_no_period(text):
    with pytest.raises(ValueError):
        parse(text)


def test_a_month_begins_at_midnight_in_shanghai():
    assert parse("2026-11").start.isoformat() == "2026-11-01T00:00:00+08:00"
