"""A verb that came too late loses nothing: the case's news and the person's own text stand side by side."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from foundation.attachments.models import Attachment
from issues import actions
from issues.models import Event, Issue
from tests.effort import examples
from tests.issues import factories
from tests.issues.factories import District


def panel(response: HttpResponse) -> str:
    """The part of the page with both texts."""
    found = re.search(r'<section class="card unsent".*?</section>', response.content.decode(), re.S)
    assert found, "no panel"
    return found[0]


def hidden(html: str) -> dict[str, str]:
    """The hidden numbers that a form carries back."""
    return dict(re.findall(r'type="hidden" name="(version|read_until)" value="(\d+)"', html))


def form_of(client: Any, path: str) -> dict[str, str]:
    """What a form drawn now would post besides its fields."""
    return hidden(client.get(path).content.decode())


def test_the_news_and_the_own_text_stand_side_by_side_and_go_with_one_button(client: Any, district: District):
    issue = factories.handling(district)
    client.force_login(district.handler)
    read = form_of(client, f"/issues/{issue.pk}/")
    actions.reply(issue=issue, by=district.head, text="局长先答复了企业。")
    actions.note(issue=issue, by=district.office, text="专班的备注。")
    late = client.post(f"/issues/{issue.pk}/reply/", {"text": "我写了很久的答复。"} | read)
    assert late.status_code == 409
    shown = panel(late)
    assert "局长先答复了企业。" in shown and "专班的备注。" in shown and "我写了很久的答复。" in shown
    assert "货车夜间通行证" not in shown  # only what is new
    assert late.content.decode().count(f'action="/issues/{issue.pk}/reply/"') == 1
    again = client.post(f"/issues/{issue.pk}/reply/", {"text": "我写了很久的答复。"} | hidden(shown), follow=True)
    assert "已答复企业" in again.content.decode()
    assert Event.objects.filter(verb="reply", text="我写了很久的答复。").count() == 1


def test_a_verb_that_has_passed_leaves_its_text_to_be_kept_as_a_note(client: Any, district: District):
    issue = factories.handling(district)
    client.force_login(district.handler)
    read = form_of(client, f"/issues/{issue.pk}/")
    factories.resolve(district, issue)
    late = client.post(f"/issues/{issue.pk}/ask/", {"text": "请补充\n车辆清单。"} | read)
    shown = panel(late)
    assert late.status_code == 409
    assert shown.count("车辆清单。") == 2  # what was written, and the form that keeps it
    assert f'action="/issues/{issue.pk}/note/"' in shown and "作为“内部备注”提交" in shown
    assert Issue.objects.get(pk=issue.pk).status == "resolved"
    client.post(f"/issues/{issue.pk}/note/", {"text": "请补充车辆清单。"} | hidden(shown))
    assert Event.objects.filter(verb="note", text="请补充车辆清单。", internal=True).exists()


def test_every_kind_of_field_is_told_in_words(client: Any, district: District):
    issue = factories.register(district)
    client.force_login(district.office)
    read = form_of(client, f"/issues/{issue.pk}/")
    actions.decline(issue=issue, by=district.office, reason="法院已受理。")
    late = client.post(f"/issues/{issue.pk}/dispatch/", {"to": district.other_bureau.pk, "note": "请按期办理。"} | read)
    assert "区城管局" in panel(late) and "请按期办理。" in panel(late) and "法院已受理。" in panel(late)


def test_a_case_that_moved_on_without_a_version_keeps_the_text_too(client: Any, district: District):
    issue = factories.resolved(district)
    client.force_login(district.handler)
    late = client.post(f"/issues/{issue.pk}/reply/", {"text": "办结之后才提交的话。"})
    assert late.status_code == 422
    assert "办结之后才提交的话。" in panel(late) and "待企业确认" in panel(late)


def test_the_enterprise_sees_its_own_text_and_only_public_news(client: Any, district: District):
    issue = factories.waiting(district)
    client.force_login(district.speaker)
    read = form_of(client, f"/appeals/{issue.pk}/")
    actions.note(issue=issue, by=district.office, text="内部:请盯紧。")
    actions.reply(issue=issue, by=district.handler, text="补充一句:只要行驶证。")
    late = client.post(f"/issues/{issue.pk}/answer/", {"text": "清单共 12 台车。"} | read)
    assert late.status_code == 409
    shown = panel(late)
    assert "补充一句:只要行驶证。" in shown and "清单共 12 台车。" in shown
    assert "请盯紧" not in late.content.decode()
    actions.answer(issue=issue, by=district.office, text="电话里已说清。")
    gone = client.post(f"/issues/{issue.pk}/answer/", {"text": "清单共 12 台车。"} | hidden(shown))
    assert "清单共 12 台车。" in panel(gone) and "电话里已说清。" in panel(gone)
    assert Issue.objects.get(pk=issue.pk).status == "handling"


@pytest.mark.parametrize("mark", ["-1", "9" * 30, "x", "", "٣"])
def test_a_nonsense_mark_of_what_was_read_does_no_harm(client: Any, district: District, mark: str):
    issue = factories.handling(district)
    version = issue.version
    actions.note(issue=issue, by=district.office, text="同时发生的事")
    client.force_login(district.handler)
    sent = {"text": "我的答复", "version": version, "read_until": mark}
    late = client.post(f"/issues/{issue.pk}/reply/", sent)
    assert late.status_code == 409 and "同时发生的事" in panel(late) and "签收" not in panel(late)


def test_files_stay_with_the_form(client: Any, district: District, settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = tmp_path
    issue = factories.handling(district)
    version = issue.version
    actions.note(issue=issue, by=district.office, text="同时发生的事")
    client.force_login(district.handler)
    file = SimpleUploadedFile("说明.txt", "内容".encode(), "text/plain")
    late = client.post(f"/issues/{issue.pk}/reply/", {"text": "我的答复", "version": version, "files": [file]})
    [kept] = Attachment.objects.held_by(district.handler)
    assert "说明.txt" in panel(late) and f'value="{kept.key}"' in panel(late)


def test_the_api_answers_with_both_and_without_the_files(district: District):
    issue = factories.handling(district)
    version = issue.version
    actions.note(issue=issue, by=district.office, text="同时发生的事")
    api = APIClient()
    api.force_login(district.handler)
    file = SimpleUploadedFile("说明.txt", "文件内容".encode(), "text/plain")
    sent = {"text": "我的答复", "version": version, "files": file}
    answer = api.post(f"/api/v1/issues/{issue.pk}/reply/", sent, format="multipart")
    assert answer.status_code == 409
    body = answer.json()
    assert body["current"]["events"][0]["text"] == "同时发生的事"
    assert body["yours"] == {"text": "我的答复", "version": str(version)}


# What a form can carry: no control characters, no lone surrogates; a browser sends line breaks as CRLF.
WRITABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(str.strip)


@settings(max_examples=examples(5), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=WRITABLE)
def test_whatever_was_written_comes_back_as_it_was(client: Any, district: District, text: str):
    issue = factories.handling(district)
    actions.note(issue=issue, by=district.office, text="同时发生的事")
    client.force_login(district.handler)
    late = client.post(f"/issues/{issue.pk}/reply/", {"text": text, "version": issue.version})
    assert late.context["unsent"].choice.form["text"].value() == text
    client.post(f"/issues/{issue.pk}/reply/", {"text": text} | hidden(panel(late)))
    assert Event.objects.filter(issue=issue, verb="reply", text=text.strip()).count() == 1
