"""Words for people hold for the awkward values too."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from foundation.ui import text

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 10, 32, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812340217", "138****0217"),
        ("+86 13812340217", "138****0217"),
        ("86-13812340217", "138****0217"),
        ("0791-88881234", "****-******34"),
        ("120", "***"),
        ("", ""),
        (None, ""),
        (13812340217, "138****0217"),
    ],
)
def test_a_phone_is_never_shown_whole(phone, shown):
    assert text.mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 11, 21, 10, 31, 30, tzinfo=SHANGHAI), "刚刚"),
        (datetime(2026, 11, 21, 9, 57, tzinfo=SHANGHAI), "35 分钟前"),
        (datetime(2026, 11, 21, 8, 30, tzinfo=SHANGHAI), "2 小时前"),
        (datetime(2026, 11, 21, 0, 5, tzinfo=SHANGHAI), "今天 00:05"),
        (datetime(2026, 11, 20, 23, 59, tzinfo=SHANGHAI), "昨天 23:59"),
        (datetime(2026, 11, 19, 8, 0, tzinfo=SHANGHAI), "11-19"),
        (datetime(2025, 11, 19, 8, 0, tzinfo=SHANGHAI), "2025-11-19"),
        (datetime(2026, 11, 22, 8, 0, tzinfo=SHANGHAI), "11-22 08:00"),
    ],
)
def test_times_are_short_and_in_shanghai(moment, shown):
    assert text.ago(moment.astimezone(ZoneInfo("UTC")), NOW) == shown


def test_a_year_is_named_only_when_it_is_another():
    today = date(2026, 11, 21)
    assert text.day(date(2026, 1, 5), today) == "01-05"
    assert text.day(date(2027, 1, 5), today) == "2027-01-05"
    assert text.day(None, today) == "—"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1002, "1,002"), (91.4, "91.4"), (Decimal("4.52"), "4.52"), (None, "—"), ("17/2", "17/2"), (0, "0")],
)
def test_numbers_are_grouped(value, shown):
    assert text.number(value) == shown
