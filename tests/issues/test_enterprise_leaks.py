"""Nothing internal reaches the enterprise: every field of a page, an answer, a mail, a notice, a file, a search.

A case goes through everything that can happen to it, with marked words wherever officials write among themselves;
then every text that `tests.issues.leaks.FIELDS` does not give to the enterprise is marked as well, and whatever the
enterprise's side can open is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, override_settings

from enterprises.models import Contact
from foundation.accounts.permissions import Role
from foundation.attachments.models import Attachment
from foundation.notices.delivery import deliver_due
from foundation.notices.models import Notice
from issues import actions
from issues.models import Category, FollowUpCall, Issue
from tests.access_table import ALL, ANYONE, TABLE
from tests.accounts.factories import UserFactory
from tests.issues import factories, leaks
from tests.issues.factories import MONDAY, District, make_district, make_enterprise, make_speaker, sh
from tests.liaison.factories import log, make_project
from tests.test_access import URLS
from tests.undoing import undone

SECRET = "zqstory"  # what officials write among themselves while the story is played
NOWHERE = "00000000-0000-0000-0000-000000000000"
OWN_VERBS = [
    verb
    for verb in actions.VERBS
    if "enterprise" in TABLE.get(f"api:issue-{verb.replace('_', '-')}", {}).get("POST", "").split()
]


def secret(words: str = "") -> str:
    """Words with a mark, none twice."""
    return f"{SECRET}{leaks.mark()}{words}"


def paper(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name}.txt", f"{name} 的内容".encode())


@dataclass
class Story:
    """An enterprise with a case in every stage, and one that went through everything."""

    district: District
    long: Issue
    own: list[Issue]
    foreign: Issue


@pytest.fixture(scope="module")
def played(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Story]:
    """The story, played once for all tests here and taken back at the end; each takes back what it does itself."""
    files = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("story"))
    with django_db_blocker.unblock(), files, time_machine.travel(sh(MONDAY), tick=False) as clock, undone():
        yield play(make_district(), clock)


@pytest.fixture
def story(played: Story, db: None) -> Story:
    return played


def play(district: District, clock: Any) -> Story:
    own = [make(district) for make in factories.STAGES.values()]
    half = actions.confirm_partly(issue=factories.resolved(district), by=district.speaker, left="还剩一半。", rating=3)
    own += [half, *half.follow_ups.all()]
    be_called(district)
    neighbour = make_enterprise(name="隔壁机械有限公司")
    foreign = factories.register(district, by=make_speaker(neighbour), enterprise=neighbour, title="隔壁的诉求")
    Contact.objects.create(enterprise=neighbour, name=secret(), phone="13800000000")
    make_project(enterprise=district.enterprise)
    log(district.cadre, district.enterprise, sh("2026-11-09 08:00"))
    return Story(district, long_life(district, clock), own, foreign)


def be_called(district: District) -> None:
    """The office calls about one of the closed cases, at the second try."""
    actions.change_call_rule(by=district.office, confirmed_share=100)
    actions.draw_calls()
    call = actions.miss_call(call=FollowUpCall.objects.all()[0], by=district.office, note=secret("没接"))
    actions.record_call(call=call, by=district.office, finding="solved", note=secret("回访"))


def long_life(district: District, clock) -> Issue:
    """Registered by an officer, returned, disputed, ruled, asked, extended twice, commented, lacking a policy."""
    officer = UserFactory(roles=[Role.CADRE, Role.OFFICE], department=None, name=secret("登记人"))
    case = factories.register(district, by=officer, channel=Issue.Channel.PHONE)
    case = actions.dispatch(issue=case, to=district.bureau, by=officer, note=secret("交办意见"))
    case = actions.send_back(issue=case, by=district.handler, reason=secret("退回"), kind="not_ours")
    case = actions.dispatch(issue=case, to=district.other_bureau, by=district.office, note=secret())
    case = actions.send_back(issue=case, by=district.other_handler, reason=secret("再退"), kind="not_ours")
    case = actions.rule(issue=case, to=district.bureau, by=district.office, note=secret("裁定"))
    case = actions.accept(issue=case, by=district.head, handler=district.handler)
    case = actions.note(issue=case, by=district.handler, text=secret("备注"), files=[paper(secret("内部"))])
    case = actions.reply(issue=case, by=district.handler, text="已受理,正在核实。", files=[paper("公开答复")])
    case = actions.put_on_list(issue=case, by=district.supervisor, until=date(2026, 12, 1), reason=secret("挂牌"))
    case = actions.invite(issue=case, by=district.head, to=district.other_bureau, text=secret("请协办"), days=1)
    case = actions.co_reply(
        issue=case, by=district.other_handler, text=secret("协办意见"), files=[paper(secret("协办"))]
    )
    upward = {"level": "city", "body": secret(), "text": secret("上报"), "document": secret()}
    case = actions.refer(issue=case, by=district.handler, gap_title=secret("缺口"), **upward)
    case = actions.answer_from_above(issue=case, by=district.office, text=secret("上级答复"), document=secret())
    case = actions.transfer(issue=case, by=district.head, handler=district.colleague, note=secret("转办"))
    case = actions.transfer(issue=case, by=district.head, handler=district.handler)
    case = actions.request_extension(issue=case, by=district.handler, days=2, reason=secret("延期理由"))
    case = actions.refuse_extension(issue=case, by=district.head, note=secret("不同意"))
    case = actions.request_extension(issue=case, by=district.handler, days=3, reason=secret("再申请"))
    case = actions.approve_extension(issue=case, by=district.head, note=secret("同意"))
    case = actions.ask(issue=case, by=district.handler, text="请补充车辆清单。")
    clock.move_to(sh("2026-11-11 09:00"))
    case = actions.answer(issue=case, by=district.speaker, text="清单附后。", files=[paper("清单")])
    call_command("escalate", at="2026-11-12T10:00:00+08:00", json=True)
    case.refresh_from_db()
    facts = {"resolution": Issue.Resolution.NEEDS_POLICY, "basis": "", "level": "city", "gap_title": secret("缺口")}
    return factories.resolve(district, case, text="目前没有政策依据,已列入政策缺口。", **facts)


# -- The table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", leaks.ours(), ids=lambda model: model._meta.label)
def test_every_text_field_is_declared_public_or_internal(model):
    there = {field.name for field in leaks.text_fields(model)}
    said = set(leaks.declared(model._meta.label))
    assert there - said == set(), "say in tests/issues/leaks.py whether the enterprise may read these"
    assert said - there == set(), "these no longer exist"


def test_the_table_names_only_models_there_are():
    assert set(leaks.FIELDS) - {model._meta.label for model in leaks.ours()} == set()


# -- What was said while it happened ----------------------------------------------------------------------------------


def test_no_notice_and_no_mail_to_the_enterprise_repeats_what_officials_write_among_themselves(story, mailoutbox):
    deliver_due()
    side = story.district.speaker
    said = [f"{notice.subject}\n{notice.body}" for notice in Notice.objects.filter(recipient=side)]
    sent = [f"{one.subject}\n{one.body}" for one in mail.outbox if side.email in one.to]
    assert len(said) > 5 and len(sent) == 1  # everything that waits is one mail
    assert all(text.partition("\n")[0] in sent[0] for text in said)
    assert [text for text in said + sent if SECRET in text] == []


# -- What can be opened -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def marks(played: Story) -> Iterator[dict[str, str]]:
    """Mark → field, after everything internal was marked; the index has read it."""
    with undone():
        found = leaks.mark_everything_internal(played.district.enterprise)
        call_command("reindex_search", json=True)
        yield found


@pytest.fixture
def side(story, client) -> Client:
    """The enterprise's side, signed in."""
    client.force_login(story.district.speaker)
    return client


def leaked(answers: dict[str, HttpResponse], marks: dict[str, str]) -> dict[str, list[str]]:
    """Address → the fields whose marks it shows."""
    found = {}
    for address, answer in answers.items():
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        text = body.decode("utf-8", "replace") + str(answer.headers)
        if SECRET in text or leaks.MARK.search(text):
            found[address] = sorted({where for word, where in marks.items() if word in text}) or [SECRET]
    return found


def addresses(story: Story, method: str, issues: Sequence[Issue] = ()) -> Iterator[str]:
    """Every address the enterprise may ask for with this method, with each number that could fit."""
    notices = Notice.objects.filter(recipient=story.district.speaker).values_list("pk", flat=True)[:3]
    cases = [issue.pk for issue in issues or (*story.own, story.long, story.foreign)]
    keys = list(map(str, Attachment.objects.values_list("key", flat=True)))
    for name, path in URLS:
        if not {ANYONE, ALL, "enterprise"} & set(TABLE[name].get(method, "").split()) or "logout" in path:
            continue
        numbers = list(notices) if "notice" in path else cases
        for filled in {path.replace("/0/", f"/{number}/") for number in numbers}:
            yield from [filled.replace(NOWHERE, key) for key in keys] if NOWHERE in filled else [filled]


def test_no_page_and_no_answer_of_the_api_shows_anything_internal(story, marks, side):
    answers = {address: side.get(address) for address in addresses(story, "GET")}
    told = addresses(story, "GET", (story.long, story.foreign))  # where everything internal has been said
    pieces = {f"{address} (part)": side.get(address, headers={"HX-Request": "true"}) for address in told}
    assert leaked(answers | pieces, marks) == {}
    assert {200, 404} <= {answer.status_code for answer in answers.values()}
    shown = answers[f"/appeals/{story.long.pk}/"].content.decode()
    assert "已受理,正在核实。" in shown and "清单附后。" in shown and "公开答复" in shown
    assert answers[f"/appeals/{story.foreign.pk}/"].status_code == 404
    assert len({where for where in marks.values() if where.startswith(("issues.", "attachments."))}) > 8


def test_nothing_internal_comes_back_from_what_the_enterprise_sends(story, marks, side):
    answers = {address: side.post(address, {}) for address in addresses(story, "POST")}
    tried = [(issue, verb) for issue in story.own for verb in OWN_VERBS]
    tried += [(issue, verb) for issue in (story.long, story.foreign) for verb in actions.VERBS]
    for issue, verb in tried:
        answers[f"verb {verb} {issue.pk}"] = side.post(f"/issues/{issue.pk}/{verb}/", {"version": "0"})
    assert leaked(answers, marks) == {}


def test_what_a_verb_answers_and_tells_afterwards_holds_nothing_internal(story, marks, side):
    """The people and papers are marked by now, so whatever a verb repeats of them shows."""
    waiting = next(issue for issue in story.own if issue.status == Issue.Status.WAITING)
    resolved = next(issue for issue in story.own if issue.status == Issue.Status.RESOLVED)
    sent = {
        f"/api/v1/issues/{waiting.pk}/answer/": {"text": "补充如下。"},
        f"/api/v1/issues/{resolved.pk}/reject/": {"reason": "没有续办。"},
        f"/api/v1/issues/{story.long.pk}/confirm/": {"rating": 2, "comment": "希望尽快出台。"},
        "/api/v1/issues/": {"category": Category.objects.first().code, "title": "再来一件", "text": "说明如下。"},
    }
    answers = {url: side.post(url, body, content_type="application/json") for url, body in sent.items()}
    assert {url: answer.status_code for url, answer in answers.items() if answer.status_code not in (200, 201)} == {}
    district = story.district
    handling = Issue.objects.get(pk=waiting.pk)
    for person in (district.handler, district.office, district.head):
        person.refresh_from_db()
    actions.reply(issue=handling, by=district.handler, text="清单收到。")
    actions.ask(issue=Issue.objects.get(pk=waiting.pk), by=district.handler, text="还缺一页。")
    answers["/notices/"], answers["/api/v1/notices/"] = side.get("/notices/"), side.get("/api/v1/notices/")
    answers["page"] = side.get(f"/appeals/{waiting.pk}/")
    deliver_due()
    assert leaked(answers, marks) == {}
    sent_to_side = [f"{one.subject}\n{one.body}" for one in mail.outbox if district.speaker.email in one.to]
    assert sent_to_side
    assert [text for text in sent_to_side if leaks.MARK.search(text)] == []


def test_no_internal_word_can_be_searched_for(story, marks, side):
    words = {where: word for word, where in marks.items()}
    assert len(words) > 30
    found = {}
    for where, word in words.items():
        answer = side.get("/search/", {"q": word})
        hits = [hit for group in answer.context["groups"] for hit in group.hits] if answer.context else [answer.url]
        listed = side.get("/api/v1/issues/", {"q": word})
        rows = listed.json().get("results", []) if listed.status_code == 200 else []
        if hits or rows:
            found[where] = word
    assert found == {}


def test_internal_files_are_no_files_at_all(story, side):
    internal = Attachment.objects.filter(internal=True)
    assert internal.exists()
    assert {side.get(f"/attachments/{one.key}/").status_code for one in internal} == {404}
