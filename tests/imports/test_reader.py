"""Every format is read, what is no table is refused with a sentence, and a hostile file ends only its own process."""

from __future__ import annotations

import io
import random
import resource
import struct
import time
import zipfile

import pytest

from foundation.imports import reader
from foundation.imports.reader import Unreadable
from tests.imports.files import companies, company, delimited, named, repacked, xls, xlsx
from tests.shared_data import shared_file

ROWS = companies(3)


def refusal(file: io.BytesIO) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        reader.read(file)
    return refused.value


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(lambda: xlsx(ROWS), id="xlsx"),
        pytest.param(lambda: xls(ROWS), id="xls"),
        pytest.param(lambda: delimited(ROWS), id="utf-8"),
        pytest.param(lambda: delimited(ROWS, "utf-8-sig"), id="utf-8 with a byte order mark"),
        pytest.param(lambda: delimited(ROWS, "gb18030"), id="gb18030"),
        pytest.param(lambda: delimited(ROWS, "utf-16"), id="utf-16"),
        pytest.param(lambda: delimited(ROWS, "utf-16-le"), id="utf-16 without a mark"),
        pytest.param(lambda: delimited(ROWS, "utf-8", "\t"), id="tab-separated"),
        pytest.param(lambda: delimited(ROWS, "utf-16", "\t"), id="what Excel calls Unicode text"),
    ],
)
def test_each_format_gives_the_same_rows(file):
    assert [cells for _number, cells in reader.read(file()).rows] == [[*map(str, row)] for row in ROWS]


def test_content_decides_not_the_name():
    file = xlsx(ROWS)
    file.name = "roster.xls"
    assert len(reader.read(file).rows) == 4


def test_rows_keep_the_numbers_they_have_in_the_file():
    table = reader.read(xlsx([[], [], ["", "a"], [], ["b"]]))
    assert table.rows == [[3, ["", "a"]], [5, ["b"]]]
    assert reader.read(named(b"\n\n,a\n\nb\n", "x.csv")).rows == [[3, ["", "a"]], [5, ["b"]]]


def test_a_line_break_inside_quotes_is_one_row():
    assert reader.read(named(b'x,"a\nb"\ny,c\n', "x.csv")).rows == [[1, ["x", "a\nb"]], [2, ["y", "c"]]]


def test_merges_over_several_rows_are_filled_down():
    rows = [["镇街", "企业"], ["罗家镇", "甲"], ["", "乙"], ["", "丙"], ["湖坊镇", "丁"]]
    table = reader.read(xlsx(rows, merges=["A2:A4"]))
    assert [cells[0] for _number, cells in table.rows] == ["镇街", "罗家镇", "罗家镇", "罗家镇", "湖坊镇"]


def test_another_sheet_is_read_by_name_and_a_missing_one_is_named():
    file = xlsx([["封面"]], sheets={"名册": ROWS})
    assert len(reader.read(file, sheet="名册").rows) == 4
    with pytest.raises(Unreadable, match=r"没有名为“附件”的工作表.*Sheet、名册"):
        reader.read(file, sheet="附件")


# -- What is refused, saying which -------------------------------------------------------------------------------------

HTML = "<html><body><table><tr><td>企业名称</td></tr></table></body></html>".encode()


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "empty", "空的"),
        (b"  \r\n ", "empty", "空的"),
        (HTML, "html", "网页"),
        (b"\xef\xbb\xbf<table><tr><td>x</td></tr></table>", "html", "网页"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "html", "网页"),
        (b'<?xml version="1.0"?><Workbook/>', "xml", "XML"),
        (b"%PDF-1.7 ...", "not_sheet", "不是表格"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "not_sheet", "不是表格"),
        (b"\x09\x00\x04\x00\x00\x00" + bytes(50), "too_old", "旧格式"),
        (b"a,b\n\x00\x01\x02\x03", "not_sheet", "不是表格"),
        (b"\x81\xff\xff\xfe\x81", "encoding", "编码"),
        (b"PK\x03\x04 not really a zip", "damaged", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "not_sheet", "不是表格"),
    ],
)
def test_what_is_no_table_is_refused_saying_what_it_is(content, code, says):
    refused = refusal(named(content, "roster.xls"))
    assert refused.code == code
    assert says in refused.message


def test_a_workbook_with_macros_is_refused():
    assert refusal(repacked(xlsx(ROWS), {"xl/vbaProject.bin": b"\xd0\xcf"})).code == "macros"


def test_external_links_are_refused():
    part = b'<?xml version="1.0"?><externalLink/>'
    assert refusal(repacked(xlsx(ROWS), {"xl/externalLinks/externalLink1.xml": part})).code == "external_links"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_external_entities_are_refused(encoding):
    text = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sst><si><t>&e;</t></si></sst>'
    assert refusal(repacked(xlsx(ROWS), {"xl/sharedStrings.xml": text.encode(encoding)})).code == "entities"


def test_other_containers_are_refused():
    word = io.BytesIO()
    with zipfile.ZipFile(word, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types>wordprocessingml</Types>")
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(named(word.getvalue(), "roster.xlsx")).code == "not_sheet"
    assert refusal(repacked(xlsx(ROWS), {"xl/workbook.bin": b"x"})).code == "binary_workbook"


def test_a_bomb_is_refused_before_anything_is_unpacked():
    bomb = repacked(xlsx(ROWS), {"xl/worksheets/sheet2.xml": b"<a>" + b" " * 300_000_000})
    assert len(bomb.getvalue()) < 400_000
    begun = time.monotonic()
    refused = refusal(bomb)
    assert refused.code == "bomb"
    assert "300 MB" in refused.message
    assert time.monotonic() - begun < 3


def test_a_bomb_that_lies_about_its_size_ends_within_the_limits():
    bomb = bytearray(repacked(xlsx(ROWS), {"xl/sharedStrings.xml": b"<sst><si><t>" + b"A" * 400_000_000}).getvalue())
    true, false = struct.pack("<I", 400_000_012), struct.pack("<I", 1_000)
    assert refusal(named(bytes(bomb.replace(true, false)), "x.xlsx")).code in ("damaged", "too_large_inside")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_workbooks_are_refused(share):
    for file in (xlsx(ROWS), xls([company(number) for number in range(200)])):
        content = file.getvalue()
        with pytest.raises(Unreadable):
            reader.read(named(content[: int(len(content) * share)], file.name))


def test_an_encrypted_xlsx_is_refused_saying_so():
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    refused = refusal(named(content, "roster.xlsx"))
    assert refused.code == "encrypted"
    assert "密码" in refused.message


def test_an_encrypted_xls_is_refused_saying_so():
    file = xls(ROWS).getvalue()
    bof = file.index(b"\x09\x08\x10\x00")
    filepass = b"\x2f\x00\x06\x00\x00\x00\x01\x02\x03\x04"
    end = bof + 20
    assert refusal(named(file[:end] + filepass + file[end + len(filepass) :], "x.xls")).code == "encrypted"


def test_an_open_quote_is_refused_with_its_row():
    text = '企业名称,地址\n甲,"北京路\n' + "乙,南京路\n" * 5_000
    refused = refusal(named(text.encode(), "x.csv"))
    assert refused.code == "open_quote"
    assert "第 2 行" in refused.message


def test_too_large_a_file_is_refused_before_it_is_opened():
    with pytest.raises(Unreadable, match="超过 1 MB"):
        reader.read(named(b"x" * 2_000_000, "x.csv"), limit=1_000_000)


# -- Limits ------------------------------------------------------------------------------------------------------------


def lone_cell() -> io.BytesIO:
    sheet = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        "</sheetData></worksheet>"
    )
    return repacked(xlsx(ROWS), {"xl/worksheets/sheet1.xml": sheet.encode()})


def test_a_lone_cell_in_the_last_corner_does_not_take_the_portal_down():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = refusal(lone_cell())
    assert refused.code == "too_large_inside"
    assert "很远" in refused.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KB


def test_a_million_blank_rows_are_passed_over():
    rows = "".join(f'<row r="{number}"/>' for number in range(2, 1_048_577))
    sheet = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="1"><c r="A1"><v>7</v></c></row>{rows}</sheetData></worksheet>'
    )
    assert reader.read(repacked(xlsx(ROWS), {"xl/worksheets/sheet1.xml": sheet.encode()})).rows == [[1, [7]]]


def test_too_many_cells_are_refused():
    line = ",".join("1" * 200) + "\n"
    assert refusal(named((line * 12_000).encode(), "x.csv")).code == "too_many_cells"


def test_a_file_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(reader, "WALL_SECONDS", 0.01)
    refused = refusal(xlsx(companies(3_000)))
    assert refused.code == "too_slow"


def test_fifty_thousand_merges_are_read():
    rows = [["a"], *[["x"]] * 10]
    merges = "".join(f'<mergeCell ref="A{2 * n}:A{2 * n + 1}"/>' for n in range(1, 50_001))
    content = xlsx(rows)
    with zipfile.ZipFile(content) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    sheet = sheet.replace("</sheetData>", f'</sheetData><mergeCells count="50000">{merges}</mergeCells>')
    assert len(reader.read(repacked(content, {"xl/worksheets/sheet1.xml": sheet.encode()})).rows) == 11


# -- Real files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rows", "last"),
    [
        ("xlsx_content_named_热点问题表 .xls", 6, 6),
        ("央企名录_blank_first_row.xlsx", 106, 107),
        ("报表_multi_sheet_merged_title.xls", 173, 180),
        ("腾讯会议导入模板_notes_rows.xlsx", 5, 5),
        ("项目信息表_title_plus_two_row_header_redacted.xlsx", 937, 937),
        ("项目清单_49_vertical_merges.xlsx", 70, 70),
    ],
)
def test_the_messy_real_files_are_read(name, rows, last):
    with shared_file(f"rosters/messy/{name}").open("rb") as file:
        table = reader.read(file)
    assert (len(table.rows), table.rows[-1][0]) == (rows, last)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("make", [xlsx, xls, delimited])
def test_files_with_broken_bytes_are_read_or_refused(make, seed):
    dice = random.Random(seed)
    content = bytearray(make(companies(40)).getvalue())
    for _ in range(dice.choice([1, 5, 50])):
        content[dice.randrange(len(content))] = dice.randrange(256)
    try:
        table = reader.read(named(bytes(content), "x"))
    except Unreadable as refused:
        assert refused.message
    else:
        assert all(isinstance(number, int) for number, _cells in table.rows)
