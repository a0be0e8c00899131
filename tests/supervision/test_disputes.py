"""What a department that disputes its rank would ask about; each answer stands in the definition shown to people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from foundation.clocks.actions import sweep
from foundation.clocks.models import Warning
from issues import actions
from issues.models import Handling
from liaison import actions as liaison
from liaison.models import Assignment
from supervision.actions import freeze
from supervision.catalogue import MEASURES
from supervision.periods import parse
from supervision.standings import figures_by_department, reckon, standings
from tests.issues import factories
from tests.issues.factories import MONDAY, District, make_district, sh
from tests.liaison.factories import log, serve

NOVEMBER, DECEMBER = parse("2026-11"), parse("2026-12")


@pytest.fixture
def clock() -> Iterator[Any]:
    """An ordinary Monday in November; the time stands still until a test moves it."""
    with time_machine.travel(sh(MONDAY), tick=False) as traveller:
        yield traveller


@pytest.fixture
def district(db: Any, clock: Any) -> District:
    return make_district()


def figure(key: str, period: Any, district: District) -> tuple[int, int]:
    """What a measure counts for the bureau now: (numerator, denominator)."""
    found = figures_by_department(MEASURES[key], period, timezone.now()).get(district.bureau.pk)
    return (int(found.numerator), found.denominator) if found else (0, 0)


def counted(period: Any, district: District) -> dict[str, tuple[int, int]]:
    return {key: figure(key, period, district) for key in MEASURES}


def says(key: str, words: str) -> bool:
    return words in str(MEASURES[key].definition)


def test_a_case_returned_in_time_counts_nowhere_but_as_work_in_hand(district: District, clock: Any):
    factories.returned(district)
    clock.move_to(sh("2026-12-02 09:00"))
    sweep()
    nothing = (0, 0)
    assert counted(NOVEMBER, district) == dict.fromkeys(MEASURES, nothing) | {"red": (0, 1)}
    assert says("accept", "期限内退回的") and says("resolve", "期限前退回、并入别件的不计")


def test_not_clicking_is_no_acceptance_in_time(district: District, clock: Any):
    factories.dispatched(district)
    clock.move_to(sh("2026-11-11 09:00"))
    sweep()
    assert Handling.objects.get().accept_deemed
    assert figure("accept", NOVEMBER, district) == (0, 1)
    assert says("accept", "视为签收的不算按时")


def test_a_redo_round_has_a_limit_of_its_own_and_none_for_acceptance(district: District, clock: Any):
    issue = factories.resolved(district)
    clock.move_to(sh("2026-11-12 09:00"))
    actions.reject(issue=issue, by=district.speaker, reason="没有解决")
    redo = Handling.objects.get(is_redo=True)
    assert redo.accept_due_at is None and redo.reply_due_at is None
    clock.move_to(sh("2026-12-02 09:00"))
    sweep()
    assert counted(NOVEMBER, district) == {
        "visits": (0, 0),
        "accept": (1, 1),
        "resolve": (1, 2),  # the first in time, the redo late
        "satisfaction": (0, 0),
        "reopen": (1, 1),
        "rejected": (1, 1),
        "refuted": (0, 0),
        "red": (1, 2),
    }
    assert says("resolve", "重办按新期限另计一件") and says("accept", "重办的")


def test_a_case_that_waits_for_the_enterprise_at_the_end_of_the_month_counts_when_its_limit_is_known(
    district: District, clock: Any
):
    issue = factories.waiting(district)
    clock.move_to(sh("2026-12-02 09:00"))
    sweep()
    assert figure("resolve", NOVEMBER, district) == (0, 0)
    issue = actions.answer(issue=issue, by=district.speaker, text="清单见附件。")
    factories.resolve(district, issue)
    assert figure("resolve", NOVEMBER, district) == (0, 0)
    assert figure("resolve", DECEMBER, district) == (1, 1)
    assert says("resolve", "待期限确定后计入期限所在的周期")


def test_asking_the_enterprise_after_the_limit_does_not_hide_the_case(district: District, clock: Any):
    issue = factories.handling(district)
    clock.move_to(sh("2026-11-25 09:00"))
    sweep()
    actions.ask(issue=issue, by=district.handler, text="请补充车辆清单。")
    assert figure("resolve", NOVEMBER, district) == (0, 1)
    assert says("resolve", "超期后才请企业补充的照计")


def test_an_extension_after_the_red_card_moves_the_limit_but_not_the_card(district: District, clock: Any):
    issue = actions.reply(issue=factories.handling(district), by=district.handler, text="在办。")
    issue = actions.request_extension(issue=issue, by=district.handler, days=5, reason="等批复")
    clock.move_to(sh("2026-11-24 09:00"))
    sweep()
    issue = actions.approve_extension(issue=issue, by=district.head)
    assert Warning.objects.get(level=2).cleared_at is not None
    assert figure("red", NOVEMBER, district) == (1, 1)
    factories.resolve(district, issue)
    assert figure("resolve", NOVEMBER, district) == (1, 1)  # by the extended limit, 30 November
    assert says("red", "亮牌后才批准的延期不销牌") and says("resolve", "含已批准的延期和暂停")


def test_two_cards_of_one_turn_cost_once(district: District, clock: Any):
    factories.handling(district)
    clock.move_to(sh("2026-11-26 09:00"))
    sweep()
    assert Warning.objects.filter(level=2).count() == 2  # first reply and resolution
    assert figure("red", NOVEMBER, district) == (1, 1)
    assert says("red", "亮几次都只计一件")


def test_a_limit_on_the_last_day_belongs_to_that_month_for_the_card_as_for_the_resolution(
    district: District, clock: Any
):
    clock.move_to(sh("2026-11-16 10:00"))
    actions.reply(issue=factories.handling(district), by=district.handler, text="在办。")
    clock.move_to(sh("2026-12-03 09:00"))
    sweep()
    card = Warning.objects.get(level=2)
    assert card.due_at == card.raised_at == NOVEMBER.end  # 24:00 of 30 November
    assert figure("red", NOVEMBER, district) == (1, 1)
    assert figure("resolve", NOVEMBER, district) == (0, 1)
    assert figure("red", DECEMBER, district) == (0, 1)
    assert says("red", "期限在本期届满")


def test_freezing_raises_first_what_was_due(district: District, clock: Any):
    factories.handling(district)
    clock.move_to(sh("2026-12-01 00:00"))
    assert not Warning.objects.filter(level=2).exists()
    freeze(period=NOVEMBER, by=district.supervisor)
    parts = {part.key: part for part in standings(NOVEMBER).of(district.bureau.code).parts}
    assert parts["red"].numerator == 1


def test_a_case_resolved_after_its_month_was_frozen_stays_as_it_was_frozen(district: District, clock: Any):
    issue = factories.handling(district)
    clock.move_to(sh("2026-12-01 09:00"))
    freeze(period=NOVEMBER, by=district.supervisor)
    before = standings(NOVEMBER).rows
    factories.resolve(district, issue)
    assert standings(NOVEMBER).rows == before
    assert figure("resolve", DECEMBER, district) == (0, 0)  # its limit was in November: it counts once
    assert figure("reopen", DECEMBER, district) == (0, 1)


def test_a_reopened_case_gives_up_its_rating_until_it_is_rated_again(district: District, clock: Any):
    issue = factories.closed(district)
    assert figure("satisfaction", NOVEMBER, district) == (5, 1)
    clock.move_to(sh("2026-11-12 09:00"))
    issue = actions.reopen(issue=issue, by=district.office, reason="回访发现未落实")
    assert figure("satisfaction", NOVEMBER, district) == (0, 0)
    clock.move_to(sh("2026-12-01 09:00"))
    actions.confirm(issue=factories.resolve(district, issue), by=district.speaker, rating=3)
    assert figure("satisfaction", NOVEMBER, district) == (0, 0)
    assert figure("satisfaction", DECEMBER, district) == (3, 1)
    assert says("satisfaction", "原评分作废")


def test_a_rejection_counts_in_the_month_it_happened_and_leaves_the_month_before_alone(district: District, clock: Any):
    clock.move_to(sh("2026-11-30 10:00"))
    issue = factories.resolved(district)
    clock.move_to(sh("2026-12-01 10:00"))
    actions.reject(issue=issue, by=district.speaker, reason="没有解决")
    assert figure("reopen", NOVEMBER, district) == (0, 1)
    assert figure("reopen", DECEMBER, district) == (1, 1)
    assert says("reopen", "计入被退回的周期")


@pytest.fixture
def served(district: District) -> Any:
    """The bureau's own officer, with three enterprises to visit in November."""
    officer = district.handler
    return [serve(officer, factories.make_enterprise(), date(2026, 1, 5)) for _ in range(3)]


def test_a_visit_logged_late_and_a_cancelled_duty(district: District, clock: Any, served: Any):
    liaison.open_month(month=date(2026, 11, 1))
    in_time, late, ended = served
    clock.move_to(sh("2026-11-10 10:00"))
    log(district.handler, in_time, sh("2026-11-10 09:00"))
    link = Assignment.objects.get(enterprise=ended, user=district.handler)
    liaison.end_assignment(assignment=link, by=district.office, reason="企业迁出")
    clock.move_to(sh("2026-12-02 09:00"))
    sweep()
    assert figure("visits", NOVEMBER, district) == (1, 2)
    log(district.handler, late, sh("2026-11-20 09:00"))
    assert figure("visits", NOVEMBER, district) == (1, 2)
    assert says("visits", "期满后补登的不算按时") and says("visits", "取消的任务不计")


def test_a_frozen_score_is_made_of_the_rows_it_keeps(district: District, clock: Any):
    factories.closed(district)
    clock.move_to(sh("2026-12-01 09:00"))
    live = reckon(NOVEMBER).rows
    snapshot = freeze(period=NOVEMBER, by=district.supervisor)
    assert [(row.department, row.score, row.parts) for row in standings(NOVEMBER).rows] == [
        (row.department, row.score, row.parts) for row in live
    ]
    for score in snapshot.scores.all():
        for part in score.components:
            hits = [hit for _pk, hit in score.rows[part["key"]]]
            assert (str(sum(hits)), len(hits)) == (part["numerator"], part["denominator"])
