"""The export: exactly what is filtered, formulas inert, phones by role, noted in the trail."""

import io
import json
from collections.abc import Callable
from zipfile import ZipFile

import openpyxl
import pytest
from django.test import Client

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from tests.accounts.factories import UserFactory
from tests.enterprises.factories import ContactFactory, EnterpriseFactory, TownFactory
from tests.shared_data import FOLDER

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "%1", "|cmd", "http://x.test"]


def exported(client: Client, query: str = "") -> list[dict[str, object]]:
    """The rows of the workbook by heading."""
    response = client.get(f"/enterprises/export/?{query}")
    assert response.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    headings, *rows = sheet.iter_rows(values_only=True)  # type: ignore[union-attr]
    return [dict(zip(headings, row, strict=True)) for row in rows]  # type: ignore[arg-type]


def test_exactly_the_filtered_rows_are_exported(office_client: Client) -> None:
    EnterpriseFactory.create_batch(60, is_above_scale=True)
    EnterpriseFactory(name="小企业")
    assert len(exported(office_client, "above_scale=1&page=2")) == 60
    assert [row["企业名称"] for row in exported(office_client, "q=小企业")] == ["小企业"]
    assert exported(office_client, "q=没有这家") == []


def test_a_row_says_what_the_page_says(office_client: Client) -> None:
    town = TownFactory(name="北岭街道")
    enterprise = EnterpriseFactory(town=town, tier="key", is_above_scale=True, registered_capital="6018")
    ContactFactory(enterprise=enterprise, is_primary=True, name="王芳")
    ContactFactory(enterprise=enterprise, name="第二联系人")
    (row,) = exported(office_client)
    assert row["统一社会信用代码"] == enterprise.credit_code
    assert (row["镇街"] if "镇街" in row else row["所属镇街"]) == "北岭街道"
    assert row["联系人"] == "王芳"
    assert row["联系电话"] == "13812340217"


def test_phones_are_masked_for_those_who_need_not_have_them(as_user: SignIn) -> None:
    ContactFactory(is_primary=True)
    (row,) = exported(as_user(UserFactory(roles=[Role.SUPERVISOR])))
    assert row["联系电话"] == "138****0217"


@pytest.mark.parametrize("role", [Role.CADRE, Role.HANDLER, Role.LEADER, Role.SYSTEM_ADMIN, Role.ENTERPRISE])
def test_others_may_not_take_the_list_away(role: Role, as_user: SignIn) -> None:
    assert as_user(UserFactory(roles=[role])).get("/enterprises/export/").status_code == 403


def dangerous() -> list[str]:
    source = FOLDER / "hostile" / "csv_injection_expected.json"
    listed = [row["in"] for row in json.loads(source.read_text())["dangerous"]] if source.exists() else []
    return [*DANGEROUS, *listed]


def test_no_text_becomes_a_formula_or_a_link(office_client: Client) -> None:
    texts = dangerous()
    for text in texts:
        EnterpriseFactory(name=text, address=text, legal_representative=text[:80])
    response = office_client.get("/enterprises/export/")
    archive = ZipFile(io.BytesIO(response.content))
    sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert not any("rels" in name and "sheet1" in name for name in archive.namelist())
    names = {str(row["企业名称"]) for row in exported(office_client)}
    assert {text.replace("\r", "\n") for text in texts} == {name.replace("_x000D_", "\n") for name in names}


def test_the_trail_keeps_who_took_how_many(office: User, office_client: Client) -> None:
    EnterpriseFactory.create_batch(3)
    exported(office_client, "active=all")
    row = AuditRow.objects.get(action="enterprises.export")
    assert row.actor == office
    assert row.data == {"rows": 3, "filters": {"active": "all"}}


def test_what_was_exported_can_be_imported_and_changes_nothing(office_client: Client) -> None:
    """The headings are those an import understands; the import's own tests prove the rest."""
    EnterpriseFactory()
    (row,) = exported(office_client)
    from enterprises.resources import EnterpriseResource

    vocabulary = EnterpriseResource().vocabulary()
    assert len(row) == len(EnterpriseResource().fields)
    assert vocabulary
