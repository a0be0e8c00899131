"""Reading a year's calendar: three forms in, clear errors by line, and a round trip."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.clocks.calendar_text import MAX_LINES, as_lines, parse
from foundation.clocks.workdays import SpecialDay
from tests.clocks.factories import day
from tests.shared_data import shared_file

NEW_YEAR = {day(f"2027-01-0{n}"): SpecialDay(False, "元旦") for n in (1, 2, 3)} | {day("2027-01-09"): SpecialDay(True)}


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-01 至 2027-01-03 休 元旦\n2027-01-09 班",
        "2027/1/1—2027/1/3 放假 元旦\n\n2027/1/9 上班",
        "2027年1月1日(星期五)至1月3日(周日)放假 元旦\r\n1月9日(周六)上班",
        "1月1日到1月3日休 元旦\n# 说明\n1月9日 补班",
        "2027-01-01 ~ 2027-01-03 休 元旦\n  2027-01-09  班  ",
        "date,is_workday,name\n2027-01-01,0,元旦\n2027-01-02,0,元旦\n2027-01-03,0,元旦\n2027-01-09,1,\n2027-01-11,1,",
        "date\tis_workday\tname\n2027/1/1\t0\t元旦\n2027/1/2\t0\t元旦\n2027/1/3\t0\t元旦\n2027/1/9\t是\t",
        '{"year": 2027, "days": ['
        '{"name": "元旦", "date": "2027-01-01", "isOffDay": true},'
        '{"name": "元旦", "date": "2027-01-02", "isOffDay": true},'
        '{"name": "元旦", "date": "2027-01-03", "isOffDay": true},'
        '{"name": "", "date": "2027-01-09", "isOffDay": false}]}',
    ],
)
def test_three_forms_say_the_same(text):
    parsed = parse(text, 2027)
    assert parsed.errors == []
    assert parsed.days == NEW_YEAR


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("元旦放三天", "第 1 行:看不懂“元旦放三天”"),
        ("2027-01-01 休\n2027-02-30 休", "第 2 行:没有这一天"),
        ("2027-01-03 至 2027-01-01 休", "第 1 行:结束日期早于开始日期"),
        ("2027-01-01 至 2027-06-01 休", "第 1 行:一行最多 31 天"),
        ("2027-01-01 休\n2027-01-01 班", "第 2 行:2027-01-01 前面写的是另一种安排"),
        ("2026-10-01 休 国庆节", "2026-10-01 不在 2027 年"),
        ("2028-01-01 休 元旦", "2028-01-01 不在 2027 年"),
        ("2027-13-01 休", "第 1 行:没有这一天"),
        ("date,is_workday\n2027-01-01,0\n明天,0", "第 3 行:“明天”不是日期"),
        ("date,is_workday\n2027-01-01,可能", "第 2 行:is_workday 须为 1 或 0"),
        ("date,is_workday\n2027-01-01", "第 2 行:is_workday 须为 1 或 0"),
        ('{"year": 2027, "days": [', "不是完整的 JSON"),
        ('{"year": 2027}', "JSON 里没有 days 列表"),
        ('{"year": 2026, "days": []}', "文件是 2026 年的,您选择的是 2027 年"),
        ('{"days": [{"date": "2027-01-01"}]}', "days 的第 1 项须有 date"),
        ('{"days": ["2027-01-01", 5, null]}', "days 的第 3 项须有 date"),
        ("[" * 100_000, "不是完整的 JSON"),
        ("2027-01-01 休\n" * (MAX_LINES + 1), f"第 {MAX_LINES + 1} 行:最多"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, message):
    assert any(message in str(error) for error in parse(text, 2027).errors)


def test_the_december_before_may_stand_in_a_notice():
    parsed = parse("2026-12-31 至 2027-01-02 休 元旦", 2027)
    assert parsed.errors == []
    assert day("2026-12-31") in parsed.days


def test_a_name_is_one_line_without_control_characters():
    parsed = parse("2027-01-01 休 <b>元\x07旦</b>\t𠮷=1+1" + "长" * 50, 2027)
    assert parsed.days[day("2027-01-01")].name == "<b>元旦</b> 𠮷=1+1长长长长长"


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_published_files_and_the_full_list_agree(year):
    text = shared_file(f"workdays/holiday-cn_{year}.json").read_text(encoding="utf-8")
    from_json = parse(text, year)
    lines = shared_file("workdays/calendar_2024_2026.csv").read_text(encoding="utf-8").splitlines()
    from_csv = parse("\n".join([lines[0], *[line for line in lines if line.startswith(str(year))]]), year)
    assert from_json.errors == from_csv.errors == []
    assert {d: s.working for d, s in from_json.days.items()} == {d: s.working for d, s in from_csv.days.items()}


DAYS = st.dictionaries(
    st.dates(date(2026, 12, 1), date(2027, 12, 31)),
    st.builds(SpecialDay, st.booleans(), st.sampled_from(["", "元旦", "国庆节、中秋节", "<script>"])),
    max_size=60,
)


@given(DAYS)
def test_lines_read_back_as_written(days):
    parsed = parse(as_lines(days), 2027)
    assert parsed.days == days
    assert parsed.errors == []


@given(st.text(max_size=300))
def test_no_text_crashes_the_reader(text):
    parsed = parse(text, 2027)
    assert all(abs((found - day("2027-01-01")).days) < 366 * 9000 for found in parsed.days)
    for error in parsed.errors:
        assert str(error)


def test_a_long_run_is_written_in_lines_that_can_be_read():
    days = {date(2027, 1, 1) + timedelta(days=n): SpecialDay(False, "长假") for n in range(50)}
    assert parse(as_lines(days), 2027).days == days
