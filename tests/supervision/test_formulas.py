"""The formula is data with versions: a new one moves no month that was scored by another."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from issues import actions
from issues.models import FollowUpCall
from supervision.actions import freeze
from supervision.catalogue import MEASURES
from supervision.defaults import SECOND_FORMULA, START, install_formula, install_second
from supervision.models import Formula
from supervision.periods import parse
from supervision.standings import figures_by_department, formula_for, standings
from tests.issues import factories
from tests.issues.factories import District, sh
from tests.supervision.test_disputes import clock, district, says

__all__ = ["clock", "district"]  # fixtures
NOVEMBER, DECEMBER, JANUARY = parse("2026-11"), parse("2026-12"), parse("2027-01")


@pytest.fixture
def first_only(db: Any) -> None:
    """An installation from before the second version."""
    Formula.objects.all().delete()
    install_formula(apps)


def called(district: District, finding: str) -> None:
    """A case of the bureau is closed, and the office hears what the enterprise says of it."""
    factories.closed(district)
    actions.change_call_rule(by=district.office, confirmed_share=100)
    actions.draw_calls()
    actions.record_call(call=FollowUpCall.objects.latest("pk"), by=district.office, finding=finding, note="电话回访")


def figure(key: str, period: Any, district: District) -> tuple[int, int]:
    found = figures_by_department(MEASURES[key], period, timezone.now()).get(district.bureau.pk)
    return (int(found.numerator), found.denominator) if found else (0, 0)


def points(period: Any, district: District) -> dict[str, Decimal | None]:
    standing = standings(period).of(district.bureau.code)
    return {part.key: part.points for part in standing.parts} if standing else {}


def test_a_false_closing_counts_once_and_for_itself(district: District, clock: Any):
    called(district, "unsolved")
    assert figure("refuted", NOVEMBER, district) == (1, 1)
    assert figure("rejected", NOVEMBER, district) == (0, 1)
    assert figure("reopen", NOVEMBER, district) == (1, 1), "the first version counted it there"
    assert says("refuted", "计入回访当期") and says("rejected", "另计入")


def test_a_closing_that_held_counts_for_the_department(district: District, clock: Any):
    called(district, "solved")
    assert figure("refuted", NOVEMBER, district) == (0, 1)


def test_what_nobody_answered_says_nothing(district: District, clock: Any):
    factories.closed(district)
    actions.change_call_rule(by=district.office, confirmed_share=100)
    actions.draw_calls()
    for _ in range(3):
        actions.miss_call(call=FollowUpCall.objects.get(), by=district.office)
    assert FollowUpCall.objects.get().finding == "unreached"
    assert figure("refuted", NOVEMBER, district) == (0, 0)


def test_found_a_month_later_it_counts_then_and_the_month_before_stays(district: District, clock: Any):
    factories.closed(district)
    actions.change_call_rule(by=district.office, confirmed_share=100)
    actions.draw_calls()
    clock.move_to(sh("2026-12-02 09:00"))
    actions.record_call(call=FollowUpCall.objects.get(), by=district.office, finding="unsolved", note="没有解决")
    assert (figure("refuted", NOVEMBER, district), figure("rejected", NOVEMBER, district)) == ((0, 0), (0, 1))
    assert (figure("refuted", DECEMBER, district), figure("rejected", DECEMBER, district)) == ((1, 1), (0, 0))


@pytest.mark.django_db
def test_in_a_new_installation_the_second_version_holds_from_the_beginning():
    assert sum(part[1] for part in SECOND_FORMULA) == 100
    assert (formula_for(NOVEMBER).version, formula_for(NOVEMBER).starts_on) == (2, START)
    assert {"rejected", "refuted"} <= set(formula_for(NOVEMBER).components.values_list("key", flat=True))


def test_where_months_were_scored_it_begins_with_the_next(first_only: None, district: District, clock: Any):
    called(district, "unsolved")
    clock.move_to(sh("2026-12-01 09:00"))
    freeze(period=NOVEMBER, by=district.supervisor)
    frozen, december = points(NOVEMBER, district), points(DECEMBER, district)
    assert "reopen" in frozen and "refuted" not in frozen
    install_second(apps, date(2026, 12, 1))
    install_second(apps, date(2026, 12, 1))
    assert points(NOVEMBER, district) == frozen
    assert points(DECEMBER, district) == december, "the month that is running goes on by its formula"
    assert [formula_for(period).version for period in (NOVEMBER, DECEMBER, JANUARY)] == [1, 1, 2]


def test_the_frozen_rows_of_the_first_version_stay_open(first_only: None, district: District, clock: Any, client: Any):
    called(district, "unsolved")
    clock.move_to(sh("2026-12-01 09:00"))
    freeze(period=NOVEMBER, by=district.supervisor)
    install_second(apps, date(2026, 11, 1))
    client.force_login(district.supervisor)
    address = f"/supervision/scores/2026-11/{district.bureau.code}"
    page = client.get(f"{address}/reopen/")
    assert page.context["page"].paginator.count == 1 and "虚假销号" in page.content.decode()
    assert client.get(f"{address}/refuted/").status_code == 404
    assert client.get("/supervision/ranking/?period=2026-11").status_code == 200


def test_the_rows_of_a_false_closing_are_shown(district: District, clock: Any, client: Any):
    called(district, "unsolved")
    client.force_login(district.supervisor)
    page = client.get(f"/supervision/scores/2026-11/{district.bureau.code}/refuted/")
    text = page.content.decode()
    assert page.context["page"].paginator.count == 1
    assert "没有真正解决" in text and "认定虚假销号" in text
