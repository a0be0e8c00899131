"""The ledger, the case page and the enterprise's side, as each role meets them."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from foundation.accounts.permissions import Role
from foundation.ui import paging
from issues import actions, lifecycle
from issues.desk import ledger
from issues.models import Category, Issue, SavedView
from tests.accounts.factories import UserFactory
from tests.issues import factories
from tests.issues.factories import make_enterprise, make_speaker
from tests.pictures import PNG

pytestmark = pytest.mark.django_db


def text_of(response):
    return response.content.decode()


class TestLedger:
    def test_it_shows_what_a_person_may_see_and_nothing_else(self, client, district):
        mine, other = factories.dispatched(district), factories.dispatched(district, district.other_bureau)
        client.force_login(district.handler)
        text = text_of(client.get("/issues/"))
        assert mine.number in text
        assert other.number not in text
        client.force_login(district.office)
        assert other.number in text_of(client.get("/issues/"))

    @pytest.mark.parametrize(
        "view, stage",
        [
            ("intake", "registered"),
            ("intake", "returned"),
            ("arbitration", "arbitration"),
            ("waiting", "waiting"),
            ("resolved", "resolved"),
            ("closed", "closed"),
            ("closed", "declined"),
            ("all", "handling"),
        ],
    )
    def test_each_tab_holds_its_stage(self, client, district, view, stage):
        issue = factories.STAGES[stage](district)
        client.force_login(district.office)
        page = client.get(f"/issues/?view={view}").context["page"]
        assert [row["number"] for row in page] == [issue.number]

    def test_counts_on_tabs_are_the_rows_behind_them(self, client, district):
        for make in factories.STAGES.values():
            make(district)
        client.force_login(district.office)
        for tab in client.get("/issues/").context["tabs"]:
            if tab["count"] is not None:
                found = client.get(f"/issues/{tab['url']}").context["page"].paginator
                assert len(found.object_list) == tab["count"], tab["label"]

    @pytest.fixture
    def seven(self, district, client, monkeypatch):
        """Seven cases on pages of three, before the office."""
        monkeypatch.setattr(ledger, "PER_PAGE", 3)
        client.force_login(district.office)
        return {factories.register(district).pk for _ in range(6)} | {factories.handling(district).pk}

    def test_no_count_runs_over_the_whole_ledger_for_each_page(self, client, seven):
        for number in (1, 2):
            client.get(f"/issues/?view=all&page={number}")
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/issues/?view=all&page=3").context["page"]
        assert (page.paginator.count, len(page.object_list)) == (7, 1)
        assert [one["sql"] for one in queries if "LIMIT 10001" in one["sql"]] == []

    def test_a_ledger_longer_than_people_page_says_so(self, client, seven, monkeypatch):
        monkeypatch.setattr(paging, "AT_MOST", 5)
        assert "共 5 件以上" in text_of(client.get("/issues/?view=all"))
        assert len(client.get("/issues/?view=all&page=2").context["page"].object_list) == 2

    @pytest.mark.parametrize("sort", ["registered", "-registered", "last", "-last", "number", "-number", "due", "-due"])
    def test_pages_in_any_order_hold_every_case_once(self, client, seven, sort):
        pages = [client.get(f"/issues/?view=all&sort={sort}&page={n}").context["page"].object_list for n in (1, 2, 3)]
        assert sorted(row["pk"] for rows in pages for row in rows) == sorted(seven)

    @pytest.mark.parametrize(
        "query",
        [
            "view=nonsense&page=zzz",
            "department=abc&category=999999",
            "level=purple&status=%00",
            "registered_after=2026-02-30&registered_before=x",
            "due_on=gestern&sort=password",
            "q=%F0%A0%AE%B7%00%27%22%3Cscript%3E",
            "page=-1&view=closed&saved=x",
            "q=" + "x" * 5000,
        ],
    )
    def test_nonsense_in_the_address_never_breaks_it(self, client, district, query):
        factories.register(district)
        client.force_login(district.office)
        assert client.get(f"/issues/?{query}").status_code == 200

    def test_filters_find_by_number_title_and_enterprise(self, client, district):
        issue = factories.register(district, title="专线增容受理后无进展")
        factories.register(district, title="别的事")
        client.force_login(district.office)
        for words in (issue.number, "增容", "专线 无进展", district.enterprise.name + " 增容"):
            page = client.get("/issues/", {"q": words}).context["page"]
            assert [row["number"] for row in page] == [issue.number], words

    def test_a_day_range_means_shanghai_days(self, client, district, clock):
        clock.move_to(factories.sh("2026-11-10 00:30"))
        issue = factories.register(district)
        client.force_login(district.office)
        within = client.get("/issues/?registered_after=2026-11-10&registered_before=2026-11-10").context["page"]
        assert [row["number"] for row in within] == [issue.number]
        assert not list(client.get("/issues/?registered_before=2026-11-09").context["page"])

    def test_counts_follow_at_once_whatever_happens_to_a_case(self, client, district):
        issue = factories.register(district)
        client.force_login(district.office)

        def intake():
            return next(tab["count"] for tab in client.get("/issues/").context["tabs"] if "view=intake" in tab["url"])

        assert intake() == 1
        assert intake() == 1
        actions.dispatch(issue=issue, to=district.bureau, by=district.office)
        assert intake() == 0

    def test_queries_are_the_same_for_one_row_and_many(self, client, district):
        client.force_login(district.office)
        counts = []
        for wanted in (1, 4):
            while Issue.objects.count() < wanted:
                factories.dispatched(district)
            client.get("/issues/")
            with CaptureQueriesContext(connection) as seen:
                client.get("/issues/")
            counts.append(len(seen))
        assert counts[0] == counts[1] <= 11

    def test_views_are_saved_used_and_deleted(self, client, district):
        issue = factories.register(district, title="用电增容")
        factories.register(district, title="别的事")
        client.force_login(district.office)
        saved = client.post("/issues/views/", {"name": "用电", "query": "view=open&q=增容"})
        assert [row["number"] for row in client.get(saved.url).context["page"]] == [issue.number]
        assert "用电" in text_of(client.get("/issues/"))
        view = SavedView.objects.get()
        client.force_login(district.supervisor)
        assert client.post(f"/issues/views/{view.pk}/delete/").status_code == 404
        client.force_login(district.office)
        client.post(f"/issues/views/{view.pk}/delete/")
        assert not SavedView.objects.exists()

    def test_the_export_holds_what_is_filtered_and_no_formula(self, client, district):
        factories.register(district, title="=1+1", text="@SUM(A1)")
        factories.register(district, title="别的事")
        client.force_login(district.office)
        sheet = load_workbook(BytesIO(client.get("/issues/export/", {"q": "=1+1"}).content)).active
        [row] = list(sheet.iter_rows(min_row=2))
        assert {cell.data_type for cell in row if cell.value is not None} <= {"s", "n"}
        assert row[1].value == "=1+1"

    def test_phones_are_masked_in_the_export_of_those_who_need_them_not(self, client, district):
        factories.register(district, contact_name="李工", contact_phone="13812340217")
        client.force_login(district.supervisor)
        sheet = load_workbook(BytesIO(client.get("/issues/export/?view=all").content)).active
        values = [cell.value for row in sheet.iter_rows() for cell in row]
        assert "138****0217" in values
        assert "13812340217" not in values


class TestCase:
    @pytest.mark.parametrize("stage", list(factories.STAGES))
    def test_every_stage_shows_exactly_the_verbs_at_hand_for_everyone(self, client, district, stage):
        issue = factories.STAGES[stage](district)
        for person in district.everybody:
            client.force_login(person)
            side = "appeals" if person == district.speaker else "issues"
            response = client.get(f"/{side}/{issue.pk}/")
            if not Issue.objects.visible_to(person).filter(pk=issue.pk).exists():
                assert response.status_code == 404
                continue
            assert response.status_code == 200, (stage, person)
            addressed = set(re.findall(rf'(?:action|hx-get)="/issues/{issue.pk}/(\w+)/"', text_of(response)))
            offered = addressed & {t.verb for t in lifecycle.TRANSITIONS}  # panels have addresses of their own
            assert offered == {t.verb for t in lifecycle.available(issue, person)}, (stage, person)

    def test_markup_in_every_text_stays_text(self, client, district):
        evil = "<script>alert(1)</script>"
        issue = factories.register(district, title=evil, text=evil, contact_name=evil)
        actions.note(issue=issue, by=district.office, text=evil)
        client.force_login(district.office)
        for path in (f"/issues/{issue.pk}/", "/issues/", f"/enterprises/{district.enterprise.pk}/"):
            assert evil not in text_of(client.get(path))

    def test_a_verb_is_done_and_says_so(self, client, district):
        issue = factories.register(district)
        client.force_login(district.office)
        sent = {"to": district.bureau.pk, "note": "请尽快办理", "version": issue.version}
        text = text_of(client.post(f"/issues/{issue.pk}/dispatch/", sent, follow=True))
        assert "已交办" in text
        issue.refresh_from_db()
        assert (issue.status, issue.department) == ("dispatched", district.bureau)

    def test_what_is_refused_comes_back_with_what_was_typed(self, client, district):
        issue = factories.handling(district)
        client.force_login(district.handler)
        sent = {"resolution": "solved", "text": "已协调完成,写了很长的说明", "basis": "", "version": issue.version}
        response = client.post(f"/issues/{issue.pk}/resolve/", sent)
        assert response.status_code == 422
        assert "已协调完成,写了很长的说明" in text_of(response)
        assert Issue.objects.get(pk=issue.pk).status == "handling"

    def test_a_stale_version_loses_nothing_and_can_be_sent_again(self, client, district):
        issue = factories.handling(district)
        actions.note(issue=issue, by=district.office, text="同时发生的事")
        client.force_login(district.handler)
        sent = {"text": "我的答复全文", "version": issue.version}
        answer = client.post(f"/issues/{issue.pk}/reply/", sent)
        assert answer.status_code == 409
        text = text_of(answer)
        assert "我的答复全文" in text
        assert "同时发生的事" in text
        fresh = re.search(r'name="version" value="(\d+)"', text)
        response = client.post(f"/issues/{issue.pk}/reply/", sent | {"version": fresh[1]}, follow=True)
        assert "已答复企业" in text_of(response)

    def test_a_verb_that_is_not_at_hand_is_refused_in_words(self, client, district):
        issue = factories.register(district)
        client.force_login(district.supervisor)
        response = client.post(f"/issues/{issue.pk}/dispatch/", {"to": district.bureau.pk})
        assert response.status_code == 422
        assert Issue.objects.get(pk=issue.pk).status == "registered"

    @pytest.mark.parametrize("verb", ["deem_accepted", "warn_red", "register", "nonsense"])
    def test_what_is_no_verb_of_people_is_404(self, client, district, verb):
        issue = factories.dispatched(district)
        client.force_login(district.office)
        assert client.post(f"/issues/{issue.pk}/{verb}/").status_code == 404

    def test_files_go_with_a_verb_and_come_back_as_downloads(self, client, district, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        issue = factories.handling(district)
        client.force_login(district.handler)
        photo = SimpleUploadedFile("现场.png", PNG, "image/png")
        client.post(f"/issues/{issue.pk}/note/", {"text": "内部照片", "files": [photo]})
        text = text_of(client.get(f"/issues/{issue.pk}/"))
        [link] = set(re.findall(r"/attachments/[0-9a-f-]{36}/", text))
        assert client.get(link).status_code == 200
        client.force_login(district.speaker)
        assert client.get(link).status_code == 404

    def test_the_proof_counts_day_by_day(self, client, district, clock):
        clock.move_to(factories.sh("2026-11-09 10:00"))
        issue = factories.dispatched(district)
        client.force_login(district.handler)
        text = text_of(client.get(f"/issues/{issue.pk}/proof/"))
        assert "签收时限" in text and "11-10" in text and "到期" in text
        actions.reply(issue=actions.accept(issue=issue, by=district.handler), by=district.handler, text="已联系企业")
        assert "办结时限" in text_of(client.get(f"/issues/{issue.pk}/")) and "周六" in text_of(
            client.get(f"/issues/{issue.pk}/proof/")
        )
        part = text_of(client.get(f"/issues/{issue.pk}/proof/", headers={"HX-Request": "true"}))
        assert "<html" not in part and "11-10" in part

    def test_queries_do_not_grow_with_the_timeline(self, client, district):
        issue = factories.handling(district)
        client.force_login(district.handler)
        counts = []
        for _ in range(2):
            client.get(f"/issues/{issue.pk}/")
            with CaptureQueriesContext(connection) as seen:
                client.get(f"/issues/{issue.pk}/")
            counts.append(len(seen))
            for n in range(5):
                actions.note(issue=issue, by=district.handler, text=f"备注 {n}")
        assert counts[0] == counts[1]


class TestEnterpriseSide:
    def submit(self, client, district, **facts):
        page = client.get("/appeals/new/")
        key = page.context["form"]["submission_key"].value()
        sent = {
            "submission_key": key,
            "category": district.category.pk,
            "title": "货车通行证到期",
            "text": "请协调续办。",
            "contact_name": "王工",
            "contact_phone": "13900000000",
        } | facts
        return client.post("/appeals/new/", sent)

    def test_submitted_in_one_form_and_followed(self, client, district):
        client.force_login(district.speaker)
        response = self.submit(client, district)
        issue = Issue.objects.get()
        assert response.url == f"/appeals/{issue.pk}/"
        assert (issue.channel, issue.enterprise) == ("portal", district.enterprise)
        assert issue.number in text_of(client.get(response.url))
        assert issue.title in text_of(client.get("/appeals/"))

    def test_sent_twenty_times_it_is_one_case(self, client, district):
        client.force_login(district.speaker)
        page = client.get("/appeals/new/")
        key = page.context["form"]["submission_key"].value()
        answers = {self.submit(client, district, submission_key=key).url for _ in range(20)}
        assert len(answers) == Issue.objects.count() == 1

    def test_an_incomplete_form_says_where_and_keeps_the_rest(self, client, district):
        client.force_login(district.speaker)
        response = self.submit(client, district, category="", text="写了很长的情况说明")
        assert response.status_code == 422
        assert "写了很长的情况说明" in text_of(response)
        assert response.context["form"].errors.keys() == {"category"}

    def test_nothing_internal_reaches_the_enterprise(self, client, district):
        issue = factories.arbitration(district)
        actions.rule(issue=issue, to=district.bureau, by=district.office, note="内部裁定意见")
        actions.note(issue=issue, by=district.office, text="内部备注文字")
        client.force_login(district.speaker)
        text = text_of(client.get(f"/appeals/{issue.pk}/"))
        for secret in ("内部裁定意见", "内部备注文字", "不属于我局职责", "应由交通部门办理", "黄牌", "红牌"):
            assert secret not in text, secret
        assert client.get(f"/issues/{issue.pk}/").status_code == 403

    def test_another_enterprise_sees_nothing(self, client, district):
        issue = factories.register(district)
        client.force_login(make_speaker(make_enterprise()))
        assert client.get(f"/appeals/{issue.pk}/").status_code == 404
        assert issue.title not in text_of(client.get("/appeals/"))

    def test_answers_confirms_and_rates(self, client, district):
        issue = factories.waiting(district)
        client.force_login(district.speaker)
        assert "请补充车辆清单" in text_of(client.get(f"/appeals/{issue.pk}/"))
        client.post(f"/issues/{issue.pk}/answer/", {"text": "清单如下"})
        factories.resolve(district, Issue.objects.get(pk=issue.pk))
        response = client.post(f"/issues/{issue.pk}/confirm/", {"rating": 4, "comment": "满意"}, follow=True)
        assert response.redirect_chain[-1][0] == f"/appeals/{issue.pk}/"
        issue.refresh_from_db()
        assert (issue.status, issue.rating) == ("closed", 4)

    @pytest.mark.parametrize("rating", ["0", "6", "x", ""])
    def test_a_rating_outside_one_to_five_is_refused(self, client, district, rating):
        issue = factories.resolved(district)
        client.force_login(district.speaker)
        assert client.post(f"/issues/{issue.pk}/confirm/", {"rating": rating}).status_code == 422
        assert Issue.objects.get(pk=issue.pk).status == "resolved"

    def test_an_account_without_an_enterprise_is_told_what_to_do(self, client):
        client.force_login(UserFactory(roles=[Role.ENTERPRISE], department=None))
        assert "还没有关联企业" in text_of(client.get("/appeals/new/"))
        assert client.get("/appeals/").status_code == 200


class TestRegister:
    def test_the_office_finds_the_enterprise_and_registers_a_call(self, client, district):
        client.force_login(district.office)
        found = text_of(client.get("/issues/new/", {"q": district.enterprise.name[:3]}))
        assert f"/issues/new/?enterprise={district.enterprise.pk}" in found
        form = client.get(f"/issues/new/?enterprise={district.enterprise.pk}").context["form"]
        sent = {
            "submission_key": form["submission_key"].value(),
            "enterprise": district.enterprise.pk,
            "channel": "hotline",
            "category": district.category.pk,
            "title": "热线转来",
            "text": "内容",
        }
        client.post("/issues/new/", sent)
        assert Issue.objects.get().channel == "hotline"

    def test_a_cadre_cannot_register_for_an_enterprise_out_of_sight(self, client, district):
        client.force_login(district.cadre)
        stranger = make_enterprise(name="远方有限公司")
        assert "远方有限公司" not in text_of(client.get("/issues/new/", {"q": "远方"}))
        assert "form" not in (client.get(f"/issues/new/?enterprise={stranger.pk}").context or {})


class TestRules:
    def test_a_change_is_a_new_version_and_running_cases_keep_theirs(self, client, district):
        issue = factories.dispatched(district)
        before = issue.rule
        client.force_login(district.office)
        form = client.get(f"/rules/{district.category.code}/").context["form"]
        sent = {name: form[name].value() for name in form.fields} | {"resolve_days": 7, "version": before.version}
        assert client.post(f"/rules/{district.category.code}/", sent).url == "/rules/"
        assert district.category.rules.first().resolve_days == 7
        assert Issue.objects.get(pk=issue.pk).rule == before

    def test_a_stale_or_senseless_change_is_refused(self, client, district):
        client.force_login(district.office)
        form = client.get(f"/rules/{district.category.code}/").context["form"]
        good = {name: form[name].value() for name in form.fields}
        assert (
            client.post(f"/rules/{district.category.code}/", good | {"resolve_days": 0, "version": 1}).status_code
            == 422
        )
        assert (
            client.post(f"/rules/{district.category.code}/", good | {"resolve_days": 9, "version": 99}).status_code
            == 422
        )

    def test_the_ladder_is_changed_on_its_page(self, client, district):
        client.force_login(district.office)
        form = client.get("/rules/ladders/issue/").context["form"]
        sent = {
            "yellow_days": 3,
            "short_limit": 5,
            "short_yellow_days": 1,
            "escalate_after": 2,
            "tell_yellow": ["handler"],
            "tell_red": ["department_head"],
            "tell_escalated": ["office"],
            "version": 1,
        }
        assert form["yellow_days"].value() == 2
        assert client.post("/rules/ladders/issue/", sent).url == "/rules/"
        assert client.get("/rules/").context["ladders"][0][0].yellow_days == 3

    def test_one_category_is_warned_about_by_its_own_ladder(self, client, district, clock):
        other = Category.objects.exclude(pk=district.category.pk).first()
        client.force_login(district.office)
        page = f"/rules/{district.category.code}/ladder/"
        form = client.get(page).context["form"]
        sent = {name: form[name].value() for name in form.fields} | {"yellow_days": 6, "tell_yellow": ["office"]}
        assert client.post(page, sent | {"version": 1}).url == "/rules/"
        assert client.post(page, sent | {"version": 1, "yellow_days": 7}).status_code == 422
        case = factories.handling(district)
        case.refresh_from_db()
        assert case.rule.ladder.yellow_days == 6
        assert other.rules.first().ladder.yellow_days == 2
        client.post("/rules/ladders/issue/", sent | {"version": 1, "yellow_days": 3, "tell_yellow": ["handler"]})
        assert district.category.rules.first().ladder.yellow_days == 6
        assert other.rules.first().ladder.yellow_days == 3
        client.post(f"{page}share/")
        assert district.category.rules.first().ladder.yellow_days == 3

    def test_others_read_but_do_not_edit(self, client, district):
        client.force_login(district.handler)
        assert f"/rules/{district.category.code}/" not in text_of(client.get("/rules/"))
        assert client.get(f"/rules/{district.category.code}/").status_code == 403
