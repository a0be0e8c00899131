"""What the portal exports it reads again without a change, and no text in it is ever a formula."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest

from enterprises.export import workbook
from enterprises.models import Enterprise, Industry, Park
from foundation.accounts.models import Department
from foundation.accounts.permissions import Role
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.imports.files import HEADINGS, companies, company, delimited, xlsx
from tests.shared_data import shared_file

pytestmark = pytest.mark.django_db


def export(user) -> io.BytesIO:
    content, _count = workbook(Enterprise.objects.visible_to(user).order_by("pk"), user=user)
    return io.BytesIO(content)


def test_an_export_comes_back_unchanged(bring_in, preview, clerk):
    rows = companies(3)
    rows[2][3] = "6,018.5(万美元)"
    rows[3][4:] = ["", ""]
    bring_in(xlsx(rows))
    Enterprise.objects.update(
        town=DepartmentFactory(kind=Department.Kind.TOWN, name="罗家镇"),
        park=Park.objects.create(code="gx", name="高新园", department=DepartmentFactory(kind=Department.Kind.PARK)),
        industry=Industry.objects.get(code="C3511"),
        tier="backbone",
        operating_condition="difficult",
        is_above_scale=True,
    )
    batch = preview(export(clerk))
    assert (batch.counts["unchanged"], batch.counts["rows"], batch.counts["doubtful"]) == (3, 3, 0)


def test_phones_masked_in_an_export_are_not_brought_back(bring_in, preview):
    bring_in(xlsx(companies(2)))
    assert preview(export(UserFactory(roles=[Role.SUPERVISOR]))).counts["unchanged"] == 2


def test_dangerous_text_is_exported_as_text_and_read_again(bring_in, preview, clerk):
    with shared_file("hostile/csv_injection_expected.json").open(encoding="utf-8") as file:
        shared = json.load(file)
    texts = [case["in"] for case in shared["dangerous"]] + [text for text in shared["safe_must_not_change"] if text]
    rows = [company(number, 企业名称=text) for number, text in enumerate(texts, 1)]
    bring_in(delimited([HEADINGS, *rows]))
    file = export(clerk)
    cells = [row[0] for row in openpyxl.load_workbook(file).active.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == texts
    assert {cell.data_type for cell in cells} == {"s"}
    file.seek(0)
    assert preview(file).counts["unchanged"] == len(texts)
