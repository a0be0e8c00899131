"""Templates to download: whatever they ask for, an import reads."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from foundation.accounts.models import Department
from foundation.accounts.permissions import Role
from foundation.imports import actions, registry
from foundation.imports.registry import resource_for
from foundation.imports.templates_xlsx import CHOICES, template
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.enterprises.factories import EnterpriseFactory, ParkFactory, TownFactory, sound_code
from tests.imports.files import named

pytestmark = pytest.mark.django_db
BRINGS = {
    "enterprises": Role.OFFICE,
    "users": Role.SECURITY_ADMIN,
    "departments": Role.SYSTEM_ADMIN,
    "projects": Role.OFFICE,
    "assignments": Role.OFFICE,
}
FILLED = {
    "enterprises": {
        "企业名称": "青岭新材料有限公司", "统一社会信用代码": sound_code(4711), "行业": "C3511", "园区": "高新产业园",
        "镇街": "罗家镇", "分级": "行业骨干", "是否规上": "是", "成立日期": "2015-03-02", "注册资本": 500,
    },
    "users": {"工号": "0042", "姓名": "张伟", "部门": "区工信局", "手机": "13812340001", "角色": "联系干部、督导组"},
    "departments": {"部门代码": "GX-1", "部门名称": "运行科", "类型": "区直部门", "上级": "区工信局", "排序": 3},
    "projects": {
        "项目编号": "P-1", "项目名称": "扩产项目", "统一社会信用代码": sound_code(1), "责任单位": "区工信局",
        "阶段": "开工", "总投资": 1200, "实际开工": "2026-03-15",
    },
    "assignments": {"统一社会信用代码": sound_code(1), "角色": "服务专员", "工号": "1001", "开始日期": "2026-01-05"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _district(db):
    DepartmentFactory(code="GX", name="区工信局")
    TownFactory(name="罗家镇")
    ParkFactory(name="高新产业园")
    EnterpriseFactory(credit_code=sound_code(1))
    UserFactory(staff_number="1001", roles=[Role.CADRE])


def book_of(key: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(template(resource_for(key))))


def saved(book: openpyxl.Workbook) -> io.BytesIO:
    out = io.BytesIO()
    book.save(out)
    return named(out.getvalue(), "模板.xlsx")


def previewed(key: str, book: openpyxl.Workbook):
    by = UserFactory(roles=[BRINGS[key]])
    return actions.preview(batch=actions.open_batch(file=saved(book), resource=key, by=by, queue=False))


def test_there_is_a_template_for_every_roster():
    assert set(BRINGS) == set(registry.titles())


@pytest.mark.parametrize("key", BRINGS)
def test_every_column_of_a_filled_template_is_recognised_and_its_row_is_taken(key):
    book = book_of(key)
    sheet = book.worksheets[0]
    headings = [cell.value.rstrip("*") for cell in sheet[1]]
    for heading, value in FILLED[key].items():
        sheet.cell(row=2, column=headings.index(heading) + 1, value=value)
    batch = previewed(key, book)
    assert [column["field"] for column in batch.mapping] == list(resource_for(key).fields)
    assert (batch.counts["rows"], batch.counts["create"], batch.counts["refused"]) == (1, 1, 0)
    assert actions.commit(batch=batch, by=batch.by).is_committed


@pytest.mark.parametrize("key", BRINGS)
def test_the_examples_are_on_a_sheet_of_their_own_and_never_read(key):
    book = book_of(key)
    assert [sheet.title for sheet in book.worksheets][1:] == ["填写示例", "填写说明", CHOICES]
    assert [cell.value for cell in book.worksheets[1][1]] == [cell.value for cell in book.worksheets[0][1]]
    assert any(cell.value for cell in book.worksheets[1][2])
    assert previewed(key, book).counts["rows"] == 0


def test_required_columns_are_marked_and_explained():
    book = book_of("users")
    headings = [cell.value for cell in book.worksheets[0][1]]
    assert "姓名*" in headings
    assert "工号" in headings
    rows = {row[0]: row for row in book["填写说明"].iter_rows(values_only=True)}
    assert rows["姓名"][1] == "必填"
    assert "顿号" in rows["角色"][2]


def test_choices_are_offered_from_a_hidden_sheet_with_the_departments_of_now():
    DepartmentFactory(code="OLD", name="旧局", is_active=False)
    book = book_of("users")
    assert book[CHOICES].sheet_state == "hidden"
    headings = [cell.value for cell in book.worksheets[0][1]]
    column = headings.index("部门") + 1
    offered = [cell.value for (cell,) in book[CHOICES].iter_rows(min_col=column, max_col=column) if cell.value]
    assert set(offered) == set(Department.objects.filter(is_active=True).values_list("name", flat=True))
    lists = [rule for rule in book.worksheets[0].data_validations.dataValidation if rule.type == "list"]
    assert len(lists) == 2
    assert all(not rule.showErrorMessage for rule in lists)


def test_codes_and_phones_are_text_and_days_are_days():
    sheet = book_of("enterprises").worksheets[0]
    formats = {cell.value.rstrip("*"): sheet.column_dimensions[cell.column_letter].number_format for cell in sheet[1]}
    assert formats["统一社会信用代码"] == formats["联系电话"] == "@"
    assert formats["成立日期"] == "yyyy-mm-dd"


@pytest.mark.parametrize("key", BRINGS)
def test_a_template_is_downloaded_by_those_who_may_bring_the_roster_in(client, key):
    for role in Role:
        client.force_login(UserFactory(roles=[role]))
        response = client.get(reverse("imports:template", args=[key]))
        may = resource_for(key).permission in UserFactory(roles=[role]).permissions
        assert (response.status_code == 200) == may, role
        if may:
            assert response["Content-Disposition"].startswith("attachment")


def test_the_upload_page_links_the_templates_of_the_rosters_it_offers(client):
    client.force_login(UserFactory(roles=[Role.OFFICE]))
    seen = client.get(reverse("imports:upload")).content.decode()
    assert reverse("imports:template", args=["projects"]) in seen
    assert reverse("imports:template", args=["users"]) not in seen


def test_an_unknown_roster_has_no_template(client):
    client.force_login(UserFactory(roles=[Role.OFFICE]))
    assert client.get("/imports/templates/nonsense/").status_code == 404
