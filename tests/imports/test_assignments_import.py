"""The roster of assignments: who serves whom, by credit code and staff number."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.clocks import localtime
from foundation.imports import actions
from foundation.imports.lines import Outcome
from foundation.notices.models import Notice
from liaison.actions import assign, end_assignment, log_visit, open_month
from liaison.models import Assignment, VisitDuty
from projects.models import Project
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.enterprises.factories import EnterpriseFactory
from tests.imports.rosters import bring_in, errors, lines, read
from tests.liaison.factories import make_project

pytestmark = pytest.mark.django_db
HEADINGS = ["信用代码", "项目编号", "企业名称", "角色", "工号", "姓名", "责任单位", "开始日期"]


@pytest.fixture
def clerk(db):
    return UserFactory(name="王晓梅", roles=[Role.OFFICE])


@pytest.fixture
def zhang(db):
    return UserFactory(name="张伟", staff_number="1001", roles=[Role.CADRE])


@pytest.fixture
def li(db):
    return UserFactory(name="李娜", staff_number="1002", roles=[Role.CADRE])


@pytest.fixture
def maker(db):
    return EnterpriseFactory(name="青岭精密机械有限公司")


def row(target, kind="服务专员", person="", **other):
    of = {"项目编号": target.code} if isinstance(target, Project) else {"信用代码": target.credit_code}
    return list((dict.fromkeys(HEADINGS, "") | of | {"角色": kind, "工号": person} | other).values())


def holders(target) -> dict[str, object]:
    return {one.kind: one.holder for one in target.assignments.active()}


def test_all_four_parts_come_in_for_enterprises_and_projects(clerk, zhang, maker):
    bureau, leader = DepartmentFactory(code="GX", name="区工信局"), UserFactory(staff_number="9", roles=[Role.LEADER])
    project = make_project()
    batch = bring_in(
        "assignments",
        [
            HEADINGS,
            row(maker, "责任领导", "9"),
            row(maker, "责任单位", 责任单位="GX"),
            row(maker, "服务专员", "1001", 姓名="张伟", 开始日期="2026-01-05"),
            row(maker, "联络员", zhang.username),
            row(project, "服务专员", "1001"),
        ],
        clerk,
    )
    assert batch.counts["create"] == 5
    assert holders(maker) == {
        "lead_official": leader, "responsible_department": bureau, "service_officer": zhang, "liaison_contact": zhang,
    }  # fmt: skip
    assert holders(project) == {"service_officer": zhang}
    assert maker.assignments.get(kind="service_officer").started_on == date(2026, 1, 5)
    assert AuditRow.objects.filter(action="liaison.assign", actor=clerk).count() == 5
    assert Notice.objects.filter(recipient=zhang, kind="liaison.assigned").exists()


def test_the_same_file_again_changes_nothing(clerk, zhang, maker):
    rows = [HEADINGS, row(maker, "服务专员", "1001", 开始日期="2026-01-05"), row(maker, "联络员", "1001")]
    bring_in("assignments", rows, clerk)
    counts = read("assignments", rows, clerk).counts
    assert (counts["unchanged"], counts["create"], counts["update"], counts["refused"]) == (2, 0, 0, 0)
    assert Assignment.objects.count() == 2


def test_another_holder_ends_the_one_before_and_takes_the_open_duties(clerk, zhang, li, maker):
    assign(kind="service_officer", target=maker, holder=zhang, by=clerk, started_on=date(2026, 1, 5))
    open_month(month=localtime.today())
    batch = read("assignments", [HEADINGS, row(maker, "服务专员", "1002")], clerk)
    (line,) = lines(batch, Outcome.UPDATE)
    assert line.changes == {"person": [zhang.pk, li.pk]}
    assert line.label == "青岭精密机械有限公司 服务专员"
    actions.commit(batch=batch, by=clerk)
    assert holders(maker) == {"service_officer": li}
    before = maker.assignments.get(user=zhang)
    assert (before.ended_on, before.end_reason) == (localtime.today(), "更换为李娜")
    assert VisitDuty.objects.get().officer == li
    assert Notice.objects.filter(recipient=zhang, kind="liaison.ended").exists()


def test_undo_gives_the_place_back_to_the_holder_before(clerk, zhang, li, maker):
    assign(kind="service_officer", target=maker, holder=zhang, by=clerk, started_on=date(2026, 1, 5))
    open_month(month=localtime.today())
    batch = bring_in("assignments", [HEADINGS, row(maker, "服务专员", "1002", 开始日期="2026-02-01")], clerk)
    done = actions.undo(batch=batch, by=clerk)
    assert (done.restored, done.refused) == (1, [])
    now = maker.assignments.active().get()
    assert (now.user, now.started_on, now.end_reason) == (zhang, date(2026, 1, 5), "")
    assert VisitDuty.objects.get().officer == zhang
    assert maker.assignments.get(user=li).end_reason == "撤销名册导入"
    assert AuditRow.objects.filter(action="liaison.reinstate", actor=clerk).count() == 1


def test_undo_strikes_out_new_ones_with_their_open_duties(clerk, zhang, maker):
    batch = bring_in("assignments", [HEADINGS, row(maker, "服务专员", "1001")], clerk)
    open_month(month=localtime.today())
    assert VisitDuty.objects.owed().count() == 1
    assert actions.undo(batch=batch, by=clerk).deleted == 1
    assert not Assignment.objects.exists()
    assert not VisitDuty.objects.owed().exists()
    assert AuditRow.objects.filter(action="liaison.withdraw", actor=clerk).count() == 1


def test_undo_keeps_what_ended_since_what_was_changed_since_and_what_was_visited(clerk, zhang, li, maker):
    ended, visited, replaced, free = maker, EnterpriseFactory(), EnterpriseFactory(), EnterpriseFactory()
    rows = [row(one, "服务专员", "1001") for one in (ended, visited, replaced, free)]
    batch = bring_in("assignments", [HEADINGS, *rows], clerk)
    end_assignment(assignment=ended.assignments.get(), by=clerk, reason="调离")
    log_visit(by=zhang, enterprise=visited, visited_at=localtime.now(), met="厂长")
    assign(kind="service_officer", target=replaced, holder=li, by=clerk)
    done = actions.undo(batch=batch, by=clerk)
    assert done.deleted == 1
    assert {kept["key"] for kept in done.refused} == {one.credit_code for one in (ended, visited, replaced)}
    assert holders(free) == {}
    assert holders(replaced) == {"service_officer": li}


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"角色": ""}, "required"),
        ({"角色": "总指挥"}, "choice"),
        ({"工号": ""}, "required"),
        ({"工号": "4711"}, "unknown_reference"),
        ({"姓名": "李娜"}, "other_person"),
        ({"角色": "责任单位"}, "required"),
        ({"开始日期": "2099-01-01"}, "invalid_start"),
        ({"信用代码": "91350100M000100Y43"}, "unknown_target"),
        ({"信用代码": "", "项目编号": "没有"}, "unknown_target"),
        ({"信用代码": "", "企业名称": "没有的公司"}, "unknown_target"),
        ({"信用代码": ""}, "required"),
        ({"项目编号": "P-1"}, "two_targets"),
        ({"工号": "77"}, "invalid_holder"),
        ({"工号": "78"}, "unknown_reference"),
    ],
)
def test_what_the_pages_would_refuse_is_refused_with_a_reason(clerk, zhang, maker, other, code):
    UserFactory(staff_number="77", roles=[Role.HANDLER])
    UserFactory(staff_number="78", roles=[Role.CADRE], is_active=False)
    given = row(maker, person="1001")
    for heading, value in other.items():
        given[HEADINGS.index(heading)] = value
    assert errors(read("assignments", [HEADINGS, given], clerk)) == [(2, code)]


def test_a_successor_cannot_begin_before_the_one_before(clerk, zhang, li, maker):
    assign(kind="service_officer", target=maker, holder=zhang, by=clerk, started_on=date(2026, 6, 1))
    batch = read("assignments", [HEADINGS, row(maker, person="1002", 开始日期="2026-05-01")], clerk)
    assert errors(batch) == [(2, "invalid_start")]


def test_one_place_twice_in_a_file_is_taken_once(clerk, zhang, li, maker):
    counts = read("assignments", [HEADINGS, row(maker, person="1001"), row(maker, person="1002")], clerk).counts
    assert (counts["create"], counts["duplicate"]) == (1, 1)


def test_an_enterprise_is_found_by_its_name_where_that_is_one_alone(clerk, zhang, maker):
    given = row(maker, person="1001", 信用代码="", 企业名称=maker.name)
    bring_in("assignments", [HEADINGS, given], clerk)
    assert holders(maker) == {"service_officer": zhang}
    EnterpriseFactory(name=maker.name)
    assert errors(read("assignments", [HEADINGS, given], clerk)) == [(2, "ambiguous_name")]


def test_somebody_assigned_since_the_preview_stops_the_commit(clerk, zhang, li, maker):
    batch = read("assignments", [HEADINGS, row(maker, person="1001")], clerk)
    assign(kind="service_officer", target=maker, holder=li, by=clerk, started_on=localtime.today() - timedelta(days=3))
    with pytest.raises(Refused):
        actions.commit(batch=batch, by=clerk)
    assert holders(maker) == {"service_officer": li}


def test_who_may_not_assign_may_not_import_assignments(zhang, maker):
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.CADRE):
        with pytest.raises(Refused):
            read("assignments", [HEADINGS, row(maker, person="1001")], UserFactory(roles=[role]))
