"""Rows of a sheet that are no records: notes under the headings, sections, subtotals, signatures. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from foundation.imports.header import Header, Row
from foundation.imports.values import cleaned, folded

UNDER_HEADINGS = 3  # rows of notes that may stand between the headings and the first record

_TAIL = re.compile(
    r".{0,12}(合计|小计|总计|累计|共计)([:：\d(（]|$)"
    r"|(制表|填表|填报|审核|复核|统计|单位负责|分管领导|主管领导|经办|打印|导出)(人|单位|日期|时间|领导)?[^:：]{0,6}[:：]"
    r"|(备注|注|说明|填表说明|填报说明)\d?[:：]|[—\-]*以下(空白|无正文)|[—\-]*第\d+页|[(（]?(单位)?(盖章|公章|签字|签章)"
)
_TOTAL = re.compile(r".{0,12}(合计|小计|总计|累计|共计)[:：]?")
_SECTION = re.compile(r"[(（]?[一二三四五六七八九十]+[)）、.．]")
_HINT = re.compile(
    r"必填|选填|可填|可不填|请填|填写|格式|下拉|单选|多选|示例|样例|例如|例[:：]|如[:：]|不超过|不能为空|\d+位|^\(.{0,6}[元亩%人家户]\)$"
)
_EXAMPLE = re.compile(r"[(（]?(示例|样例|例[:：])|.*[(（](示例|样例)")
_COUNTED = re.compile(r"\d{1,3}|[甲乙丙丁戊己庚辛壬癸]|[a-z]", re.IGNORECASE)


def split(rows: Sequence[Row], header: Header, keys: Sequence[str]) -> tuple[list[Row], list[Row]]:
    """Records, and the rows that only look like some; `keys` are the attributes by which a record is known."""
    columns = [column for column, name in header.known.items() if name in keys]
    repeated = {header.headings[column] for column in header.known}
    notes = _notes(rows, columns)
    body: list[Row] = []
    out: list[Row] = list(rows[:notes])
    for row in rows[notes:]:
        (out if _is_aside(row[1], columns, repeated) else body).append(row)
    return body, out


def _notes(rows: Sequence[Row], columns: Sequence[int]) -> int:
    """How many rows under the headings explain the columns, number them, or show an example."""
    count = 0
    for _number, cells in rows[:UNDER_HEADINGS]:
        if not (_is_numbering(cells) or _is_hint(cells) or _is_example(cells, columns)):
            break
        count += 1
    return count


def _is_numbering(cells: Sequence[Any]) -> bool:
    """甲 乙 1 2 3, as statistical tables count their columns."""
    filled = [folded(cell) for cell in cells if cell not in ("", None)]
    alike = all(_COUNTED.fullmatch(text) for text in filled)
    return len(filled) > 2 and alike and len(set(filled)) == len(filled)


def _is_hint(cells: Sequence[Any]) -> bool:
    """Most of what it says is how to fill the column in; no cell holds a code or a number of that length."""
    filled = [folded(cell) for cell in cells if cell not in ("", None)]
    if not filled or any(sum(char.isdigit() for char in text) > 8 and " " not in text for text in filled):
        return False
    return 2 * sum(bool(_HINT.search(text)) for text in filled) >= len(filled)


def _is_example(cells: Sequence[Any], columns: Sequence[int]) -> bool:
    return any(_EXAMPLE.match(cleaned(cells[column])) for column in columns if column < len(cells))


def _is_aside(cells: Sequence[Any], columns: Sequence[int], repeated: set[str]) -> bool:
    width = len(cells)
    keys = [cells[column] for column in columns if column < width and cells[column]]
    if len(keys) == len(columns) and keys[0] not in repeated:
        return False
    filled = [text for cell in cells if (text := cleaned(cell).replace(" ", ""))]
    if not keys:
        return len(filled) < 2 or bool(_TAIL.match(filled[0]))
    if all(cleaned(key) in repeated for key in keys):
        return True
    if len(keys) >= max(2, len(columns)):
        return False
    first = cleaned(keys[0]).replace(" ", "")
    return bool(_TAIL.match(first) or _TOTAL.fullmatch(filled[0])) or (len(filled) == 1 and bool(_SECTION.match(first)))
