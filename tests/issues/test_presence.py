"""Who else has a case open: told among officials, and only while their page says so."""

from __future__ import annotations

from typing import Any

import pytest

from issues import actions
from issues.models import Issue, IssuePresence
from tests.issues import factories
from tests.issues.factories import District, sh


def signal(client: Any, issue: Issue, user: Any, **facts: Any) -> Any:
    client.force_login(user)
    return client.post(f"/issues/{issue.pk}/presence/", facts)


def test_two_people_in_one_case_see_each_other_and_what_is_filled_in(client: Any, district: District):
    issue = factories.handling(district)
    assert "正在" not in signal(client, issue, district.handler).content.decode()
    shown = signal(client, issue, district.head, doing="reply").content.decode()
    assert "承办人" in shown and "正在查看" in shown and "负责人" not in shown
    shown = signal(client, issue, district.handler).content.decode()
    assert "负责人" in shown and "(区交通局)" in shown and "正在填写“答复企业”" in shown


def test_who_gives_no_sign_is_gone_and_forgotten_by_night(client: Any, district: District, clock: Any):
    issue = factories.handling(district)
    signal(client, issue, district.head)
    clock.shift(55)
    assert "正在" not in signal(client, issue, district.handler).content.decode()
    clock.shift(7200)
    actions.forget_marks(by=None)
    assert not IssuePresence.objects.exists()


def test_what_is_shown_already_is_not_drawn_again(client: Any, district: District):
    issue = factories.handling(district)
    signal(client, issue, district.head)
    first = signal(client, issue, district.handler, version=issue.version)
    token = first.context["token"]
    assert signal(client, issue, district.handler, version=issue.version, shown=token).status_code == 204
    signal(client, issue, district.head, doing="note")
    assert signal(client, issue, district.handler, version=issue.version, shown=token).status_code == 200


def test_a_page_that_fell_behind_says_so(client: Any, district: District):
    issue = factories.handling(district)
    read = issue.version
    actions.note(issue=issue, by=district.office, text="新的备注。")
    assert "有新进展" in signal(client, issue, district.handler, version=read).content.decode()
    assert "有新进展" not in signal(client, issue, district.handler, version=read + 1).content.decode()


@pytest.mark.parametrize(("who", "status"), [("speaker", 403), ("other_handler", 404)])
def test_the_enterprise_and_strangers_neither_see_nor_are_seen(client: Any, district: District, who: str, status: int):
    issue = factories.handling(district)
    assert signal(client, issue, getattr(district, who)).status_code == status
    assert not IssuePresence.objects.exists()
    client.force_login(district.speaker)
    assert "presence" not in client.get(f"/appeals/{issue.pk}/").content.decode()
    assert not IssuePresence.objects.visible_to(district.speaker).exists()


@pytest.mark.parametrize("doing", ["<b>x</b>", "deem_accepted", "x" * 5000, "\x00", "答复"])
def test_nonsense_in_a_sign_of_life_is_no_doing(client: Any, district: District, doing: str):
    issue = factories.handling(district)
    assert signal(client, issue, district.head, doing=doing, version="x", shown="\x00").status_code == 200
    assert IssuePresence.objects.get().doing == ""


def test_a_sign_of_life_costs_the_same_however_many_are_here(
    client: Any, district: District, django_assert_num_queries: Any
):
    issue = factories.handling(district)
    signal(client, issue, district.head)
    client.force_login(district.handler)
    with django_assert_num_queries(5):  # who asks, their roles; the case, the sign, the others
        client.post(f"/issues/{issue.pk}/presence/")
    for user in (district.office, district.supervisor, district.cadre):
        signal(client, issue, user)
    client.force_login(district.handler)
    with django_assert_num_queries(5):
        client.post(f"/issues/{issue.pk}/presence/")
    assert sh("2026-11-09 10:00") == IssuePresence.objects.latest("pk").at
