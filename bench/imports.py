"""Importing 20,000 × 12 from upload to committed, against parsing it and copying its cells."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import xlsxwriter
from django.db import connection
from django.utils import timezone
from python_calamine import CalamineWorkbook
from stdnum.cn import uscc

from bench import plain_import
from bench.measure import Result, milliseconds
from enterprises.models import Enterprise
from foundation.accounts.models import User
from foundation.imports import actions
from foundation.imports.models import Batch
from foundation.imports.resources import CHUNK

ROWS = 20_000
TURNS = 3
PLAIN = {
    "beside it: django-import-export, as it comes": plain_import.Plain,
    "beside it: django-import-export with use_bulk": plain_import.PlainInBulk,
}
HEADINGS = (
    "企业名称", "统一社会信用代码", "注册日期", "企业类型", "法定代表人", "注册资本", "经营范围", "注册地址",
    "是否规上", "经营状况", "联系人", "联系电话",
)  # fmt: skip


def measure() -> list[Result]:
    """The best of three turns each; every turn brings in rows the register does not know."""
    by = User.objects.get(username="office")
    ours, previews, parses, bare = [], [], [], []
    for turn in range(TURNS):
        path = _workbook(turn)
        parses.append(milliseconds(partial(_parse, path)) + ROWS / CHUNK * milliseconds(_one_query))
        bare.append(milliseconds(partial(_parse_and_copy, path)))
        began = time.perf_counter()
        batch = _open(path, by)
        previews.append(milliseconds(partial(actions.preview, batch=batch)))
        _commit(batch, by)
        ours.append(1000 * (time.perf_counter() - began))
        path.unlink()
    size = f"{ROWS:,} × {len(HEADINGS)} .xlsx"
    return [
        Result(f"import of {size}", min(ours), min(bare), 3),
        Result("of which the preview (parse + 1 query / 1,000)", min(previews), min(parses), 2),
        *_beside(min(bare)),
    ]


def _beside(bare: float) -> list[Result]:
    """What the library that declares our columns makes of such a file by itself: one turn each, it takes a while."""
    found = []
    for turn, (name, resource) in enumerate(PLAIN.items(), start=TURNS):
        path = _workbook(turn)
        found.append(Result(name, milliseconds(partial(plain_import.run, resource, path)), bare))
        path.unlink()
    return found


def _open(path: Path, by: User) -> Batch:
    with path.open("rb") as file:
        return actions.open_batch(file=file, resource="enterprises", by=by, name=path.name, queue=False)


def _commit(batch: Batch, by: User) -> None:
    batch.refresh_from_db()
    batch = actions.commit(batch=batch, by=by)
    batch.refresh_from_db()
    assert batch.counts["create"] == ROWS, batch.counts


def _parse(path: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def _parse_and_copy(path: Path) -> None:
    text = io.StringIO()
    for row in _parse(path)[1:]:
        text.write("\t".join(str(cell) for cell in row) + "\n")
    text.seek(0)
    with connection.cursor() as cursor:
        columns = ", ".join(f"c{n} text" for n in range(len(HEADINGS)))
        cursor.execute(f"DROP TABLE IF EXISTS bench_copy; CREATE TABLE bench_copy ({columns})")
        cursor.copy_expert("COPY bench_copy FROM STDIN", text)
        cursor.execute("DROP TABLE bench_copy")


def _one_query() -> None:
    """A thousand rows by their keys, as any preview must read them."""
    keys = Enterprise.objects.order_by("pk").values("credit_code")[:CHUNK]
    list(Enterprise.objects.filter(credit_code__in=keys).values_list())


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
            f"基准{stamp}之{turn}第{number}号制造厂", body + uscc.calc_check_digit(body), "2015-06-01", "有限责任公司",
            "张三", "500万元人民币", "机械零部件加工、销售", f"青岭区高新大道{number}号",
            "是", "较好", "李四", "10000000000",
        )  # fmt: skip
