"""Reads a spreadsheet or delimited file in a child process bound in memory and time; never parses in this one.

What comes back is kept packed: rows are unpacked a block at a time as they are looked at, so that a file at the
limits (two million cells) costs the process that asked for it a few megabytes, not hundreds.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any, overload

from django.utils.translation import gettext_lazy

from foundation.accounts.errors import Refused

ROOT = Path(__file__).resolve().parents[2]
START = "import sys; sys.path.append(sys.argv.pop(1)); from foundation.imports.child import answers; " + (
    "answers.main(*sys.argv[1:])"
)
WALL_SECONDS = 20
POLL_SECONDS = 0.2

Row = tuple[int, list[Any]]

SENTENCES = {
    "empty": gettext_lazy("文件是空的，请选择有内容的表格。"),
    "not_sheet": gettext_lazy("这不是表格文件（按内容判断，不看扩展名）。请上传 .xlsx、.xls 或 .csv。"),
    "archive": gettext_lazy("这是压缩包而不是表格。请先解压，再上传里面的 .xlsx、.xls 或 .csv。"),
    "html": gettext_lazy("这是网页（HTML）而不是表格，只是扩展名像表格。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"),
    "xml": gettext_lazy("这是 XML 文件而不是表格。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"),
    "too_old": gettext_lazy("这是 Excel 4.0 以前的旧格式。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"),
    "macros": gettext_lazy("文件带有宏（.xlsm），不予读取。请另存为不含宏的 .xlsx 再上传。"),
    "binary_workbook": gettext_lazy("这是二进制工作簿（.xlsb）。请另存为 .xlsx 再上传。"),
    "open_document": gettext_lazy("这是 OpenDocument 文件（.ods）。请另存为 .xlsx 再上传。"),
    "external_links": gettext_lazy(
        "表格引用了其他文件（外部链接），内容可能不在本文件里。请把公式粘贴为数值、断开链接后再上传。"
    ),
    "entities": gettext_lazy("文件内部声明了外部实体（DOCTYPE），不予读取。请用 Excel 或 WPS 重新另存为 .xlsx。"),
    "encrypted": gettext_lazy("文件设了打开密码（已加密）。请取消密码后再上传。"),
    "damaged": gettext_lazy("文件已损坏或不完整，无法读取。请在原电脑上打开确认后重新保存、上传。"),
    "encoding": gettext_lazy("文字编码无法识别。请另存为 UTF-8 或 GB18030（GBK）编码的 CSV，或存为 .xlsx。"),
    "nul": gettext_lazy(
        "文字里夹有空字符（NUL），多半是导出或传输时出了错。请重新导出，或用 Excel、WPS 打开核对后另存为 .xlsx。"
    ),
    "too_many_parts": gettext_lazy("压缩包里的部件太多，不像正常的表格。请重新另存为 .xlsx。"),
    "bomb": gettext_lazy(
        "文件解压后有 %(megabytes)s MB，超过 %(limit)s MB 的上限，没有解压。请删去多余的空行和格式，或分成几个文件。"
    ),
    "too_many_cells": gettext_lazy("表格的单元格超过 %(limit)s 个。请分成几个文件导入。"),
    "too_much_text": gettext_lazy("表格的文字超过 %(limit)s MB。请分成几个文件导入。"),
    "open_quote": gettext_lazy(
        "第 %(row)s 行(文件第 %(line)s 行)的引号没有成对，后面的内容连成了一格。请改正后再上传。"
    ),
    "long_cell": gettext_lazy(
        "第 %(row)s 行(文件第 %(line)s 行)有一格超过 32,767 个字，不像正常的表格。请检查分隔符和引号后再上传。"
    ),
    "too_wide": gettext_lazy("文件第 %(line)s 行超过 %(limit)s 列。请检查换行和分隔符，删去用不到的列后再上传。"),
    "too_long": gettext_lazy("文件超过 %(limit)s 行（空行也算）。请删去空行，或分成几个文件导入。"),
    "no_sheet": gettext_lazy("文件里没有工作表。"),
    "sheet_missing": gettext_lazy("没有名为“%(sheet)s”的工作表。文件里有:%(sheets)s。"),
    "too_large_inside": gettext_lazy(
        "读取时超出内存上限。多半是很远的行列里有零星内容（例如最后一行、最后一列）、文字特别多，或文件已损坏。请把有用的部分复制到新表再上传。"
    ),
    "too_slow": gettext_lazy("读取超过 %(seconds)s 秒，已停止。请删去多余的行列和格式，或分成几个文件。"),
    "too_large": gettext_lazy("文件有 %(megabytes)s MB，超过 %(limit)s MB 的上限。请分成几个文件。"),
}


class Unreadable(Refused):
    """The file is not taken; the message says why and what to do."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(str(SENTENCES[code]) % detail, code=code)


class Rows(Sequence[Row]):
    """Rows in the order of the file, kept in compressed blocks as the child wrote them."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._starts: list[int] = []  # the index of each block's first row
        self._count = 0
        self._unpacked: tuple[int, list[Row]] = (-1, [])

    def add(self, count: int, line: bytes) -> None:
        """Take a block of `count` rows as one line of JSON."""
        self._starts.append(self._count)
        self._blocks.append(zlib.compress(line, 1))
        self._count += count

    def _block(self, at: int) -> list[Row]:
        if self._unpacked[0] != at:
            self._unpacked = (at, json.loads(zlib.decompress(self._blocks[at]), object_hook=_dates))
        return self._unpacked[1]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return self._from(0)

    def _from(self, index: int) -> Iterator[Row]:
        first = max(bisect_right(self._starts, index) - 1, 0)
        for at in range(first, len(self._blocks)):
            rows = self._block(at)
            yield from rows[index - self._starts[at] :] if at == first else rows

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            start, stop, step = index.indices(self._count)
            if step == 1:
                return list(islice(self._from(start), max(stop - start, 0)))
            return [self[at] for at in range(start, stop, step)]
        at = index + self._count if index < 0 else index
        if not 0 <= at < self._count:
            raise IndexError(index)
        block = bisect_right(self._starts, at) - 1
        return self._block(block)[at - self._starts[block]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self._count} rows>"


@dataclass
class Table:
    """One sheet: the non-blank rows with the numbers they have in the file, and what other sheets there are."""

    sheets: list[tuple[str, bool]] = field(default_factory=list)  # name, visible
    sheet: str = ""
    rows: Sequence[Row] = field(default_factory=Rows)


class Stopped(Exception):
    """Somebody asked to stop while the child was reading."""


def check(file: IO[bytes], *, limit: int | None = None) -> None:
    """Raise Unreadable where the content is no table that we take; cells are not parsed."""
    for _message in _answers(file, "check", limit=limit):
        pass


def never() -> bool:
    """Nobody asks to stop."""
    return False


def read(file: IO[bytes], *, sheet: str = "", limit: int | None = None, stop: Callable[[], bool] = never) -> Table:
    """The rows of the sheet named, or of the first visible one; `limit` is the file's size in bytes.

    `stop` is asked several times a second while the child reads; once it says so, the child is killed: Stopped.
    """
    try:
        return _read(file, "read", sheet, limit, stop)
    except Unreadable as refused:
        if refused.code != "too_large_inside":
            raise
    return _read(file, "sparse", sheet, limit, stop)


def _read(file: IO[bytes], mode: str, sheet: str, limit: int | None, stop: Callable[[], bool]) -> Table:
    rows = Rows()
    table = Table(rows=rows)
    count = 0
    for line in _answers(file, mode, sheet, limit=limit, stop=stop):
        if line.startswith(b"["):
            rows.add(count, line)
            continue
        message = json.loads(line)
        count = message.get("block", 0)
        if "sheets" in message:
            table.sheets = [(name, visible) for name, visible in message["sheets"]]
            table.sheet = message["sheet"]
    return table


def heads(file: IO[bytes], *, limit: int | None = None, stop: Callable[[], bool] = never) -> dict[str, list[Row]]:
    """The first rows of each sheet, for guessing which one is meant: of as many as can be read within the limits."""
    found: dict[str, list[Row]] = {}
    name = ""
    with contextlib.suppress(Unreadable):
        for line in _answers(file, "heads", limit=limit, stop=stop):
            if line.startswith(b"["):
                found[name] += json.loads(line, object_hook=_dates)
            elif "head" in (message := json.loads(line)):
                name = message["head"]
                found[name] = []
    return found


def _answers(file: IO[bytes], *arguments: str, limit: int | None, stop: Callable[[], bool] = never) -> Iterator[bytes]:
    """Run the child on the file and yield its lines; refuse what it refuses, and where it died."""
    with _on_disk(file, limit) as handle:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", START, str(ROOT), *arguments],
            stdin=handle,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"LC_ALL": "C.UTF-8"},
        )
    over, late, stopped = threading.Event(), threading.Event(), threading.Event()

    def watch() -> None:
        """Kill the child when its time is over or when somebody asks for it."""
        end = time.monotonic() + WALL_SECONDS
        while not over.wait(min(POLL_SECONDS, max(end - time.monotonic(), 0))):
            why = late if time.monotonic() >= end else stopped if stop() else None
            if why is not None:
                why.set()
                process.kill()
                return

    threading.Thread(target=watch, daemon=True).start()
    ended = False
    try:
        with process:
            for line in process.stdout or ():
                if not line.endswith(b"\n"):
                    break  # cut off in mid-line: the missing end says so
                if line.startswith(b'{"refused"'):
                    message = json.loads(line)
                    raise Unreadable(message.pop("refused"), **message)
                ended = ended or line.startswith(b'{"end"')
                yield line
    finally:
        over.set()
        process.kill()
        process.wait()
    if stopped.is_set():
        raise Stopped
    if not ended:
        raise Unreadable("too_slow", seconds=WALL_SECONDS) if late.is_set() else Unreadable(_cause(process.returncode))


def _cause(returncode: int) -> str:
    """What a death without an answer means: a signal is a limit that struck, an exit is broken content."""
    return "too_large_inside" if returncode < 0 else "damaged"


def _dates(pairs: dict[str, Any]) -> Any:
    if "d" in pairs:
        return date.fromisoformat(pairs["d"])
    if "t" in pairs:
        return datetime.fromisoformat(pairs["t"])
    return pairs


@contextlib.contextmanager
def _on_disk(file: IO[bytes], limit: int | None) -> Iterator[IO[bytes]]:
    """The file as a real one that a child can read from its beginning, whatever Django holds it in."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if limit and size > limit:
        raise Unreadable("too_large", megabytes=-(-size // 1_000_000), limit=limit // 1_000_000)
    with tempfile.TemporaryFile() as copy:
        while block := file.read(1 << 20):
            copy.write(block)
        copy.flush()
        copy.seek(0)
        yield copy
