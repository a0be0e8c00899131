"""The words in files: four sorts read, hostile ones refused within the limits."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from django.core.files.base import ContentFile

from foundation.attachments.models import Attachment
from foundation.search.files import words_in

DOCX = """<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
<w:p><w:r><w:t>关于协</w:t></w:r><w:r><w:t>调用电的函</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>表内文字</w:t></w:r></w:p></w:tc>
</w:tr></w:tbl></w:body></w:document>"""
BOMB = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]><a>&m;</a>"
)


def zipped(**parts: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return kept.getvalue()


def words(tmp_path, settings, name: str, data: bytes) -> str | None:
    settings.MEDIA_ROOT = tmp_path
    attachment = Attachment(name=name)
    attachment.file.save("x", ContentFile(data), save=False)
    return words_in(attachment)


def pdf(text: str) -> bytes:
    """A page that shows ASCII text, as the smallest writers make it."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, body)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)


def test_word_documents(tmp_path, settings):
    said = words(tmp_path, settings, "函.docx", zipped(word__document_xml=DOCX))
    assert "关于协调用电的函" in said
    assert "表内文字" in said


def test_workbooks(tmp_path, settings):
    import xlsxwriter

    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept)
    book.add_worksheet("用工需求").write_row(0, 0, ["工种", "焊工", 12])
    book.close()
    said = words(tmp_path, settings, "表.XLSX", kept.getvalue())
    assert "用工需求" in said
    assert "焊工" in said


def test_pdf(tmp_path, settings):
    assert "Power supply 2026" in words(tmp_path, settings, "a.pdf", pdf("Power supply 2026"))


def test_pdf_in_chinese_as_a_browser_prints_it(tmp_path, settings, browser):
    page = browser.new_page()
    page.set_content("<p>关于协调解决企业用电问题的函</p>")
    printed = page.pdf()
    page.close()
    assert "用电问题" in words(tmp_path, settings, "函.pdf", printed)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_plain_text(tmp_path, settings, encoding):
    assert words(tmp_path, settings, "a.txt", "请协调用电。".encode(encoding)) == "请协调用电。"


@pytest.mark.parametrize(
    "name, data",
    [
        ("a.docx", b"PK\x03\x04"),
        ("a.docx", zipped(word__document_xml=BOMB)),
        ("a.docx", lambda: zipped(word__document_xml="<a>" + " " * 200_000_000)),
        ("a.xlsx", zipped(xl__workbook_xml=BOMB)),
        ("a.pdf", b"%PDF-1.7\n" + b"\xff" * 2000),
        ("a.txt", b"\x81" + b"\xff" * 30),
    ],
    ids=["cut", "entities", "bomb", "workbook", "pdf", "bytes"],
)
def test_what_is_broken_or_hostile_is_given_up(tmp_path, settings, name, data):
    made = data() if callable(data) else data
    began = time.monotonic()
    assert words(tmp_path, settings, name, made) is None
    assert time.monotonic() - began < 25


def test_a_file_that_is_not_there_has_no_words(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    assert words_in(Attachment(name="a.txt", file="attachments/none")) is None
