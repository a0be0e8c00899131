"""One's own drafts over the API: kept with their files, changed by version, sent, thrown away."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.attachments.models import Attachment
from issues import actions
from issues.models import AppealDraft, Issue
from tests.issues import factories
from tests.issues.factories import make_speaker
from tests.issues.test_api import api

pytestmark = pytest.mark.django_db
LIST = "/api/v1/drafts/"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def side(district):
    return api(district.speaker)


def begin(client, **body):
    answer = client.post(LIST, {"text": "厂区门口积水半米。", "category": "supply"} | body, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def paper(name="照片说明.txt"):
    return SimpleUploadedFile(name, "内容".encode())


def test_it_is_kept_however_unfinished_and_changed_by_version(side):
    draft = begin(side)
    assert (draft["text"], draft["category"], draft["files"], draft["version"]) == (
        "厂区门口积水半米。",
        "supply",
        [],
        1,
    )
    address = f"{LIST}{draft['id']}/"
    changed = side.patch(address, {"contact_name": "王工", "version": 1}, format="json").json()
    assert (changed["text"], changed["contact_name"], changed["version"]) == ("厂区门口积水半米。", "王工", 2)
    stale = side.patch(address, {"text": "另一台设备写的", "version": 1}, format="json")
    assert (stale.status_code, stale.json()["current"]["version"]) == (409, 2)
    assert side.patch(address, {"text": "没有版本"}, format="json").status_code == 400
    assert side.patch(address, {"key": str(uuid.uuid4()), "version": 2}, format="json").status_code == 400


def test_nothing_written_is_no_draft_and_a_key_serves_once(side):
    assert side.post(LIST, {}, format="json").status_code == 400
    draft = begin(side)
    assert side.post(LIST, {"key": draft["key"], "text": "又一份"}, format="json").status_code == 400
    assert AppealDraft.objects.count() == 1


def test_files_come_to_it_and_go_with_it_into_the_case(side, district):
    draft = begin(side)
    address = f"{LIST}{draft['id']}/"
    added = side.patch(address, {"files": [paper("一.txt"), paper("二.txt")], "version": 1}, format="multipart").json()
    assert [file["name"] for file in added["files"]] == ["一.txt", "二.txt"]
    assert side.delete(f"{address}files/{added['files'][0]['key']}/").status_code == 204
    sent = side.post(f"{address}send/", {"version": 2}, format="json")
    assert sent.status_code == 201, sent.json()
    issue = Issue.objects.get()
    assert (sent.json()["number"], issue.title, str(issue.submission_key)) == (
        issue.number, "厂区门口积水半米", draft["key"],
    )  # fmt: skip
    assert [file.name for file in Attachment.objects.of(issue)] == ["二.txt"]
    assert not Attachment.objects.held().exists() and not AppealDraft.objects.exists()
    assert side.post(f"{address}send/", {}, format="json").status_code == 404


def test_what_is_unfinished_is_not_sent(side):
    draft = begin(side, category=None)
    assert side.post(f"{LIST}{draft['id']}/send/", {}, format="json").json()["code"] == "missing_category"
    draft = begin(side, text="", title="只有标题")
    assert side.post(f"{LIST}{draft['id']}/send/", {}, format="json").json()["code"] == "missing_text"
    stale = side.post(f"{LIST}{draft['id']}/send/", {"version": 9}, format="json")
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert not Issue.objects.exists()


def test_thrown_away_its_files_go_too(side):
    draft = begin(side)
    side.patch(f"{LIST}{draft['id']}/", {"files": [paper()], "version": 1}, format="multipart")
    assert side.delete(f"{LIST}{draft['id']}/").status_code == 204
    assert not Attachment.objects.exists() and not AppealDraft.objects.exists()


def test_a_draft_is_its_writers_alone(side, district):
    draft = begin(side)
    address = f"{LIST}{draft['id']}/"
    for other in (api(make_speaker(district.enterprise)), api(make_speaker(factories.make_enterprise()))):
        assert other.get(LIST).json()["count"] == 0
        assert other.get(address).status_code == 404
        assert other.patch(address, {"text": "x", "version": 1}, format="json").status_code == 404
        assert other.delete(address).status_code == other.post(f"{address}send/").status_code == 404
    for official in (district.office, district.handler, district.supervisor):
        assert api(official).get(LIST).status_code == 403


def test_a_file_of_another_draft_is_not_dropped_here(side, district):
    mine, other = begin(side), begin(side, text="另一份")
    body = {"files": [paper()], "version": 1}
    key = side.patch(f"{LIST}{other['id']}/", body, format="multipart").json()["files"][0]["key"]
    assert side.delete(f"{LIST}{mine['id']}/files/{key}/").status_code == 404
    assert side.delete(f"{LIST}{mine['id']}/files/{uuid.UUID(int=0)}/").status_code == 404
    assert side.delete(f"{LIST}{mine['id']}/files/{'-' * 36}/").status_code == 404
    assert Attachment.objects.count() == 1


def test_a_refused_file_changes_nothing(side):
    draft = begin(side)
    bad = SimpleUploadedFile("图.svg", b"<svg>")
    answer = side.patch(f"{LIST}{draft['id']}/", {"files": [bad], "version": 1}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (422, "file_type")
    assert AppealDraft.objects.get().version == 1


def test_one_that_was_sent_from_the_page_is_gone_here(side, district):
    draft = begin(side)
    factories.register(district, submission_key=uuid.UUID(draft["key"]))
    actions.save_draft(by=district.speaker, key=uuid.UUID(draft["key"]), text="太迟")
    assert side.get(LIST).json()["count"] == 0
