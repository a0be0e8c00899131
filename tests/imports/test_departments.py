"""The roster of departments: a tree from rows in any order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.imports import actions
from foundation.imports.lines import Outcome
from foundation.imports.registry import resource_for
from tests.accounts.factories import DepartmentFactory, UserFactory, root
from tests.effort import examples
from tests.imports.rosters import bring_in, errors, lines, read

pytestmark = pytest.mark.django_db
HEADINGS = ["部门代码", "部门名称", "简称", "类型", "上级", "排序"]


@pytest.fixture
def admin(db):
    return UserFactory(name="周系统", roles=[Role.SYSTEM_ADMIN], department=root())


def paths() -> dict[str, str]:
    return dict(Department.objects.values_list("code", "path"))


def test_a_tree_comes_in_whatever_the_order_of_its_rows(admin):
    batch = bring_in(
        "departments",
        [
            HEADINGS,
            ["GX-1", "工业科", "", "部门", "GX", 3],
            ["GX-1-A", "节能组", "", "部门", "工业科", 4],
            ["GX", "区工业和信息化局", "工信局", "区直部门", "青岭区", 2],
            ["LJ", "罗家镇", "", "镇街", "QL", 9],
        ],
        admin,
    )
    assert batch.counts["create"] == 4
    assert paths() == {
        "QL": "QL/",
        "GX": "QL/GX/",
        "GX-1": "QL/GX/GX-1/",
        "GX-1-A": "QL/GX/GX-1/GX-1-A/",
        "LJ": "QL/LJ/",
    }
    office = Department.objects.get(code="GX")
    assert (office.short_name, office.kind, office.sort_order) == ("工信局", "bureau", 2)
    told = AuditRow.objects.filter(action="accounts.create_department", actor=admin)
    assert {row.data["path"] for row in told} == set(paths().values()) - {"QL/"}


def test_the_same_file_again_changes_nothing(admin):
    rows = [HEADINGS, ["GX", "区工信局", "", "区直部门", "", ""], ["LJ", "罗家镇", "罗家", "镇街", "QL", 7]]
    bring_in("departments", rows, admin)
    counts = read("departments", rows, admin).counts
    assert (counts["unchanged"], counts["create"], counts["update"]) == (2, 0, 0)


def test_without_a_parent_a_new_one_stands_under_the_district_and_says_so(admin):
    batch = read("departments", [HEADINGS[:2], ["GX", "区工信局"]], admin)
    (line,) = lines(batch, Outcome.CREATE)
    assert [note.code for note in line.notes] == ["parent_assumed"]
    assert "青岭区" in line.notes[0].message


def test_the_first_file_of_a_new_installation_brings_the_district_itself():
    batch = bring_in(
        "departments",
        [HEADINGS, ["GX", "区工信局", "", "区直部门", "QL", ""], ["QL", "青岭区", "", "区", "", ""]],
        None,
    )
    assert batch.counts["create"] == 2
    assert paths() == {"QL": "QL/", "GX": "QL/GX/"}


def test_moving_a_department_moves_all_below_it_and_undo_moves_them_back(admin):
    bring_in(
        "departments",
        [HEADINGS, ["A", "甲局", "", "", "QL", ""], ["B", "乙局", "", "", "QL", ""], ["A1", "甲一科", "", "", "A", ""]],
        admin,
    )
    before = paths()
    batch = bring_in("departments", [HEADINGS, ["A", "甲局", "", "", "B", ""]], admin)
    assert batch.counts["update"] == 1
    assert (paths()["A"], paths()["A1"]) == ("QL/B/A/", "QL/B/A/A1/")
    done = actions.undo(batch=batch, by=admin)
    assert (done.restored, done.refused) == (1, [])
    assert paths() == before


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["A", "甲局", "", "", "B", ""], ["B", "乙局", "", "", "A", ""]], {"department_cycle"}),
        ([["A", "甲局", "", "", "A", ""]], {"department_cycle"}),
        ([["A", "甲局", "", "", "没有的局", ""]], {"unknown_parent"}),
        ([["A", "甲局", "", "不知道", "QL", ""], ["B", "乙局", "", "", "A", ""]], {"choice", "parent_refused"}),
        ([["甲", "甲局", "", "", "QL", ""]], {"identifier"}),
        ([["A", "甲局", "", "", "QL", "第三"]], {"whole_number"}),
        ([["A", "青岭区", "", "", "QL", ""]], {"name_taken"}),
        ([["A", "甲局", "", "", "QL", ""], ["B", "甲局", "", "", "QL", ""]], {"name_taken"}),
        ([["", "甲局", "", "", "QL", ""]], {"required"}),
    ],
)
def test_what_cannot_stand_is_refused_with_a_reason(admin, rows, expected):
    batch = read("departments", [HEADINGS, *rows], admin)
    assert {code for _row, code in errors(batch)} == expected


def test_what_hangs_under_a_refused_row_is_refused_too_and_the_rest_can_be_brought_in(admin):
    rows = [
        ["A", "甲局", "", "", "没有的局", ""],
        ["A1", "甲一科", "", "", "A", ""],
        ["A11", "甲一一组", "", "", "A1", ""],
        ["B", "乙局", "", "", "QL", ""],
    ]
    batch = bring_in("departments", [HEADINGS, *rows], admin, skip_errors=True)
    assert errors(batch) == [(2, "unknown_parent"), (3, "parent_refused"), (4, "parent_refused")]
    assert set(paths()) == {"QL", "B"}


def test_a_ring_through_the_stock_is_refused(admin):
    bring_in("departments", [HEADINGS, ["A", "甲局", "", "", "QL", ""], ["A1", "甲一科", "", "", "A", ""]], admin)
    assert errors(read("departments", [HEADINGS, ["A", "甲局", "", "", "甲一科", ""]], admin)) == [
        (2, "department_cycle")
    ]


def test_undo_takes_back_a_branch_but_not_what_holds_people(admin):
    batch = bring_in(
        "departments",
        [
            HEADINGS,
            ["A", "甲局", "", "", "QL", ""],
            ["A1", "甲一科", "", "", "A", ""],
            ["B", "乙局", "", "", "QL", ""],
            ["B1", "乙一科", "", "", "B", ""],
        ],
        admin,
    )
    UserFactory(department=Department.objects.get(code="B1"))
    done = actions.undo(batch=batch, by=admin)
    assert done.deleted == 2
    assert [kept["key"] for kept in done.refused] == ["B", "B1"]
    assert set(paths()) == {"QL", "B", "B1"}


@settings(max_examples=examples(6), deadline=None)
@given(size=st.integers(1, 12), seed=st.integers(0, 10_000))
def test_any_tree_in_any_order_has_the_paths_that_its_parents_give(size, seed):
    Department.objects.exclude(children=None).exclude(kind="district").update(sort_order=1)
    Department.objects.filter(code__startswith="N").order_by("-path").delete()
    root()
    draw = random.Random(seed)
    parents = {f"N{n}": draw.choice(["QL", *(f"N{m}" for m in range(n))]) for n in range(size)}
    rows = [[code, f"第{code}科", "", "", parent, ""] for code, parent in parents.items()]
    draw.shuffle(rows)
    batch = bring_in("departments", [HEADINGS, *rows], None)
    assert batch.counts["create"] == size
    for department in Department.objects.filter(code__startswith="N").select_related("parent"):
        assert department.parent.code == parents[department.code]
        assert department.path == department.make_path()
    assert actions.undo(batch=batch, by=None).deleted == size


def test_closed_departments_are_shown_but_not_found(admin):
    DepartmentFactory(code="OLD", name="旧局", is_active=False)
    widget = resource_for("users").fields["department"].widget
    assert "旧局（已停用）" in widget.shown(Department.objects.get(code="OLD").pk)
    assert "旧局（已停用）" not in widget.found_by_label()


def test_only_the_system_administrator_brings_departments_in(admin):
    assert resource_for("departments").permission in admin.permissions
    for role in set(Role) - {Role.SYSTEM_ADMIN}:
        assert not User.may(UserFactory(roles=[role]), resource_for("departments").permission)
