"""Files: checked by content, stored under random names, handed only to those who see the owner."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.accounts.errors import Refused
from foundation.attachments.actions import attach, attach_all
from foundation.attachments.checks import display_name
from foundation.attachments.models import Attachment
from foundation.attachments.owners import register_owner
from foundation.notices.actions import notify
from foundation.notices.models import Notice
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture(autouse=True)
def _notices_own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    register_owner(Notice)
    yield
    from foundation.attachments import owners

    owners._owners.pop("notices.notice")


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def owner(person):
    notify(to=[person], kind="test", subject="题", key="k")
    return Notice.objects.get()


def upload(name="照片.png", content=PNG, content_type="image/png"):
    return SimpleUploadedFile(name, content, content_type)


def test_a_file_goes_in_and_comes_out_as_a_download(client, person, owner):
    attachment = attach(file=upload(), owner=owner, by=person)
    assert "照片" not in attachment.file.name
    client.force_login(person)
    response = client.get(f"/attachments/{attachment.key}/")
    assert b"".join(response.streaming_content) == PNG
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


def test_whoever_does_not_see_the_owner_gets_404(client, person, owner):
    attachment = attach(file=upload(), owner=owner, by=person)
    client.force_login(UserFactory())
    assert client.get(f"/attachments/{attachment.key}/").status_code == 404


@pytest.mark.parametrize(
    "name, content, code",
    [
        ("图.svg", b"<svg onload=alert(1)>", "file_type"),
        ("页.html", b"<script>", "file_type"),
        ("图.png", b"<html>", "file_content"),
        ("宏.xlsm", b"PK\x03\x04", "file_type"),
        ("空.png", b"", "file_empty"),
        ("无扩展名", b"x", "file_type"),
    ],
)
def test_what_is_not_what_it_says_is_refused(person, owner, name, content, code):
    with pytest.raises(Refused) as refused:
        attach(file=upload(name, content, "image/png"), owner=owner, by=person)
    assert refused.value.code == code


def test_too_large_and_too_many_are_refused_before_anything_is_kept(person, owner, settings):
    settings.ATTACHMENT_MAX_BYTES = 20
    with pytest.raises(Refused, match="超过"):
        attach(file=upload(), owner=owner, by=person)
    settings.ATTACHMENT_MAX_COUNT = 1
    with pytest.raises(Refused, match="最多上传 1 个"):
        attach_all(files=[upload(), upload()], owner=owner, by=person)
    assert Attachment.objects.count() == 0


def test_one_bad_file_keeps_the_good_one_before_it_off_the_disk(person, owner, tmp_path):
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
