"""Hostile files: each is read or refused in Chinese, within the limits, and the process that asks hardly grows."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import random
import re
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foundation.imports import reader
from foundation.imports.reader import Unreadable
from tests.imports.files import companies, company, delimited, named, repacked, xls, xlsx
from tests.imports.old_excel import biff5

GROWTH = 50_000  # KB that the portal may grow by
CHINESE = re.compile(r"[\u4e00-\u9fff]{4}")
SPREADSHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def status(field: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1])


@contextlib.contextmanager
def hardly_grows() -> Iterator[None]:
    """Asserts on the peak of this process's memory meanwhile."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # forget the highest mark so far
    before = status("VmRSS")
    yield
    assert status("VmHWM") - before < GROWTH


def outcome(file: io.BytesIO, **options) -> str | int:
    """The code of a refusal, or how many rows were read."""
    begun = time.monotonic()
    with hardly_grows():
        try:
            result: str | int = len(reader.read(file, **options).rows)
        except Unreadable as refused:
            assert CHINESE.search(refused.message)
            result = refused.code
    assert time.monotonic() - begun < reader.WALL_SECONDS + 2
    return result


def sheet(rows: str, after: str = "", before: str = "") -> bytes:
    inner = f"<sheetData>{rows}</sheetData>{after}"
    return f'<?xml version="1.0"?>{before}<worksheet {SPREADSHEET}>{inner}</worksheet>'.encode()


def book(rows: str, after: str = "", parts: dict[str, bytes] | None = None, before: str = "") -> io.BytesIO:
    """A workbook whose only sheet has these rows of XML."""
    return repacked(xlsx([["x"]]), {SHEET: sheet(rows, after, before), **(parts or {})})


def cell(place: str) -> str:
    return f'<row r="{re.sub("[A-Z]", "", place)}"><c r="{place}"><v>1</v></c></row>'


def strings(inner: str, before: str = "", counts: str = "") -> dict[str, bytes]:
    """A part of shared strings, and what makes the workbook look there."""
    types = (
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.{}"/>'
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    with zipfile.ZipFile(xlsx([["x"]])) as archive:
        declared, related = archive.read("[Content_Types].xml"), archive.read("xl/_rels/workbook.xml.rels")
    override = types.format("spreadsheetml.sharedStrings+xml").encode()
    relation = f'<Relationship Id="rStrings" Type="{kind}" Target="sharedStrings.xml"/>'.encode()
    return {
        STRINGS: f'<?xml version="1.0"?>{before}<sst {SPREADSHEET} {counts}>{inner}</sst>'.encode(),
        "[Content_Types].xml": declared.replace(b"</Types>", override + b"</Types>"),
        "xl/_rels/workbook.xml.rels": related.replace(b"</Relationships>", relation + b"</Relationships>"),
    }


LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a0 "haha haha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
SHARED = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
INLINE = '<row r="1"><c r="A1" t="inlineStr"><is><t>&a9;</t></is></c></row>'


# -- Containers --------------------------------------------------------------------------------------------------------


def test_a_bomb_is_refused_before_anything_is_unpacked():
    bomb = repacked(xlsx([["x"]]), {"xl/worksheets/sheet2.xml": b"<a>" + b" " * 160_000_000})
    assert len(bomb.getvalue()) < 300_000
    begun = time.monotonic()
    with hardly_grows(), pytest.raises(Unreadable, match="160 MB") as refused:
        reader.check(bomb)
    assert refused.value.code == "bomb"
    assert time.monotonic() - begun < 3


def test_a_bomb_that_lies_about_its_size_ends_within_the_limits():
    size = 60_000_000
    bomb = repacked(book(SHARED), strings(f"<si><t>{'A' * size}</t></si>")).getvalue()
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        true = archive.getinfo(STRINGS).file_size
    lying = bomb.replace(struct.pack("<I", true), struct.pack("<I", 1_000))
    assert lying != bomb
    assert outcome(named(lying, "x.xlsx")) in ("damaged", "too_large_inside")


def many_parts() -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"x{number}"), b"")
    return named(out.getvalue(), "x.xlsx")


def zipped(name: str, content: bytes) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return named(out.getvalue(), "x.xlsx")


def wrong_sum(part: str) -> io.BytesIO:
    content = xlsx(companies(50)).getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        total = struct.pack("<I", archive.getinfo(part).CRC)
    assert total in content
    return named(content.replace(total, b"\1\2\3\4"), "x.xlsx")


def doubled_name() -> io.BytesIO:
    """Two parts of one name: the one that is checked must not differ from the one that is read."""
    file = book(SHARED)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(file, "a") as archive:
        archive.writestr(SHEET, sheet(INLINE, before=LAUGHS))
    return file


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(many_parts, "too_many_parts", id="100,000 entries"),
        pytest.param(lambda: zipped("名册.xlsx", xlsx([["x"]]).getvalue()), "archive", id="a workbook in a zip"),
        pytest.param(lambda: zipped("1.zip", zipped("2.zip", b"0").getvalue()), "archive", id="zips in a zip"),
        pytest.param(
            lambda: repacked(xlsx([["x"]]), {"../../../etc/cron.d/x": b"x", "/abs/x.xml": b"<a/>", "C:\\x": b"x"}),
            1,
            id="names that climb out",
        ),
        pytest.param(lambda: wrong_sum(SHEET), "damaged", id="a sheet with a wrong check sum"),
        pytest.param(lambda: wrong_sum("xl/styles.xml"), "damaged", id="styles with a wrong check sum"),
        pytest.param(doubled_name, "entities", id="two parts of one name"),
        pytest.param(
            lambda: repacked(xlsx([["x"]]), {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}),
            "external_links",
            id="external links",
        ),
    ],
)
def test_containers(make, expected):
    assert outcome(make()) == expected


# -- Markup ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: book(SHARED, parts=strings("<si><t>&a9;</t></si>", LAUGHS)), id="in the strings"),
        pytest.param(lambda: book(INLINE, before=LAUGHS), id="in the sheet"),
        pytest.param(lambda: book(INLINE, before=f"<!--{'x' * 9_000}-->{LAUGHS}"), id="after a long comment"),
        pytest.param(
            lambda: repacked(xlsx([["x"]]), {SHEET: sheet(INLINE, before=LAUGHS).decode().encode("utf-16")}),
            id="in UTF-16",
        ),
    ],
)
def test_billions_of_laughs_are_refused(make):
    assert outcome(make()) == "entities"


def test_laughs_where_nobody_looks_are_not_expanded():
    with zipfile.ZipFile(xlsx([["x"]])) as archive:
        related = archive.read("xl/_rels/workbook.xml.rels").replace(b"sheet1.xml", b"sheet1.dat")
    hidden = {"xl/_rels/workbook.xml.rels": related, "xl/worksheets/sheet1.dat": sheet(INLINE, before=LAUGHS)}
    assert outcome(repacked(xlsx([["x"]]), hidden)) in ("damaged", 1)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(lambda: book(f'<row><c x="{"y" * 20_000_000}"/></row>'), 0, id="an attribute of 20 MB"),
        pytest.param(lambda: book("<a>" * 1_000_000), 0, id="a million open elements"),
        pytest.param(
            lambda: book(SHARED, parts=strings("<si/>", counts='count="4294967295" uniqueCount="4294967295"')),
            "too_large_inside",
            id="four billion strings announced",
        ),
        pytest.param(lambda: book(SHARED.replace(">0<", ">4000000000<")), "damaged", id="a string that is not there"),
        pytest.param(lambda: book(cell("A1"), before="<!-- -->"), 1, id="a comment is harmless"),
    ],
)
def test_markup(make, expected):
    assert outcome(make()) == expected


# -- Tables ------------------------------------------------------------------------------------------------------------


def column(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def merges(places: Iterator[str]) -> str:
    return "<mergeCells>" + "".join(f'<mergeCell ref="{place}"/>' for place in places) + "</mergeCells>"


WIDE = "".join(
    f'<row r="{row}">' + "".join(f'<c r="{column(at)}{row}"><v>{at}</v></c>' for at in range(1, 31)) + "</row>"
    for row in range(1, 1_001)
)
LONG_TEXT = strings(f"<si><t>{'甲' * 32_000}</t></si>")
EVERYWHERE = "".join(
    f'<row r="{row}">' + "".join(f'<c r="{column(at)}{row}" t="s"><v>0</v></c>' for at in range(1, 11)) + "</row>"
    for row in range(1, 201)
)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(lambda: book(cell("XFD1048576")), 1, id="a lone cell in the last corner"),
        pytest.param(lambda: book(cell("A1") + cell("XFD1048576")), 2, id="both corners"),
        pytest.param(lambda: book(WIDE + cell("A1048576")), 1_001, id="a stray cell in the last row"),
        pytest.param(
            lambda: book(WIDE + '<row r="9999"><c r="XFD9999"><v>1</v></c></row>'), 1_001, id="the last column"
        ),
        pytest.param(
            lambda: book("".join(f'<row r="{row}"><c r="A{row}"/></row>' for row in range(1, 1_048_577))),
            0,
            id="1,048,576 blank rows",
        ),
        pytest.param(
            lambda: book(cell("A1"), merges(f"A{2 * n}:A{2 * n + 1}" for n in range(1, 50_001))), 1, id="50,000 merges"
        ),
        pytest.param(
            lambda: book(
                "".join(cell(f"A{row}") for row in range(1, 5_001)),
                merges(f"{column(at)}1:{column(at)}1048576" for at in range(1, 16_385)),
            ),
            5_000,
            id="merges over every column",
        ),
        pytest.param(
            lambda: book(cell("A1"), merges(f"A{n}:XFD1048576" for n in range(1, 50_001))), 1, id="merges over all"
        ),
        pytest.param(lambda: book(EVERYWHERE, parts=LONG_TEXT), "too_much_text", id="one text 2,000 times"),
    ],
)
def test_workbooks(make, expected):
    assert outcome(make()) == expected


def test_a_small_old_workbook_that_announces_an_enormous_one_is_refused():
    content = xls([["x"]]).getvalue()
    at = content.index(b"\x00\x02\x0e\x00")
    announced = struct.pack("<HHIIHHH", 0x0200, 14, 0, 0xFFFFFFFF, 0, 0xFFFF, 0)
    assert outcome(named(content[:at] + announced + content[at + len(announced) :], "x.xls")) == "too_large_inside"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(lambda: b"a,b\n" * 2_000 + b"c\0,d\n", "nul", id="a zero byte far down"),
        pytest.param(lambda: bytes(2_000_000), "nul", id="nothing but zero bytes"),
        pytest.param(lambda: random.Random(1).randbytes(1_000_000), "not_sheet", id="noise"),
        pytest.param(lambda: b"x" * 19_000_000, "long_cell", id="one line of 19 MB"),
        pytest.param(lambda: b"," * 19_000_000, "too_wide", id="19 million commas"),
        pytest.param(lambda: b'"' + b"x\n" * 9_000_000, "open_quote", id="a quote that never ends"),
        pytest.param(lambda: b'"' * 19_000_001, "long_cell", id="nothing but quotes"),
        pytest.param(lambda: b"\n" * 19_000_000, "empty", id="nothing but line ends"),
        pytest.param(lambda: b"a\n" + b"\n" * 19_000_000, "too_long", id="19 million blank lines"),
        pytest.param(lambda: b"1,2,3,4,5,6,7,8,9,10\n" * 200_001, "too_many_cells", id="too many cells"),
        pytest.param(lambda: (",".join(map(str, range(10_000))) + "\n").encode() * 50, 50, id="10,000 columns"),
        pytest.param(lambda: ("\x01" * 30_000 + "\n").encode() * 150, 150, id="control characters"),
        pytest.param(
            lambda: ("企业名称,地址\n" + '"甲\n乙","丙\r\n丁"\n' * 1_000).encode(), 1_001, id="line ends in quotes"
        ),
    ],
)
def test_delimited_text(content, expected):
    assert outcome(named(content(), "x.csv")) == expected


def test_200_megabytes_in_one_line_are_refused_with_and_without_a_limit():
    file = named(b"x" * 200_000_000, "x.csv")
    assert outcome(file, limit=20_000_000) == "too_large"
    assert outcome(file) == "too_much_text"


# -- What is large and good --------------------------------------------------------------------------------------------


def test_a_large_roster_hardly_costs_its_reader_anything():
    def line(row: int) -> str:
        texts = [*company(row), f"江西省南昌市青山湖区北京东路{row}号", "批发、零售", "有限责任公司", "是"]
        cells = [f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts]
        return f'<row r="{row}">{"".join(cells)}<c><v>{row}</v></c><c><v>{row * 1.5}</v></c></row>'

    assert outcome(book("".join(line(row) for row in range(1, 20_001)))) == 20_000


def test_a_file_at_the_limits_hardly_costs_its_reader_anything():
    lines = (",".join(str(row * 31 + at) for at in range(30)) for row in range(66_000))
    assert outcome(named("\n".join(lines).encode(), "x.csv")) == 66_000


# -- Broken bytes ------------------------------------------------------------------------------------------------------

READ_ALL = """
import json, os, sys, traceback
sys.path.append(sys.argv[1])
from foundation.imports.child import answers, sheets
for name in sorted(os.listdir(sys.argv[2])):
    heard, said = os.pipe()
    process = os.fork()
    if not process:
        os.dup2(os.open(os.path.join(sys.argv[2], name), os.O_RDONLY), 0)
        os.dup2(said, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.close(heard), os.close(said)
        try:
            answers.main(sys.argv[3])
        except Exception:
            print(json.dumps({"traceback": traceback.format_exc()}), flush=True)
        except BaseException as error:
            print(json.dumps({"died": type(error).__name__}), flush=True)
        os._exit(0)
    os.close(said)
    with open(heard, "rb") as answer:
        last = answer.read().strip().rpartition(b"\\n")[2]
    os.waitpid(process, 0)
    print(json.dumps([name, last[:2_000].decode(errors="replace")]), flush=True)
"""


def flipped(content: bytes, dice: random.Random) -> bytes:
    """The content with some bytes changed, cut off, doubled or left out."""
    broken = bytearray(content)
    for _ in range(dice.choice([1, 3, 20, 100])):
        broken[dice.randrange(len(broken))] = dice.randrange(256)
    start = dice.randrange(len(broken))
    part = slice(start, start + dice.randrange(200))
    match dice.randrange(4):
        case 0:
            del broken[start:]
        case 1:
            broken[part] = broken[part] * 2
        case 2:
            del broken[part]
    return bytes(broken)


def flipped_inside(content: bytes, dice: random.Random) -> bytes:
    """An .xlsx whose container is sound and one of whose parts is not."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = dice.choice([name for name in archive.namelist() if name.startswith("xl/")])
        inside = flipped(archive.read(part), dice)
    return repacked(io.BytesIO(content), {part: inside}).getvalue()


MAKERS: dict[str, tuple[Callable[[], io.BytesIO], Callable[[bytes, random.Random], bytes]]] = {
    "xlsx": (lambda: xlsx(companies(12), merges=["A2:A4"]), flipped),
    "inside": (lambda: xlsx(companies(12), merges=["A2:A4"]), flipped_inside),
    "xls": (lambda: xls(companies(12)), flipped),
    "excel95": (lambda: biff5(companies(12)), flipped),
    "utf-8": (lambda: delimited(companies(12)), flipped),
    "utf-16": (lambda: delimited(companies(12), "utf-16"), flipped),
    "gb18030": (lambda: delimited(companies(12), "gb18030"), flipped),
}


@pytest.mark.parametrize(
    ("kind", "mode"), [*((kind, "read") for kind in MAKERS), ("inside", "sparse"), ("xlsx", "heads")]
)
def test_files_with_broken_bytes_are_read_or_refused(kind, mode, tmp_path):
    make, breaking = MAKERS[kind]
    content, dice = make().getvalue(), random.Random(kind)
    for number in range(60):
        (tmp_path / f"{number:03}").write_bytes(breaking(content, dice))
    command = [sys.executable, "-I", "-c", READ_ALL, str(reader.ROOT), str(tmp_path), mode]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 60
    for name, last in answers:
        assert "traceback" not in last, (name, last)
        assert last == '{"end":true}' or '"died"' in last or "refused" in last or not last, (name, last)
        if '"refused"' in last:
            assert json.loads(last)["refused"] in reader.SENTENCES


@pytest.mark.parametrize("kind", ["xlsx", "inside", "xls", "excel95"])
def test_a_parser_that_dies_is_a_refusal(kind):
    make, breaking = MAKERS[kind]
    content, dice = make().getvalue(), random.Random(f"{kind} again")
    for _ in range(2):
        outcome(named(breaking(content, dice), "x"))
