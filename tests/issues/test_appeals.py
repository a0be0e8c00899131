"""The enterprise's side: writing an appeal, keeping it, sending it once, following it, adding to it, taking it back."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.accounts.errors import Refused
from foundation.attachments.models import Attachment
from foundation.notices.models import Notice
from issues import actions, titles
from issues.casefile import stages
from issues.models import AppealDraft, Event, Handling, Issue
from tests.issues import factories
from tests.issues.factories import make_enterprise, make_speaker, sh
from tests.pageforms import forms_of

pytestmark = pytest.mark.django_db
TWO_PAUSES = "申报的补助去年就在审核,今年资金压力很大,什么时候能拨付到位请告知"


@pytest.fixture
def side(client, district):
    """The enterprise's side, signed in."""
    client.force_login(district.speaker)
    return client


def ahead(client, name: str) -> str:
    """The key of a file sent ahead of its form."""
    return client.post("/attachments/held/", {"file": SimpleUploadedFile(name, "内容".encode())}).json()["key"]


def page(client, address: str) -> str:
    return client.get(address).content.decode()


def written(district, **facts):
    """What a person fills in at least."""
    given = {"submission_key": str(uuid.uuid4()), "category": district.category.pk, "text": "变压器容量不够,请增容。"}
    return given | {"contact_name": "王经理", "contact_phone": "13800138000"} | facts


class TestSending:
    def test_two_things_are_asked_for_and_the_rest_is_known(self, side, district):
        district.speaker.phone = "13800138000"
        district.speaker.save()
        form = side.get("/appeals/new/").context["form"]
        empty = [name for name, field in form.fields.items() if field.required and not form[name].value()]
        assert empty == ["text", "category"]
        assert len(forms_of(page(side, "/appeals/new/"))[-1].typed) <= 4  # text; folded: title and contact

    def test_a_title_that_is_not_given_is_made_from_the_text(self, side, district):
        side.post("/appeals/new/", written(district, text="领导好!\n专线增容申请两个月没有进展。请协调。"))
        assert Issue.objects.get().title == "专线增容申请两个月没有进展"

    def test_pressed_twenty_times_it_is_one_case(self, side, district):
        sent = written(district)
        answers = [side.post("/appeals/new/", sent) for _ in range(20)]
        issue = Issue.objects.get()
        assert {answer.url for answer in answers} == {f"/appeals/{issue.pk}/"}
        assert Event.objects.filter(issue=issue).count() == 1

    def test_what_is_refused_comes_back_with_everything_typed(self, side, district):
        answer = side.post("/appeals/new/", written(district, category="", title="标题留着", contact_name="李厂长"))
        text = answer.content.decode()
        assert answer.status_code == 422
        assert "变压器容量不够" in text and "标题留着" in text and "李厂长" in text
        assert not Issue.objects.exists()

    @pytest.mark.parametrize(
        "text, title",
        [
            ("您好。厂区积水", "厂区积水"),
            ("", ""),
            ("尊敬的领导您好", ""),
            ("一" * 60, "一" * 39 + "…"),
            ("申报的补助去年就在审核,今年资金压力很大" + ",什么时候能拨付到位请告知" * 2, TWO_PAUSES),
        ],
    )  # fmt: skip
    def test_the_made_title_is_the_first_sentence_that_says_something(self, text, title):
        assert titles.made_from(text) == title


class TestDrafts:
    def test_it_is_kept_while_somebody_types_and_goes_on_elsewhere(self, side, district, client):
        key = uuid.uuid4()
        kept = side.post("/appeals/drafts/", written(district, submission_key=str(key), text="先写一半"))
        assert "草稿已存" in kept.content.decode()
        side.post("/appeals/drafts/", written(district, submission_key=str(key), text="先写一半,再写一些"))
        side.logout()
        client.force_login(district.speaker)
        assert "先写一半,再写一些" in page(client, "/") and "先写一半,再写一些" in page(client, "/appeals/")
        form = client.get(f"/appeals/new/?draft={key}").context["form"]
        assert form["text"].value() == "先写一半,再写一些"
        assert form["category"].value() == district.category.pk
        assert str(form["submission_key"].value()) == str(key)

    def test_sending_it_ends_it(self, side, district):
        sent = written(district)
        side.post("/appeals/drafts/", sent)
        side.post("/appeals/new/", sent)
        assert not AppealDraft.objects.exists()
        side.post("/appeals/drafts/", sent)  # a late autosave
        assert not AppealDraft.objects.exists()
        assert Issue.objects.count() == 1

    def test_without_scripts_a_button_keeps_it_however_unfinished(self, side, district):
        answer = side.post("/appeals/new/", {"submission_key": str(uuid.uuid4()), "text": "只有一句", "keep": "1"})
        assert answer.url == "/appeals/"
        assert AppealDraft.objects.get().text == "只有一句"
        assert not Issue.objects.exists()
        empty = side.post("/appeals/new/", {"submission_key": str(uuid.uuid4()), "keep": "1"})
        assert "没有可存的草稿" in empty.content.decode()

    def test_several_are_kept_and_one_can_be_thrown_away(self, side, district):
        drafts = [actions.save_draft(by=district.speaker, key=uuid.uuid4(), text=f"第{n}份") for n in range(3)]
        side.post(f"/appeals/drafts/{drafts[1].key}/discard/")
        assert sorted(AppealDraft.objects.values_list("text", flat=True)) == ["第0份", "第2份"]

    def test_nobody_elses_draft_is_seen_changed_or_thrown_away(self, side, district):
        colleague = make_speaker(district.enterprise)
        theirs = actions.save_draft(by=colleague, key=uuid.uuid4(), text="同事的草稿")
        assert "同事的草稿" not in page(side, "/appeals/")
        assert "同事的草稿" not in page(side, f"/appeals/new/?draft={theirs.key}")
        assert side.post(f"/appeals/drafts/{theirs.key}/discard/").status_code == 404
        answer = side.post("/appeals/drafts/", written(district, submission_key=str(theirs.key)))
        assert "没有存上" in answer.content.decode()
        theirs.refresh_from_db()
        assert theirs.text == "同事的草稿"

    @pytest.mark.parametrize("text", ["a\x00b", "字" * 5001, "\ud800"], ids=["nul", "overlong", "half a character"])
    def test_what_cannot_be_kept_is_said_and_nothing_is_written(self, district, text):
        with pytest.raises(Refused):
            actions.save_draft(by=district.speaker, key=uuid.uuid4(), text=text)
        assert not AppealDraft.objects.exists()

    @pytest.mark.parametrize("query", ["draft=x", "draft=%00", f"draft={uuid.UUID(int=1)}", "draft=" + "9" * 5000])
    def test_a_draft_that_is_none_opens_an_empty_form(self, side, query):
        answer = side.get(f"/appeals/new/?{query}")
        assert answer.status_code == 200
        assert answer.context["draft"] is None

    def test_its_files_go_on_with_it_elsewhere_and_into_the_case(self, side, district, client, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        sent = written(district, **{"files-held": ahead(side, "一.txt")})
        assert "草稿已存" in side.post("/appeals/drafts/", sent).content.decode()
        side.logout()
        client.force_login(district.speaker)
        assert "1 个附件" in page(client, "/appeals/") and "1 个附件" in page(client, "/")
        form = forms_of(page(client, f"/appeals/new/?draft={sent['submission_key']}"))[-1]
        assert form.filled()["files-held"] == [sent["files-held"]]
        client.post("/appeals/new/", sent)
        assert [file.name for file in Attachment.objects.of(Issue.objects.get())] == ["一.txt"]
        assert not Attachment.objects.held().exists()

    def test_files_alone_are_a_draft(self, side, district, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        key = str(uuid.uuid4())
        side.post("/appeals/drafts/", {"submission_key": key, "files-held": ahead(side, "一.txt")})
        assert AppealDraft.objects.get().files.count() == 1
        assert "还没有写内容" in page(side, "/appeals/")

    def test_what_another_device_added_stays_until_the_person_says_otherwise(self, side, district, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        first, second = ahead(side, "一.txt"), ahead(side, "二.txt")
        sent = written(district)
        side.post("/appeals/drafts/", sent | {"files-held": first})
        side.post("/appeals/drafts/", sent | {"files-held": second})  # a form that never saw the first
        draft = AppealDraft.objects.get()
        assert [file.name for file in draft.files] == ["一.txt", "二.txt"]
        side.post("/appeals/new/", sent | {"keep": "1", "files-held": second})  # without scripts: the first unticked
        assert [file.name for file in draft.files] == ["二.txt"]

    def test_without_scripts_the_button_keeps_the_files_chosen(self, side, district, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        chosen = SimpleUploadedFile("说明.txt", "内容".encode())
        assert side.post("/appeals/new/", written(district, keep="1", files=chosen)).status_code == 302
        assert [file.name for file in AppealDraft.objects.get().files] == ["说明.txt"]

    def test_thrown_away_its_files_go_too(self, side, district, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        side.post("/appeals/drafts/", written(district, **{"files-held": ahead(side, "一.txt")}))
        side.post(f"/appeals/drafts/{AppealDraft.objects.get().key}/discard/")
        assert not Attachment.objects.exists()

    def test_nobody_keeps_anothers_file(self, side, district, client, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        theirs = ahead(side, "一.txt")
        client.force_login(make_speaker(district.enterprise))
        client.post("/appeals/drafts/", written(district, **{"files-held": theirs}))
        assert AppealDraft.objects.get().files.count() == 0
        assert Attachment.objects.get().held_for is None

    def test_there_is_an_end_to_them(self, district):
        for _ in range(20):
            actions.save_draft(by=district.speaker, key=uuid.uuid4(), text="一份")
        with pytest.raises(Refused, match="最多保存 20 份"):
            actions.save_draft(by=district.speaker, key=uuid.uuid4(), text="又一份")


class TestFollowing:
    def test_what_waits_for_us_stands_on_top_with_who_and_until_when(self, side, district, clock):
        factories.handling(district)
        waiting = factories.waiting(district)
        clock.move_to(sh("2026-11-09 11:00"))
        factories.register(district, title="最新的一件")
        rows = side.get("/appeals/").context["rows"]
        assert rows[0].pk == waiting.pk
        assert rows[0].limit == "时限已暂停,等您补充"
        assert {row.department for row in rows} == {"区交通局", "企业服务办公室"}
        assert "最迟 11月12日 24:00 首次答复" in {row.limit for row in rows}

    def test_the_line_of_stages_says_whose_each_is_and_when(self, side, district):
        issue = factories.handling(district)
        stops = {stage.label: stage for stage in side.get(f"/appeals/{issue.pk}/").context["stages"]}
        assert [*stops] == ["提交", "交办", "签收", "首次答复", "办结", "您确认"]
        assert (stops["签收"].who, stops["签收"].css) == ("区交通局", "ok")
        assert (stops["首次答复"].who, stops["首次答复"].when) == ("区交通局", "最迟 11月12日 24:00")
        assert stops["首次答复"].css == "now"
        assert stops["您确认"].who == "本企业"

    def test_a_dispute_among_departments_looks_like_waiting_for_dispatch(self, side, district):
        for issue in (factories.returned(district), factories.arbitration(district)):
            text = page(side, f"/appeals/{issue.pk}/")
            assert "企业服务办公室正在核对" in text
            assert "区城管局" not in text

    def test_the_end_is_told_for_each_way_it_can_come(self, side, district):
        withdrawn = actions.withdraw(issue=factories.register(district), by=district.speaker, reason="已自行解决")
        ends = {
            stages.of(issue, None)[-1].label
            for issue in (withdrawn, factories.declined(district))
        }  # fmt: skip
        assert ends == {"已撤回", "不予受理"}

    def test_colleagues_are_named_to_each_other_and_officials_are_not(self, side, district):
        colleague = make_speaker(district.enterprise, name="同事小赵")
        issue = actions.answer(issue=factories.waiting(district), by=colleague, text="清单附后。")
        text = page(side, f"/appeals/{issue.pk}/")
        assert "同事小赵" in text
        assert district.handler.name not in text and district.office.name not in text
        side.force_login(district.handler)
        assert "同事小赵" not in page(side, f"/issues/{issue.pk}/")

    def test_past_cases_are_found_by_words_category_and_year(self, side, district):
        closed = factories.closed(district)
        factories.declined(district)
        for query, hits in {
            "q=通行证": 2,
            f"q={closed.number}": 1,
            "q=没有这个词": 0,
            f"category={district.category.pk}": 2,
            "year=2026": 2,
            "year=1999": 2,  # nonsense narrows nothing
            "category=999999999999999999999&q=%00": 2,
        }.items():
            assert len(side.get(f"/appeals/?view=closed&{query}").context["rows"]) == hits, query

    def test_the_list_costs_the_same_for_one_case_and_for_many(self, side, district):
        def cost() -> int:
            side.get("/appeals/")  # what is remembered until the next act
            with CaptureQueriesContext(connection) as queries:
                side.get("/appeals/")
            return len(queries)

        factories.handling(district)
        actions.save_draft(by=district.speaker, key=uuid.uuid4(), text="一份")
        first = cost()
        for _ in range(3):
            factories.waiting(district)
            actions.save_draft(by=district.speaker, key=uuid.uuid4(), text="又一份")
        assert cost() == first

    def test_the_case_costs_the_same_with_few_events_and_with_many(self, side, district):
        issue = factories.handling(district)

        def cost() -> int:
            side.get(f"/appeals/{issue.pk}/")  # what is remembered until the next act
            with CaptureQueriesContext(connection) as queries:
                side.get(f"/appeals/{issue.pk}/")
            return len(queries)

        first = cost()
        for n in range(3):
            actions.reply(issue=issue, by=district.handler, text=f"进展 {n}")
            actions.supplement(issue=issue, by=district.speaker, text=f"补充 {n}")
        assert cost() == first


class TestAddingAndTakingBack:
    @pytest.mark.parametrize("stage", ["registered", "dispatched", "returned", "arbitration", "handling", "resolved"])
    def test_words_and_files_are_added_at_any_open_stage_and_nothing_moves(
        self, side, district, stage, settings, tmp_path
    ):
        settings.MEDIA_ROOT = tmp_path
        issue = factories.STAGES[stage](district)
        paper = SimpleUploadedFile("说明.txt", "积水半米".encode())
        side.post(f"/issues/{issue.pk}/supplement/", {"text": "补一份说明", "files": paper, "version": issue.version})
        after = Issue.objects.get(pk=issue.pk)
        assert (after.status, after.due_at, after.department_id) == (issue.status, issue.due_at, issue.department_id)
        event = after.events.get(verb="supplement")
        assert not event.internal and len(event.data["files"]) == 1
        assert "说明.txt" in page(side, f"/appeals/{issue.pk}/")

    def test_whoever_has_it_hears_of_it(self, district):
        actions.supplement(issue=factories.register(district), by=district.speaker, text="补充")
        told = Notice.objects.filter(kind="issue.supplement")
        assert {notice.recipient for notice in told} == {district.office}
        told.delete()
        actions.supplement(issue=factories.handling(district), by=district.speaker, text="补充")
        assert {notice.recipient for notice in Notice.objects.filter(kind="issue.supplement")} == {district.handler}

    @pytest.mark.parametrize("stage", ["registered", "dispatched", "returned", "arbitration"])
    def test_it_is_taken_back_until_a_department_has_accepted_it(self, side, district, stage):
        issue = factories.STAGES[stage](district)
        side.post(f"/issues/{issue.pk}/withdraw/", {"reason": "已自行解决", "version": issue.version})
        after = Issue.objects.get(pk=issue.pk)
        assert (after.status, after.closing) == ("closed", "withdrawn")
        assert (after.level, after.due_at) == (0, None)
        assert not Handling.objects.filter(issue=issue, ended_at__isnull=True).exists()
        with pytest.raises(Refused, match="企业在办理前撤回"):
            actions.reopen(issue=after, by=district.office, reason="重办")

    @pytest.mark.parametrize("stage", ["handling", "waiting", "resolved", "closed"])
    def test_after_that_it_is_not(self, side, district, stage):
        issue = factories.STAGES[stage](district)
        assert side.post(f"/issues/{issue.pk}/withdraw/", {"reason": "不办了"}).status_code == 422
        assert Issue.objects.get(pk=issue.pk).status == issue.status

    def test_nobody_but_its_enterprise_does_either(self, client, district):
        issue = factories.register(district)
        for person in (district.handler, district.office):
            with pytest.raises(Refused):
                actions.withdraw(issue=issue, by=person, reason="替企业撤回")
        client.force_login(make_speaker(make_enterprise()))
        for verb in ("withdraw", "supplement"):
            assert client.post(f"/issues/{issue.pk}/{verb}/", {"reason": "x", "text": "x"}).status_code == 404
            assert client.post(f"/api/v1/issues/{issue.pk}/{verb}/", {}, "application/json").status_code == 404

    def test_the_api_has_both(self, side, district):
        issue = factories.dispatched(district)
        url = f"/api/v1/issues/{issue.pk}"
        assert side.post(f"{url}/supplement/", {"text": "补充"}, "application/json").status_code == 200
        stale = side.post(f"{url}/withdraw/", {"reason": "撤回", "version": 1}, "application/json")
        assert stale.status_code == 409
        done = side.post(f"{url}/withdraw/", {"reason": "撤回"}, "application/json")
        assert done.json()["closing"] == "withdrawn"
