"""Issues over the API: what each role sees and may do, and what bad requests get."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.clocks.actions import sweep
from issues import actions, lifecycle
from issues.api.bodies import BODIES
from issues.api.fields import INTERNAL
from issues.models import Issue
from tests.accounts.factories import UserFactory
from tests.issues import factories
from tests.issues.factories import District, make_enterprise, make_speaker, sh

LIST = "/api/v1/issues/"
S = Issue.Status


def api(user: User | None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(User.objects.get(pk=user.pk))
    return client


def post(user: User, issue: Issue, verb: str, **body: Any) -> Any:
    return api(user).post(f"{LIST}{issue.pk}/{verb}/", body, format="json")


def new(**facts: Any) -> dict[str, Any]:
    given = {"category": "supply", "title": "夜间停电频繁", "text": "近一个月停电六次,影响生产。"}
    return given | facts


# -- Reading ----------------------------------------------------------------------------------------------------------


def test_each_role_lists_what_it_sees(district: District):
    factories.dispatched(district)
    other = make_enterprise()
    factories.register(district, by=make_speaker(other), enterprise=other)
    expected = {"speaker": 1, "office": 2, "handler": 1, "other_handler": 0, "cadre": 1, "supervisor": 2}
    for name, count in expected.items():
        assert api(getattr(district, name)).get(LIST).json()["count"] == count, name


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR])
def test_administrators_have_no_business_here(district: District, role: Role):
    issue = factories.register(district)
    client = api(UserFactory(roles=[role]))
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}{issue.pk}/").status_code == 403


def test_without_an_account_there_is_nothing(district: District):
    assert api(None).get(LIST).status_code in (401, 403)


def test_a_case_out_of_sight_does_not_exist(district: District):
    issue = factories.register(district)
    assert api(district.other_handler).get(f"{LIST}{issue.pk}/").status_code == 404
    assert post(district.other_handler, issue, "accept").status_code == 404
    assert api(make_speaker(make_enterprise())).get(f"{LIST}{issue.pk}/").status_code == 404


def test_the_enterprise_never_gets_anything_internal(district: District, clock: Any):
    issue = factories.returned(district)
    actions.note(issue=issue, by=district.cadre, text="机密研判")
    issue = actions.dispatch(issue=issue, to=district.other_bureau, by=district.office, note="机密交办意见")
    clock.move_to(sh("2026-12-01 09:00"))
    sweep(at=sh("2026-12-01 09:00"))
    for address in (LIST, f"{LIST}{issue.pk}/"):
        answer = api(district.speaker).get(address)
        assert answer.status_code == 200
        text = json.dumps(answer.json(), ensure_ascii=False)
        for secret in ("机密", "不属于我局职责", "红牌", "黄牌", "warn_", "internal"):
            assert secret not in text
        rows = answer.json()["results"] if address == LIST else [answer.json()]
        assert not set(INTERNAL) & set(rows[0])


def test_a_dispute_inside_looks_like_intake_from_outside(district: District):
    issue = factories.arbitration(district)
    answer = api(district.speaker).get(f"{LIST}{issue.pk}/").json()
    assert (answer["status"], answer["status_name"]) == ("registered", "待交办")
    assert api(district.speaker).get(LIST, {"status": "registered"}).json()["count"] == 1
    assert api(district.speaker).get(LIST, {"status": "arbitration"}).status_code == 400
    assert api(district.office).get(f"{LIST}{issue.pk}/").json()["status"] == "arbitration"


def test_phones_are_masked_for_those_who_need_not_call(district: District):
    issue = factories.register(district, contact_name="王工", contact_phone="13800000217")
    assert api(district.office).get(f"{LIST}{issue.pk}/").json()["contact_phone"] == "13800000217"
    assert "00000" not in api(district.supervisor).get(f"{LIST}{issue.pk}/").json()["contact_phone"]


def test_a_case_says_which_verbs_are_open_to_the_reader(district: District):
    issue = factories.dispatched(district)
    assert api(district.handler).get(f"{LIST}{issue.pk}/").json()["verbs"][:2] == ["accept", "return"]
    assert api(district.speaker).get(f"{LIST}{issue.pk}/").json()["verbs"] == ["supplement", "withdraw"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"status": "handling"}, 1),
        ({"status": ["handling", "closed"]}, 2),
        ({"open": "true"}, 2),
        ({"category": "supply"}, 3),
        ({"category": "tax"}, 0),
        ({"level": "red"}, 0),
        ({"channel": "portal"}, 3),
        ({"q": "QL-2026-00002"}, 1),
        ({"q": "货车 电子"}, 3),
        ({"registered_after": "2026-11-09", "registered_before": "2026-11-09"}, 3),
        ({"registered_after": "2026-11-10"}, 0),
        ({"closed_before": "2026-11-08"}, 0),
    ],
)
def test_filters_narrow_the_list(district: District, query: dict[str, Any], count: int):
    factories.register(district), factories.handling(district), factories.closed(district)
    assert api(district.office).get(LIST, query).json()["count"] == count


@pytest.mark.parametrize(
    "query",
    [
        {"enterprise__credit_code": "9"},
        {"secret": "1"},
        {"status": "nonsense"},
        {"level": "9"},
        {"category": "nonsense"},
        {"department": "999999"},
        {"department": "x"},
        {"handler": "9" * 40},
        {"registered_after": "2026-02-30"},
        {"open": "perhaps"},
        {"ordering": "registered_by__password"},
        {"ordering": "text"},
        {"page_size": "0"},
        {"q": "\x00"},
    ],
)
def test_nonsense_in_the_address_is_refused(district: District, query: dict[str, str]):
    answer = api(district.office).get(LIST, query)
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")


def test_the_enterprise_cannot_order_or_filter_by_what_it_does_not_see(district: District):
    for query in ({"ordering": "level"}, {"level": "red"}, {"handler": "1"}, {"department": "1"}):
        assert api(district.speaker).get(LIST, query).status_code == 400


def test_lists_and_cases_cost_the_same_for_one_row_and_for_many(
    district: District, django_assert_num_queries: Any, django_assert_max_num_queries: Any
):
    factories.handling(district)
    client = api(district.office)
    client.get(LIST)
    with django_assert_max_num_queries(6) as one:
        client.get(LIST)
    for _ in range(3):
        factories.handling(district)
    with django_assert_num_queries(len(one)):
        client.get(LIST)
    issue = Issue.objects.first()
    with django_assert_max_num_queries(10):
        client.get(f"{LIST}{issue.pk}/")


# -- Registering ------------------------------------------------------------------------------------------------------


def test_the_enterprise_registers_for_itself(district: District):
    answer = api(district.speaker).post(LIST, new(), format="json")
    assert answer.status_code == 201
    issue = Issue.objects.get(pk=answer.json()["id"])
    assert (issue.enterprise, issue.channel, issue.number) == (district.enterprise, "portal", "QL-2026-00001")


def test_the_office_registers_what_came_by_phone(district: District):
    body = new(enterprise=district.enterprise.pk, channel="hotline", contact_phone="13800000217")
    answer = api(district.office).post(LIST, body, format="json")
    assert (answer.status_code, answer.json()["channel"]) == (201, "hotline")


def test_the_same_submission_key_is_the_same_case(district: District):
    body = new(submission_key=str(uuid.uuid4()))
    ids = {api(district.speaker).post(LIST, body, format="json").json()["id"] for _ in range(3)}
    assert len(ids) == 1


def test_files_come_with_a_form(district: District):
    file = SimpleUploadedFile("停电记录.txt", "六次".encode())
    answer = api(district.speaker).post(LIST, new(files=[file]), format="multipart")
    assert answer.status_code == 201
    assert [one["name"] for one in answer.json()["files"]] == ["停电记录.txt"]
    assert answer.json()["files"][0]["state"] == "clean"


@pytest.mark.parametrize("files", [[("图.svg", b"<svg>")], [("空.txt", b"")], [(f"{n}.txt", b"x") for n in range(10)]])
def test_files_that_cannot_be_taken_are_what_was_sent_wrong(district: District, files):
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    answer = api(district.speaker).post(LIST, new(files=sent), format="multipart")
    assert answer.status_code in (400, 422)
    assert Issue.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"status": "closed"}, 400),
        ({"number": "QL-2026-99999"}, 400),
        ({"due_at": "2030-01-01T00:00:00Z"}, 400),
        ({"hobby": "chess"}, 400),
        ({"title": ""}, 400),
        ({"title": "长" * 81}, 400),
        ({"text": "坏\x00字符"}, 400),
        ({"text": "长" * 1_000_000}, 400),
        ({"category": "nonsense"}, 400),
        ({"enterprise": 2**70}, 400),
        ({"submission_key": "not-a-key"}, 400),
        ({"channel": "hotline"}, 422),
    ],
)
def test_bad_registrations_are_refused(district: District, change: dict[str, Any], status: int):
    answer = api(district.speaker).post(LIST, new(**change), format="json")
    assert answer.status_code == status, answer.content
    assert not Issue.objects.exists()


@pytest.mark.parametrize(
    "body", ['{"text": "\\ud800"}', '{"\\ud800": 1}', '{"text": ', "[]", "null", '{"category": {"code": 1}}', '"x"']
)
def test_strange_json_is_refused(district: District, body: str):
    answer = api(district.speaker).post(LIST, body, content_type="application/json")
    assert answer.status_code == 400


def test_nobody_registers_for_an_enterprise_out_of_sight(district: District):
    stranger = make_enterprise()
    body = new(enterprise=stranger.pk, channel="phone")
    assert api(district.cadre).post(LIST, body, format="json").status_code == 400
    assert api(district.handler).post(LIST, body, format="json").status_code == 403


def test_a_case_is_never_patched_or_deleted(district: District):
    issue = factories.register(district)
    client = api(district.office)
    assert client.patch(f"{LIST}{issue.pk}/", {"status": "closed"}, format="json").status_code == 405
    assert client.delete(f"{LIST}{issue.pk}/").status_code == 405


# -- Verbs ------------------------------------------------------------------------------------------------------------


def test_the_whole_life_over_the_api(district: District):
    pk = api(district.speaker).post(LIST, new(), format="json").json()["id"]
    issue = Issue.objects.get(pk=pk)
    steps = [
        (district.office, "dispatch", {"to": district.bureau.pk, "note": "请尽快"}, "dispatched"),
        (district.handler, "accept", {}, "handling"),
        (district.handler, "ask", {"text": "请补充电表号。"}, "waiting"),
        (district.speaker, "answer", {"text": "电表号 001。"}, "handling"),
        (district.handler, "reply", {"text": "已派人检修。"}, "handling"),
        (district.handler, "request_extension", {"days": 2, "reason": "等配件"}, "handling"),
        (district.head, "approve_extension", {}, "handling"),
        (district.handler, "resolve", {"resolution": "solved", "text": "已修复。", "basis": "供电条例"}, "resolved"),
        (district.speaker, "reject", {"reason": "昨夜又停电。"}, "handling"),
        (
            district.handler,
            "resolve",
            {"resolution": "cannot", "text": "线路改造明年实施。", "told_way": "phone", "told_on": "2026-11-09"},
            "resolved",
        ),
        (district.speaker, "confirm", {"rating": 3, "comment": "部分解决"}, "closed"),
        (district.office, "reopen", {"reason": "企业来电"}, "handling"),
    ]
    for user, verb, body, status in steps:
        version = Issue.objects.get(pk=pk).version
        answer = post(user, issue, verb, version=version, **body)
        assert answer.status_code == 200, answer.content
        assert answer.json()["status"] == status
    returned = Issue.objects.get(pk=factories.dispatched(district).pk)
    assert post(district.handler, returned, "return", kind="not_ours", reason="不归我局").json()["status"] == "returned"


def test_every_verb_has_an_address_and_a_body(district: District):
    issue = factories.register(district)
    assert set(BODIES) == set(actions.VERBS)
    for verb in actions.VERBS:
        assert api(district.office).get(f"{LIST}{issue.pk}/{verb}/").status_code == 405
        needs = lifecycle.find(verb).needs
        fields = BODIES[verb]().fields
        assert {name for name, field in fields.items() if field.required} == set(needs)


def test_a_stale_version_answers_with_both_texts(district: District):
    issue = factories.handling(district)
    actions.note(issue=issue, by=district.cadre, text="催办")
    answer = post(district.handler, issue, "reply", text="我的答复", version=issue.version)
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["yours"]["text"]) == ("stale", "我的答复")
    assert problem["current"]["version"] == issue.version + 1
    assert not Issue.objects.get().events.filter(verb="reply").exists()


def test_refusals_tell_state_from_input_from_right(district: District):
    issue = factories.dispatched(district)
    assert post(district.handler, issue, "reply", text="早了").status_code == 409
    assert post(district.speaker, issue, "accept").status_code == 403
    assert post(district.cadre, issue, "accept").status_code == 403
    handling = factories.handling(district)
    answer = post(district.handler, handling, "request_extension", days=200, reason="慢")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_days")
    assert "最多还能延期 10 个工作日" in answer.json()["title"]
    assert post(district.handler, handling, "resolve", resolution="solved", text="办好").status_code == 422


def test_a_department_may_not_act_on_a_case_it_only_had(district: District):
    issue = factories.returned(district)
    actions.dispatch(issue=issue, to=district.other_bureau, by=district.office)
    assert api(district.handler).get(f"{LIST}{issue.pk}/").status_code == 200
    assert post(district.handler, issue, "accept").status_code == 403


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": "x", "status": "closed"}, {"text": "x", "version": "new"}, {"text": ["x"]}],
)
def test_bad_bodies_of_a_verb_are_refused(district: District, body: dict[str, Any]):
    issue = factories.handling(district)
    answer = post(district.handler, issue, "reply", **body)
    assert answer.status_code == 400
    assert Issue.objects.get().version == issue.version


def test_an_unknown_verb_does_not_exist(district: District):
    issue = factories.handling(district)
    assert post(district.handler, issue, "explode").status_code == 404


def test_the_schema_names_every_verb(district: District):
    answer = api(district.office).get("/api/schema/", {"format": "json"})
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    for verb in actions.VERBS:
        assert f"/api/v1/issues/{{id}}/{verb}/" in paths
