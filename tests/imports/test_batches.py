"""From a file to the roster and back: what a preview says is what a commit does, all or nothing."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import Contact, Enterprise, Industry, Park
from enterprises.resources import EnterpriseResource
from foundation.accounts.errors import Refused
from foundation.accounts.models import Department
from foundation.audit.models import AuditRow
from foundation.imports import actions, engine
from foundation.imports.commandline import lines_of, problems_of
from foundation.imports.models import Batch
from foundation.imports.reader import Unreadable
from tests.accounts.factories import DepartmentFactory
from tests.imports.files import HEADINGS, code, companies, company, delimited, xls, xlsx
from tests.shared_data import shared_file

pytestmark = pytest.mark.django_db


def counts(batch: Batch) -> dict[str, int]:
    return {key: value for key, value in batch.counts.items() if value and key not in ("rows", "written")}


def test_a_new_company_comes_in_with_its_contact(bring_in):
    bring_in(xlsx(companies(1)))
    one = Enterprise.objects.get()
    assert (one.name, one.credit_code, one.established_on) == ("青岭测试1号有限公司", code(1), date(2015, 3, 2))
    assert (one.registered_capital, one.capital_currency) == (Decimal(500), "人民币")
    contact = one.contacts.get()
    assert (contact.name, contact.phone, contact.is_primary) == ("李1", "13800000001", True)
    assert (one.version, one.tier, one.is_active, one.code_doubtful, one.extra) == (1, "general", True, False, {})


def test_a_preview_writes_nothing(preview):
    batch = preview(xlsx(companies(3)))
    assert counts(batch) == {"create": 3}
    assert not Enterprise.objects.exists()


@pytest.mark.parametrize("again", [xlsx, xls, delimited])
def test_the_same_file_again_creates_and_changes_nothing(bring_in, again):
    bring_in(xlsx(companies(3)))
    batch = bring_in(again(companies(3)))
    assert counts(batch) == {"unchanged": 3}
    assert Enterprise.objects.count() == 3
    assert set(Enterprise.objects.values_list("version", flat=True)) == {1}


def test_a_change_is_shown_field_by_field_then_made(bring_in, preview, clerk):
    bring_in(xlsx(companies(2)))
    changed = company(2, 企业名称="青岭新名有限公司", 注册资本="800(万美元)", 联系电话="13999999999")
    batch = preview(xlsx([HEADINGS, company(1), changed]))
    assert counts(batch) == {"unchanged": 1, "update": 1}
    line = next(line for line in lines_of(batch) if line.changes)
    assert line.number == 3
    assert line.changes == {
        "name": ["青岭测试2号有限公司", "青岭新名有限公司"],
        "registered_capital": [["500.0000", "人民币"], ["800.0000", "美元"]],
        "contact_phone": ["13800000002", "13999999999"],
    }
    actions.commit(batch=batch, by=clerk)
    one = Enterprise.objects.get(credit_code=code(2))
    assert (one.name, one.registered_capital, one.capital_currency, one.version) == ("青岭新名有限公司", 800, "美元", 2)
    assert one.contacts.get().phone == "13999999999"
    assert one.contacts.get().name == "李2"
    assert Enterprise.objects.get(credit_code=code(1)).version == 1


def test_a_blank_cell_changes_nothing(bring_in):
    bring_in(xlsx(companies(1)))
    batch = bring_in(xlsx([HEADINGS, company(1, 成立日期="", 注册资本="N/A", 联系人="", 联系电话="-")]))
    assert counts(batch) == {"unchanged": 1}
    assert Enterprise.objects.get().registered_capital == 500


def test_a_contact_is_added_where_there_was_none(bring_in):
    bring_in(xlsx([HEADINGS[:2], company(1)[:2]]))
    bring_in(xlsx([["信用代码", "联系电话"], [code(1), "0791-88123456"]]))
    contact = Contact.objects.get()
    assert (contact.name, contact.phone, contact.is_primary) == ("联系人", "0791-88123456", True)


def test_other_columns_are_kept_with_the_enterprise(bring_in):
    rows = [[*HEADINGS, "所在省份", "备注"], [*company(1), "江西", ""]]
    bring_in(xlsx(rows))
    assert Enterprise.objects.get().extra == {"所在省份": "江西"}
    rows[1][-1] = "已走访"
    batch = bring_in(xlsx(rows))
    assert counts(batch) == {"update": 1}
    assert Enterprise.objects.get().extra == {"所在省份": "江西", "备注": "已走访"}


def test_references_are_found_by_their_names_and_unknown_ones_are_kept_as_written(bring_in):
    town = DepartmentFactory(name="罗家镇", kind=Department.Kind.TOWN)
    park = Park.objects.create(code="gx", name="高新产业园", department=DepartmentFactory(kind=Department.Kind.PARK))
    assert Industry.objects.filter(code="C3511").exists()
    headings = ["企业名称", "信用代码", "镇街", "园区", "行业代码", "经营状况", "是否规上", "分级"]
    first = [*company(1)[:2], "罗家", "高新产业园", 3511, "良好", "√", "重点企业"]
    batch = bring_in(xlsx([headings, first, [*company(2)[:2], "幸福镇", "", "", "", "", ""]]))
    one, two = Enterprise.objects.order_by("credit_code")
    assert (one.town, one.park, one.industry_id) == (town, park, "C3511")
    assert (one.operating_condition, one.is_above_scale, one.tier) == ("good", True, "key")
    assert (two.town, two.extra) == (None, {"镇街": "幸福镇"})
    _errors, _duplicates, doubtful = problems_of(batch)
    assert [(problem["row"], problem["column"]) for problem in doubtful] == [(3, "镇街")]


def test_a_row_without_code_finds_the_one_enterprise_of_that_name(bring_in, preview):
    bring_in(xlsx([HEADINGS, company(1, 企业名称="青岭（江西）有限公司")]))
    batch = preview(xlsx([["企业名称", "地址"], ["青岭(江西)有限公司", "北京东路1号"]]))
    assert counts(batch) == {"update": 1}
    batch = preview(xlsx([["企业名称", "地址"], ["没有这家", "北京东路1号"]]))
    assert counts(batch) == {"refused": 1}
    assert problems_of(batch)[0][0]["message"] == "没有填写统一社会信用代码"


# -- Refused, doubtful, duplicate, left out ----------------------------------------------------------------------------


def bad_rows():
    return [
        HEADINGS,
        company(1),
        company(2, 成立日期="2026年2月30日"),
        company(3, 统一社会信用代码="913601"),
        company(4, 注册资本="桂翔"),
        company(5, 企业名称=""),
        company(6),
    ]


def test_a_bad_row_says_its_number_and_column(preview):
    batch = preview(xlsx(bad_rows()))
    assert counts(batch) == {"create": 2, "refused": 4}
    errors, _duplicates, _doubtful = problems_of(batch)
    assert [(error["row"], error["column"], error["code"]) for error in errors] == [
        (3, "成立日期", "date_impossible"),
        (4, "统一社会信用代码", "code_length"),
        (5, "注册资本", "amount"),
        (6, "企业名称", "required"),
    ]


def test_one_refused_row_stops_the_whole_batch_unless_it_is_skipped(preview, clerk):
    batch = preview(xlsx(bad_rows()))
    with pytest.raises(Refused, match="有 4 行被拒绝，整批没有导入") as refused:
        actions.commit(batch=batch, by=clerk)
    assert refused.value.code == "has_errors"
    assert not Enterprise.objects.exists()
    actions.commit(batch=batch, by=clerk, skip_errors=True)
    assert Enterprise.objects.count() == 2


def test_a_doubtful_code_comes_in_marked(bring_in):
    batch = bring_in(xlsx([HEADINGS, company(1, 统一社会信用代码="91350100M0001TGQXM")]))
    assert Enterprise.objects.get().code_doubtful
    assert batch.counts["doubtful"] == 1


def test_the_same_code_twice_in_a_file_is_one_company(bring_in):
    batch = bring_in(xlsx([HEADINGS, company(1), company(2), company(1, 企业名称="另一个名字")]))
    assert counts(batch) == {"create": 2, "duplicate": 1}
    _errors, duplicates, _doubtful = problems_of(batch)
    assert duplicates[0]["row"] == 4
    assert "与第 2 行是同一企业" in duplicates[0]["message"]
    assert Enterprise.objects.get(credit_code=code(1)).name == "青岭测试1号有限公司"


def test_a_row_that_follows_a_refused_one_of_the_same_code_is_taken(preview):
    batch = preview(xlsx([HEADINGS, company(1, 成立日期="随便"), company(1)]))
    assert counts(batch) == {"create": 1, "refused": 1}


def test_totals_signatures_and_repeated_headings_are_left_out_visibly(preview):
    rows = [
        ["花名册"],
        HEADINGS,
        company(1),
        HEADINGS,
        company(2),
        ["合计", "", "2家"],
        ["制表人：李四", "", "审核人：王五"],
    ]
    batch = preview(xlsx(rows))
    assert counts(batch) == {"create": 2, "left_out": 3}
    assert batch.counts["rows"] == 2


def test_a_cell_that_slipped_sideways_is_doubtful(preview):
    batch = preview(delimited([HEADINGS, [*company(1), "多出的一格"]]))
    assert counts(batch) == {"to_confirm": 1, "doubtful": 1}


def test_a_row_of_sixteen_thousand_cells_costs_no_more_than_itself(preview):
    wide = [*company(1), *["x"] * 16_000]
    batch = preview(delimited([HEADINGS, wide, *(company(number) for number in range(2, 900))]))
    assert counts(batch) == {"create": 898, "to_confirm": 1, "doubtful": 1}


def test_too_many_rows_or_columns_are_refused(preview, monkeypatch):
    with pytest.raises(Refused, match="列标题，超过 500 列"):
        preview(delimited([[*HEADINGS, *map(str, range(600))], company(1)]))
    monkeypatch.setattr(engine, "MAX_ROWS", 3)
    with pytest.raises(Refused, match="4 行，超过 3 行"):
        preview(delimited(companies(3)))


def test_a_truth_value_and_a_one_stay_apart(bring_in):
    bring_in(xlsx([[*HEADINGS, "备注"], [*company(1), 1], [*company(2), True]]))
    assert [one.extra["备注"] for one in Enterprise.objects.order_by("credit_code")] == ["1", "是"]


def test_markup_formulas_and_rare_characters_come_in_as_they_are(bring_in):
    names = ["<b>甲</b>&nbsp;厂", "=HYPERLINK(1)", "𠮷野厂", "@SUM(1)", r"\N"]
    rows = [company(number, 企业名称=name, 联系人=name) for number, name in enumerate(names, 1)]
    bring_in(delimited([HEADINGS, *rows]))
    assert list(Enterprise.objects.order_by("pk").values_list("name", flat=True)) == names
    assert list(Contact.objects.order_by("enterprise_id").values_list("name", flat=True)) == names


def test_a_file_without_headings_fails_with_a_sentence(preview, clerk):
    with pytest.raises(Refused, match="前 20 行里没有找到列标题"):
        preview(xlsx([["甲", "乙"], ["1", "2"]]))
    batch = Batch.objects.get()
    assert (batch.state, batch.claim) == ("failed", "")
    assert "统一社会信用代码" in batch.error
    with pytest.raises(Refused, match="还没有预览成功"):
        actions.commit(batch=batch, by=clerk)


def test_what_is_no_table_opens_no_batch(preview):
    with pytest.raises(Unreadable):
        preview(xlsx([["x"]]).__class__(b"<html><table></table></html>"))
    assert not Batch.objects.exists()


def test_the_sheet_with_the_headings_is_found(preview):
    batch = preview(xlsx([["封面"]], sheets={"说明": [["请填写"]], "名册": companies(2)}))
    assert (batch.sheet, batch.counts["create"]) == ("名册", 2)


def test_another_sheet_is_read_when_asked_for(preview):
    batch = preview(xlsx(companies(2), sheets={"二季度": companies(3)}))
    assert batch.counts["create"] == 2
    actions.request_preview(batch=batch, sheet="二季度", by=None)
    assert actions.preview(batch=batch).counts["create"] == 3
    for missing in ("三季度", "\x00"):
        with pytest.raises(Refused, match="没有名为"):
            actions.request_preview(batch=batch, sheet=missing, by=None)


def test_after_a_failure_the_sheets_are_known_and_the_best_is_tried(preview, clerk):
    file = xlsx([["封面"]], sheets={"名册": companies(2)})
    with pytest.raises(Refused, match="没有找到列标题"):
        preview(file, sheet="Sheet")
    batch = Batch.objects.get()
    assert batch.sheets == [["Sheet", True], ["名册", True]]
    actions.request_preview(batch=batch, by=clerk)
    assert actions.preview(batch=batch).sheet == "名册"


def test_a_file_name_with_tricks_is_shown_plainly(clerk):
    batch = actions.open_batch(
        file=xlsx(companies(1)), resource="enterprises", by=clerk, name="..\\..\\名\u202e册\x00\n.xlsx", queue=False
    )
    assert batch.original_name == "名册 .xlsx"
    assert batch.file.name.startswith("imports/")
    assert "名册" not in batch.file.name


# -- Commit ------------------------------------------------------------------------------------------------------------


def test_a_batch_is_committed_once(bring_in, clerk):
    batch = bring_in(xlsx(companies(1)))
    with pytest.raises(Refused, match="已经导入过了"):
        actions.commit(batch=batch, by=clerk)
    assert Enterprise.objects.count() == 1


def test_what_moved_since_the_preview_stops_the_commit(bring_in, preview, clerk):
    bring_in(xlsx(companies(1)))
    batch = preview(xlsx([HEADINGS, company(1, 企业名称="改名"), company(2)]))
    Enterprise.objects.update(name="别人刚改的", version=2)
    with pytest.raises(Refused, match="预览之后有 1 条记录被改动过") as refused:
        actions.commit(batch=batch, by=clerk)
    assert refused.value.code == "stale_preview"
    assert list(Enterprise.objects.values_list("name", flat=True)) == ["别人刚改的"]
    batch.refresh_from_db()
    assert (batch.state, "被改动过" in batch.error) == ("previewed", True)
    actions.preview(batch=batch)
    actions.commit(batch=batch, by=clerk)
    assert Enterprise.objects.count() == 2


def test_a_company_registered_since_the_preview_stops_the_commit(preview, clerk):
    batch = preview(xlsx(companies(2)))
    Enterprise.objects.create(name="手工登记", credit_code=code(2))
    with pytest.raises(Refused, match="预览之后名册有了变动") as refused:
        actions.commit(batch=batch, by=clerk)
    assert refused.value.code == "stale_preview"
    assert Enterprise.objects.count() == 1


def test_an_error_half_way_leaves_nothing_behind(preview, clerk, monkeypatch):
    batch = preview(xlsx(companies(3)))

    def fail(*args):
        raise RuntimeError("disk full")

    monkeypatch.setattr(EnterpriseResource, "insert_related", fail)
    with pytest.raises(RuntimeError):
        actions.commit(batch=batch, by=clerk)
    batch.refresh_from_db()
    assert (batch.state, batch.claim, "没有写入任何数据" in batch.error) == ("failed", "", True)
    assert not Enterprise.objects.exists()
    assert not AuditRow.objects.filter(action="imports.commit").exists()


def test_a_commit_is_on_the_trail_with_the_file_and_each_change(bring_in, clerk):
    batch = bring_in(xlsx(companies(2)))
    row = AuditRow.objects.get(action="imports.commit")
    assert (row.actor, row.target_id, row.data["sha256"], row.data["counts"]["create"]) == (
        clerk, str(batch.pk), batch.sha256, 2,
    )  # fmt: skip
    bring_in(xlsx([HEADINGS, company(1, 企业名称="改名")]))
    change = AuditRow.objects.get(action="enterprises.import_update")
    assert change.data["changes"] == {"name": ["青岭测试1号有限公司", "改名"]}
    assert change.target_id == str(Enterprise.objects.get(credit_code=code(1)).pk)


def test_matching_takes_one_query_by_code_and_one_by_name_per_thousand_new_rows(preview):
    def stock_queries(number):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            preview(delimited(companies(number)))
        return sum('FROM "enterprises_enterprise"' in query["sql"] for query in captured)

    assert [stock_queries(number) for number in (1, 3, 1_000, 2_001)] == [2, 2, 2, 6]


# -- Real rosters ------------------------------------------------------------------------------------------------------


def test_the_real_roster_of_4062_companies_comes_in_whole(bring_in):
    with shared_file("rosters/青山湖区_4062.csv").open("rb") as file:
        batch = bring_in(file)
    assert counts(batch) == {"create": 4062}
    assert Enterprise.objects.count() == 4062
    one = Enterprise.objects.get(credit_code="91360100705569950Q")
    assert (one.legal_representative, one.registered_capital, one.enterprise_type) == ("黄钢", 1, "")
    assert one.extra == {"所在省份": "江西", "地区": "南昌"}
    assert Enterprise.objects.filter(capital_currency="美元").count() == 16
    assert Enterprise.objects.filter(registered_capital=None).count() == 293
    with shared_file("rosters/青山湖区_4062.csv").open("rb") as file:
        assert counts(bring_in(file)) == {"unchanged": 4062}


def test_the_real_odd_rows_are_refused_flagged_or_taken(preview):
    path = shared_file("rosters/odd_rows.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        why = {number: row["why"] for number, row in enumerate(csv.DictReader(file), 2)}
    with path.open("rb") as file:
        batch = preview(file)
    errors, _duplicates, doubtful = problems_of(batch)
    refused = {error["row"] for error in errors}
    assert refused == {row for row, reason in why.items() if reason.startswith("capital") or reason == "13 columns"}
    fails = {row for row, reason in why.items() if reason == "code fails check"}
    assert {problem["row"] for problem in doubtful} >= fails - {34}  # which is only written in lower case
    assert batch.counts["rows"] == 93


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_the_real_roster_in_each_encoding(preview, encoding):
    lines = shared_file("rosters/青山湖区_4062.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)[:500]
    file = delimited([])
    file.write("".join(lines).encode(encoding))
    assert counts(preview(file)) == {"create": 499}
