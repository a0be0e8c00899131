"""Assigning, replacing and ending: one holder at a time, history kept, access only while it lasts."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import Enterprise
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.audit.queries import verify_chain
from foundation.notices.models import Notice
from liaison import actions
from liaison.models import Assignment, VisitDuty
from liaison.plans import plan
from projects.models import Project
from tests.accounts.factories import DepartmentFactory
from tests.liaison.factories import make_enterprise, make_project, make_user, serve, sh

pytestmark = pytest.mark.django_db
Kind = Assignment.Kind


@pytest.fixture
def office():
    return make_user(Role.OFFICE)


@pytest.fixture
def cadre():
    return make_user(Role.CADRE)


def test_the_holder_before_is_ended_and_stays_in_history(office, cadre):
    enterprise, other = make_enterprise(), make_user(Role.CADRE)
    with time_machine.travel(sh("2026-11-02 09:00"), tick=False):
        old = actions.assign(kind=Kind.SERVICE_OFFICER, target=enterprise, holder=cadre, by=office)
    with time_machine.travel(sh("2026-11-20 09:00"), tick=False):
        new = actions.assign(kind=Kind.SERVICE_OFFICER, target=enterprise, holder=other, by=office)
    old.refresh_from_db()
    assert (old.started_on, old.ended_on) == (date(2026, 11, 2), date(2026, 11, 20))
    assert other.name in old.end_reason
    assert (new.user, new.ended_on) == (other, None)
    assert Assignment.objects.filter(enterprise=enterprise).count() == 2


def test_the_same_holder_again_changes_nothing(office, cadre):
    enterprise = make_enterprise()
    first = actions.assign(kind=Kind.SERVICE_OFFICER, target=enterprise, holder=cadre, by=office)
    again = actions.assign(kind=Kind.SERVICE_OFFICER, target=enterprise, holder=cadre, by=office)
    assert again == first
    assert AuditRow.objects.filter(action="liaison.assign").count() == 1


def test_access_begins_with_the_assignment_and_ends_with_it(office, cadre):
    enterprise = make_enterprise()
    assert enterprise not in Enterprise.objects.visible_to(cadre)
    assignment = actions.assign(kind=Kind.SERVICE_OFFICER, target=enterprise, holder=cadre, by=office)
    assert enterprise in Enterprise.objects.visible_to(cadre)
    actions.end_assignment(assignment=assignment, by=office, reason="工作调动")
    assert enterprise not in Enterprise.objects.visible_to(cadre)
    assert Assignment.objects.get(pk=assignment.pk).end_reason == "工作调动"


def test_a_responsible_department_opens_the_enterprise_to_its_own_people_only(office):
    bureau = DepartmentFactory()
    handler, stranger = make_user(Role.HANDLER, department=bureau), make_user(Role.HANDLER)
    enterprise = make_enterprise()
    actions.assign(kind=Kind.RESPONSIBLE_DEPARTMENT, target=enterprise, holder=bureau, by=office)
    assert enterprise in Enterprise.objects.visible_to(handler)
    assert enterprise not in Enterprise.objects.visible_to(stranger)


def test_a_head_sees_what_the_department_s_officers_serve(office):
    bureau = DepartmentFactory()
    head = make_user(Role.DEPARTMENT_HEAD, department=bureau)
    enterprise = serve(make_user(Role.CADRE, department=bureau))
    colleague = make_user(Role.CADRE, department=bureau)
    assert enterprise in Enterprise.objects.visible_to(head)
    assert enterprise not in Enterprise.objects.visible_to(colleague)


def test_an_assignment_to_a_project_opens_the_project(office, cadre):
    project = make_project()
    assignment = actions.assign(kind=Kind.SERVICE_OFFICER, target=project, holder=cadre, by=office)
    assert assignment.target == project
    assert project in Project.objects.visible_to(cadre)
    actions.end_assignment(assignment=assignment, by=office, reason="项目竣工")
    assert project not in Project.objects.visible_to(cadre)


def test_people_and_departments_cannot_be_mixed_up(office, cadre):
    enterprise = make_enterprise()
    for kind, holder in [(Kind.RESPONSIBLE_DEPARTMENT, cadre), (Kind.SERVICE_OFFICER, DepartmentFactory())]:
        with pytest.raises(Refused, match="请重新选择"):
            actions.assign(kind=kind, target=enterprise, holder=holder, by=office)


@pytest.mark.parametrize(
    "holder",
    [
        lambda: make_user(Role.CADRE, is_active=False),
        lambda: make_user(Role.ENTERPRISE),
        lambda: make_user(Role.HANDLER),  # may not log visits
    ],
)
def test_unfit_holders_are_refused(office, holder):
    with pytest.raises(Refused) as refused:
        actions.assign(kind=Kind.SERVICE_OFFICER, target=make_enterprise(), holder=holder(), by=office)
    assert refused.value.code == "invalid_holder"
    assert not Assignment.objects.exists()


def test_a_successor_cannot_begin_before_the_one_replaced(office, cadre):
    enterprise = serve(cadre, on=date(2026, 6, 1))
    with pytest.raises(Refused, match="2026-06-01"):
        actions.assign(
            kind=Kind.SERVICE_OFFICER,
            target=enterprise,
            holder=make_user(Role.CADRE),
            by=office,
            started_on=date(2026, 5, 31),
        )
    assert Assignment.objects.active().get().user == cadre


def test_a_start_in_the_future_is_refused(office, cadre):
    with pytest.raises(Refused, match="不能晚于今天"):
        actions.assign(
            kind=Kind.SERVICE_OFFICER, target=make_enterprise(), holder=cadre, by=office, started_on=date(2999, 1, 1)
        )


def test_ending_twice_or_without_reason_or_stale_is_refused(office, cadre):
    serve(cadre)
    assignment = Assignment.objects.get()
    with pytest.raises(Refused, match="结束原因"):
        actions.end_assignment(assignment=assignment, by=office, reason="  ")
    with pytest.raises(Stale):
        actions.end_assignment(assignment=assignment, by=office, reason="调动", version=7)
    actions.end_assignment(assignment=assignment, by=office, reason="调动", version=1)
    with pytest.raises(Refused, match="已经结束"):
        actions.end_assignment(assignment=assignment, by=office, reason="调动")


def test_many_at_once_does_what_was_shown_before(office, cadre):
    fresh, taken, mine = make_enterprise(), serve(make_user(Role.CADRE)), serve(cadre)
    targets = [fresh, taken, mine]
    shown = plan(kind=Kind.SERVICE_OFFICER, targets=targets, holder=cadre)
    assert shown.counts == (1, 1, 1)
    done = actions.assign_many(
        kind=Kind.SERVICE_OFFICER, targets=targets, holder=cadre, by=office, expected=shown.counts
    )
    assert done.counts == (1, 1, 1)
    held = Assignment.objects.active().filter(kind=Kind.SERVICE_OFFICER, user=cadre)
    assert set(held.values_list("enterprise_id", flat=True)) == {fresh.pk, taken.pk, mine.pk}
    assert verify_chain().broken is None


def test_many_at_once_is_refused_when_things_moved_since(office, cadre):
    enterprise = make_enterprise()
    with pytest.raises(Refused, match="核对新的预览"):
        actions.assign_many(
            kind=Kind.SERVICE_OFFICER, targets=[enterprise], holder=cadre, by=office, expected=(0, 1, 0)
        )
    assert not Assignment.objects.exists()


def test_many_at_once_tells_the_new_and_the_old_holder_once_each(office, cadre):
    other = make_user(Role.CADRE)
    targets = [serve(other), serve(other), make_enterprise()]
    actions.assign_many(kind=Kind.SERVICE_OFFICER, targets=targets, holder=cadre, by=office)
    assert Notice.objects.get(recipient=cadre).subject.startswith("您已被安排为3 家")
    assert Notice.objects.get(recipient=other).subject.startswith("您不再担任2 家")


def test_the_number_of_queries_does_not_grow_with_the_enterprises(office, cadre):
    spent = []
    for size in (3, 30):
        targets = [serve(make_user(Role.CADRE)) for _ in range(size)]
        with CaptureQueriesContext(connection) as queries:
            actions.assign_many(kind=Kind.SERVICE_OFFICER, targets=targets, holder=cadre, by=office)
        spent.append(len(queries))
    assert spent[1] <= spent[0]


def test_an_open_duty_moves_to_the_new_officer_and_a_missed_one_stays(office, cadre):
    enterprise, successor = serve(cadre), make_user(Role.CADRE)
    with time_machine.travel(sh("2026-10-08 09:00"), tick=False):
        actions.open_month(month=date(2026, 10, 1))
    with time_machine.travel(sh("2026-11-12 09:00"), tick=False):
        actions.open_month(month=date(2026, 11, 1))
        actions.assign(kind=Kind.SERVICE_OFFICER, target=enterprise, holder=successor, by=office)
    missed, current = VisitDuty.objects.order_by("month")
    assert (missed.officer, current.officer) == (cadre, successor)
    assert current.department == successor.department
