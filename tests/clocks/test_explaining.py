"""Why a clock has its colour: one text, on the page and in the notice."""

import pytest
import time_machine
from django.template import Context, Template
from django.urls import reverse

from foundation.accounts.permissions import Role
from foundation.clocks import actions, explaining, kinds
from foundation.clocks.kinds import ClockKind, Owner
from foundation.clocks.models import Clock
from foundation.clocks.workdays import SpecialDay
from tests.accounts.factories import UserFactory
from tests.clocks.factories import day, sh, started

pytestmark = pytest.mark.django_db


def told_of(clock, at):
    return {line.term: line.words for line in explaining.explain(clock, sh(at)).lines}


def test_everything_that_made_the_deadline_is_said(told):
    clock = started("2026-11-09 10:02", 8)
    actions.pause(clock=clock, by=None, reason="待企业补充", at=sh("2026-11-13 15:06"))
    actions.resume(clock=clock, by=None, at=sh("2026-11-18 08:31"))
    clock = actions.extend(clock=clock, days=2, by=None, at=sh("2026-11-18 09:00"))
    assert told_of(clock, "2026-11-18 10:00") == {
        "时限": "测试,10 个工作日(含延期 2 个)",
        "起算": "2026-11-09 10:02,当日不计",
        "计入": "11-10 至 11-13、11-18 至 11-20、11-23 至 11-25,共 10 个工作日",
        "不计": "周末 11-14 至 11-15、11-21 至 11-22;暂停 11-16 至 11-17",
        "暂停": "2026-11-13 15:06 至 2026-11-18 08:31(待企业补充)",
        "变更": "2026-11-18 暂停后顺延,由 2026-11-19 改为 2026-11-23;2026-11-18 延期,由 2026-11-23 改为 2026-11-25",
        "到期": "2026-11-25 24:00",
        "颜色": "正常;2026-11-24 00:00 转黄;2026-11-26 00:00 转红;2026-12-01 00:00 升级",
        "规则": "测试规则,第 1 版",
        "日历": "国务院办公厅 2026 年放假安排",
    }


def test_holidays_and_make_up_days_are_named(told):
    said = told_of(started("2026-09-30 09:00", 3), "2026-10-01 09:00")
    assert said["计入"] == "10-08 至 10-10,共 3 个工作日"
    assert said["调休"] == "10-10 为调休上班,计入"
    assert said["不计"] == "国庆节 10-01 至 10-03、10-05 至 10-07;周末 10-04"


def test_a_colour_says_since_when(told):
    clock = started("2026-11-09 10:02", 8)
    actions.sweep(at=sh("2026-11-18 09:00"))
    clock.refresh_from_db()
    assert told_of(clock, "2026-11-18 10:00")["颜色"].startswith("黄牌,自 2026-11-18 00:00 起;2026-11-20 00:00 转红")
    actions.sweep(at=sh("2026-11-25 09:00"))
    clock.refresh_from_db()
    assert told_of(clock, "2026-11-25 10:00")["颜色"] == "红牌升级,自 2026-11-25 00:00 起"


def test_what_stands_and_what_ended_say_so(told):
    clock = started("2026-11-09 10:02", 8)
    paused = actions.pause(clock=clock, by=None, at=sh("2026-11-13 15:06"))
    said = told_of(paused, "2026-11-18 08:31")
    assert said["颜色"] == "正常,时钟暂停自 2026-11-13 15:06"
    assert said["暂停"] == "2026-11-13 15:06 至 现在"
    assert said["到期"] == "2026-11-23 24:00(暂停中,假定现在恢复)"
    done = actions.stop(clock=clock, reason="x", by=None, at=sh("2026-11-18 09:00"))
    assert told_of(done, "2026-11-30 09:00")["颜色"] == "按时完成(2026-11-18 09:00)"


def test_a_stopped_clock_is_explained_as_it_ended_under_the_calendar_of_today(told):
    """A calendar loaded after the end moves the strip, not what the clock says it was due."""
    clock = started("2026-12-28 09:00", 6)
    stopped = actions.stop(clock=clock, reason="x", by=None, at=sh("2027-01-04 09:00"))
    days = {day("2027-01-04"): SpecialDay(False, "元旦")}
    actions.load_calendar(year=2027, days=days, source="通知", by=None, at=sh("2027-01-04 10:00"))
    assert told_of(stopped, "2027-01-10 09:00")["到期"].startswith("2027-01-05 24:00")


def test_a_fixed_date_names_the_date(told):
    said = told_of(started("2026-11-01 00:05", None, due_on=day("2026-11-30")), "2026-11-02 09:00")
    assert said["时限"] == "测试,固定日期 2026-11-30"
    assert "计入" not in said


def test_many_cost_the_same_queries_as_one(told, django_assert_max_num_queries):
    for owner in range(1, 21):
        started("2026-11-09 10:02", 8, owner_id=owner)
    ids, at = [clock.pk for clock in Clock.objects.all()], sh("2026-11-10 09:00")
    with django_assert_max_num_queries(4):
        reasons = explaining.Explanations(ids)
        texts = {pk: reasons.text(pk, at) for pk in ids}
    one = Clock.objects.select_related("ladder").get(owner_id=1)
    assert len(texts) == 20
    assert texts[one.pk] == explaining.as_text(explaining.explain(one, at).lines)


def test_the_strip_carries_the_text(told):
    clock = started("2026-11-09 10:02", 8)
    with time_machine.travel(sh("2026-11-10 09:00"), tick=False):
        html = Template("{% load clocks %}{% proof clock %}").render(Context({"clock": clock}))
    assert "<summary>为什么是这个颜色" in html
    assert "<dt>规则</dt><dd>测试规则,第 1 版</dd>" in html


@pytest.fixture
def owned(told):
    """The test kind, whose one owner the office sees."""

    def owners(user, ids):
        return {pk: Owner("一件事项", "/somewhere/") for pk in ids} if user.has_role(Role.OFFICE) else {}

    before = kinds.get("test")
    kinds.register(ClockKind("test", "测试", owners=owners))
    yield started("2026-11-09 10:02", 8)
    kinds.register(before)


def test_who_sees_the_owner_sees_why(client, owned):
    address = reverse("clocks:why", args=["test", owned.owner_id])
    client.force_login(UserFactory(roles=[Role.OFFICE]))
    page = client.get(address).content.decode()
    assert "一件事项" in page
    assert "测试,8 个工作日" in page
    row = client.get(address, headers={"hx-request": "true"}).content.decode()
    assert row.startswith('<tr class="proof-row">')
    client.force_login(UserFactory(roles=[Role.HANDLER]))
    assert client.get(address).status_code == 404
    client.force_login(UserFactory(roles=[Role.OFFICE]))
    assert client.get(reverse("clocks:why", args=["nobody", 1])).status_code == 404
    assert client.get(reverse("clocks:why", args=["test", 99])).status_code == 200
