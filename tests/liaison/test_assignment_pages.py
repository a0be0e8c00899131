"""Assigning in the browser: in place on a detail page, and for many from a filtered list."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from foundation.accounts.permissions import Role
from liaison.models import Assignment
from tests.accounts.factories import DepartmentFactory
from tests.liaison.factories import make_enterprise, make_project, make_user, serve

pytestmark = pytest.mark.django_db
Kind = Assignment.Kind


@pytest.fixture
def office(client):
    user = make_user(Role.OFFICE)
    client.force_login(user)
    return user


def assign_url(enterprise, kind="service_officer"):
    return reverse("liaison:assign", args=["enterprise", enterprise.pk, kind])


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the confirming form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))


def test_the_card_shows_the_team_and_assigns_in_place(client, office):
    enterprise, cadre = make_enterprise(), make_user(Role.CADRE, name="周晓东")
    page = reverse("enterprises:detail", args=[enterprise.pk])
    assert assign_url(enterprise) in client.get(page).content.decode()
    answer = client.post(assign_url(enterprise), {"person": "周晓东", "started_on": "2026-01-05"}, follow=True)
    assert "服务专员:周晓东" in answer.content.decode()
    assert Assignment.objects.get().user == cadre


def test_a_department_is_chosen_from_the_list(client, office):
    project, bureau = make_project(), DepartmentFactory()
    address = reverse("liaison:assign", args=["project", project.pk, "responsible_department"])
    assert client.post(address, {"department": bureau.pk, "started_on": "2026-01-05"}).status_code == 302
    assert Assignment.objects.get().department == bureau


def test_namesakes_are_told_apart_by_account(client, office):
    enterprise = make_enterprise()
    first, second = make_user(Role.CADRE, name="张伟"), make_user(Role.CADRE, name="张伟")
    text = client.post(assign_url(enterprise), {"person": "张伟", "started_on": "2026-01-05"}).content.decode()
    assert first.username in text
    assert second.username in text
    for words in (f"张伟({second.username})", second.username):
        client.post(assign_url(enterprise), {"person": words, "started_on": "2026-01-05"})
        assert Assignment.objects.active().get().user == second


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"person": "查无此人"}, "没有找到"),
        ({"person": ""}, "必填"),
        ({"person": "干部", "started_on": "2999-01-01"}, "不能晚于今天"),
        ({"person": "x" * 500}, "120"),
    ],
)
def test_bad_input_comes_back_with_what_was_typed(client, office, fields, words):
    answer = client.post(assign_url(make_enterprise()), {"started_on": "2026-01-05"} | fields)
    text = answer.content.decode()
    assert words in text
    assert fields["person"] in text
    assert not Assignment.objects.exists()


def test_suggestions_name_people_of_the_right_role_only(client, office):
    cadre, _leader = make_user(Role.CADRE, name="周晓东"), make_user(Role.LEADER, name="周正")
    answer = client.get(reverse("liaison:people"), {"kind": "service_officer", "q": "周"})
    assert [one["value"] for one in answer.json()["people"]] == [f"周晓东({cadre.username})"]
    assert client.get(reverse("liaison:people"), {"kind": "nonsense", "q": "周"}).json() == {"people": []}


def test_ending_asks_for_the_reason_and_returns_to_the_page(client, office):
    enterprise = serve(make_user(Role.CADRE))
    assignment = Assignment.objects.get()
    address = reverse("liaison:end", args=[assignment.pk])
    assert "必填" in client.post(address, {"reason": ""}).content.decode()
    answer = client.post(address, {"reason": "工作调动", "version": "1"})
    assert answer.url == reverse("enterprises:detail", args=[enterprise.pk])
    assert Assignment.objects.get().end_reason == "工作调动"
    assert "已经结束" in client.post(address, {"reason": "再来"}).content.decode()


@pytest.mark.parametrize("path", ["enterprise/999999/service_officer", "park/1/service_officer", "enterprise/1/boss"])
def test_what_there_is_not_is_404(client, office, path):
    assert client.get(f"/assignments/{path}/").status_code == 404


def test_a_cadre_sees_the_team_but_cannot_assign(client):
    cadre = make_user(Role.CADRE)
    enterprise = serve(cadre)
    client.force_login(cadre)
    text = client.get(reverse("enterprises:detail", args=[enterprise.pk])).content.decode()
    assert cadre.name in text
    assert assign_url(enterprise) not in text
    assert client.post(assign_url(enterprise), {"person": "x"}).status_code == 403


def test_many_are_assigned_after_the_preview_was_confirmed(client, office):
    bureau = DepartmentFactory(kind="town")
    cadre = make_user(Role.CADRE, name="周晓东")
    inside = [make_enterprise(town=bureau), serve(make_user(Role.CADRE), make_enterprise(town=bureau))]
    outside = make_enterprise()
    address = f"{reverse('liaison:bulk')}?town={bureau.pk}"
    text = client.post(
        address, {"kind": "service_officer", "person": "周晓东", "started_on": "2026-02-05", "scope": "all"}
    ).content.decode()
    assert "确认安排 2 家" in text
    assert not Assignment.objects.filter(user=cadre).exists()
    answer = client.post(address, hidden(text) | {"confirm": "1"}, follow=True)
    assert "新安排 1 家,更换 1 家,不变 0 家" in answer.content.decode()
    held = Assignment.objects.active().filter(user=cadre).values_list("enterprise_id", flat=True)
    assert set(held) == {one.pk for one in inside}
    assert outside.pk not in held


def test_only_those_ticked_are_meant(client, office):
    make_user(Role.CADRE, name="周晓东")
    ticked, _other = make_enterprise(), make_enterprise()
    data = {"kind": "service_officer", "person": "周晓东", "started_on": "2026-02-05", "scope": "ticked"}
    assert "请勾选企业" in client.post(reverse("liaison:bulk"), data).content.decode()
    text = client.post(reverse("liaison:bulk"), data | {"enterprise": [ticked.pk]}).content.decode()
    assert hidden(text)["enterprises"] == str(ticked.pk)


def test_when_things_moved_the_preview_is_shown_anew(client, office):
    make_user(Role.CADRE, name="周晓东")
    enterprise = make_enterprise()
    data = {"kind": "service_officer", "person": "周晓东", "started_on": "2026-02-05", "enterprise": [enterprise.pk]}
    fields = hidden(client.post(reverse("liaison:bulk"), data).content.decode())
    serve(make_user(Role.CADRE), enterprise)
    text = client.post(reverse("liaison:bulk"), fields | {"confirm": "1"}).content.decode()
    assert "核对新的预览" in text
    assert hidden(text)["expected"] == "0,1,0"


def test_the_list_keeps_the_ended_ones_apart(client, office):
    old, new = make_user(Role.CADRE, name="前任甲"), make_user(Role.CADRE, name="现任乙")
    enterprise = serve(old)
    client.post(assign_url(enterprise), {"person": new.username, "started_on": "2026-02-05"})
    address = reverse("liaison:assignments")
    assert "前任甲" not in client.get(address).content.decode()
    ended = client.get(address, {"standing": "ended"}).content.decode()
    assert "前任甲" in ended
    assert "更换为现任乙" in ended


def test_enterprises_without_an_officer_are_counted_and_one_click_away(client, office):
    make_enterprise()
    serve(make_user(Role.CADRE))
    text = client.get(reverse("liaison:assignments")).content.decode()
    assert "还有 1 家" in text
    assert "?vacant=service_officer" in text
