"""What time brings to a case: warnings, who hears of them, deemed acceptance, closing in silence, moved deadlines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.clocks.actions import SweepResult, load_calendar, sweep
from foundation.clocks.models import Clock, Warning
from foundation.clocks.workdays import SpecialDay
from foundation.notices.models import Notice
from issues import actions
from issues.limits import timing
from issues.models import Event, Issue
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.issues import factories
from tests.issues.factories import District, sh

S = Issue.Status


def at(clock: Any, moment: str) -> SweepResult:
    """Move the time and sweep."""
    clock.move_to(sh(moment))
    return sweep(at=sh(moment))


def verbs(issue: Issue) -> list[str]:
    return list(issue.events.order_by("pk").values_list("verb", flat=True))


def told(level: str) -> set[str]:
    return set(Notice.objects.filter(kind=f"issue.{level}").values_list("recipient__name", flat=True))


def reread(issue: Issue) -> Issue:
    return Issue.objects.get(pk=issue.pk)


def test_yellow_goes_to_the_handler_alone(district: District, clock: Any):
    issue = actions.reply(issue=factories.handling(district), by=district.handler, text="在办。")
    assert at(clock, "2026-11-19 23:59").yellow == 0
    result = at(clock, "2026-11-20 00:00")  # the 20th and the 23rd are left of ten days
    assert (result.yellow, result.notices) == (1, 1)
    assert told("warn_yellow") == {"承办人"}
    assert verbs(issue)[-1] == "warn_yellow"
    assert reread(issue).level == 1


def test_a_notice_says_what_the_page_says(district: District, clock: Any, client: Client):
    issue = actions.reply(issue=factories.handling(district), by=district.handler, text="在办。")
    at(clock, "2026-11-20 00:00")
    body = Notice.objects.get(kind="issue.warn_yellow").body.splitlines()
    assert body[0].startswith("办结时限将于 2026-11-23 到期")
    client.force_login(district.handler)
    page = client.get(f"/issues/{issue.pk}/proof/").content.decode()
    assert '<details class="day-proof why" open>' in page
    said = [line.partition(":") for line in body[1:]]
    assert [f"<dt>{term}</dt><dd>{escape(words)}</dd>" in page for term, _colon, words in said] == [True] * len(said)
    assert {"时限", "起算", "计入", "不计", "到期", "颜色", "规则", "日历"} <= {term for term, _colon, _words in said}


def test_the_enterprise_is_told_the_limit_and_no_inner_workings(district: District, clock: Any):
    factories.resolved(district)
    at(clock, "2026-11-30 00:00")
    told = Notice.objects.filter(kind="issue.warn_yellow", recipient=district.speaker).latest("pk")
    assert "规则:" not in told.body


def test_before_anybody_is_named_all_handlers_of_the_department_hear(district: District, clock: Any):
    UserFactory(roles=[Role.HANDLER], department=district.bureau, name="承办人乙")
    UserFactory(roles=[Role.HANDLER], department=district.bureau, name="已停用", is_active=False)
    actions.accept(issue=factories.dispatched(district), by=district.head)
    at(clock, "2026-11-12 00:00")  # first reply: short limit, one day left
    assert told("warn_yellow") == {"承办人", "承办人乙"}


def test_a_department_without_people_is_heard_of_by_the_one_above(district: District, clock: Any):
    unit = DepartmentFactory(parent=district.bureau)
    factories.dispatched(district, to=unit)
    at(clock, "2026-11-10 00:00")
    assert told("warn_yellow") == {"承办人"}


def test_red_goes_to_the_head_and_the_lead_official(district: District, clock: Any):
    issue = actions.reply(issue=factories.handling(district), by=district.handler, text="在办。")
    at(clock, "2026-11-20 00:00")
    assert at(clock, "2026-11-24 00:00").red == 1
    assert told("warn_red") == {"负责人", "责任领导"}
    assert reread(issue).level == 2


def test_three_working_days_after_red_office_and_supervisors_hear(district: District, clock: Any):
    issue = actions.reply(issue=factories.handling(district), by=district.handler, text="在办。")
    at(clock, "2026-11-24 00:00")
    assert at(clock, "2026-11-26 23:59").escalated == 0
    assert at(clock, "2026-11-27 00:00").escalated == 1
    assert told("escalate") == {"专班", "督导"}
    assert reread(issue).level == 3


def test_a_late_sweep_gives_what_sweeps_on_time_would_have_given(district: District, clock: Any):
    issue = actions.reply(issue=factories.handling(district), by=district.handler, text="在办。")
    result = at(clock, "2026-12-05 12:00")
    assert (result.yellow, result.red, result.escalated) == (1, 1, 1)
    warned = list(issue.events.filter(verb__in=["warn_yellow", "warn_red", "escalate"]).order_by("at"))
    assert [(event.verb, event.at) for event in warned] == [
        ("warn_yellow", sh("2026-11-20 00:00")),
        ("warn_red", sh("2026-11-24 00:00")),
        ("escalate", sh("2026-11-27 00:00")),
    ]


def test_sweeping_again_says_nothing_again(district: District, clock: Any):
    factories.handling(district)
    at(clock, "2026-12-05 12:00")
    before = (Event.objects.count(), Notice.objects.count(), Warning.objects.count())
    assert at(clock, "2026-12-05 12:01").notices == 0
    assert (Event.objects.count(), Notice.objects.count(), Warning.objects.count()) == before


def test_warnings_stay_inside(district: District, clock: Any):
    issue = factories.handling(district)
    at(clock, "2026-12-05 12:00")
    seen = set(Event.objects.visible_to(district.speaker).filter(issue=issue).values_list("verb", flat=True))
    assert seen == {"register", "dispatch", "accept"}
    assert not Notice.objects.filter(recipient=district.speaker, kind__contains="warn").exists()


def test_a_case_nobody_accepts_counts_as_accepted(district: District, clock: Any):
    issue = factories.dispatched(district)
    at(clock, "2026-11-11 00:00")
    issue = reread(issue)
    turn = issue.handlings.get()
    assert (issue.status, issue.handler) == (S.HANDLING, None)
    assert (turn.accept_deemed, turn.accepted_at) == (True, turn.accept_due_at)
    assert verbs(issue)[-3:] == ["warn_yellow", "warn_red", "deem_accepted"]
    assert AuditRow.objects.filter(action="issues.deem_accepted", target_id=str(issue.pk)).exists()
    assert (issue.clock_kind, issue.level) == (timing.FIRST_REPLY, 0)
    assert told("warn_red") == {"负责人", "责任领导"}


def test_deemed_acceptance_bumps_the_version(district: District, clock: Any):
    issue = factories.dispatched(district)
    at(clock, "2026-11-11 00:00")
    assert reread(issue).version == issue.version + 1


def test_accepting_too_late_finds_the_case_accepted_even_before_the_sweep(district: District, clock: Any):
    issue = factories.dispatched(district)
    clock.move_to(sh("2026-11-11 00:00"))
    with pytest.raises(Refused) as refusal:
        actions.accept(issue=issue, by=district.handler)
    assert refusal.value.code == "wrong_status"
    assert reread(issue).status == S.HANDLING  # what time brought stands, although the verb was refused
    actions.reply(issue=issue, by=district.handler, text="已收到。")
    issue = reread(issue)
    assert (issue.status, issue.handlings.get().accept_deemed) == (S.HANDLING, True)
    assert verbs(issue)[-2:] == ["deem_accepted", "reply"]


def test_silence_closes_the_case_as_unconfirmed(district: District, clock: Any):
    issue = factories.resolved(district)
    at(clock, "2026-11-13 00:00")
    assert told("warn_yellow") == {"企业经办人"}
    assert Notice.objects.get(kind="issue.warn_yellow").url == f"/appeals/{issue.pk}/"
    at(clock, "2026-11-17 00:00")
    issue = reread(issue)
    assert (issue.status, issue.closing) == (S.CLOSED, Issue.Closing.UNCONFIRMED)
    assert issue.closed_at == sh("2026-11-17 00:00")
    assert (issue.due_at, issue.level, issue.clock_kind) == (None, 0, "")
    assert verbs(issue)[-1] == "close_unconfirmed"
    assert told("warn_red") == {"企业经办人", "承办人"}
    assert not Clock.objects.running().exists()


def test_a_case_closed_in_silence_may_be_reopened(district: District, clock: Any):
    issue = factories.resolved(district)
    at(clock, "2026-11-17 00:00")
    assert actions.reopen(issue=issue, by=district.office, reason="企业来电反映未解决。").status == S.HANDLING


def test_waiting_on_the_enterprise_raises_nothing(district: District, clock: Any):
    issue = factories.waiting(district)
    assert at(clock, "2026-12-20 00:00").notices == 0
    assert reread(issue).level == 0


def test_an_extension_takes_the_colour_back(district: District, clock: Any):
    issue = actions.reply(issue=factories.handling(district), by=district.handler, text="在办。")
    at(clock, "2026-11-24 00:00")
    clock.move_to(sh("2026-11-24 09:00"))
    actions.request_extension(issue=issue, by=district.handler, days=5, reason="等批复")
    issue = actions.approve_extension(issue=issue, by=district.head)
    assert issue.level == 0
    assert not Warning.objects.filter(cleared_at__isnull=True).exists()
    at(clock, "2026-11-27 00:00")
    assert reread(issue).level == 1


def test_the_mirror_shows_the_clock_due_first_and_the_worst_level(district: District, clock: Any):
    issue = factories.handling(district)
    at(clock, "2026-11-13 00:00")  # first reply overdue, resolution not
    issue = reread(issue)
    assert (issue.level, issue.clock_kind, issue.due_at) == (2, timing.FIRST_REPLY, sh("2026-11-13 00:00"))
    issue = actions.reply(issue=issue, by=district.handler, text="迟复为歉。")
    assert (issue.level, issue.clock_kind, issue.due_at) == (0, timing.RESOLVE, sh("2026-11-24 00:00"))


def test_a_deadline_in_an_unpublished_year_is_provisional(district: District, clock: Any):
    clock.move_to(sh("2026-12-29 10:00"))
    assert factories.handling(district).due_provisional is True


def test_a_new_calendar_moves_deadlines_with_an_event(district: District, clock: Any):
    clock.move_to(sh("2026-12-29 10:00"))
    issue = actions.reply(issue=factories.handling(district), by=district.handler, text="在办。")
    before = issue.due_at
    off = {datetime(2027, 1, day).date(): SpecialDay(False, "元旦") for day in (4, 5)}
    load_calendar(year=2027, days=off, source="国办发明电", by=district.office)
    issue = reread(issue)
    assert issue.due_at > before
    assert issue.handlings.get().resolve_due_at == issue.due_at
    event = issue.events.get(verb="due_moved")
    assert event.data["kind"] == timing.RESOLVE
    assert event.data["old_due_on"] < event.data["due_on"]
    assert event in Event.objects.visible_to(district.speaker)


def test_a_sweep_asks_the_same_number_of_questions_for_many_cases(district: District, clock: Any):
    asked = []
    for cases, day in ((1, "09"), (6, "16"), (12, "23")):  # told one by one, and in one message
        clock.move_to(sh(f"2026-11-{day} 10:00"))
        for _ in range(cases):
            factories.dispatched(district)
        moment = sh(f"2026-11-{int(day) + 2} 00:00")
        clock.move_to(moment)
        with CaptureQueriesContext(connection) as captured:
            result = sweep(at=moment, kind=timing.ACCEPT)
        assert result.red == cases
        asked.append(len(captured))
    assert asked[2] <= asked[1] == asked[0] <= 60
