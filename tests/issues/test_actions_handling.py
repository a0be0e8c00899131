"""A department handles a case and the enterprise has the second key: replies, pauses, extensions, closing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from foundation.accounts.errors import Refused
from issues import actions
from issues.limits import timing
from issues.models import Extension, Handling, Issue
from tests.issues import factories
from tests.issues.factories import District, sh
from tests.issues.reading import last, running, told

S = Issue.Status


# -- Handling ---------------------------------------------------------------------------------------------------------


def test_the_handler_who_accepts_has_the_case(district: District):
    issue = factories.handling(district)
    turn = issue.handlings.get()
    assert issue.handler == district.handler
    assert (turn.accepted_at, turn.accept_deemed) == (sh(factories.MONDAY), False)
    assert set(running(issue)) == {timing.FIRST_REPLY, timing.RESOLVE}
    assert issue.clock_kind == timing.FIRST_REPLY


def test_the_head_names_a_handler_or_leaves_it_open(district: District):
    issue = actions.accept(issue=factories.dispatched(district), by=district.head)
    assert issue.handler is None
    issue = actions.accept(issue=factories.dispatched(district), by=district.head, handler=district.handler)
    assert issue.handler == district.handler
    with pytest.raises(Refused) as refusal:
        actions.accept(issue=factories.dispatched(district), by=district.head, handler=district.other_handler)
    assert refusal.value.code == "invalid_handler"


def test_the_first_reply_stops_its_clock_and_the_second_changes_nothing(district: District, clock: Any):
    issue = factories.handling(district)
    clock.move_to(sh("2026-11-11 09:00"))
    issue = actions.reply(issue=issue, by=district.handler, text="已联系交警部门。")
    turn = issue.handlings.get()
    assert turn.replied_at == sh("2026-11-11 09:00")
    assert set(running(issue)) == {timing.RESOLVE}
    assert last(issue).data == {"first": True}
    clock.move_to(sh("2026-11-12 09:00"))
    issue = actions.reply(issue=issue, by=district.handler, text="预计周五办好。")
    assert issue.handlings.get().replied_at == sh("2026-11-11 09:00")
    assert last(issue).data == {}


def test_asking_holds_the_clocks_until_the_answer(district: District, clock: Any):
    issue = factories.handling(district)
    clock.move_to(sh("2026-11-10 09:00"))
    issue = actions.ask(issue=issue, by=district.handler, text="请补充清单。")
    assert issue.waiting_since == sh("2026-11-10 09:00")
    assert all(held.paused_at for held in running(issue).values())
    clock.move_to(sh("2026-11-13 09:00"))
    issue = actions.answer(issue=issue, by=district.speaker, text="清单见附件。")
    assert (issue.status, issue.waiting_since) == (S.HANDLING, None)
    turn = issue.handlings.get()
    assert running(issue)[timing.RESOLVE].due_on.isoformat() == "2026-11-25"  # the 11th and 12th not counted
    assert turn.resolve_due_at == running(issue)[timing.RESOLVE].due_at


def test_an_approved_extension_moves_the_limit_and_the_mirror(district: District):
    issue = factories.handling(district)
    issue = actions.reply(issue=issue, by=district.handler, text="在办。")
    issue = actions.request_extension(issue=issue, by=district.handler, days=3, reason="需会商")
    assert told("request_extension") == {"负责人"}
    issue = actions.approve_extension(issue=issue, by=district.head)
    assert running(issue)[timing.RESOLVE].due_on.isoformat() == "2026-11-26"
    assert issue.due_at == sh("2026-11-27 00:00") == issue.handlings.get().resolve_due_at
    assert "延长 3 个工作日,至 2026-11-26" in last(issue).text


def test_a_refused_extension_leaves_the_limit(district: District):
    issue = actions.request_extension(issue=factories.handling(district), by=district.handler, days=3, reason="慢")
    before = running(issue)[timing.RESOLVE].due_at
    issue = actions.refuse_extension(issue=issue, by=district.head, note="理由不充分。")
    assert running(issue)[timing.RESOLVE].due_at == before
    assert Extension.objects.get().state == Extension.State.REFUSED
    assert told("refuse_extension") == {"承办人"}


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        ({"resolution": "solved", "basis": ""}, "missing_text"),
        ({"resolution": "needs_policy", "level": ""}, "invalid_choice"),
        ({"resolution": "needs_policy", "level": "galaxy"}, "invalid_choice"),
        ({"resolution": "cannot", "text": ""}, "missing_text"),
        ({"resolution": "cannot", "told_way": ""}, "invalid_choice"),
        ({"resolution": "cannot", "told_way": "pigeon"}, "invalid_choice"),
        ({"resolution": "cannot", "told_on": None}, "invalid_date"),
        ({"resolution": "cannot", "told_on": date(2026, 11, 10)}, "invalid_date"),
        ({"resolution": "cannot", "told_on": date(2026, 11, 8)}, "invalid_date"),
        ({"resolution": "magic"}, "invalid_choice"),
    ],
)
def test_each_kind_of_resolution_needs_its_evidence(district: District, evidence: dict[str, Any], code: str):
    issue = factories.handling(district)
    with pytest.raises(Refused) as refusal:
        factories.resolve(district, issue, **evidence)
    assert refusal.value.code == code
    assert Issue.objects.get().status == S.HANDLING


@pytest.mark.parametrize(
    "evidence",
    [
        {"resolution": "solved", "basis": "条例第六条"},
        {"resolution": "needs_policy", "level": "province", "basis": ""},
        {"resolution": "cannot", "text": "现行规定不允许,已当面说明。", "basis": ""},
    ],
)
def test_resolving_ends_the_turn_and_starts_the_confirm_clock(district: District, evidence: dict[str, str]):
    issue = factories.resolve(district, factories.handling(district), **evidence)
    turn = issue.handlings.get()
    assert (turn.ended, turn.resolved_at) == (Handling.Ended.RESOLVED, issue.resolved_at)
    assert turn.replied_at == issue.resolved_at  # the text sent to the enterprise is an answer
    assert set(running(issue)) == {timing.CONFIRM}
    assert issue.clock_kind == timing.CONFIRM
    assert told("resolve") == {"企业经办人"}


def test_resolving_drops_an_open_request(district: District):
    issue = actions.request_extension(issue=factories.handling(district), by=district.handler, days=2, reason="慢")
    factories.resolve(district, issue)
    assert Extension.objects.get().state == Extension.State.DROPPED


# -- The second key ---------------------------------------------------------------------------------------------------


def test_confirming_rates_and_closes(district: District):
    issue = actions.confirm(issue=factories.resolved(district), by=district.speaker, rating=4, comment="满意")
    assert (issue.status, issue.closing, issue.rating) == (S.CLOSED, Issue.Closing.CONFIRMED, 4)
    assert running(issue) == {}
    assert told("confirm") == {"承办人"}


@pytest.mark.parametrize("rating", [0, 6, None, "5"])
def test_a_rating_is_one_to_five(district: District, rating: Any):
    with pytest.raises(Refused) as refusal:
        actions.confirm(issue=factories.resolved(district), by=district.speaker, rating=rating)
    assert refusal.value.code == "invalid_rating"


def test_rejecting_starts_another_turn_of_the_same_department(district: District, clock: Any):
    issue = factories.resolved(district)
    clock.move_to(sh("2026-11-16 10:00"))
    issue = actions.reject(issue=issue, by=district.speaker, reason="通行证只办了一半。")
    first, second = issue.handlings.all()
    assert first.rejected_at == sh("2026-11-16 10:00")
    assert (second.round, second.is_redo, second.department) == (2, True, district.bureau)
    assert (second.accept_due_at, second.reply_due_at) == (None, None)
    assert (issue.status, issue.resolution, issue.resolved_at, issue.reopened_count) == (S.HANDLING, "", None, 1)
    assert {kind: held.due_on.isoformat() for kind, held in running(issue).items()} == {timing.RESOLVE: "2026-11-30"}
    assert told("reject") == {"承办人", "负责人"}
    again = factories.resolve(district, issue)
    assert again.handlings.count() == 2


def test_the_office_closes_for_the_enterprise(district: District):
    issue = actions.close(issue=factories.resolved(district), by=district.office, note="电话回访,企业认可。")
    assert (issue.status, issue.closing, issue.rating) == (S.CLOSED, Issue.Closing.OFFICE, None)


def test_reopening_takes_closing_and_rating_back_but_keeps_them_in_history(district: District):
    issue = actions.reopen(issue=factories.closed(district), by=district.office, reason="企业来电,问题又出现。")
    assert (issue.status, issue.closing, issue.closed_at, issue.rating) == (S.HANDLING, "", None, None)
    assert last(issue).data["before"] == {"closing": "confirmed", "rating": 5}
    assert issue.handlings.last().is_redo
