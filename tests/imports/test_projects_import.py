"""The roster of projects."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.imports import actions
from foundation.imports.lines import Outcome
from projects.actions import advance_stage, create_project, next_code
from projects.models import Project, StageChange
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.enterprises.factories import EnterpriseFactory, ParkFactory
from tests.imports.rosters import bring_in, errors, lines, read

pytestmark = pytest.mark.django_db
HEADINGS = [
    "项目编号", "项目名称", "项目类别", "信用代码", "企业名称", "园区", "责任单位", "阶段", "总投资(万元)", "计划开工",
    "计划投产", "实际开工", "实际投产",
]  # fmt: skip


@pytest.fixture
def clerk(db):
    return UserFactory(name="王晓梅", roles=[Role.OFFICE])


@pytest.fixture
def bureau(db):
    return DepartmentFactory(code="GX", name="区工业和信息化局", short_name="工信局")


@pytest.fixture
def maker(db):
    return EnterpriseFactory(name="青岭精密机械有限公司")


def row(code="", name="精密件扩产项目", **other):
    given = dict.fromkeys(HEADINGS, "") | {"项目编号": code, "项目名称": name, "责任单位": "GX", "总投资(万元)": "1200"}
    return list((given | other).values())


def test_projects_come_in_with_what_creating_them_would_write(clerk, bureau, maker):
    ParkFactory(name="高新产业园")
    batch = bring_in(
        "projects",
        [
            HEADINGS,
            row("P-1", 信用代码=maker.credit_code, 阶段="开工", 园区="高新产业园", 项目类别="工业",
                计划开工="2026年3月1日", 计划投产="2027-06-30", 实际开工="2026-03-15"),
            row("P-2", "二期项目", 企业名称=maker.name, **{"总投资(万元)": "1.2亿元"}),
        ],
        clerk,
    )  # fmt: skip
    assert batch.counts["create"] == 2
    first, second = Project.objects.order_by("code")
    assert (first.enterprise, first.responsible_department, first.stage) == (maker, bureau, "construction")
    assert (first.investment, first.planned_start, first.actual_start) == (
        Decimal("1200.00"), date(2026, 3, 1), date(2026, 3, 15),
    )  # fmt: skip
    assert (second.enterprise, second.investment, second.stage) == (maker, Decimal("12000.00"), "negotiation")
    assert set(StageChange.objects.values_list("project__code", "from_stage", "to_stage", "by")) == {
        ("P-1", "", "construction", clerk.pk),
        ("P-2", "", "negotiation", clerk.pk),
    }
    told = AuditRow.objects.filter(action="projects.create", actor=clerk)
    assert {(one.target_label, one.data["code"]) for one in told} == {("精密件扩产项目", "P-1"), ("二期项目", "P-2")}


def test_projects_without_a_number_get_the_next_ones(clerk, bureau):
    first = next_code()
    bring_in("projects", [HEADINGS, row("", "甲项目"), row("X-9", "乙项目"), row("", "丙项目")], clerk)
    numbers = dict(Project.objects.values_list("name", "code"))
    assert numbers["甲项目"] == first
    assert len(set(numbers.values())) == 3
    assert create_project(by=clerk, name="丁", responsible_department=bureau, investment=1).code not in numbers.values()


def test_the_same_file_again_changes_nothing(clerk, bureau, maker):
    rows = [HEADINGS, row("P-1", 信用代码=maker.credit_code, 阶段="投产", 实际开工="2025-01-01"), row("", "无编号项目")]
    bring_in("projects", rows, clerk)
    counts = read("projects", rows, clerk).counts
    assert (counts["unchanged"], counts["create"], counts["update"], counts["refused"]) == (2, 0, 0, 0)


def test_a_later_stage_is_a_step_in_the_history_and_undo_steps_back(clerk, bureau):
    bring_in("projects", [HEADINGS, row("P-1", 阶段="签约")], clerk)
    batch = bring_in("projects", [HEADINGS, row("P-1", 阶段="投产", 实际开工="2026-01-05")], clerk)
    project = Project.objects.get()
    assert (project.stage, project.actual_start) == ("production", date(2026, 1, 5))
    assert project.stage_changes.values_list("from_stage", "to_stage").first() == ("signed", "production")
    assert actions.undo(batch=batch, by=clerk).restored == 1
    project.refresh_from_db()
    assert (project.stage, project.actual_start) == ("signed", None)
    assert project.stage_changes.values_list("from_stage", "to_stage", "note").first() == (
        "production",
        "signed",
        "撤销名册导入",
    )


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"项目名称": ""}, "required"),
        ({"责任单位": ""}, "required"),
        ({"总投资(万元)": ""}, "required"),
        ({"责任单位": "没有的局"}, "unknown_reference"),
        ({"信用代码": "91350100M000100Y43"}, "unknown_reference"),
        ({"企业名称": "没有的公司"}, "unknown_reference"),
        ({"总投资(万元)": "774(万美元)"}, "foreign_currency"),
        ({"阶段": "差不多了"}, "choice"),
        ({"计划开工": "2027-01-01", "计划投产": "2026-01-01"}, "invalid_day"),
        ({"阶段": "投产", "实际开工": "2026-03-01", "实际投产": "2026-02-01"}, "invalid_day"),
        ({"阶段": "签约", "实际开工": "2026-03-01"}, "invalid_day"),
        ({"阶段": "开工", "实际开工": "2099-03-01"}, "invalid_day"),
        ({"项目编号": "P 1"}, "identifier"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(clerk, bureau, other, code):
    assert errors(
        read("projects", [HEADINGS, row(**({"code": "P-1"} if "项目编号" not in other else {}) | other)], clerk)
    ) == [(2, code)]


def test_stepping_back_is_for_the_project_page(clerk, bureau):
    bring_in("projects", [HEADINGS, row("P-1", 阶段="投产")], clerk)
    assert errors(read("projects", [HEADINGS, row("P-1", 阶段="签约")], clerk)) == [(2, "stage_back")]


def test_days_are_judged_with_what_the_stock_has(clerk, bureau):
    bring_in("projects", [HEADINGS, row("P-1", 计划开工="2026-05-01")], clerk)
    assert errors(read("projects", [HEADINGS, row("P-1", 计划投产="2026-04-01")], clerk)) == [(2, "invalid_day")]


def test_a_second_project_of_one_name_and_department_is_refused_as_on_the_page(clerk, bureau):
    bring_in("projects", [HEADINGS, row("P-1")], clerk)
    other = DepartmentFactory(code="SW", name="区商务局")
    batch = read("projects", [HEADINGS, row("P-2"), row("P-3", "新项目"), row("P-4", "新项目")], clerk)
    assert errors(batch) == [(2, "project_exists"), (4, "project_exists")]
    assert read("projects", [HEADINGS, row("P-2", 责任单位=other.code)], clerk).counts["create"] == 1


def test_a_name_alone_does_not_move_a_project_to_another_department(clerk, bureau):
    bring_in("projects", [HEADINGS, row("P-1")], clerk)
    DepartmentFactory(code="SW", name="区商务局")
    assert errors(read("projects", [HEADINGS, row("", 责任单位="SW")], clerk)) == [(2, "which_project")]


def test_a_twin_made_since_the_preview_stops_the_commit(clerk, bureau):
    batch = read("projects", [HEADINGS, row("P-1")], clerk)
    create_project(by=clerk, name="精密件扩产项目", responsible_department=bureau, investment=1)
    with pytest.raises(Refused) as refusal:
        actions.commit(batch=batch, by=clerk)
    assert refusal.value.code == "stale_preview"
    assert Project.objects.count() == 1


def test_undo_deletes_what_nobody_touched_and_keeps_what_went_on(clerk, bureau):
    batch = bring_in("projects", [HEADINGS, row("P-1"), row("", "乙项目")], clerk)
    advance_stage(project=Project.objects.get(code="P-1"), to="signed", by=clerk)
    done = actions.undo(batch=batch, by=clerk)
    assert done.deleted == 1
    assert [kept["key"] for kept in done.refused] == ["P-1"]
    assert list(Project.objects.values_list("code", flat=True)) == ["P-1"]


def test_another_enterprise_shows_both_names(clerk, bureau, maker):
    bring_in("projects", [HEADINGS, row("P-1", 信用代码=maker.credit_code)], clerk)
    other = EnterpriseFactory()
    (line,) = lines(read("projects", [HEADINGS, row("P-1", 信用代码=other.credit_code)], clerk), Outcome.UPDATE)
    assert line.changes == {"enterprise": [maker.pk, other.pk]}


def test_who_may_not_edit_projects_may_not_import_them(bureau):
    with pytest.raises(Refused):
        read("projects", [HEADINGS, row("P-1")], UserFactory(roles=[Role.SYSTEM_ADMIN]))
