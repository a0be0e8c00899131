"""Which column is which field: by heading, by content, by hand, and kept for the next file of the same shape."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enterprises.models import Enterprise, Park
from foundation.accounts.errors import Refused
from foundation.accounts.models import Department
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.imports import actions
from foundation.imports.mapping import IGNORE, KEEP
from foundation.imports.models import Batch, SavedMapping
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.imports.files import HEADINGS, code, companies, company, delimited, xlsx

pytestmark = pytest.mark.django_db

STRANGE = ["甲方", "代号", "开张", "本钱", "找谁", "号码"]  # headings that nobody declared


@pytest.fixture
def page(client, clerk):
    client.force_login(clerk)
    return client


@pytest.fixture
def run(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def fields(batch: Batch) -> dict[str, tuple[str, str]]:
    """{heading: (field, how)}."""
    batch.refresh_from_db()
    return {one["heading"]: (one["field"], one["how"]) for one in batch.mapping}


def failed(file, clerk) -> Batch:
    batch = actions.open_batch(file=file, resource="enterprises", by=clerk, queue=False)
    with pytest.raises(Refused):
        actions.preview(batch=batch)
    batch.refresh_from_db()
    return batch


# -- By content --------------------------------------------------------------------------------------------------------


def test_a_column_of_codes_is_known_by_their_check_characters(preview):
    batch = preview(xlsx([["企业名称", "代号"], *(company(number)[:2] for number in range(1, 6))]))
    assert fields(batch)["代号"] == ("credit_code", "content")
    assert batch.counts["create"] == 5


def test_other_long_identifiers_are_not_taken_for_codes(preview):
    wrong = [[f"青岭{number}有限公司", f"91360111MA300{number}00QX"] for number in range(1, 6)]
    batch = preview(xlsx([["企业名称", "代号"], *wrong]))
    assert fields(batch)["代号"] == (KEEP, "")


def test_a_column_of_company_names_is_known_by_how_they_end(preview):
    batch = preview(xlsx([["甲方", "信用代码"], *(company(number)[:2] for number in range(1, 6))]))
    assert fields(batch)["甲方"] == ("name", "content")
    assert batch.counts["create"] == 5


def test_what_is_merely_like_a_field_is_a_hint_under_a_heading_and_a_field_without_one(preview):
    rows = [[*company(number)[:2], f"2020-01-0{number}", f"1390000000{number}"] for number in range(1, 6)]
    batch = preview(xlsx([["企业名称", "信用代码", "批准日期", "财务室"], *rows]))
    assert fields(batch)["批准日期"] == (KEEP, "")
    assert {one["heading"]: one["hint"] for one in batch.mapping}["财务室"] == "contact_phone"
    batch = preview(xlsx([["企业名称", "信用代码", "", ""], *rows]))
    assert [one["field"] for one in batch.mapping] == ["name", "credit_code", "established_on", "contact_phone"]
    assert batch.counts["create"] == 5


def test_two_columns_that_are_alike_are_left_to_the_clerk(preview):
    rows = [[*company(number)[:2], "13900000001", "13900000002"] for number in range(1, 6)]
    batch = preview(xlsx([["企业名称", "信用代码", "", ""], *rows]))
    assert [one["field"] for one in batch.mapping][2:] == [IGNORE, IGNORE]


def test_a_sheet_without_headings_is_read_by_its_content(preview):
    DepartmentFactory(name="罗家镇", kind=Department.Kind.TOWN)
    rows = [
        [*company(number)[:2], "2015年3月2日", "500(万元人民币)", "罗家镇", f"1390000000{number}"]
        for number in (1, 2, 3)
    ]
    batch = preview(delimited([["企业花名册"], *rows]))
    assert batch.counts["create"] == 3
    assert [one["field"] for one in batch.mapping] == [
        "name", "credit_code", "established_on", "registered_capital", "town", "contact_phone",
    ]  # fmt: skip
    assert {one["how"] for one in batch.mapping} == {"content"}


def test_unknown_headings_over_codes_are_headings_and_not_a_row(preview):
    batch = preview(xlsx([["花名册"], ["甲方", "代号", "说明"], *([*company(n)[:2], "x"] for n in (1, 2, 3))]))
    assert batch.counts["create"] == 3
    assert fields(batch)["说明"] == (KEEP, "")


def test_an_empty_column_with_a_heading_keeps_its_place(preview):
    batch = preview(xlsx([[*HEADINGS, "备注"], *(company(number) for number in (1, 2))]))
    assert fields(batch)["备注"] == (KEEP, "")


# -- By hand -----------------------------------------------------------------------------------------------------------


def test_the_page_shows_each_column_with_samples_and_how_it_was_known(page, preview):
    batch = preview(xlsx([["单位名称", "代号", "备注"], *([*company(n)[:2], f"第{n}批"] for n in (1, 2, 3))]))
    seen = text(page.get(reverse("imports:detail", args=[batch.pk])))
    assert "列对应 2/3 · 调整" in seen
    seen = text(page.get(reverse("imports:mapping", args=[batch.pk])))
    assert "青岭测试1号有限公司" in seen
    assert "第3批" in seen
    for how in ("标题", "内容"):
        assert f'<span class="tag">{how}</span>' in seen
    assert '<option value="credit_code" selected>统一社会信用代码 *</option>' in seen


def test_samples_hide_phones_from_whoever_sees_them_in_part(client, preview):
    batch = preview(xlsx(companies(3)))
    client.force_login(UserFactory(roles=[Role.SYSTEM_ADMIN]))
    seen = text(client.get(reverse("imports:mapping", args=[batch.pk])))
    assert "138****0001" in seen
    assert "13800000001" not in seen


def test_a_column_said_by_hand_is_read_again_so(page, preview, run):
    batch = preview(xlsx([[*HEADINGS, "挂点园区", "秘密"], [*company(1), "高新园", "x"]]))
    Park.objects.create(code="gx", name="高新园", department=DepartmentFactory(kind=Department.Kind.PARK))
    chosen = {f"column_{one['column']}": one["field"] for one in batch.mapping}
    with run():
        response = page.post(
            reverse("imports:mapping", args=[batch.pk]), {**chosen, "column_6": "park", "column_7": IGNORE}
        )
    assert response.status_code == 302
    assert fields(batch)["挂点园区"] == ("park", "hand")
    assert fields(batch)["企业名称"] == ("name", "heading")
    actions.commit(batch=batch, by=None)
    one = Enterprise.objects.get()
    assert (one.park.name, one.extra) == ("高新园", {})
    assert AuditRow.objects.filter(action="imports.remap", target_id=str(batch.pk)).exists()


def test_two_columns_for_one_field_are_refused_and_the_choices_stay(page, preview):
    batch = preview(xlsx(companies(2)))
    chosen = {f"column_{one['column']}": one["field"] for one in batch.mapping} | {"column_4": "name"}
    response = page.post(reverse("imports:mapping", args=[batch.pk]), chosen)
    assert response.status_code == 422
    assert "“企业名称”和“联系人”两列都对应“企业名称”" in text(response)
    assert '<option value="name" selected>' in text(response).split('name="column_4"')[1].split("</select>")[0]
    batch.refresh_from_db()
    assert batch.state == "previewed"


def test_without_a_column_that_says_who_it_is_nothing_can_be_read(page, preview):
    batch = preview(xlsx(companies(2)))
    chosen = {f"column_{one['column']}": IGNORE for one in batch.mapping}
    response = page.post(reverse("imports:mapping", args=[batch.pk]), chosen)
    assert "至少要有一列对应“统一社会信用代码”或“企业名称”" in text(response)


def test_a_missing_required_column_is_named(page, preview):
    batch = preview(xlsx([["信用代码", "地址"], [code(1), "罗家集"]]))
    assert "没有哪一列对应必填的企业名称" in text(page.get(reverse("imports:mapping", args=[batch.pk])))


@pytest.mark.parametrize("columns", [{99: "name", 0: "credit_code"}, {0: "nonsense", 1: "credit_code"}])
def test_columns_and_fields_that_are_not_there_are_refused(preview, clerk, columns):
    batch = preview(xlsx(companies(1)))
    with pytest.raises(Refused, match="文件的列已经变了"):
        actions.remap(batch=batch, columns=columns, by=clerk)


def test_a_file_in_which_nothing_was_known_is_arranged_by_hand(page, clerk, run):
    rows = [
        ["花名册", "", ""],
        ["说明：内部使用"],
        ["单位", "编码", "说明"],
        ["远方甲", code(1), "x"],
        ["远方乙", "不清楚", "y"],
    ]
    batch = failed(xlsx(rows), clerk)
    assert "指定各列" in text(page.get(reverse("imports:detail", args=[batch.pk])))
    seen = text(page.get(reverse("imports:mapping", args=[batch.pk])))
    assert '<option value="3" selected>第 3 行：单位 | 编码 | 说明</option>' in seen
    assert "自动识别" not in seen
    assert '<span class="ttl">编码</span>' in seen
    assert "存为方案" not in seen
    given = {"row": "3", "column_0": "name", "column_1": "credit_code", "column_2": KEEP}
    with run():
        page.post(reverse("imports:mapping", args=[batch.pk]), given)
    batch.refresh_from_db()
    assert (batch.state, batch.counts["create"], batch.counts["refused"]) == ("previewed", 1, 1)
    assert fields(batch)["单位"] == ("name", "hand")


def test_the_sheet_that_was_arranged_is_the_one_that_is_read(page, clerk, run):
    batch = failed(xlsx([["单位", "编码"], ["远方甲", "K1"]], sheets={"二": [["别的"], ["x"]]}), clerk)
    batch.sheet = "二"
    batch.save(update_fields=["sheet"])
    with run():
        page.post(reverse("imports:mapping", args=[batch.pk]), {"row": "0", "column_0": "name", "column_1": IGNORE})
    batch.refresh_from_db()
    assert batch.sheet == "二"


def test_a_first_row_taken_for_headings_can_be_said_to_be_data(page, clerk, run):
    batch = failed(xlsx([["远方甲", "K1"], ["远方乙", "K2"]]), clerk)
    with run():
        page.post(reverse("imports:mapping", args=[batch.pk]), {"row": "0", "column_0": "name", "column_1": KEEP})
    batch.refresh_from_db()
    assert (batch.counts["rows"], batch.counts["refused"]) == (2, 2)  # without a code: only what is known is changed


def test_a_reading_that_fails_shows_no_lines_of_the_one_before(page, preview, run):
    batch = preview(xlsx(companies(2)))
    Batch.objects.filter(pk=batch.pk).update(sheet="没有这个表")
    with run():
        page.post(reverse("imports:preview", args=[batch.pk]))
    seen = text(page.get(reverse("imports:detail", args=[batch.pk])))
    assert "没有名为“没有这个表”的工作表" in seen
    assert "青岭测试1号有限公司" not in seen


def test_after_a_commit_the_columns_stand(page, bring_in):
    batch = bring_in(xlsx(companies(1)))
    response = page.get(reverse("imports:mapping", args=[batch.pk]), follow=True)
    assert "现在不能调整列对应" in text(response)


# -- Kept for the next file --------------------------------------------------------------------------------------------


@pytest.fixture
def saved(page, preview, run):
    """A mapping for STRANGE headings, saved under a name."""
    batch = preview(xlsx([STRANGE, *(company(number) for number in (1, 2, 3))]))
    names = ["name", "credit_code", "established_on", "registered_capital", "contact_name", "contact_phone"]
    given = {f"column_{at}": name for at, name in enumerate(names)} | {"save_as": "税务局名册"}
    with run():
        page.post(reverse("imports:mapping", args=[batch.pk]), given)
    return SavedMapping.objects.get()


def test_a_saved_mapping_is_applied_to_the_next_file_of_its_shape_and_named(page, saved, preview):
    batch = preview(delimited([["标题"], [f" {STRANGE[0]}", *STRANGE[1:]], company(7)]))
    assert batch.saved == saved
    assert {how for _field, how in fields(batch).values()} == {"saved"}
    line = page.get(reverse("imports:detail", args=[batch.pk])).context["rows"][0].line
    assert line.values["contact_phone"] == "13800000007"
    assert "列标题与方案“税务局名册”相同" in text(page.get(reverse("imports:detail", args=[batch.pk])))


def test_it_finds_headings_that_nothing_else_would(preview, clerk, page, run):
    rows = [["单位", "编码"], ["远方甲", code(1)]]
    broken = [["单位", "编码"], ["远方乙", "没有"]]
    batch = failed(xlsx(broken), clerk)
    given = {"row": "1", "column_0": "name", "column_1": "credit_code"}
    with run():
        page.post(reverse("imports:mapping", args=[batch.pk]), given)
    with run():
        page.post(reverse("imports:mapping", args=[batch.pk]), {**given, "save_as": "单位编码"})
    assert SavedMapping.objects.get().name == "单位编码"
    assert preview(xlsx([["又一份"], *broken])).counts["refused"] == 1
    assert preview(xlsx(rows)).counts["create"] == 1


def test_a_field_that_the_roster_gave_up_is_no_longer_asked_for(saved, preview):
    saved.columns["4"] = "fax"
    saved.save()
    batch = preview(xlsx([STRANGE, company(7)]))
    assert (batch.counts["create"], fields(batch)["找谁"][0]) == (1, KEEP)


def test_a_file_of_another_shape_is_left_alone(saved, preview):
    batch = preview(xlsx([[*STRANGE, "再加一列"], [*company(7), "x"]]))
    assert batch.saved is None


def test_a_saved_mapping_can_be_given_up_for_a_file_and_taken_again(page, saved, preview, run):
    batch = preview(xlsx([STRANGE, company(7)]))
    with run():
        page.post(reverse("imports:use_mapping", args=[batch.pk]), {"saved": "0"})
    batch.refresh_from_db()
    assert batch.saved is None
    assert fields(batch)["找谁"] == (KEEP, "")
    assert "套用" in text(page.get(reverse("imports:mapping", args=[batch.pk])))
    with run():
        page.post(reverse("imports:use_mapping", args=[batch.pk]), {"saved": str(saved.pk)})
    batch.refresh_from_db()
    assert batch.saved == saved


def test_a_deleted_mapping_is_proposed_no_more(page, saved, preview):
    batch = preview(xlsx([STRANGE, company(7)]))
    response = page.post(reverse("imports:delete_mapping", args=[saved.pk]), {"batch": str(batch.pk)}, follow=True)
    assert "已删除方案“税务局名册”" in text(response)
    assert preview(xlsx([STRANGE, company(7)])).saved is None
    assert AuditRow.objects.filter(action="imports.delete_mapping").exists()


def test_saving_under_the_same_name_replaces(page, saved, preview, run):
    batch = preview(xlsx([["单位", "编码"], ["远方甲", code(1)]]))
    with run():
        page.post(
            reverse("imports:mapping", args=[batch.pk]),
            {"column_0": "name", "column_1": "credit_code", "save_as": "税务局名册"},
        )
    assert SavedMapping.objects.get().columns == {"0": "name", "1": "credit_code"}


def test_mappings_of_a_roster_are_for_those_who_may_bring_it_in(client, saved):
    client.force_login(UserFactory(roles=[Role.SECURITY_ADMIN]))
    assert client.post(reverse("imports:delete_mapping", args=[saved.pk])).status_code == 404
    assert SavedMapping.objects.exists()


# -- There and back ----------------------------------------------------------------------------------------------------


def workbook_of(page, batch: Batch) -> io.BytesIO:
    return io.BytesIO(page.get(reverse("imports:refused", args=[batch.pk])).content)


def corrected(file: io.BytesIO, wrong: str, right: str) -> io.BytesIO:
    book = openpyxl.load_workbook(file)
    for row in book.active.iter_rows():
        for cell in row:
            if cell.value == wrong:
                cell.value = right
    out = io.BytesIO()
    book.save(out)
    return out


def test_refused_rows_corrected_in_the_workbook_come_in_without_its_own_columns(page, preview, bring_in):
    batch = preview(xlsx([*companies(1), company(2, 成立日期="随便")]))
    again = bring_in(corrected(workbook_of(page, batch), "随便", "2020-01-01"))
    assert again.counts["create"] == 1
    assert [one["how"] for one in again.mapping][:2] == ["own", "own"]
    assert Enterprise.objects.get().extra == {}


def test_they_come_in_again_after_a_mapping_by_hand(page, clerk, run, bring_in):
    rows = [
        ["单位", "编码", "本钱(元)", "无用"],
        ["远方甲", "不知道", 5_000_000, "x"],
        ["远方乙", "不清楚", 70_000, "y"],
    ]
    batch = failed(xlsx(rows), clerk)
    given = {"row": "1", "column_0": "name", "column_1": "credit_code"}
    given |= {"column_2": "registered_capital", "column_3": IGNORE}
    with run():
        page.post(reverse("imports:mapping", args=[batch.pk]), given)
    again = bring_in(corrected(workbook_of(page, batch), "不清楚", code(2)), skip_errors=True)
    assert (again.counts["create"], again.counts["refused"]) == (1, 1)
    one = Enterprise.objects.get()
    assert (one.name, one.registered_capital, one.extra) == ("远方乙", 7, {})


def test_the_workbook_of_a_workbook_grows_no_columns(page, preview):
    batch = preview(xlsx([*companies(1), company(2, 成立日期="随便")]))
    once = workbook_of(page, batch)
    twice = workbook_of(page, preview(once))
    assert [cell.value for cell in openpyxl.load_workbook(twice).active[1]] == ["原行号", "拒绝原因", *HEADINGS]


def test_the_mapping_page_costs_the_same_queries_with_three_columns_and_thirty(page, preview):
    def queries(batch):
        page.get(reverse("imports:mapping", args=[batch.pk]))  # what is remembered until the next act
        with CaptureQueriesContext(connection) as captured:
            page.get(reverse("imports:mapping", args=[batch.pk]))
        return len(captured)

    few = preview(xlsx(companies(1)))
    many = preview(xlsx([[*HEADINGS, *(f"列{n}" for n in range(30))], [*company(1), *["x"] * 30]]))
    assert queries(few) == queries(many)
