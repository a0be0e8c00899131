"""Every format is read, what is no table is refused with a sentence, and a hostile file ends only its own process."""

from __future__ import annotations

import codecs
import io
import zipfile
from datetime import date

import openpyxl.utils.datetime
import pytest
import xlwt

from foundation.imports import reader
from foundation.imports.reader import Unreadable
from tests.imports.files import companies, company, delimited, named, repacked, xls, xlsx
from tests.imports.old_excel import FILEPASS, biff5, encrypted_xlsx, ole, record

ROWS = companies(3)
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def refusal(file: io.BytesIO) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        reader.read(file)
    return refused.value


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(lambda: xlsx(ROWS), id="xlsx"),
        pytest.param(lambda: xls(ROWS), id="xls"),
        pytest.param(lambda: biff5(ROWS), id="xls of Excel 95"),
        pytest.param(lambda: delimited(ROWS), id="utf-8"),
        pytest.param(lambda: delimited(ROWS, "utf-8-sig"), id="utf-8 with a byte order mark"),
        pytest.param(lambda: delimited(ROWS, "gb18030"), id="gb18030"),
        pytest.param(lambda: delimited(ROWS, "utf-16"), id="utf-16"),
        pytest.param(lambda: delimited(ROWS, "utf-16-le"), id="utf-16 without a mark"),
        pytest.param(lambda: delimited(ROWS, "utf-16-be"), id="utf-16, the other byte first"),
        pytest.param(
            lambda: named(codecs.BOM_UTF16_BE + delimited(ROWS, "utf-16-be").getvalue(), "x.csv"),
            id="utf-16 with the other mark",
        ),
        pytest.param(lambda: delimited(ROWS, "gb18030", "\t"), id="tab-separated gb18030"),
        pytest.param(lambda: delimited(ROWS, "gbk", ";"), id="semicolons"),
        pytest.param(lambda: delimited(ROWS, "utf-8", "\t"), id="tab-separated"),
        pytest.param(lambda: delimited(ROWS, "utf-16", "\t"), id="what Excel calls Unicode text"),
    ],
)
def test_each_format_gives_the_same_rows(file):
    assert [cells for _number, cells in reader.read(file()).rows] == [[*map(str, row)] for row in ROWS]


@pytest.mark.parametrize("make", [xlsx, xls, biff5, delimited])
@pytest.mark.parametrize("name", ["roster.xls", "roster.xlsx", "roster.csv", "roster.pdf", "roster"])
def test_content_decides_not_the_name(make, name):
    file = make(ROWS)
    file.name = name
    assert len(reader.read(file).rows) == 4


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"page": None},
        {"page": 1252},
        {"page": 10008},
        {"page": 65001, "encoding": "utf-8"},
        {"rich": True},
    ],
    ids=str,
)
def test_excel_95_keeps_chinese_text_numbers_and_days(detail):
    rows = [["企业名称", "成立日期", "注册资本"], ["江西镕甲有限公司", (45356, True), 500], ["乙厂", 45356, 12.5]]
    table = reader.read(biff5(rows, **detail))
    assert table.sheets == [("名册", True)]
    assert [cells for _number, cells in table.rows] == [
        ["企业名称", "成立日期", "注册资本"],
        ["江西镕甲有限公司", date(2024, 3, 5), 500],
        ["乙厂", 45356, 12.5],
    ]


def test_excel_95_in_big5_and_its_sheet_by_name():
    table = reader.read(biff5([["企業名稱"]], page=950, encoding="big5", sheet="名冊"), sheet="名冊")
    assert table.rows == [[1, ["企業名稱"]]]


def test_a_long_excel_95_workbook_is_read_whole():
    rows = [[f"青岭测试{number}号有限公司", number] for number in range(9_000)]
    assert [cells for _number, cells in reader.read(biff5(rows)).rows] == rows


@pytest.mark.parametrize("epoch", [openpyxl.utils.datetime.WINDOWS_EPOCH, openpyxl.utils.datetime.MAC_EPOCH])
def test_days_are_the_same_in_both_systems_of_counting(epoch):
    book = openpyxl.Workbook()
    book.epoch = epoch
    book.active["A1"] = date(2024, 3, 5)
    book.active["B1"] = date(1999, 12, 31)
    out = io.BytesIO()
    book.save(out)
    assert reader.read(out).rows == [[1, [date(2024, 3, 5), date(1999, 12, 31)]]]


@pytest.mark.parametrize("mac", [False, True])
def test_days_of_an_old_workbook_are_the_same_in_both_systems_of_counting(mac):
    book = xlwt.Workbook()
    book.dates_1904 = mac
    book.add_sheet("x").write(0, 0, date(2024, 3, 5), xlwt.easyxf(num_format_str='yyyy"年"m"月"d"日"'))
    out = io.BytesIO()
    book.save(out)
    assert reader.read(out).rows == [[1, [date(2024, 3, 5)]]]


@pytest.mark.parametrize(
    "form",
    [
        'yyyy"年"m"月"d"日"',
        '[DBNum1][$-804]yyyy"年"m"月"d"日";@',
        "yyyy/m/d;@",
        "yyyy\\-mm\\-dd",
        "m/d/yyyy",
        "yyyy.mm.dd",
    ],
)
def test_a_number_that_is_shown_as_a_day_is_a_day(form):
    book = openpyxl.Workbook()
    book.active["A1"] = 45356
    book.active["A1"].number_format = form
    out = io.BytesIO()
    book.save(out)
    assert reader.read(out).rows == [[1, [date(2024, 3, 5)]]]


@pytest.mark.parametrize("form", ['0"户"', '#,##0.00"元"', "0;[Red]0", "@"])
def test_a_number_that_is_shown_with_a_unit_stays_a_number(form):
    book = openpyxl.Workbook()
    book.active["A1"] = 45356
    book.active["A1"].number_format = form
    out = io.BytesIO()
    book.save(out)
    assert reader.read(out).rows == [[1, [45356]]]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("企业名称\t注册资本\n甲\t10,011,600\n乙\t6,018,000\n丙\t1,000,000\n", ["甲", "10,011,600"]),
        ('企业名称,经营范围\n甲,"钢;铁;铜;铝"\n乙,"米;面;油"\n', ["甲", "钢;铁;铜;铝"]),
        ("花名册\n\n企业名称|地址|电话\n甲|北京路1号,2号,3号|1\n", None),
        ("企业名称;地址\n甲;北京路1号,2号,3号,4号\n乙;南京路1号\n", ["甲", "北京路1号,2号,3号,4号"]),
        ("企业名称\n甲厂\n", ["甲厂"]),
        ("BM编码,企业名称\n1,甲\n", ["1", "甲"]),
        ("PK\tMZ\n1\t甲\n", ["1", "甲"]),
    ],
)
def test_the_delimiter_is_the_one_that_makes_a_table(text, cells):
    rows = reader.read(named(text.encode(), "x.csv")).rows
    assert rows[1][1] == (cells or ["企业名称", "地址", "电话"])


def test_rows_behave_like_a_list():
    rows = reader.read(delimited([[str(number)] for number in range(1_203)])).rows
    listed = list(rows)
    assert len(rows) == len(listed) == 1_203
    assert [number for number, _cells in listed] == list(range(1, 1_204))
    assert (rows[0], rows[500], rows[-1]) == (listed[0], listed[500], listed[-1])
    assert rows[495:505] == listed[495:505]
    assert rows[1_000:] == listed[1_000:]
    assert rows[::400] == listed[::400]
    assert rows[5:2] == []
    with pytest.raises(IndexError):
        rows[1_203]


def test_rows_keep_the_numbers_they_have_in_the_file():
    table = reader.read(xlsx([[], [], ["", "a"], [], ["b"]]))
    assert table.rows == [[3, ["", "a"]], [5, ["b"]]]
    assert reader.read(named(b"\n\n,a\n\nb\n", "x.csv")).rows == [[3, ["", "a"]], [5, ["b"]]]


def test_text_that_was_guarded_from_becoming_a_number_is_bare():
    content = '企业名称,信用代码\n甲,="91360100705569950Q"\n="乙","=""007"""\n丙,=1+1\n'
    rows = reader.read(named(content.encode(), "x.csv")).rows
    assert [cells for _number, cells in rows][1:] == [["甲", "91360100705569950Q"], ["乙", "007"], ["丙", "=1+1"]]


def test_a_line_break_inside_quotes_is_one_row():
    assert reader.read(named(b'x,"a\nb"\ny,c\n', "x.csv")).rows == [[1, ["x", "a\nb"]], [2, ["y", "c"]]]


def test_merges_over_several_rows_are_filled_down():
    rows = [["镇街", "企业"], ["罗家镇", "甲"], ["", "乙"], ["", "丙"], ["湖坊镇", "丁"]]
    table = reader.read(xlsx(rows, merges=["A2:A4"]))
    assert [cells[0] for _number, cells in table.rows] == ["镇街", "罗家镇", "罗家镇", "罗家镇", "湖坊镇"]


def test_merges_of_an_old_workbook_are_filled_down_too():
    book = xlwt.Workbook()
    sheet = book.add_sheet("x")
    sheet.write_merge(1, 3, 0, 0, "罗家镇")
    for at, name in enumerate(["企业", "甲", "乙", "丙"]):
        sheet.write(at, 1, name)
    out = io.BytesIO()
    book.save(out)
    assert [cells[0] for _number, cells in reader.read(out).rows] == ["", "罗家镇", "罗家镇", "罗家镇"]


def test_another_sheet_is_read_by_name_and_a_missing_one_is_named():
    file = xlsx([["封面"]], sheets={"名册": ROWS})
    assert len(reader.read(file, sheet="名册").rows) == 4
    with pytest.raises(Unreadable, match=r"没有名为“附件”的工作表.*Sheet、名册"):
        reader.read(file, sheet="附件")


def test_the_first_rows_of_every_sheet_come_in_one_reading():
    heads = reader.heads(xlsx([["封面"]], sheets={"名册": companies(100), "空": [], "附件": [["甲"], [], ["乙"]]}))
    assert list(heads) == ["Sheet", "名册", "空", "附件"]
    assert heads["Sheet"] == [[1, ["封面"]]]
    assert len(heads["名册"]) == 60
    assert heads["空"] == []
    assert heads["附件"] == [[1, ["甲"]], [3, ["乙"]]]
    assert reader.heads(delimited(ROWS)) == {}


def test_a_sheet_that_cannot_be_read_does_not_hide_those_before_it():
    corners = '<c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c>'
    broken = f'<worksheet xmlns="{SPREADSHEET}"><sheetData><row r="1">{corners}</row></sheetData></worksheet>'
    file = repacked(xlsx([["封面"]], sheets={"名册": ROWS, "附件": []}), {"xl/worksheets/sheet3.xml": broken.encode()})
    assert list(reader.heads(file))[:2] == ["Sheet", "名册"]


def test_a_stray_cell_far_away_moves_nothing():
    texts = "".join(f'<c r="{place}" t="inlineStr"><is><t>{place}</t></is></c>' for place in ("B4", "D4"))
    under = '<row r="6"><c r="D6"><v>7</v></c></row>'
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    merges = '<mergeCells><mergeCell ref="B4:C6"/><mergeCell ref="D6:E9"/><mergeCell ref="F7:F9"/></mergeCells>'
    rows = f'<row r="4">{texts}</row><row r="5"><c s="0" r="D5"><v>5</v></c></row>{under}{corner}'
    markup = f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData>{merges}</worksheet>'
    table = reader.read(repacked(xlsx([["x"]]), {"xl/worksheets/sheet1.xml": markup.encode()}))
    assert table.rows[:3] == [[4, ["", "B4", "", "D4"]], [5, ["", "B4", "", 5]], [6, ["", "B4", "", 7]]]
    number, cells = table.rows[3]
    assert (number, len(cells), cells[-1]) == (1_048_576, 16_384, 1)


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
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged", "损坏"),
        (ole("WordDocument", bytes(5_000)), "not_sheet", "不是表格"),
        (b"\x09\x08\x08\x00\x00\x05" + bytes(50), "too_old", "旧格式"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(50), "archive", "先解压"),
        (b"\x1f\x8b\x08\x00" + bytes(50), "archive", "先解压"),
        (b"MZ\x90\x00\x03" + bytes(50), "not_sheet", "不是表格"),
        ("<html><table>".encode("utf-16"), "html", "网页"),
        ("企业名称,地址\n甲\0\0,乙\n".encode(), "nul", "空字符"),
        (b"a,b\n" * 2_000 + b"c\0,d\n", "nul", "空字符"),
        ("企业名称,地址\n甲厂,乙路\n".encode("utf-8-sig") + b"\xff\n", "encoding", "编码"),
    ],
)
def test_what_is_no_table_is_refused_saying_what_it_is(content, code, says):
    refused = refusal(named(content, "roster.xls"))
    assert refused.code == code
    assert says in refused.message
    with pytest.raises(Unreadable) as at_upload:
        reader.check(named(content, "roster.xls"))
    assert at_upload.value.code == code


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


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_workbooks_are_refused(share):
    for file in (xlsx(ROWS), xls([company(number) for number in range(200)])):
        content = file.getvalue()
        with pytest.raises(Unreadable):
            reader.read(named(content[: int(len(content) * share)], file.name))


def test_an_encrypted_xlsx_is_refused_saying_so():
    refused = refusal(encrypted_xlsx())
    assert refused.code == "encrypted"
    assert "密码" in refused.message


def test_an_encrypted_xls_of_excel_95_is_refused_saying_so():
    assert refusal(biff5(ROWS, opening=record(FILEPASS, b"\x01\x02\x03\x04"))).code == "encrypted"


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


def test_a_closed_quote_over_several_lines_at_the_end_is_no_open_one():
    text = '企业名称,地址\n甲\u2028\x0b\x1c,乙\n丙,"北京路\n1号"\n'
    assert reader.read(named(text.encode(), "x.csv")).rows[-1] == [3, ["丙", "北京路\n1号"]]


def test_too_large_a_file_is_refused_before_it_is_opened():
    with pytest.raises(Unreadable, match="超过 1 MB"):
        reader.read(named(b"x" * 2_000_000, "x.csv"), limit=1_000_000)


def test_a_file_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(reader, "WALL_SECONDS", 0.01)
    refused = refusal(xlsx(companies(3_000)))
    assert refused.code == "too_slow"
