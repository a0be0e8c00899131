"""What people see of a clock: the badge, and the strip of days."""

import re

import pytest
import time_machine
from django.template import Context, Template

from foundation.clocks import actions, calendar, queries
from tests.clocks.factories import day, sh, started


def render(text, **context):
    return Template("{% load clocks %}" + text).render(Context(context))


def cells(html):
    """(classes, date, words) of each day of a strip."""
    return [
        (found[0] or "", found[1], found[2])
        for found in re.findall(r'<li(?: class="([^"]*)")? title="[^"]*">(.*?)<br>(.*?)</li>', html)
    ]


@pytest.fixture
def design_clock(told):
    """The clock of the design's picture."""
    clock = started("2026-11-09 10:02", 8)
    actions.pause(clock=clock, by=None, at=sh("2026-11-13 15:06"))
    return actions.resume(clock=clock, by=None, at=sh("2026-11-18 08:31"))


def test_the_strip_is_that_of_the_design(design_clock):
    html = render("{% proof clock today %}", clock=design_clock, today=day("2026-11-21"))
    assert cells(html) == [
        ("", "11-10", "第1日"),
        ("", "11-11", "2"),
        ("", "11-12", "3"),
        ("", "11-13", "4"),
        ("off", "14", "周六"),
        ("off", "15", "周日"),
        ("pz", "11-16", "暂停"),
        ("pz", "11-17", "暂停"),
        ("", "11-18", "5"),
        ("", "11-19", "6"),
        ("", "11-20", "7"),
        ("off today", "21", "今天·周六"),
        ("off", "22", "周日"),
        ("due", "11-23", "第8日 到期"),
    ]
    assert "时限 8 个工作日,收到当日不计;暂停期间 2 个工作日不计;2026-11-23 24:00 到期" in html
    assert "国务院办公厅 2026 年放假安排" in html
    assert "暂定" not in html


def test_a_make_up_day_is_marked(told):
    html = render("{% proof clock %}", clock=started("2026-09-30 09:00", 3))
    assert cells(html)[-1] == ("adj due", "10-10", "第3日 到期")
    assert ("off", "1", "国庆节") in cells(html)


def test_a_provisional_deadline_says_so(told):
    clock = started("2026-12-25 09:00", 8)
    assert "暂定:部分日期所在年度的放假安排尚未公布" in render("{% proof clock %}", clock=clock)
    with time_machine.travel(sh("2026-12-26 10:00"), tick=False):
        assert render("{% level_badge clock %}", clock=clock) == '<span class="lv n">剩 8 个工作日(暂定)</span>'


def test_a_long_strip_folds(told):
    html = render("{% proof clock %}", clock=started("2026-11-09 10:02", 60))
    assert html.count('<details class="day-proof"><summary>逐日说明') == 1
    assert html.count("</details>") == html.count("<details") == 2  # the other says why


def test_while_it_stands_the_strip_runs_on_as_if_it_went_on_today(told):
    clock = started("2026-11-09 10:02", 8)
    paused = actions.pause(clock=clock, by=None, at=sh("2026-11-13 15:06"))
    due = queries.proof(paused, sh("2026-11-18 08:31"))
    assert due.on == day("2026-11-23")
    assert due.paused_days == 2


@pytest.mark.parametrize(
    ("at", "badge"),
    [
        ("2026-11-10 09:00", '<span class="lv n">剩 8 个工作日</span>'),
        ("2026-11-18 09:00", '<span class="lv y">黄牌 · 剩 2 个工作日</span>'),
        ("2026-11-19 09:00", '<span class="lv y">黄牌 · 今日到期</span>'),
        ("2026-11-20 09:00", '<span class="lv r">红牌 · 超期 1 个工作日</span>'),
        ("2026-11-25 09:00", '<span class="lv r">红牌升级 · 超期 4 个工作日</span>'),
    ],
)
def test_a_level_is_shape_and_words_and_colour(told, at, badge):
    clock = started("2026-11-09 10:02", 8)
    with time_machine.travel(sh(at), tick=False):
        actions.sweep()
        clock.refresh_from_db()
        assert render("{% level_badge clock %}", clock=clock) == badge
        mirrored = "{% level_badge level=c.level due_on=c.due_on provisional=c.provisional paused=c.paused_at %}"
        assert render(mirrored, c=clock) == badge


def test_the_badge_of_what_stands_and_of_what_is_done(told):
    clock = started("2026-11-09 10:02", 8)
    paused = actions.pause(clock=clock, by=None, at=sh("2026-11-10 09:00"))
    assert render("{% level_badge c %}", c=paused) == '<span class="lv p">时钟暂停</span>'
    done = actions.stop(clock=paused, reason="x", by=None, at=sh("2026-11-11 09:00"))
    assert render("{% level_badge c %}", c=done) == '<span class="lv g">按时完成</span>'
    late = actions.stop(
        clock=started("2026-11-02 10:02", 3, owner_id=2), reason="x", by=None, at=sh("2026-11-11 09:00")
    )
    assert render("{% level_badge c %}", c=late) == '<span class="lv r">超期完成</span>'
    assert render("{% level_badge level=0 due_on=none %}", none=None) == ""


def test_fifty_badges_cost_one_query_in_a_request(told, django_assert_num_queries):
    rows = [{"level": 1, "due_on": day("2026-11-23")}] * 50
    calendar.current()
    calendar._begin()
    try:
        with django_assert_num_queries(1):
            render("{% for r in rows %}{% level_badge level=r.level due_on=r.due_on %}{% endfor %}", rows=rows)
    finally:
        calendar._end()


def test_the_running_clocks_of_many_owners_in_one_query(told, django_assert_num_queries):
    for owner in range(1, 6):
        started("2026-11-09 10:02", 8, owner_id=owner)
    with django_assert_num_queries(1):
        found = queries.running_of("test", [1, 2, 3, 99])
        assert {owner: clock.ladder.key for owner, clock in found.items()} == {1: "test", 2: "test", 3: "test"}
    assert queries.running("test", 99) is None
    assert queries.latest("test", 2).owner_id == 2
