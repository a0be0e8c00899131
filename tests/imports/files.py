"""Spreadsheets for tests, in every format a district sends."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl
import xlwt
from stdnum.cn import uscc

HEADINGS = ["企业名称", "统一社会信用代码", "成立日期", "注册资本", "联系人", "联系电话"]


def code(number: int) -> str:
    """A valid credit code, a different one for each number."""
    body = f"91360111MA3{number:06d}"
    return body + uscc.calc_check_digit(body + "0")


def company(number: int, **other: Any) -> list[Any]:
    """A row under HEADINGS."""
    row = {
        "企业名称": f"青岭测试{number}号有限公司",
        "统一社会信用代码": code(number),
        "成立日期": "2015-03-02",
        "注册资本": "500(万元人民币)",
        "联系人": f"李{number}",
        "联系电话": f"138{number:08d}",
    }
    return list({**row, **other}.values())


def companies(count: int) -> list[list[Any]]:
    return [HEADINGS, *(company(number) for number in range(1, count + 1))]


def xlsx(rows: Iterable[Sequence[Any]], merges: Sequence[str] = (), sheets: dict[str, Any] | None = None) -> io.BytesIO:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    for name, more in (sheets or {}).items():
        other = book.create_sheet(name)
        for row in more:
            other.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return named(out.getvalue(), "roster.xlsx")


def xls(rows: Iterable[Sequence[Any]]) -> io.BytesIO:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名册")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(at, column, value)
    out = io.BytesIO()
    book.save(out)
    return named(out.getvalue(), "roster.xls")


def delimited(rows: Iterable[Sequence[Any]], encoding: str = "utf-8", delimiter: str = ",") -> io.BytesIO:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return named(out.getvalue().encode(encoding), "roster.csv")


def named(content: bytes, name: str) -> io.BytesIO:
    out = io.BytesIO(content)
    out.name = name
    return out


def repacked(source: io.BytesIO, changes: dict[str, bytes | None] | None = None) -> io.BytesIO:
    """The same .xlsx with parts replaced or added."""
    out = io.BytesIO()
    changes = dict(changes or {})
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = changes.pop(part.filename, old.read(part))
            if content is not None:
                new.writestr(part.filename, content)
        for name, content in changes.items():
            new.writestr(name, content or b"")
    return named(out.getvalue(), "roster.xlsx")
