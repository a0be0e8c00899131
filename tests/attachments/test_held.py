"""Files sent ahead of their form: kept where it is refused, taken where it is accepted, swept where neither came."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from foundation.accounts.errors import Refused
from foundation.attachments import actions
from foundation.attachments.actions import attach, hold, storing
from foundation.attachments.forms import FilesField, keep_files
from foundation.attachments.held import Held
from foundation.attachments.models import Attachment
from foundation.search.models import FileText
from issues.models import Issue
from tests.issues.factories import handling, make_district
from tests.pageforms import forms_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return make_district()


def send(client, file):
    return client.post("/attachments/held/", {"file": file})


def test_a_file_sent_ahead_is_taken_by_the_form_that_names_it(client, district, upload, stored):
    issue = handling(district)
    client.force_login(district.handler)
    answer = send(client, upload())
    assert answer.status_code == 201 and answer.json()["name"] == "照片.png"
    [row] = Attachment.objects.held_by(district.handler)
    assert not Attachment.objects.visible_to(district.handler).exists(), "it belongs to nothing yet"
    files = len(stored())
    done = client.post(
        f"/issues/{issue.pk}/reply/", {"text": "已联系。", "files-held": answer.json()["key"], "version": issue.version}
    )
    assert done.status_code == 302
    [taken] = Attachment.objects.of(issue)
    assert (taken.pk, taken.file.name, len(stored())) == (row.pk, row.file.name, files)
    assert taken.name in client.get(f"/issues/{issue.pk}/").content.decode()


def test_a_refused_form_keeps_its_files_and_shows_them_again(client, district, upload):
    issue = handling(district)
    client.force_login(district.handler)
    ahead = send(client, upload("先到.png")).json()["key"]
    data = {"text": "", "files": [upload(), upload("图.svg", b"<svg>")], "files-held": ahead}
    again = client.post(f"/issues/{issue.pk}/reply/", data)
    assert again.status_code == 422
    [form] = [one for one in forms_of(again.content.decode()) if one.action.endswith("/reply/")]
    assert Attachment.objects.held_by(district.handler).count() == 2
    text = again.content.decode()
    assert "先到.png" in text and "照片.png" in text and "不能上传“图.svg”" in text
    keys = [str(row.key) for row in Attachment.objects.held_by(district.handler)]
    done = client.post(f"/issues/{issue.pk}/reply/", form.filled(text=["已联系。"], **{"files-held": keys}))
    assert done.status_code == 302
    assert sorted(row.name for row in Attachment.objects.of(issue)) == ["先到.png", "照片.png"]


@pytest.mark.parametrize("page", ["submit", "register", "visit"])
def test_every_form_with_files_keeps_them(client, district, upload, page):
    user, path, field, data = {
        "submit": (district.speaker, "/appeals/new/", "files", {}),
        "register": (district.office, f"/issues/new/?enterprise={district.enterprise.pk}", "files", {}),
        "visit": (district.cadre, f"/visits/new/?enterprise={district.enterprise.pk}", "photos", {}),
    }[page]
    client.force_login(user)
    answer = client.post(path, {**data, field: upload("现场.png")})
    assert "现场.png" in answer.content.decode()
    [row] = Attachment.objects.held_by(user)
    assert f'name="{field}-held" value="{row.key}"' in answer.content.decode()


def test_nobody_takes_or_sees_or_drops_another_s_file(client, district, upload, owner):
    row = hold(file=upload("别人的.png"), by=district.office)
    issue = handling(district)
    client.force_login(district.handler)
    answer = client.post(f"/issues/{issue.pk}/reply/", {"text": "好", "files-held": str(row.key)})
    assert answer.status_code == 422 and "别人的" not in answer.content.decode()
    assert not Attachment.objects.of(issue).exists()
    assert client.post(f"/attachments/held/{row.key}/drop/").status_code == 404
    for path in ("", "view/", "content/", "likeness/"):
        assert client.get(f"/attachments/{row.key}/{path}").status_code == 404
    with pytest.raises(Refused, match="重新添加"):
        attach(file=Held(row), owner=owner, by=district.handler)


def test_a_file_is_taken_once(district, upload, person, owner):
    row = hold(file=upload(), by=person)
    attach(file=Held(row), owner=owner, by=person)
    with pytest.raises(Refused, match="重新添加"):
        attach(file=Held(row), owner=owner, by=person)


@pytest.mark.parametrize("key", ["x", "\x00", str(uuid.UUID(int=0)), "\ud800"])
def test_a_key_that_is_none_is_said(key):
    with pytest.raises(Exception, match="已失效"):
        FilesField().clean([key])


def test_a_file_may_be_taken_back(client, person, upload, stored, django_capture_on_commit_callbacks):
    client.force_login(person)
    answer = send(client, upload()).json()
    assert len(stored()) == 2, "the picture and its likeness"
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(answer["drop"]).status_code == 204
    assert not Attachment.objects.exists() and stored() == []
    assert client.post(answer["drop"]).status_code == 404


def test_what_no_form_took_is_swept(person, owner, upload, stored, settings, django_capture_on_commit_callbacks):
    _old, taken, fresh = (hold(file=upload(), by=person) for _n in range(3))
    attach(file=Held(taken), owner=owner, by=person)
    past = timezone.now() - timedelta(hours=settings.ATTACHMENT_HELD_HOURS, minutes=1)
    Attachment.objects.exclude(pk=fresh.pk).update(uploaded_at=past)
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.sweep_held() == 1
    assert set(Attachment.objects.values_list("pk", flat=True)) == {taken.pk, fresh.pk}
    assert len(stored()) == 4


def test_held_files_are_limited(client, person, upload, monkeypatch):
    monkeypatch.setattr(storing, "MOST_HELD", 1)
    client.force_login(person)
    assert send(client, upload()).status_code == 201
    answer = send(client, upload())
    assert answer.status_code == 422 and "尚未提交" in answer.json()["error"]


@pytest.mark.parametrize("data", [{}, {"file": "text"}])
def test_sending_nothing_is_said(client, person, data):
    client.force_login(person)
    assert client.post("/attachments/held/", data).status_code == 422


def test_bad_files_are_refused_with_the_reason(client, person, upload):
    client.force_login(person)
    answer = send(client, upload("a\u202e\x00gnp.html", b"<script>"))
    assert answer.status_code == 422 and "只接受" in answer.json()["error"]
    assert not Attachment.objects.exists()


def test_limits_count_what_was_sent_ahead(person, upload, settings):
    settings.ATTACHMENT_MAX_COUNT = 1
    row = hold(file=upload(), by=person)
    with pytest.raises(Exception, match="最多上传 1 个"):
        FilesField().clean([upload(), str(row.key)])


def test_a_stranger_s_form_keeps_nothing(upload):
    from django import forms
    from django.contrib.auth.models import AnonymousUser

    class Plain(forms.Form):
        files = FilesField(ahead=False, required=True)

    form = Plain({}, MultiValueDict({"files": [upload()]}))
    keep_files(form, by=AnonymousUser())
    assert form.is_valid() and not Attachment.objects.exists()
    assert 'data-hold=""' in str(Plain()["files"])
    assert not Plain({}, MultiValueDict()).is_valid()


def test_words_of_a_file_are_read_only_once_it_belongs_somewhere(district, upload):
    from foundation.search.actions import catch_up

    issue = handling(district)
    row = hold(file=upload("说明.txt", "变压器".encode(), "text/plain"), by=district.handler)
    catch_up()
    assert not FileText.objects.exists()
    attach(file=Held(row), owner=issue, by=district.handler)
    catch_up()
    assert FileText.objects.get().text == "变压器"


def test_the_same_submission_twice_with_held_files_is_one_case(client, district, upload):
    client.force_login(district.speaker)
    [form] = [one for one in forms_of(client.get("/appeals/new/").content.decode()) if "submission_key" in one.values]
    key = send(client, upload()).json()["key"]
    filled = form.filled(
        category=[str(district.category.pk)], title=["停电"], text=["常停电"], contact_phone=["13900000000"]
    )
    filled |= {"contact_name": ["王"], "files-held": [key]}
    filled.pop("keep", None)  # the button that saves a draft instead
    first, second = client.post("/appeals/new/", filled), client.post("/appeals/new/", filled)
    assert first.status_code == second.status_code == 302 and first["Location"] == second["Location"]
    assert Issue.objects.count() == 1 and Attachment.objects.count() == 1


def test_the_input_says_its_limits_before(settings):
    settings.ATTACHMENT_MAX_COUNT, settings.ATTACHMENT_MAX_BYTES = 3, 5 * 1024 * 1024
    field = FilesField()
    assert "每个不超过 5 MB，最多 3 个" in str(field.help_text)
