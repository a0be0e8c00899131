"""A preview is a diff that a clerk decides on: candidates, doubtful rows, cells corrected, lines found."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import expect

from enterprises.models import Enterprise
from foundation.accounts.errors import Refused
from foundation.accounts.models import Department
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.imports import actions
from foundation.imports.models import Batch, RowEdit
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.imports.files import HEADINGS, code, companies, company, delimited, xlsx

pytestmark = pytest.mark.django_db

DOUBTFUL = "91350100M0001TGQXM"  # of the right shape, with the wrong check character
PLACED = [*HEADINGS, "镇街"]


@pytest.fixture
def page(client, clerk):
    client.force_login(clerk)
    return client


@pytest.fixture
def run(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def towns(db):
    for name in ("罗家镇", "塘山镇"):
        DepartmentFactory(name=name, kind=Department.Kind.TOWN)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def counts(batch: Batch) -> dict[str, int]:
    batch.refresh_from_db()
    return {key: value for key, value in batch.counts.items() if value and key not in ("rows", "written")}


def placed(number: int, name: str, town: str = "罗家镇") -> list:
    return [*company(number, 企业名称=name), town]


def url(name: str, batch: Batch, *more) -> str:
    return reverse(f"imports:{name}", args=[batch.pk, *more])


# -- Candidates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "青岭远航（江西）机械有限公司",
        "青岭远航(江西)机械有限公司",
        "青岭远航 (江西) 机械有限公司",
    ],
)
def test_the_same_name_under_another_code_is_a_candidate(bring_in, preview, name):
    bring_in(xlsx([HEADINGS, company(1, 企业名称="青岭远航（江西）机械有限公司")]))
    assert counts(preview(xlsx([HEADINGS, company(2, 企业名称=name)]))) == {"candidate": 1}


@pytest.mark.parametrize(
    ("name", "town", "outcome"),
    [
        ("青岭远杭精密机械有限公司", "罗家镇", "candidate"),  # the same sound
        ("青岭远航精密机械制有限公司", "罗家镇", "candidate"),  # one more
        ("青岭远航精密机械有限责任公司", "罗家镇", "candidate"),  # another kind of company
        ("青岭远杭精密机械有限公司", "塘山镇", "create"),  # elsewhere
        ("青岭远杭精密机械有限公司", "", "create"),  # nobody knows where
        ("青岭远望精密机械有限公司", "罗家镇", "create"),  # another word
        ("青岭远航精密机械二厂", "罗家镇", "create"),
    ],
)
def test_a_very_similar_name_in_the_same_town_is_a_candidate(towns, bring_in, preview, name, town, outcome):
    bring_in(xlsx([PLACED, placed(1, "青岭远航精密机械有限公司")]))
    assert counts(preview(xlsx([PLACED, placed(2, name, town)]))) == {outcome: 1}


def test_names_that_differ_in_a_number_are_different(towns, bring_in, preview):
    bring_in(xlsx([PLACED, placed(1, "青岭远航机械第一分公司")]))
    assert counts(preview(xlsx([PLACED, placed(2, "青岭远航机械第二分公司")]))) == {"create": 1}


def test_what_another_row_names_by_its_code_is_no_candidate(bring_in, preview):
    bring_in(xlsx(companies(1)))
    name = company(1)[0]
    batch = preview(xlsx([HEADINGS, company(2, 企业名称=name), company(1)]))
    assert counts(batch) == {"create": 1, "unchanged": 1}


def test_undecided_candidates_are_held_back_and_the_page_says_so(page, bring_in, preview, clerk):
    bring_in(xlsx(companies(1)))
    batch = preview(xlsx([HEADINGS, company(2, 企业名称=company(1)[0]), company(3)]))
    seen = text(page.get(url("detail", batch)))
    assert "1 行疑似重复，未处理的不会导入" in seen
    assert "先导入其余 1 行" in seen
    assert code(1) in text(page.get(url("detail", batch), {"tab": "candidate"}))
    actions.commit(batch=batch, by=clerk)
    assert set(Enterprise.objects.values_list("credit_code", flat=True)) == {code(1), code(3)}


def decided(page, run, batch: Batch, answer: str) -> Batch:
    with run():
        page.post(url("decide", batch), {"row_2": answer})
    batch.refresh_from_db()
    return batch


def test_the_same_takes_the_code_of_the_file_or_keeps_its_own_or_is_another(page, bring_in, preview, clerk, run):
    first = bring_in(xlsx(companies(1)))
    one = Enterprise.objects.get()
    file = [HEADINGS, company(2, 企业名称=one.name, 联系人="赵六")]
    batch = decided(page, run, preview(xlsx(file)), f"{one.pk}:key")
    assert counts(batch) == {"update": 1}
    actions.commit(batch=batch, by=clerk)
    one.refresh_from_db()
    assert (one.credit_code, one.contacts.get().name) == (code(2), "赵六")
    actions.undo(batch=batch, by=clerk)
    one.refresh_from_db()
    assert (one.credit_code, one.contacts.get().name) == (code(1), "李1")

    batch = decided(page, run, preview(xlsx(file)), str(one.pk))
    actions.commit(batch=batch, by=clerk)
    one.refresh_from_db()
    assert (one.credit_code, one.contacts.get().name) == (code(1), "赵六")

    batch = decided(page, run, preview(xlsx([HEADINGS, company(4, 企业名称=one.name)])), "new")
    actions.commit(batch=batch, by=clerk)
    assert Enterprise.objects.count() == 2
    assert AuditRow.objects.filter(action="imports.decide").count() == 3
    assert first.pk


def test_a_code_taken_over_says_itself_whether_it_is_doubtful(page, bring_in, preview, clerk, run):
    bring_in(xlsx([HEADINGS, company(1, 统一社会信用代码=DOUBTFUL)]))
    one = Enterprise.objects.get()
    assert one.code_doubtful
    batch = decided(page, run, preview(xlsx([HEADINGS, company(1)])), f"{one.pk}:key")
    actions.commit(batch=batch, by=clerk)
    one.refresh_from_db()
    assert (one.credit_code, one.code_doubtful) == (code(1), False)
    actions.undo(batch=batch, by=clerk)
    one.refresh_from_db()
    assert (one.credit_code, one.code_doubtful) == (DOUBTFUL, True)


def test_a_row_decided_to_be_what_another_row_is_comes_second(page, bring_in, preview, run):
    bring_in(xlsx(companies(1)))
    one = Enterprise.objects.get()
    twice = [HEADINGS, company(2, 企业名称=one.name), company(3, 企业名称=one.name)]
    batch = preview(xlsx(twice))
    with run():
        page.post(url("decide", batch), {"row_2": str(one.pk), "row_3": str(one.pk)})
    assert counts(batch) == {"unchanged": 1, "duplicate": 1} or counts(batch) == {"update": 1, "duplicate": 1}


@pytest.mark.parametrize("answer", ["999", "abc", "1:nonsense", ":key"])
def test_an_answer_that_was_not_offered_is_refused(page, bring_in, preview, run, answer):
    bring_in(xlsx(companies(1)))
    batch = preview(xlsx([HEADINGS, company(2, 企业名称=company(1)[0])]))
    with run():
        response = page.post(url("decide", batch), {"row_2": answer}, follow=True)
    assert "没有这个选项" in text(response)
    assert counts(batch) == {"candidate": 1}


def test_nothing_chosen_is_said(page, bring_in, preview):
    bring_in(xlsx(companies(1)))
    batch = preview(xlsx([HEADINGS, company(2, 企业名称=company(1)[0])]))
    assert "还没有选择怎样处理" in text(page.post(url("decide", batch), {}, follow=True))


def test_what_was_decided_can_be_taken_back(page, bring_in, preview, run):
    bring_in(xlsx(companies(1)))
    batch = decided(page, run, preview(xlsx([HEADINGS, company(2, 企业名称=company(1)[0])])), "new")
    assert counts(batch) == {"create": 1}
    assert "撤回，重新判断" in text(page.get(url("row", batch, 2)))
    with run():
        page.post(url("withdraw", batch, 2))
    assert counts(batch) == {"candidate": 1}


# -- Doubtful ----------------------------------------------------------------------------------------------------------


def doubtful(*numbers: int) -> list[list]:
    """Companies whose codes fail their check character."""
    rows = []
    for number in numbers:
        right = code(number)
        rows.append(company(number, 统一社会信用代码=right[:-1] + ("0" if right[-1] != "0" else "1")))
    return rows


def test_doubtful_rows_wait_for_confirmation_one_by_one_or_all(page, preview, clerk, run):
    batch = preview(xlsx([HEADINGS, *doubtful(1, 2, 3), company(4)]))
    assert counts(batch) == {"create": 1, "to_confirm": 3, "doubtful": 3}
    assert "3 行存疑，确认之前不会导入" in text(page.get(url("detail", batch)))
    with run():
        page.post(url("confirm", batch), {"row": ["3"]})
    assert counts(batch) == {"create": 2, "to_confirm": 2, "doubtful": 3}
    with run():
        page.post(url("confirm", batch), {"all": "1"})
    assert counts(batch) == {"create": 4, "doubtful": 3}
    actions.commit(batch=batch, by=clerk)
    assert Enterprise.objects.filter(code_doubtful=True).count() == 3
    confirmed = AuditRow.objects.filter(action="imports.confirm").order_by("seq")
    assert [row.data["rows"] for row in confirmed] == [[3], [2, 4]]


def test_unconfirmed_rows_stay_out(preview, clerk):
    actions.commit(batch=preview(xlsx([HEADINGS, *doubtful(1), company(2)])), by=clerk)
    assert list(Enterprise.objects.values_list("credit_code", flat=True)) == [code(2)]


def test_a_doubtful_code_that_the_stock_has_is_not_asked_about_again(bring_in, preview):
    bring_in(xlsx([HEADINGS, *doubtful(1)]))
    changed = doubtful(1)[0]
    changed[0] = "青岭改名有限公司"
    assert counts(preview(xlsx([HEADINGS, changed]))) == {"update": 1, "doubtful": 1}


def test_nothing_to_confirm_is_said(page, preview):
    batch = preview(xlsx(companies(1)))
    assert "没有选中待确认的行" in text(page.post(url("confirm", batch), {"row": ["2", "x"]}, follow=True))


# -- Cells corrected ---------------------------------------------------------------------------------------------------


def row_form(batch: Batch, **cells: str) -> dict[str, str]:
    """The form of row 3, as shown, with some cells typed over."""
    shown = dict(enumerate(company(2, 成立日期="随便")))
    return {f"cell_{column}": str(cell) for column, cell in shown.items()} | cells


@pytest.fixture
def wrong(preview) -> Batch:
    """A batch whose row 3 has a day that is none, in column 2."""
    return preview(xlsx([HEADINGS, company(1), company(2, 成立日期="随便")]))


def test_a_corrected_cell_is_judged_again_and_audited(page, wrong, run, clerk):
    before = Batch.objects.get(pk=wrong.pk).sha256
    with run():
        page.post(url("row", wrong, 3), row_form(wrong, cell_2="2020-02-29", then="read"))
    assert counts(wrong) == {"create": 2}
    edit = RowEdit.objects.get()
    assert (edit.row, edit.column, edit.was, edit.value, edit.by) == (3, 2, "随便", "2020-02-29", clerk)
    row = AuditRow.objects.get(action="imports.correct")
    assert row.data == {"row": 3, "cells": {"2": ["随便", "2020-02-29"]}}
    assert wrong.sha256 == before
    assert "已更正" in text(page.get(url("detail", wrong), {"tab": "create"}))
    assert "原文“随便”" in text(page.get(url("row", wrong, 3)))
    actions.commit(batch=wrong, by=clerk)
    assert str(Enterprise.objects.get(credit_code=code(2)).established_on) == "2020-02-29"


def test_until_it_is_judged_again_nothing_is_written(page, wrong, clerk, run):
    page.post(url("row", wrong, 3), row_form(wrong, cell_2="2020-02-29"))
    wrong.refresh_from_db()
    assert wrong.pending == 1
    seen = text(page.get(url("detail", wrong)))
    assert "有 1 处更正还没有核对" in seen
    assert "只导入无误的 1 行" not in seen
    with pytest.raises(Refused, match="1 处更正还没有重新核对"):
        actions.commit(batch=wrong, by=clerk, skip_errors=True)
    with run():
        page.post(url("preview", wrong))
    wrong.refresh_from_db()
    assert wrong.pending == 0
    actions.commit(batch=wrong, by=clerk)


def test_what_cannot_be_read_is_not_saved_and_not_lost(page, wrong):
    response = page.post(url("row", wrong, 3), row_form(wrong, cell_2="二月三十", cell_4="新联系人"))
    assert response.status_code == 422
    seen = text(response)
    assert "“二月三十”不是日期" in seen
    assert 'value="二月三十"' in seen
    assert 'value="新联系人"' in seen
    assert not RowEdit.objects.exists()


def test_a_cell_put_back_as_it_was_is_no_correction(page, wrong):
    page.post(url("row", wrong, 3), row_form(wrong, cell_2="2020-02-29"))
    page.post(url("row", wrong, 3), row_form(wrong))
    assert not RowEdit.objects.exists()


def test_a_code_corrected_to_that_of_an_earlier_row_makes_a_duplicate(page, wrong, run):
    with run():
        page.post(url("row", wrong, 3), row_form(wrong, cell_1=code(1), cell_2="2020-01-01", then="read"))
    assert counts(wrong) == {"create": 1, "duplicate": 1}


def test_any_row_can_be_corrected(page, wrong, run):
    assert "青岭测试1号有限公司" in text(page.get(url("row", wrong, 2)))
    shown = {f"cell_{column}": str(cell) for column, cell in enumerate(company(1))}
    with run():
        page.post(url("row", wrong, 2), {**shown, "cell_0": "青岭改正有限公司", "then": "read"})
    line = page.get(url("detail", wrong), {"tab": "create"}).context["rows"][0].line
    assert line.label == "青岭改正有限公司"


def test_a_corrected_row_is_decided_anew(page, bring_in, preview, run):
    bring_in(xlsx(companies(1)))
    batch = decided(page, run, preview(xlsx([HEADINGS, company(2, 企业名称=company(1)[0])])), "new")
    shown = {f"cell_{column}": str(cell) for column, cell in enumerate(company(2, 企业名称=company(1)[0]))}
    with run():
        page.post(url("row", batch, 2), {**shown, "cell_4": "别人", "then": "read"})
    assert counts(batch) == {"candidate": 1}


def test_whoever_sees_phones_in_part_does_not_write_the_stars(client, wrong, run):
    client.force_login(UserFactory(roles=[Role.SYSTEM_ADMIN]))
    seen = text(client.get(url("row", wrong, 3)))
    assert "138****0002" in seen
    assert "13800000002" not in seen
    with run():
        client.post(url("row", wrong, 3), row_form(wrong, cell_2="2020-02-29", cell_5="138****0002", then="read"))
    assert [edit.column for edit in RowEdit.objects.all()] == [2]
    assert counts(wrong) == {"create": 2}


def test_a_cell_is_edited_in_place_with_javascript_and_on_the_row_page_without(page, wrong):
    plain = page.get(url("cell", wrong, 3, 2))
    assert (plain.status_code, plain.url) == (302, f"{url('row', wrong, 3)}#id_cell_2")
    hx = {"HX-Request": "true"}
    assert 'value="随便"' in text(page.get(url("cell", wrong, 3, 2), headers=hx))
    bad = text(page.post(url("cell", wrong, 3, 2), {"cell_2": "还是随便"}, headers=hx))
    assert 'value="还是随便"' in bad
    assert "“还是随便”不是日期" in bad
    good = text(page.post(url("cell", wrong, 3, 2), {"cell_2": "2020-01-01"}, headers=hx))
    assert "已更正，待核对" in good
    assert "有 1 处更正还没有核对" in good


def test_every_cell_of_a_refused_row_leads_to_its_correction(page, wrong):
    seen = text(page.get(url("detail", wrong), {"tab": "refused"}))
    assert [seen.count(f'href="{url("cell", wrong, 3, column)}"') for column in range(6)] == [1, 1, 2, 1, 1, 1]


@pytest.mark.parametrize("where", [(99,), (0,)])
def test_a_row_that_is_not_there_is_404(page, wrong, where):
    assert page.get(url("row", wrong, *where)).status_code == 404
    assert page.get(url("cell", wrong, 3, 99)).status_code == 404


def test_odd_characters_are_refused_on_the_form(page, wrong):
    response = page.post(url("row", wrong, 3), row_form(wrong, cell_4="a\x00b"))
    assert response.status_code == 422


def test_after_the_commit_a_row_is_only_read(page, bring_in):
    batch = bring_in(xlsx(companies(1)))
    seen = text(page.get(url("row", batch, 2)))
    assert "保存并重新核对" not in seen
    response = page.post(url("row", batch, 2), {"cell_0": "别的"})
    assert "不能更正" in text(response)
    assert not RowEdit.objects.exists()


def test_another_sheet_has_other_rows(page, preview, run):
    file = xlsx([HEADINGS, company(1), company(2, 成立日期="随便")], sheets={"二季度": companies(3)})
    batch = preview(file)
    page.post(url("row", batch, 3), row_form(batch, cell_2="2020-02-29"))
    with run():
        page.post(url("preview", batch), {"sheet": "二季度"})
    assert counts(batch) == {"create": 3}
    assert not RowEdit.objects.exists()


def test_a_total_that_stands_under_the_names_is_no_record(preview):
    rows = [[number, *company(number)] for number in (1, 2)]
    assert counts(preview(xlsx([["序号", *HEADINGS], *rows, ["合计", 2]]))) == {"create": 2, "left_out": 1}


# -- Finding -----------------------------------------------------------------------------------------------------------


def found(page, batch: Batch, **query: str) -> list[int]:
    return [row.line.number for row in page.get(url("detail", batch), query).context["rows"]]


def test_lines_are_found_by_any_cell_and_by_reason(page, preview):
    rows = [company(number) for number in range(1, 300)]
    rows += [company(300, 成立日期="随便"), company(301, 统一社会信用代码="9136"), company(302, 成立日期="2026年2月")]
    batch = preview(delimited([HEADINGS, *rows]))
    assert found(page, batch, tab="create", q="测试250号") == [251]
    assert found(page, batch, tab="create", q=code(77).lower()) == [78]
    assert found(page, batch, tab="create", q="13800000123 李123") == [124]
    assert found(page, batch, tab="create", q="没有这样的") == []
    assert found(page, batch, tab="refused", q="随便") == [301]
    assert found(page, batch, tab="refused", reason="成立日期|date") == [301]
    assert found(page, batch, tab="refused", reason="统一社会信用代码|code_length") == [302]
    assert found(page, batch, tab="refused", reason="nonsense") == [301, 302, 303]
    seen = text(page.get(url("detail", batch), {"tab": "refused"}))
    assert "成立日期：…不是日期（1）" in seen
    assert "没有符合条件的行" in text(page.get(url("detail", batch), {"tab": "create", "q": "没有这样的"}))


def test_a_search_does_not_find_what_is_masked(client, preview):
    batch = preview(xlsx(companies(3)))
    client.force_login(UserFactory(roles=[Role.SYSTEM_ADMIN]))
    assert found(client, batch, tab="create", q="13800000002") == []


def test_changes_and_references_are_found_by_what_is_shown(page, towns, bring_in, preview):
    bring_in(xlsx([PLACED, placed(1, "甲公司"), placed(2, "乙公司")]))
    batch = preview(xlsx([PLACED, placed(1, "甲公司", "塘山镇"), placed(2, "乙公司新")]))
    assert found(page, batch, tab="update", q="塘山") == [2]


# -- The command -------------------------------------------------------------------------------------------------------


def test_the_command_takes_doubtful_rows_and_holds_candidates_back(bring_in, tmp_path, capsys):
    bring_in(xlsx(companies(1)))
    path = tmp_path / "花名册.xlsx"
    path.write_bytes(xlsx([HEADINGS, *doubtful(2), company(3, 企业名称=company(1)[0])]).getvalue())
    with pytest.raises(SystemExit) as stop:
        call_command("import_roster", str(path), "--commit", "--json")
    assert stop.value.code == 1
    assert '"candidate": 1' in capsys.readouterr().out
    assert Enterprise.objects.count() == 2


# -- In a browser ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_clerk_corrects_a_cell_in_place(open_page, sign_in, clerk, preview, assert_accessible):
    batch = preview(xlsx([HEADINGS, company(1), company(2, 成立日期="随便")]))
    page = open_page()
    sign_in(page, clerk)
    page.goto(f"/imports/{batch.pk}/?tab=refused")
    page.locator(".wrong").get_by_role("link", name="更正").click()
    box = page.get_by_label("成立日期")
    expect(box).to_have_value("随便")
    assert_accessible(page)
    box.fill("二月三十")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("“二月三十”不是日期")).to_be_visible()
    expect(box).to_have_value("二月三十")
    box.fill("2020-02-29")
    box.press("Enter")
    expect(page.get_by_text("已更正，待核对")).to_be_visible()
    expect(page.get_by_text("有 1 处更正还没有核对")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="重新核对").click()
    expect(page.get_by_role("button", name="整批导入 2 行")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_the_new_pages_are_accessible_and_fit_a_phone(phone_page, sign_in, clerk, bring_in, preview, assert_accessible):
    bring_in(xlsx(companies(1)))
    rows = [HEADINGS, company(2, 企业名称=company(1)[0]), *doubtful(3), company(4, 成立日期="随便")]
    batch = preview(xlsx(rows))
    sign_in(phone_page, clerk)
    for path in ("?tab=candidate", "?tab=doubtful", "?tab=refused", "mapping/", "rows/4/"):
        phone_page.goto(f"/imports/{batch.pk}/{path}")
        expect(phone_page.locator("h1")).to_be_visible()
        assert phone_page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert_accessible(phone_page)
