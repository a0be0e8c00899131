"""Visit duties: opened once, reminded by the engine, done by a visit of their month."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.clocks import actions as clocks
from foundation.clocks.localtime import month_bounds, month_of, month_start
from foundation.clocks.models import Clock, Warning
from foundation.notices.digests import DIGEST_FROM
from foundation.notices.models import Notice
from liaison import actions
from liaison.models import Assignment, VisitDuty
from liaison.queries import cadre_month, months_back
from tests.accounts.factories import DepartmentFactory
from tests.effort import examples
from tests.liaison.factories import log, make_enterprise, make_user, serve, sh

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def cadre():
    return make_user(Role.CADRE)


def at(text: str):
    return time_machine.travel(sh(text), tick=False)


def open_november(*officers) -> list[VisitDuty]:
    with at("2026-11-01 00:05"):
        actions.open_month(month=NOVEMBER)
    return list(VisitDuty.objects.order_by("pk"))


def test_every_enterprise_with_an_officer_owes_one_however_often_it_runs(cadre):
    for _ in range(3):
        serve(cadre)
    make_enterprise()  # nobody serves it
    with at("2026-11-01 00:05"):
        assert [actions.open_month(month=NOVEMBER) for _ in range(3)] == [3, 0, 0]
    assert VisitDuty.objects.count() == Clock.objects.filter(kind="visit").count() == 3
    duty = VisitDuty.objects.first()
    assert (duty.officer, duty.department, duty.due_at) == (cadre, cadre.department, sh("2026-12-01 00:00"))


def test_an_enterprise_off_the_register_or_served_no_more_owes_nothing(cadre):
    serve(cadre, make_enterprise(is_active=False))
    serve(cadre)
    Assignment.objects.filter(enterprise__is_active=True).update(ended_on=date(2026, 10, 31), end_reason="调动")
    with at("2026-11-01 00:05"):
        assert actions.open_month(month=NOVEMBER) == 0


def test_an_enterprise_assigned_in_the_middle_of_the_month_appears_with_the_next_run(cadre):
    serve(cadre)
    open_november()
    with at("2026-11-16 12:05"):
        serve(cadre, on=date(2026, 11, 16))
        assert actions.open_month(month=NOVEMBER) == 1


def test_a_month_too_far_ahead_is_refused():
    with at("2026-11-20 09:00"), pytest.raises(Refused, match="下月"):
        actions.open_month(month=date(2027, 1, 1))


def test_a_past_month_is_owed_by_who_served_at_its_end(cadre):
    enterprise, later = serve(cadre), make_user(Role.CADRE)
    office = make_user(Role.OFFICE)
    with at("2026-11-12 09:00"):
        actions.assign(kind="service_officer", target=enterprise, holder=later, by=office)
        actions.open_month(month=date(2026, 10, 1))
        actions.open_month(month=NOVEMBER)
    october, november = VisitDuty.objects.order_by("month")
    assert (october.officer, november.officer) == (cadre, later)


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        ("2026-11-01 00:30", "2026-11"),  # the 31st in UTC
        ("2026-10-31 23:59", "2026-10"),
        ("2026-11-30 23:59", "2026-11"),
    ],
)
def test_a_visit_does_the_duty_of_its_month_in_shanghai(cadre, moment, month):
    enterprise = serve(cadre)
    with at("2026-10-01 00:05"):
        actions.open_month(month=date(2026, 10, 1))
    open_november()
    with at("2026-12-01 09:00"):
        visit = log(cadre, enterprise, sh(moment))
    done = VisitDuty.objects.get(done_at__isnull=False)
    assert f"{done.month:%Y-%m}" == month
    assert done.visit == visit


def test_a_visit_in_time_stops_the_clock_and_no_warning_is_raised(cadre):
    enterprise = serve(cadre)
    open_november()
    with at("2026-11-10 15:00"):
        log(cadre, enterprise, sh("2026-11-10 10:00"))
    assert clocks.sweep(at=sh("2026-12-20 09:00")).red == 0
    clock = Clock.objects.get(kind="visit")
    assert (clock.in_time, Warning.objects.count()) == (True, 0)


def test_yellow_goes_to_the_officer_and_red_to_the_head_as_well(cadre):
    head = make_user(Role.DEPARTMENT_HEAD, department=cadre.department)
    enterprise = serve(cadre)
    open_november()
    # Five working days before the end of November 2026 are 24, 25, 26, 27 and 30.
    assert clocks.sweep(at=sh("2026-11-23 23:59")).yellow == 0
    assert clocks.sweep(at=sh("2026-11-24 00:00")).yellow == 1
    assert [notice.recipient for notice in Notice.objects.all()] == [cadre]
    assert enterprise.name in Notice.objects.get().subject
    assert VisitDuty.objects.get().level == 1
    assert clocks.sweep(at=sh("2026-12-01 00:00")).red == 1
    assert set(Notice.objects.filter(kind="visit.red").values_list("recipient", flat=True)) == {cadre.pk, head.pk}
    assert clocks.sweep(at=sh("2026-12-01 00:01")).notices == 0


def test_the_head_above_is_told_where_the_officer_s_own_unit_has_none():
    bureau = DepartmentFactory()
    unit = DepartmentFactory(parent=bureau)
    head = make_user(Role.DEPARTMENT_HEAD, department=bureau)
    make_user(Role.DEPARTMENT_HEAD)
    serve(make_user(Role.CADRE, department=unit))
    open_november()
    clocks.sweep(at=sh("2026-12-01 00:00"))
    assert Notice.objects.filter(recipient=head, kind="visit.red").count() == 1
    assert Notice.objects.filter(kind="visit.red").count() == 2


def test_whom_the_ladder_names_is_told(cadre):
    office, lead = make_user(Role.OFFICE), make_user(Role.LEADER)
    clocks.save_ladder(key="visit", name="走访任务", by=office, tell_red=["office", "lead_official"])
    enterprise = serve(cadre)
    Assignment.objects.create(
        kind=Assignment.Kind.LEAD_OFFICIAL, enterprise=enterprise, user=lead, started_on=date(2026, 1, 5)
    )
    open_november()
    clocks.sweep(at=sh("2026-12-01 00:00"))
    assert set(Notice.objects.filter(kind="visit.red").values_list("recipient", flat=True)) == {office.pk, lead.pk}


def test_a_head_with_many_missed_visits_is_told_in_one_message():
    department = DepartmentFactory()
    head = make_user(Role.DEPARTMENT_HEAD, department=department)
    officers = [make_user(Role.CADRE, department=department) for _ in range(DIGEST_FROM)]
    for officer in officers:
        serve(officer)
    open_november()
    clocks.sweep(at=sh("2026-12-01 00:00"))
    notice = Notice.objects.get(recipient=head, kind="visit.red")
    assert notice.subject == f"{DIGEST_FROM} 户企业 11 月走访超期未完成"
    assert sorted(notice.about) == sorted(Warning.objects.filter(level=2).values_list("pk", flat=True))
    assert all(officer.name in notice.body for officer in officers)
    assert notice.url.endswith("?view=duties&month=2026-11")
    assert Notice.objects.filter(recipient__in=officers, kind="visit.red").count() == len(officers)


def test_announcing_costs_the_same_for_three_and_for_thirty():
    spent = []
    for size in (3, 30):
        VisitDuty.objects.all().delete()
        Clock.objects.all().delete()
        for _ in range(size):
            serve(make_user(Role.CADRE))
        open_november()
        with CaptureQueriesContext(connection) as queries:
            assert clocks.sweep(at=sh("2026-11-24 00:00"), kind="visit").notices >= size
        spent.append(len(queries))
    assert spent[0] == spent[1]


def test_logged_late_the_duty_is_done_and_the_red_stays_in_history(cadre):
    enterprise = serve(cadre)
    open_november()
    clocks.sweep(at=sh("2026-12-01 00:00"))
    with at("2026-12-03 09:00"):
        log(cadre, enterprise, sh("2026-11-28 10:00"))
    duty = VisitDuty.objects.get()
    assert duty.done_at == sh("2026-12-03 09:00")
    assert duty.level == 2
    red = Warning.objects.get(level=2)
    assert red.cleared_at is not None


def test_logged_late_before_any_sweep_the_red_is_raised_all_the_same(cadre):
    enterprise = serve(cadre)
    open_november()
    with at("2026-12-03 09:00"):
        log(cadre, enterprise, sh("2026-11-28 10:00"))
    assert VisitDuty.objects.get().level == 2
    assert Warning.objects.filter(level=2).count() == 1


def test_a_visit_before_the_duty_was_opened_counts(cadre):
    enterprise = make_enterprise()
    with at("2026-11-05 18:00"):
        visit = log(cadre, enterprise, sh("2026-11-05 10:00"))
        serve(cadre, enterprise, on=date(2026, 11, 5))
        actions.open_month(month=NOVEMBER)
    duty = VisitDuty.objects.get()
    assert (duty.visit, duty.done_at) == (visit, sh("2026-11-05 18:00"))
    assert not Clock.objects.exists()


def test_moving_a_visit_to_another_month_moves_what_it_does(cadre):
    enterprise = serve(cadre)
    with at("2026-10-01 00:05"):
        actions.open_month(month=date(2026, 10, 1))
    open_november()
    with at("2026-11-10 15:00"):
        visit = log(cadre, enterprise, sh("2026-11-10 10:00"))
        actions.edit_visit(visit=visit, version=1, by=cadre, visited_at=sh("2026-10-30 10:00"))
    october, november = VisitDuty.objects.order_by("month")
    assert (october.visit, november.visit, november.done_at) == (visit, None, None)
    assert clocks.sweep(at=sh("2026-12-01 00:00")).red == 1


def test_the_duty_keeps_a_second_visit_when_the_first_moves_away(cadre):
    enterprise = serve(cadre)
    open_november()
    with at("2026-11-20 15:00"):
        first = log(cadre, enterprise, sh("2026-11-10 10:00"))
        second = log(cadre, enterprise, sh("2026-11-12 10:00"))
        actions.edit_visit(visit=first, version=1, by=cadre, visited_at=sh("2026-10-30 10:00"))
    assert VisitDuty.objects.get().visit == second


def test_ending_without_a_successor_cancels_the_open_duty(cadre):
    office, enterprise = make_user(Role.OFFICE), serve(cadre)
    open_november()
    with at("2026-11-12 09:00"):
        actions.end_assignment(assignment=Assignment.objects.get(), by=office, reason="工作调动")
    duty = VisitDuty.objects.get()
    assert duty.cancelled_at == sh("2026-11-12 09:00")
    assert clocks.sweep(at=sh("2026-12-20 00:00")).red == 0
    with at("2026-11-16 09:00"):
        successor = make_user(Role.CADRE)
        actions.assign(kind="service_officer", target=enterprise, holder=successor, by=office)
        assert actions.open_month(month=NOVEMBER) == 1
    duty.refresh_from_db()
    assert (duty.cancelled_at, duty.officer) == (None, successor)
    assert clocks.sweep(at=sh("2026-12-01 00:00")).red == 1


def test_n_of_n_and_who_was_not_visited_longest_comes_first(cadre):
    never, long_ago, lately, done = (serve(cadre) for _ in range(4))
    with at("2026-10-25 09:00"):
        log(cadre, long_ago, sh("2026-09-01 10:00"))
        log(cadre, lately, sh("2026-10-20 10:00"))
    open_november()
    with at("2026-11-21 09:00"):
        log(cadre, done, sh("2026-11-20 10:00"))
        month = cadre_month(cadre)
    assert (month.done, month.owed, month.left, month.days_left) == (1, 4, 3, 6)
    assert [one.enterprise for one in month.next] == [never, long_ago, lately]
    assert [duty.enterprise for duty in month.finished] == [done]


def test_a_missed_month_is_shown_until_it_is_logged(cadre):
    enterprise = serve(cadre)
    with at("2026-10-01 00:05"):
        actions.open_month(month=date(2026, 10, 1))
    open_november()
    with at("2026-11-21 09:00"):
        assert [one.duty.month for one in cadre_month(cadre).missed] == [date(2026, 10, 1)]
        log(cadre, enterprise, sh("2026-10-20 10:00"))
        assert cadre_month(cadre).missed == []


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_openings_at_once_open_once(cadre):
    for _ in range(5):
        serve(cadre)

    def run(_):
        try:
            return actions.open_month(month=month_start(date.today()))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(run, range(4))) == [0, 0, 0, 5]
    assert VisitDuty.objects.count() == Clock.objects.running().count() == 5


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(1, 24))
def test_the_months_shown_are_consecutive_and_end_with_the_one_asked_for(day, count):
    months = months_back(day, count)
    assert (len(months), months[-1]) == (count, month_start(day))
    assert all(month_of(month_bounds(one)[1]) == later for one, later in pairwise(months))


@settings(max_examples=examples(40))
@given(st.datetimes(sh("2020-01-01 00:00").replace(tzinfo=None), sh("2030-12-31 00:00").replace(tzinfo=None)))
def test_every_instant_belongs_to_exactly_one_month(moment):
    moment = sh(moment.isoformat())
    start, end = month_bounds(month_of(moment))
    assert start <= moment < end
    assert month_of(end - timedelta(microseconds=1)) == month_of(moment)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_visits_logged_while_the_sweep_runs_are_all_kept_and_all_warned_of(cadre, ledger):
    enterprises = [serve(cadre) for _ in range(12)]
    open_november()

    def work(enterprise):
        try:
            if enterprise is None:
                return clocks.sweep(at=sh("2026-12-02 09:00"), kind="visit").failed
            log(cadre, enterprise, sh("2026-11-28 10:00"))
            return {}
        finally:
            connection.close()

    with at("2026-12-02 09:00"), ThreadPoolExecutor(6) as pool:
        assert not any(pool.map(work, [*enterprises, None, None, None]))
        clocks.sweep(at=sh("2026-12-02 09:00"), kind="visit")
    assert VisitDuty.objects.filter(done_at__isnull=False, level=2).count() == 12
    assert Warning.objects.filter(level=2).count() == 12
