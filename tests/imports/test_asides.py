"""Rows that are no records are told from those that are, wherever they stand."""

from __future__ import annotations

import pytest

from foundation.imports import asides, header

MEANINGS = header.vocabulary(
    {
        "name": ["企业名称"],
        "code": ["信用代码"],
        "town": ["镇街"],
        "person": ["联系人"],
        "phone": ["联系电话"],
        "capital": ["注册资本"],
    }
)
HEADINGS = ["序号", "企业名称", "信用代码", "镇街", "联系人", "联系电话", "注册资本"]
COMPANY = ["1", "江西甲有限公司", "91360100705569950Q", "罗家镇", "张三", "13800000000", "500"]


def split(*rows):
    numbered = list(enumerate([HEADINGS, *map(list, rows)], 1))
    found = header.find(numbered, MEANINGS, ["code", "name"])
    body, out = asides.split(numbered[found.first :], found, ["code", "name"])
    return [cells for _number, cells in body], [cells for _number, cells in out]


@pytest.mark.parametrize(
    "note",
    [
        ["", "必填", "必填，18位", "选填", "选填", "11位手机号", "（万元）"],
        ["", "请填全称", "请填写18位代码", "下拉选择", "", "", ""],
        ["", "", "", "", "", "", "（万元）"],
        ["1", "2", "3", "4", "5", "6", "7"],
        [1, 2, 3, 4, 5, 6, 7],
        ["甲", "乙", "丙", "1", "2", "3", "4"],
        ["A", "B", "C", "D", "E", "F", "G"],
        ["例", "示例：江西某某有限公司", "91360100705569950Q", "罗家镇", "李四", "13800000001", "500"],
        ["1", "某某公司（示例，上传时请删除）", "91360100705569950Q", "罗家镇", "李四", "13800000001", "500"],
        ["", "注：以下企业均为规上企业", "", "", "", "", ""],
    ],
)
def test_notes_between_headings_and_records_are_left_out(note):
    assert split(note, COMPANY) == ([COMPANY], [note])


def test_several_notes_are_left_out_and_the_records_stay():
    notes = [["必填", "必填", "选填", "", "", "", ""], ["1", "2", "3", "4", "5", "6", "7"]]
    assert split(*notes, COMPANY, COMPANY) == ([COMPANY, COMPANY], notes)


@pytest.mark.parametrize(
    "row",
    [
        ["合计", "", "", "", "", "", "5,000"],
        ["", "合　计", "", "", "", "", "5000"],
        ["", "合计：12家", "", "", "", "", ""],
        ["", "罗家镇小计", "", "", "", "", "800"],
        ["罗家镇小计", "", "", "", "", "", "800"],
        ["一、罗家镇（12家）", "", "", "", "", "", ""],
        ["", "二、规下企业", "", "", "", "", ""],
        ["填表人：张三", "", "", "审核人：李四", "", "填表日期：2026年11月2日", ""],
        ["", "单位负责人签字：", "", "", "", "", ""],
        ["（盖章）", "", "", "", "", "2026年11月20日", ""],
        ["", "", "", "", "", "2026年11月20日", ""],
        ["第1页，共3页", "", "", "", "打印时间：2026-11-02", "", ""],
        ["备注：数据截至10月底", "", "", "", "", "", ""],
        ["", "", "", "罗家镇", "", "", ""],
        ["——以下空白——", "", "", "", "", "", ""],
        HEADINGS,
        ["12", "", "", "", "", "", ""],
    ],
)
def test_subtotals_sections_and_signatures_are_left_out(row):
    assert split(COMPANY, row, COMPANY) == ([COMPANY, COMPANY], [row])


@pytest.mark.parametrize(
    "row",
    [
        ["2", "江西合计机械有限公司", "91360100158379452X", "", "", "", ""],
        ["2", "江西合计机械有限公司", "", "", "", "", ""],
        ["2", "统计服务有限公司", "", "湖坊镇", "", "", ""],
        ["2", "", "91360100158379452X", "", "", "", ""],
        ["2", "", "", "湖坊镇", "王五", "13900000000", ""],
        ["2", "第一建筑公司", "", "", "", "", ""],
        ["2", "一、二工程局", "", "湖坊镇", "", "", ""],
    ],
)
def test_records_that_look_a_little_like_it_stay(row):
    assert split(COMPANY, row) == ([COMPANY, row], [])
