"""Importing 20,000 × 12 from upload to committed, against parsing the file and copying its cells."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter
from django.db import connection
from django.utils import timezone
from python_calamine import CalamineWorkbook
from stdnum.cn import uscc

from bench.measure import Result, milliseconds
from foundation.accounts.models import User
from foundation.imports import actions

ROWS = 20_000
TURNS = 3
HEADINGS = (
    "企业名称", "统一社会信用代码", "注册日期", "企业类型", "法定代表人", "注册资本", "经营范围", "注册地址",
    "是否规上", "经营状况", "联系人", "联系电话",
)  # fmt: skip


def measure() -> list[Result]:
    """The best of three turns each; every turn brings in rows the register does not know."""
    by = User.objects.get(username="office")
    ours, bare = [], []
    for turn in range(TURNS):
        path = _workbook(turn)
        bare.append(milliseconds(lambda path=path: _parse_and_copy(path)))
        ours.append(milliseconds(lambda path=path: _import(path, by)))
        path.unlink()
    return [Result(f"import of {ROWS:,} × {len(HEADINGS)} .xlsx", min(ours), min(bare), 6)]


def _import(path: Path, by: User) -> None:
    with path.open("rb") as file:
        batch = actions.open_batch(file=file, resource="enterprises", by=by, name=path.name, queue=False)
    actions.preview(batch=batch)
    batch = actions.commit(batch=batch, by=by)
    batch.refresh_from_db()
    assert batch.counts["create"] == ROWS, batch.counts


def _parse_and_copy(path: Path) -> None:
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    text = io.StringIO()
    for row in rows[1:]:
        text.write("\t".join(str(cell) for cell in row) + "\n")
    text.seek(0)
    with connection.cursor() as cursor:
        columns = ", ".join(f"c{n} text" for n in range(len(HEADINGS)))
        cursor.execute(f"DROP TABLE IF EXISTS bench_copy; CREATE TABLE bench_copy ({columns})")
        cursor.copy_expert("COPY bench_copy FROM STDIN", text)
        cursor.execute("DROP TABLE bench_copy")


def _workbook(turn: int) -> Path:
    path = Path(tempfile.gettempdir()) / f"liaison-bench-{turn}.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        for number, row in enumerate(_rows(turn), start=1):
            sheet.write_row(number, 0, row)
    return path


def _rows(turn: int) -> Iterator[tuple[str, ...]]:
    stamp = int(timezone.now().timestamp()) % 1_000_000
    for number in range(ROWS):
        body = f"9136{turn}{stamp % 1000:03d}{number:09d}"[:17]
        yield (
            f"基准{turn}号{number}制造有限公司", body + uscc.calc_check_digit(body), "2015-06-01", "有限责任公司",
            "张三", "500万元人民币", "机械零部件加工、销售", f"青岭区高新大道{number}号",
            "是", "较好", "李四", "10000000000",
        )  # fmt: skip
