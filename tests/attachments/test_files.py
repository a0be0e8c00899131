"""Files: checked by content, stored under random names, handed only to those who see the owner."""

import pytest

from foundation.accounts.errors import Refused
from foundation.attachments.actions import attach, attach_all
from foundation.attachments.checks import display_name
from foundation.attachments.models import Attachment
from tests.accounts.factories import UserFactory
from tests.pictures import PNG, pdf

pytestmark = pytest.mark.django_db


def test_a_file_goes_in_and_comes_out_as_a_download(client, person, owner, upload):
    attachment = attach(file=upload(), owner=owner, by=person)
    assert "照片" not in attachment.file.name
    client.force_login(person)
    response = client.get(f"/attachments/{attachment.key}/")
    assert b"".join(response.streaming_content) == PNG
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"


def test_whoever_does_not_see_the_owner_gets_404(client, person, owner, upload):
    attachment = attach(file=upload(), owner=owner, by=person)
    client.force_login(UserFactory())
    for path in ("", "view/", "content/", "likeness/"):
        assert client.get(f"/attachments/{attachment.key}/{path}").status_code == 404


@pytest.mark.parametrize(
    "name, content, code",
    [
        ("图.svg", b"<svg onload=alert(1)>", "file_type"),
        ("页.html", b"<script>", "file_type"),
        ("图.png", b"<html>", "file_content"),
        ("宏.xlsm", b"PK\x03\x04", "file_type"),
        ("空.png", b"", "file_empty"),
        ("无扩展名", b"x", "file_type"),
        ("图.heic", b"\0\0\0\x18ftypheic", "file_type"),
        ("半张.png", PNG[:-20], "picture_broken"),
        ("乱.png", PNG[:8] + b"0" * 90, "picture_broken"),
    ],
)
def test_what_is_not_what_it_says_is_refused(person, owner, name, content, code, upload):
    with pytest.raises(Refused) as refused:
        attach(file=upload(name, content, "image/png"), owner=owner, by=person)
    assert refused.value.code == code


def test_too_large_and_too_many_are_refused_before_anything_is_kept(person, owner, settings, upload):
    settings.ATTACHMENT_MAX_BYTES = 20
    with pytest.raises(Refused, match="超过"):
        attach(file=upload(), owner=owner, by=person)
    settings.ATTACHMENT_MAX_COUNT = 1
    with pytest.raises(Refused, match="最多上传 1 个"):
        attach_all(files=[upload(), upload()], owner=owner, by=person)
    assert Attachment.objects.count() == 0


def test_too_many_bytes_together_are_refused(person, owner, upload, settings):
    settings.ATTACHMENT_MAX_TOTAL_BYTES = len(PNG) * 2 - 1
    with pytest.raises(Refused, match="合计超过"):
        attach_all(files=[upload(), upload()], owner=owner, by=person)
    assert Attachment.objects.count() == 0


def test_pictures_and_pdf_are_shown_in_a_sandbox(client, person, owner, upload):
    client.force_login(person)
    for file in (upload(), upload("表.pdf", pdf(), "application/pdf")):
        attachment = attach(file=file, owner=owner, by=person)
        page = client.get(f"/attachments/{attachment.key}/view/").content.decode()
        address = f"/attachments/{attachment.key}/content/"
        assert f'src="{address}"' in page and f'/attachments/{attachment.key}/"' in page
        shown = client.get(address)
        assert shown["Content-Type"] == attachment.content_type
        assert shown["Content-Disposition"].startswith("inline")
        policy = shown["Content-Security-Policy"]
        assert "sandbox;" in policy and "default-src 'none'" in policy and "allow-scripts" not in policy
        assert "frame-ancestors 'self'" in policy and shown["X-Frame-Options"] == "SAMEORIGIN"
        assert shown["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name, content", [("页.txt", b"<script>alert(1)</script>"), ("表.xlsx", b"PK\x03\x04rest")])
def test_everything_else_is_a_download_only(client, person, owner, upload, name, content):
    attachment = attach(file=upload(name, content, "text/html"), owner=owner, by=person)
    client.force_login(person)
    assert client.get(f"/attachments/{attachment.key}/content/").status_code == 404
    assert client.get(f"/attachments/{attachment.key}/likeness/").status_code == 404
    page = client.get(f"/attachments/{attachment.key}/view/").content.decode()
    assert "不能在网页里预览" in page and "<iframe" not in page


def test_a_file_the_store_has_lost_says_so(client, person, owner, upload, stored):
    attachment = attach(file=upload(), owner=owner, by=person)
    for path in stored():
        path.unlink()
    client.force_login(person)
    response = client.get(f"/attachments/{attachment.key}/")
    assert response.status_code == 503 and "暂时取不出来" in response.content.decode()


def test_one_bad_file_keeps_the_good_one_before_it_off_the_disk(person, owner, tmp_path, upload):
    with pytest.raises(Refused, match="svg"):
        attach_all(files=[upload(), upload("图.svg", b"<svg>")], owner=owner, by=person)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "raw, shown",
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\temp\\报表.xlsx", "报表.xlsx"),
        ("gpj\u202egnp.exe", "gpjgnp.exe"),
        ("a\x00b.pdf", "ab.pdf"),
        ("", "未命名"),
    ],
)
def test_names_lose_paths_and_tricks(raw, shown):
    assert display_name(raw) == shown
