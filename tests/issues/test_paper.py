"""The sheet of a case: facts, limits with their proof, the story and where to sign; to each what they may know."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.accounts.permissions import Role
from issues import actions
from tests.accounts.factories import UserFactory
from tests.issues import factories
from tests.issues.factories import District, sh

pytestmark = pytest.mark.django_db


def sheet(client, user, issue):
    client.force_login(user)
    return client.get(f"/issues/{issue.pk}/print/")


def test_officials_get_facts_limits_with_proof_story_and_lines_to_sign(client, district: District, clock):
    issue = factories.handling(district)
    actions.note(issue=issue, by=district.office, text="内部:请盯紧")
    clock.move_to(sh("2026-11-11 09:30"))
    actions.reply(issue=issue, by=district.handler, text="已约供电公司现场查看。")
    text = sheet(client, district.office, issue).content.decode()
    for words in (
        issue.number,
        issue.title,
        issue.enterprise.name,
        "区交通局",
        "承办人",
        "内部:请盯紧",
        "已约供电公司",
    ):
        assert words in text
    assert "首次答复时限" in text and "2026-11-12" in text and "按期" in text
    assert "11-09 收到，当日不计；时限 3 个工作日；2026-11-12 24:00 到期。" in text
    assert "企业代表" in text and "专班 打印于 2026-11-11 09:30" in text
    story = text.split('class="story"')[1]
    assert story.index("登记") < story.index("签收") < story.index("首次答复"), "a story is told from its beginning"
    assert f'href="/issues/{issue.pk}/print/"' in client.get(f"/issues/{issue.pk}/").content.decode()


def test_days_off_are_named_in_the_proof(client, district, clock):
    issue = factories.dispatched(district)
    text = sheet(client, district.handler, issue).content.decode()
    assert "不计休息日 11-14、11-15" in text


def test_the_enterprise_gets_what_is_public(client, district):
    issue = factories.handling(district)
    actions.note(issue=issue, by=district.office, text="内部:企业诉求不尽合理")
    actions.reply(issue=issue, by=district.handler, text="已约供电公司现场查看。")
    text = sheet(client, district.speaker, issue).content.decode()
    assert "已约供电公司" in text and "不尽合理" not in text and "含内部记录" not in text
    assert "不计休息日" not in text and "承办人" not in text
    assert f'href="/appeals/{issue.pk}/"' in text
    assert f'href="/issues/{issue.pk}/print/"' in client.get(f"/appeals/{issue.pk}/").content.decode()


def test_who_does_not_see_the_case_gets_no_sheet(client, district):
    issue = factories.handling(district)
    stranger = factories.make_speaker(factories.make_enterprise())
    for user in (district.other_handler, stranger, UserFactory(roles=[Role.SYSTEM_ADMIN]), UserFactory()):
        assert sheet(client, user, issue).status_code == 404


def test_phones_are_masked_for_those_who_need_them_not(client, district):
    issue = factories.register(district, contact_name="王", contact_phone="13812340217")
    assert "138****0217" in sheet(client, district.supervisor, issue).content.decode()
    assert "13812340217" in sheet(client, district.office, issue).content.decode()


@pytest.mark.parametrize("stage", list(factories.STAGES))
def test_every_stage_has_a_sheet_for_both_sides(client, district, stage):
    issue = factories.STAGES[stage](district)
    for user in (district.office, district.speaker):
        assert sheet(client, user, issue).status_code == 200


def test_markup_stays_text(client, district):
    issue = factories.register(district, title="<b>粗</b>", text="<script>alert(1)</script>")
    text = sheet(client, district.office, issue).content.decode()
    assert "<script>alert" not in text and "&lt;script&gt;" in text


def test_the_sheet_costs_the_same_however_long_the_story(client, district):
    issue = factories.handling(district)
    client.force_login(district.office)

    def cost():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/issues/{issue.pk}/print/").status_code == 200
        return len(seen)

    cost()
    short = cost()
    for n in range(5):
        actions.note(issue=issue, by=district.office, text=f"备注 {n}")
    assert cost() == short <= 14


def test_an_acceptance_nobody_clicked_is_said_to_be_deemed(client, district, clock):
    issue = factories.dispatched(district)
    clock.move_to(sh("2026-11-11 00:01"))
    call_command("escalate", json=True)
    assert "超期，视为签收" in sheet(client, district.office, issue).content.decode()
