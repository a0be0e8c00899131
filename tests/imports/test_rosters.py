"""Every real file that lies beside the repository goes through; each states how many rows it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from enterprises.resources import EnterpriseResource
from foundation.imports import asides, header, reader
from tests.shared_data import FOLDER, shared_file

# name: rows that are not blank, number of the last, headings found by, row of the headings, records, left out
ROSTERS = {
    "青山湖区_4062.csv": (4_063, 4_063, {}, 1, 4_062, 0),
    "odd_rows.csv": (94, 94, {}, 1, 93, 0),
    "capital_formats.csv": (21, 21, {"key": ["pattern"], "count": ["count"], "example": ["example"]}, 1, 19, 1),
    "messy/xlsx_content_named_热点问题表 .xls": (6, 6, {"key": ["问题ID"], "text": ["问题描述"]}, 1, 5, 0),
    "messy/央企名录_blank_first_row.xlsx": (106, 107, {}, 2, 105, 0),
    "messy/报表_multi_sheet_merged_title.xls": (173, 180, {"key": ["指标代码"], "name": ["指标名称"]}, 2, 169, 2),
    "messy/腾讯会议导入模板_notes_rows.xlsx": (5, 5, {"key": ["User ID"], "name": ["姓名"]}, 3, 0, 2),
    "messy/项目信息表_title_plus_two_row_header_redacted.xlsx": (937, 937, {"key": ["项目名称"]}, 2, 934, 0),
    "messy/项目清单_49_vertical_merges.xlsx": (70, 70, {"key": ["分类1"], "name": ["分类2"]}, 1, 69, 0),
}


def read(name: str) -> reader.Table:
    with shared_file(f"rosters/{name}").open("rb") as file:
        return reader.read(file)


@pytest.mark.parametrize("name", ROSTERS)
def test_a_real_file_gives_its_rows(name):
    rows, last, names, row, records, left_out = ROSTERS[name]
    table = read(name)
    assert (len(table.rows), table.rows[-1][0]) == (rows, last)
    resource = EnterpriseResource()
    meanings = header.vocabulary(names) if names else resource.vocabulary()
    keys = ["key", "name"] if names else [resource.key, resource.alternative]
    found = header.find(table.rows, meanings, keys)
    assert found.row == row
    body, out = asides.split(table.rows[found.first :], found, keys)
    assert (len(body), len(out)) == (records, left_out)


def test_no_real_file_is_forgotten():
    folder = FOLDER / "rosters"
    if not folder.exists():
        pytest.skip("no shared data folder here (set LIAISON_DATA)")
    present = {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()}
    assert present == set(ROSTERS)


def test_the_sheets_of_a_report_are_each_read():
    name = "messy/报表_multi_sheet_merged_title.xls"
    sheets = [sheet for sheet, _visible in read(name).sheets]
    assert sheets == ["通信能力月报表", "区域情况统计表（三）", "地市填写——移动通信能力季报表（二）"]
    counts = []
    for sheet in sheets:
        with shared_file(f"rosters/{name}").open("rb") as file:
            counts.append(len(reader.read(file, sheet=sheet).rows))
    assert counts == [173, 103, 192]


def test_the_names_of_two_rows_of_headings_are_joined():
    table = read("messy/项目信息表_title_plus_two_row_header_redacted.xlsx")
    found = header.find(table.rows, header.vocabulary({"name": ["项目名称"]}), ["name"])
    assert (found.headings[3], found.headings[4]) == ("项目负责人姓名", "项目负责人学号")


def test_vertical_merges_are_filled_down():
    rows = [cells for _number, cells in read("messy/项目清单_49_vertical_merges.xlsx").rows]
    assert [cells[0] for cells in rows[1:5]] == ["钱包"] * 4
