"""The headings are found wherever they stand."""

from __future__ import annotations

import pytest

from enterprises.resources import EnterpriseResource
from foundation.imports import header, reader
from tests.imports.files import HEADINGS, company, xlsx
from tests.shared_data import shared_file

KEYS = ["credit_code", "name"]


def find(rows, merges=()):
    return header.find(reader.read(xlsx(rows, merges=merges)).rows, EnterpriseResource().vocabulary(), KEYS)


ROW = company(1)


@pytest.mark.parametrize(
    ("above", "row"),
    [
        ([], 1),
        ([["青岭区规上企业花名册"]], 2),
        ([["附件1"], ["青岭区规上企业花名册"], ["填报单位：区工信局", "", "", "2026年11月"]], 4),
        ([[], []], 3),
        ([["说明：企业名称、信用代码必填"], *[["注意事项", str(number)] for number in range(18)]], 20),
    ],
)
def test_headings_stand_under_titles_and_notes(above, row):
    found = find([*above, HEADINGS, ROW])
    assert found.row == row
    assert found.known[0] == "name"


def test_a_merged_title_is_no_heading():
    found = find([["企业名称及信用代码一览表"], HEADINGS, ROW], merges=["A1:F1"])
    assert found.row == 2
    assert list(found.headings.values()) == HEADINGS


def test_blank_leading_columns_are_passed_over():
    found = find([["", "", *HEADINGS], ["", "", *ROW]])
    assert found.known[2] == "name"


@pytest.mark.parametrize(
    ("heading", "attribute"),
    [
        ("*单位名称", "name"),
        ("企业名称（必填）", "name"),
        ("企 业\n名 称", "name"),
        ("统一社会信用代码：", "credit_code"),
        ("信用代码", "credit_code"),
        ("注册日期", "established_on"),
        ("法人代表", "legal_representative"),
        ("注册资金（万元）", "registered_capital"),
        ("注册地址", "address"),
        ("行业代码", "industry"),
        ("镇（街道）", "town"),
        ("是否规上", "is_above_scale"),
        ("联系电话", "contact_phone"),
    ],
)
def test_synonyms_and_marks(heading, attribute):
    assert header.meaning(heading, EnterpriseResource().vocabulary()) == attribute


def test_two_rows_of_headings_become_one():
    found = find(
        [
            ["名册"],
            ["企业名称", "信用代码", "联系信息", ""],
            ["", "", "联系人", "联系电话"],
            ["甲厂", "x", "李四", "1"],
        ],
        merges=["A2:A3", "B2:B3", "C2:D2"],
    )
    assert found.row == 2
    assert found.headings == {0: "企业名称", 1: "信用代码", 2: "联系信息联系人", 3: "联系信息联系电话"}
    assert found.known == {0: "name", 1: "credit_code", 2: "contact_name", 3: "contact_phone"}


def test_two_rows_of_headings_without_merges_become_one():
    above = ["企业名称", "信用代码", "联系信息", "", "成立日期"]
    found = find([above, ["", "", "联系人", "联系电话", ""], ["甲厂", "x", "李四", "1", ""]])
    assert (found.row, found.first) == (1, 2)
    assert list(found.known.values()) == ["name", "credit_code", "contact_name", "contact_phone", "established_on"]


def test_a_row_of_groups_above_the_headings_only_groups_them():
    found = find([["花名册"], ["基本信息", "", "联系方式", ""], ["企业名称", "信用代码", "联系人", "联系电话"], ROW])
    assert found.first == 3
    assert list(found.known.values()) == ["name", "credit_code", "contact_name", "contact_phone"]


@pytest.mark.parametrize(
    "heading", ["企　业　名　称", "企\u200b业名称\ufeff", "企\xa0业名称：", "＊企业名称", "企业\u2003名称（全称）"]
)
def test_odd_spaces_and_wide_signs_in_headings_do_not_matter(heading):
    assert find([[heading, "ＸＹ"], ["甲厂", "1"]]).known == {0: "name"}


def test_a_heading_that_comes_twice_is_taken_once():
    found = find([[*HEADINGS, "联系电话", "备注", "备注"], [*ROW, "2", "x", "y"]])
    assert list(found.known.values()).count("contact_phone") == 1
    assert list(found.extra.values()) == ["联系电话", "备注", "备注(2)"]


def test_a_sheet_without_headings_has_none():
    assert find([["甲厂", "91"], ["乙厂", "92"]]) is None
    assert find([["序号", "姓名"], ["1", "张三"]]) is None


def test_headings_below_the_twentieth_row_are_not_looked_for():
    assert find([*[["说明", str(number)] for number in range(20)], HEADINGS, ROW]) is None


def test_a_heading_may_not_mean_two_things():
    with pytest.raises(ValueError, match="is declared for"):
        header.vocabulary({"a": ["名称"], "b": ["名 称"]})


def test_the_real_two_row_heading():
    with shared_file("rosters/messy/项目信息表_title_plus_two_row_header_redacted.xlsx").open("rb") as file:
        rows = reader.read(file).rows
    found = header.find(rows, header.vocabulary({"name": ["项目名称"], "person": ["项目负责人姓名"]}), ["name"])
    assert (found.row, found.first) == (2, 3)
    assert found.headings[4] == "项目负责人学号"
    assert len(rows) - found.first == 934
