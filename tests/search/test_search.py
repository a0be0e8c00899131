"""The search page: what is found, and above all what is not."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actions import edit_enterprise
from enterprises.models import Enterprise
from foundation.accounts.permissions import Role
from foundation.attachments.actions import attach
from foundation.imports import actions as imports
from foundation.search.actions import catch_up
from foundation.search.kinds import all_kinds
from foundation.search.models import Document, FileText
from issues import actions
from issues.models import Issue
from tests.accounts.factories import UserFactory
from tests.issues import factories
from tests.issues.factories import make_enterprise, make_speaker, sh
from tests.liaison.factories import log, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def found(client):
    """`found(user, question, kind="")` → the titles on the page of results, by group."""

    def ask(user: Any, question: str, **more: str) -> dict[str, list[str]]:
        client.force_login(user)
        response = client.get("/search/", {"q": question} | more)
        assert response.status_code == 200, response
        if "groups" in response.context:
            return {group.key: [plain(hit.title) for hit in group.hits] for group in response.context["groups"]}
        return {response.context["kind"].key: [plain(hit.title) for hit in response.context["hits"]]}

    return ask


def plain(html: str) -> str:
    return unescape(re.sub("<[^>]+>", "", str(html)))


class TestWhatIsFound:
    def test_two_characters_anywhere_in_title_text_and_replies(self, district, found):
        issue = factories.handling(district)
        actions.reply(issue=issue, by=district.handler, text="已与公安交警对接。")
        for part in ("通行", "证到", "台货", "交警", "安交", "12", "证", "电子"):
            assert found(district.office, part).get("issue") == [issue.title], part
        for absent in ("行通", "火车", "13"):
            assert "issue" not in found(district.office, absent), absent

    def test_a_long_word_is_found_only_where_it_stands_together(self, district, found):
        factories.register(district, title="稀土和土地、地矿", text="无")
        whole = factories.register(district, title="稀土地矿", text="无")
        assert found(district.office, "稀土地矿")["issue"] == [whole.title]

    def test_every_word_must_be_there_in_any_order_and_any_case(self, district, found):
        issue = factories.register(district, title="厂区 ＶＰＮ 与 5G 基站", text="信号弱")
        for question in ("基站 vpn", "5g 信号", "VPN 信号"):
            assert found(district.office, question)["issue"] == [issue.title], question
        assert found(district.office, "基站 税收") == {}

    def test_all_kinds_side_by_side(self, district, found):
        issue = factories.register(district, title="蓝莓冷库用电")
        enterprise = make_enterprise(name="蓝莓食品有限公司")
        project = make_project(name="蓝莓深加工")
        visit = log(district.cadre, district.enterprise, sh("2026-11-09 09:00"), summary="谈到蓝莓收购")
        assert found(district.office, "蓝莓") == {
            "issue": [issue.title],
            "enterprise": [enterprise.name],
            "project": [project.name],
            "visit": [str(visit)],
        }

    def test_a_whole_number_opens_the_case_even_before_it_is_indexed(self, client, district):
        issue = factories.register(district)
        client.force_login(district.office)
        response = client.get("/search/", {"q": issue.number.lower()})
        assert (response.status_code, response["Location"]) == (302, f"/issues/{issue.pk}/")
        client.force_login(district.speaker)
        assert client.get("/search/", {"q": issue.number})["Location"] == f"/appeals/{issue.pk}/"

    def test_part_of_a_number_is_found(self, district, found):
        issue = factories.register(district)
        assert found(district.office, issue.number[-4:])["issue"] == [issue.title]
        code = district.enterprise.credit_code
        assert found(district.office, code[1:9])["enterprise"] == [district.enterprise.name]

    def test_the_matches_are_marked_and_the_passage_told(self, client, district):
        factories.register(district)
        client.force_login(district.office)
        page = client.get("/search/", {"q": "货车"}).content.decode()
        assert "<mark>货车</mark>夜间" in page
        assert "12 台<mark>货车</mark>的通行证" in page

    @pytest.mark.parametrize(
        "nonsense", ["%", "_", "'", "\\", '"', "*", "(", ":*", "a'b", "\x00", "NEAR(", "甲' | '乙"]
    )
    def test_nonsense_is_answered_in_words(self, client, district, nonsense):
        factories.register(district)
        client.force_login(district.office)
        assert client.get("/search/", {"q": nonsense}).status_code == 200

    def test_one_kind_goes_page_by_page_newest_first(self, client, district, found):
        titles = [factories.register(district, title=f"第{n}件停电").title for n in range(53)]
        catch_up()
        assert found(district.office, "停电")["issue"] == titles[::-1][:10]
        assert found(district.office, "停电", kind="issue")["issue"] == titles[::-1][:50]
        assert found(district.office, "停电", kind="issue", page="2")["issue"] == titles[::-1][50:]
        assert "查看更多" in client.get("/search/", {"q": "停电"}).content.decode()
        assert found(district.office, "停电", kind="issue", page="九")["issue"] == titles[::-1][:50]


class TestStayingCurrent:
    def test_a_rename_reaches_the_cases(self, district, found):
        issue = factories.register(district)
        assert found(district.office, "白鹭") == {}
        edit_enterprise(
            enterprise=district.enterprise,
            by=district.office,
            version=district.enterprise.version,
            name="白鹭光电有限公司",
        )
        assert found(district.office, "白鹭") == {"issue": [issue.title], "enterprise": ["白鹭光电有限公司"]}

    def test_what_is_gone_is_found_no_more(self, district, found):
        gone = make_enterprise(name="昙花贸易有限公司")
        catch_up()
        assert found(district.office, "昙花")["enterprise"]
        Enterprise.objects.filter(pk=gone.pk).delete()
        assert found(district.office, "昙花") == {}
        call_command("reindex_search", stdout=io.StringIO())
        assert not Document.objects.filter(public__contains="昙花").exists()

    def test_what_a_roster_brings_in_is_found_and_gone_again_with_its_undo(self, district, found):
        catch_up()
        rows = "企业名称,统一社会信用代码\n澜州晨曦轴承有限公司,91360111MA35F7FY14\n"
        file = io.BytesIO(rows.encode())
        batch = imports.open_batch(file=file, resource="enterprises", by=district.office, name="名册.csv", queue=False)
        imports.preview(batch=batch)
        imports.commit(batch=batch, by=district.office)
        made = Enterprise.objects.get(name="澜州晨曦轴承有限公司")
        assert found(district.office, "晨曦轴承")["enterprise"] == [made.name]
        imports.undo(batch=batch, by=district.office)
        catch_up()
        assert "enterprise" not in found(district.office, "晨曦轴承")
        assert not Document.objects.filter(object_id=made.pk, public__contains="晨曦轴承").exists()

    def test_rows_from_before_the_index_are_walked_through_once(self, district):
        for _ in range(3):
            factories.register(district)
        assert catch_up()["objects"] >= 4
        assert Document.objects.count() == sum(kind.model._base_manager.count() for kind in all_kinds())
        assert catch_up() == {"objects": 0, "files": 0}

    def test_building_anew_gives_the_same(self, district):
        factories.closed(district)
        catch_up()
        before = set(Document.objects.values_list("pk", "public", "internal", "public_tokens"))
        call_command("reindex_search", "--json", stdout=io.StringIO())
        assert set(Document.objects.values_list("pk", "public", "internal", "public_tokens")) == before


class TestSight:
    def test_an_internal_note_is_found_by_officials_only(self, district, found):
        issue = factories.handling(district)
        actions.note(issue=issue, by=district.handler, text="疑似骗取补贴,请核查。")
        assert found(district.office, "骗取")["issue"] == [issue.title]
        assert found(district.handler, "骗取")["issue"] == [issue.title]
        assert found(district.speaker, "骗取") == {}
        assert found(district.speaker, "通行 骗取") == {}
        assert found(district.speaker, "取补贴,请") == {}
        assert found(district.speaker, "通行")["issue"] == [issue.title]

    def test_an_internal_passage_is_never_shown_to_the_enterprise(self, client, district):
        issue = factories.handling(district)
        actions.note(issue=issue, by=district.handler, text="通行证一事内部研究。")
        client.force_login(district.office)
        catch_up()
        assert "内部研究" not in (own := self._page(client, district.speaker)), own
        assert "通行" in own

    def _page(self, client, user):
        client.force_login(user)
        return client.get("/search/", {"q": "通行"}).content.decode()

    def test_nobody_finds_or_counts_what_they_may_not_see(self, client, district, found):
        others = [factories.make_enterprise(name=f"外人{n}有限公司") for n in range(3)]
        speakers = [make_speaker(one) for one in others]
        for one, speaker in zip(others, speakers, strict=True):
            factories.register(district, enterprise=one, by=speaker, title="通行证外人")
        for make in factories.STAGES.values():
            make(district)
        make_project(name="通行便道")
        log(district.cadre, district.enterprise, sh("2026-11-09 09:00"), summary="通行不便")
        catch_up()
        people = [*district.everybody, *speakers, *(UserFactory(roles=[role]) for role in Role)]
        for person in people:
            groups = self._groups(client, person)
            for kind in all_kinds():
                visible = set(kind.visible(person).values_list("pk", flat=True)) if kind.open_to(person) else set()
                said = {
                    document.object_id
                    for document in Document.objects.of(kind).filter(object_id__in=visible)
                    if "通行" in document.public
                    or ("通行" in document.internal and not person.has_role(Role.ENTERPRISE))
                }
                assert groups.get(kind.key, "0") == str(len(said)), (person, kind.key)

    def _groups(self, client, person):
        client.force_login(person)
        context = client.get("/search/", {"q": "通行"}).context
        return {group.key: group.count for group in context["groups"]}

    def test_documents_follow_the_sight_of_their_objects(self, district):
        issue = factories.register(district)
        catch_up()
        seen = Document.objects.visible_to(district.speaker)
        assert [document.object_id for document in seen] == [issue.pk]
        stranger = make_speaker(make_enterprise())
        assert not Document.objects.visible_to(stranger).exists()


class TestSpeed:
    def test_the_number_of_queries_does_not_grow_with_the_hits(self, client, district):
        client.force_login(district.office)

        def queries(**more: str) -> int:
            catch_up()
            client.get("/search/", {"q": "通行"})  # what is remembered until the next act
            with CaptureQueriesContext(connection) as seen:
                client.get("/search/", {"q": "通行"} | more)
            return len(seen)

        factories.register(district)
        one = queries(), queries(kind="issue")
        for _ in range(4):
            factories.register(district)
        assert (queries(), queries(kind="issue")) == one


class TestFiles:
    def test_names_at_once_and_words_as_soon_as_they_are_read(self, district, found):
        issue = factories.register(district)
        file = SimpleUploadedFile("厂房租赁合同.txt", "乙方应于每季度首日缴纳押金".encode("gb18030"))
        attach(file=file, owner=issue, by=district.speaker)
        assert found(district.speaker, "租赁")["issue"] == [issue.title]
        assert found(district.speaker, "押金") == {}
        assert catch_up()["files"] == 1
        assert found(district.speaker, "押金")["issue"] == [issue.title]

    def test_an_internal_file_never_speaks_to_the_enterprise(self, district, found):
        issue = factories.register(district)
        file = SimpleUploadedFile("会商纪要.txt", "拟约谈法定代表人".encode())
        attach(file=file, owner=issue, by=district.office, internal=True)
        catch_up()
        for question in ("纪要", "约谈"):
            assert found(district.office, question)["issue"] == [issue.title]
            assert found(district.speaker, question) == {}

    def test_a_file_that_cannot_be_read_is_asked_once(self, district):
        issue = factories.register(district)
        attach(file=SimpleUploadedFile("坏.docx", b"PK\x03\x04nothing"), owner=issue, by=district.speaker)
        catch_up()
        assert FileText.objects.get().state == FileText.State.UNREADABLE
        assert catch_up()["files"] == 0
        assert Issue.objects.get().pk == issue.pk
