"""Suggestions in the portal: learned by a run, shown where a case is handed over, followed or not, and safe to lose."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from enterprises.models import Park
from foundation.accounts.errors import Refused
from foundation.accounts.models import Department
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from issues import actions
from issues.models import Category, Event, Handling, Issue, SuggestionModel, SuggestionRun
from issues.suggesting import history, learning, suggestions
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.issues import factories as make
from tests.issues.factories import District, sh
from tests.issues.history import handled_cases

pytestmark = pytest.mark.django_db
POWER = {"title": "车间变压器扩容没有进展", "text": "厂区频繁停电,用电报装迟迟不批。"}
STRANGE = {"title": "珊瑚礁潮汐", "text": "浮游生物。"}


@pytest.fixture
def power(district: District) -> Department:
    return DepartmentFactory(name="区供电公司", short_name="供电公司")


@pytest.fixture
def park(district: District) -> Park:
    return Park.objects.create(code="gxy", name="高新园", department=district.bureau)


@pytest.fixture
def learned(district: District, power: Department, park: Park) -> SuggestionRun:
    """A district whose history says who handles what."""
    departments = {"supply": power, "logistics": district.bureau, "finance": district.other_bureau}
    handled_cases(district, 150, departments, park)
    run = actions.train_now()
    assert run and run.state == SuggestionRun.State.DONE
    return run


def in_use(target: str = "department") -> SuggestionModel | None:
    return SuggestionModel.objects.filter(target=target, in_use=True).first()


# -- learning ---------------------------------------------------------------------------------------------------------


def test_a_run_learns_both_questions_and_says_how_right_it_is(learned):
    models = {one.target: one for one in learned.models.all()}
    for target in ("department", "category"):
        one = models[target]
        assert (one.rows, one.held_back, one.verdict, one.in_use) == (150, 30, "useful", True)
        assert one.majority < 20 < one.first <= one.third <= 30
        assert one.words > 10 and one.classes == 3 and one.packed and one.digest
    told = AuditRow.objects.get(action="issues.train_suggestions")
    assert json.loads(told.data_json)["models"]["department"]["rows"] == 150


def test_what_is_learned_is_who_resolved_a_case_not_who_returned_it(district, power, learned):
    issue = make.register(district, **POWER)
    actions.dispatch(issue=issue, to=district.other_bureau, by=district.office)
    actions.send_back(issue=issue, by=district.other_handler, kind="not_ours", reason="不属于我局职责。")
    handler = UserFactory(roles=[Role.HANDLER], department=power)
    actions.dispatch(issue=issue, to=power, by=district.office)
    actions.accept(issue=issue, by=handler)
    actions.resolve(issue=issue, by=handler, resolution="solved", text="已扩容。", basis="供电营业规则")
    actions.confirm(issue=issue, by=district.speaker, rating=5)
    assert history.handled()[-1][2] == str(power.pk)


def test_too_little_history_gives_no_model_and_says_so(district, power, client):
    handled_cases(district, learning.LEAST_ROWS - 1, {"supply": power, "logistics": district.bureau})
    run = actions.train_now()
    assert {one.verdict for one in run.models.all()} == {"too_little"}
    advice = suggestions.for_issue(make.register(district, **POWER))
    assert not advice.learned and str(learning.LEAST_ROWS) in advice.note
    client.force_login(district.office)
    assert "满 100 件" in client.get(reverse("issues:suggestions")).content.decode()


def test_a_model_that_is_no_better_than_the_rule_is_not_used(district, power):
    departments = {"supply": power, "logistics": district.bureau, "finance": district.other_bureau}
    for code, department in departments.items():
        Category.objects.filter(code=code).update(default_department=department)
    handled_cases(district, 150, departments)
    run = actions.train_now()
    assert run.models.get(target="department").verdict == "no_better"
    assert in_use("department") is None and in_use("category") is not None


def test_a_new_run_takes_the_place_of_the_one_before(learned):
    again = actions.train_now()
    assert in_use().run_id == again.pk
    before = SuggestionModel.objects.filter(run=learned)
    assert set(before.values_list("in_use", "packed", "digest")) == {(False, None, "")}


def test_beat_trains_once_a_night_and_when_it_is_asked_for(district, power, clock):
    assert actions.train_due() is not None
    assert actions.train_due() is None
    clock.move_to(sh("2026-11-10 02:59"))
    assert actions.train_due() is None
    clock.move_to(sh("2026-11-10 03:01"))
    assert actions.train_due() is not None
    assert actions.train_due() is None
    SuggestionRun.objects.create(requested_at=sh("2026-11-10 03:02"), requested_by=district.office)
    assert actions.train_due().requested_by == district.office


def test_a_run_whose_process_died_is_given_up_and_a_later_one_learns(district, clock):
    lost = SuggestionRun.objects.create(
        state="running", requested_at=sh("2026-11-09 10:00"), started_at=sh("2026-11-09 10:00")
    )
    clock.shift(timedelta(minutes=5))
    assert actions.train_due() is None
    clock.shift(timedelta(minutes=11))
    assert actions.train_due() is None
    lost.refresh_from_db()
    assert lost.state == "failed" and lost.finished_at
    assert actions.train_now().state == "done"


def test_what_goes_wrong_ends_the_run_and_keeps_the_model_in_use(learned, monkeypatch):
    before = in_use().pk
    monkeypatch.setattr(learning, "learn", lambda samples: 1 / 0)
    assert actions.train_now().state == "failed"
    assert in_use().pk == before


def test_only_those_who_answer_for_it_may_have_it_trained(district):
    for user in (district.handler, district.speaker, district.supervisor):
        with pytest.raises(Refused):
            actions.request_training(by=user)
    first = actions.request_training(by=district.office)
    assert actions.request_training(by=district.office) == first  # it waits already
    assert first.requested_by == district.office


def test_the_command_prints_what_was_learned(learned):
    out = StringIO()
    call_command("train_suggestions", "--json", stdout=out)
    printed = json.loads(out.getvalue())
    assert printed["models"]["department"]["held_back"] == 30
    assert set(printed["models"]) == {"department", "category"}


def test_the_command_ends_with_one_where_there_is_too_little(district):
    with pytest.raises(SystemExit) as left:
        call_command("train_suggestions", stdout=StringIO())
    assert left.value.code == 1


# -- suggesting -------------------------------------------------------------------------------------------------------


def test_the_department_is_suggested_with_the_words_and_the_neighbours(district, power, learned):
    advice = suggestions.for_issue(make.register(district, **POWER))
    assert advice.learned and advice.first.department == power
    assert "变压器" in advice.first.because or "停电" in advice.first.because
    assert "同园区" in advice.first.because and "50 件" in advice.first.because
    assert advice.first.certainty


def test_a_department_that_was_closed_since_is_never_suggested(district, power, learned):
    Department.objects.filter(pk=power.pk).update(is_active=False)
    Category.objects.filter(code="supply").update(default_department=power)
    advice = suggestions.for_issue(make.register(district, **POWER))
    assert power not in [one.department for one in advice.options]


@pytest.mark.parametrize("kind, again", [("not_ours", False), ("other_lead", False), ("incomplete", True)])
def test_who_sent_a_case_back_as_not_theirs_is_not_suggested_again(district, power, learned, kind, again):
    issue = make.register(district, **POWER)
    handler = UserFactory(roles=[Role.HANDLER], department=power)
    actions.dispatch(issue=issue, to=power, by=district.office)
    issue = actions.send_back(issue=issue, by=handler, kind=kind, reason="请看说明。")
    assert (power in [one.department for one in suggestions.for_issue(issue).options]) is again


def test_an_unknown_text_falls_back_to_the_category_and_says_so(district, learned):
    category = Category.objects.get(code="other")
    issue = make.register(district, category=category, **STRANGE)
    assert suggestions.for_issue(issue).first is None
    assert "请自行选择" in suggestions.for_issue(issue).note
    Category.objects.filter(pk=category.pk).update(default_department=district.other_bureau)
    advice = suggestions.for_issue(Issue.objects.get(pk=issue.pk))
    assert not advice.learned and advice.first.department == district.other_bureau
    assert "把握不足" in advice.note


@pytest.mark.parametrize("change", [{"packed": b"garbage"}, {"digest": "0" * 64}])
def test_a_stored_model_that_was_tampered_with_is_not_used(district, learned, change, caplog):
    SuggestionModel.objects.filter(target="department", in_use=True).update(**change)
    suggestions._kept.clear()
    Category.objects.filter(code="supply").update(default_department=district.bureau)
    category = Category.objects.get(code="supply")
    advice = suggestions.for_issue(make.register(district, category=category, **POWER))
    assert not advice.learned and advice.first.department == district.bureau
    assert "not what was stored" in caplog.text


def test_a_damaged_model_that_is_restored_is_used_again(district, learned):
    issue = make.register(district, **POWER)
    suggestions._kept.clear()
    stored = in_use()
    SuggestionModel.objects.filter(pk=stored.pk).update(packed=b"garbage")
    assert not suggestions.for_issue(issue).learned
    SuggestionModel.objects.filter(pk=stored.pk).update(packed=stored.packed)
    assert suggestions.for_issue(issue).learned


def test_handing_over_keeps_what_was_suggested_and_whether_it_was_followed(district, power, learned):
    followed = actions.dispatch(issue=make.register(district, **POWER), to=power, by=district.office)
    other = actions.dispatch(issue=make.register(district, **POWER), to=district.bureau, by=district.office)
    actions.send_back(issue=other, by=district.handler, kind="other_lead", reason="应由供电公司办理。")
    told = {event.issue_id: event.data for event in Event.objects.filter(verb="dispatch")}
    assert (
        told[followed.pk] | {"suggested": "供电公司", "suggested_by": "history", "followed": True} == told[followed.pk]
    )
    assert told[other.pk]["followed"] is False
    assert set(Handling.objects.values_list("suggested", flat=True)) == {power.pk}
    since = history.followed()
    assert (since.taken, since.taken_returned, since.other, since.other_returned) == (1, 0, 1, 1)


def test_without_history_the_rule_is_what_was_suggested(district):
    Category.objects.filter(code="supply").update(default_department=district.bureau)
    issue = actions.dispatch(issue=make.register(district), to=district.bureau, by=district.office)
    event = Event.objects.get(issue=issue, verb="dispatch")
    assert (event.data["suggested_by"], event.data["followed"]) == ("rule", True)
    assert Handling.objects.get(issue=issue).suggested is None


# -- pages ------------------------------------------------------------------------------------------------------------


def test_the_form_offers_the_suggestion_first_and_dispatching_goes_back_to_the_queue(district, power, learned, client):
    issue = make.register(district, **POWER)
    client.force_login(district.office)
    page = client.get(f"/issues/{issue.pk}/?open=dispatch&back=intake").content.decode()
    assert '<optgroup label="建议">' in page and f'<option value="{power.pk}" selected>' in page
    assert "变压器" in page and 'class="verb main" open' in page
    action = f"/issues/{issue.pk}/dispatch/?back=intake"
    assert action in page
    answer = client.post(action, {"to": power.pk, "version": issue.version})
    assert answer.url == "/issues/?view=intake"
    issue.refresh_from_db()
    assert issue.department == power


def test_the_queue_names_the_suggested_department_of_every_row(district, power, learned, client):
    rows = [make.register(district, **POWER) for _n in range(2)]
    client.force_login(district.office)
    page = client.get("/issues/?view=intake").content.decode()
    for issue in rows:
        assert f"/issues/{issue.pk}/?open=dispatch&amp;back=intake" in page
    assert page.count("建议 供电公司") == 2


def test_the_queue_and_the_case_take_a_constant_number_of_queries(
    district, learned, client, django_assert_max_num_queries
):
    client.force_login(district.office)

    def counted(address: str) -> int:
        client.get(address)  # the tabs are counted once after something has happened
        with django_assert_max_num_queries(60) as found:
            assert client.get(address).status_code == 200
        return len(found)

    issue = make.register(district, **POWER)
    queue, plain = counted("/issues/?view=intake"), counted("/issues/?view=open")
    case = counted(f"/issues/{issue.pk}/")
    for _n in range(3):
        make.register(district, **POWER)
    assert counted("/issues/?view=intake") == queue == plain + 3  # cases, departments, the model in use
    SuggestionModel.objects.update(in_use=False)
    assert counted(f"/issues/{issue.pk}/") == case


def test_the_page_shows_accuracy_beside_the_majority_to_those_who_answer_for_it(district, learned, client):
    model = learned.models.get(target="department")
    for role in (Role.OFFICE, Role.SYSTEM_ADMIN):
        client.force_login(UserFactory(roles=[role]))
        page = client.get(reverse("issues:suggestions")).content.decode()
        assert f"{model.first} / 30" in page and f"{model.majority} / 30" in page
    client.force_login(district.handler)
    assert client.get(reverse("issues:suggestions")).status_code == 403


def test_the_page_lists_what_is_confused_and_what_was_not_followed_within_sight(district, power, learned, client):
    case = Issue.objects.first()
    key, other = str(power.pk), str(district.bureau.pk)
    SuggestionModel.objects.filter(in_use=True, target="department").update(
        confused=[[key, other, 4, [case.pk, 10**9]]]
    )
    moved = actions.dispatch(issue=make.register(district, **POWER), to=district.bureau, by=district.office)
    client.force_login(district.office)
    page = client.get(reverse("issues:suggestions")).content.decode()
    assert "供电公司 猜成 区交通局" in page and "看其中 1 件" in page and moved.number in page
    client.force_login(UserFactory(roles=[Role.SYSTEM_ADMIN]))
    page = client.get(reverse("issues:suggestions")).content.decode()
    assert "供电公司 猜成 区交通局" in page and case.number not in page and moved.number not in page


def test_the_button_trains_and_the_page_shows_what_came_of_it(
    district, learned, client, django_capture_on_commit_callbacks
):
    client.force_login(district.office)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("issues:train"))
    assert answer.url == reverse("issues:suggestions")
    newest = SuggestionRun.objects.first()
    assert newest != learned and newest.state == "done" and newest.requested_by == district.office


def test_progress_is_asked_for_until_the_run_is_over(district, client):
    client.force_login(district.office)
    run = actions.request_training(by=district.office)
    assert 'hx-get="/suggestions/progress/"' in client.get(reverse("issues:suggestions")).content.decode()
    assert "等待开始" in client.get(reverse("issues:training"), headers={"HX-Request": "true"}).content.decode()
    assert client.get(reverse("issues:training")).url == reverse("issues:suggestions")
    actions.train_due()
    run.refresh_from_db()
    assert run.state == "done"
    assert client.get(reverse("issues:training"), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_the_api_gives_the_suggestion_to_the_office_alone(district, power, learned, client):
    address = f"/api/v1/issues/{make.register(district, **POWER).pk}/suggestion/"
    client.force_login(district.office)
    told = client.get(address).json()
    assert told["learned"] and told["options"][0]["department"] == power.pk and told["options"][0]["because"]
    assert client.get("/api/v1/issues/999999999/suggestion/").status_code == 404
    for user in (district.speaker, district.handler):
        client.force_login(user)
        assert client.get(address).status_code == 403


# -- the category of what is being written -----------------------------------------------------------------------------


def hint(client: Any, name: str, **typed: Any) -> str:
    answer = client.post(reverse(f"issues:{name}"), typed)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_enterprise_is_told_the_category_and_nothing_else(district, learned, client):
    client.force_login(district.speaker)
    said = hint(client, "category_of_appeal", **POWER)
    assert "要素保障" in said and f'value="{district.category.pk}"' in said
    assert "供电公司" not in said and "提到" not in said
    assert hint(client, "category_of_appeal", category=district.category.pk, **POWER).strip() == ""
    assert 'hx-post="/appeals/new/category/"' in client.get(reverse("issues:submit")).content.decode()


def test_whoever_registers_is_told_why(district, learned, client):
    client.force_login(district.office)
    said = hint(client, "category_to_register", enterprise=district.enterprise.pk, **POWER)
    assert "要素保障" in said and "提到" in said
    page = client.get(f"{reverse('issues:new')}?enterprise={district.enterprise.pk}").content.decode()
    assert 'hx-post="/issues/new/category/"' in page


def test_a_category_out_of_use_is_not_suggested(district, learned, client):
    Category.objects.filter(code="supply").update(is_active=False)
    client.force_login(district.office)
    assert "要素保障" not in hint(client, "category_to_register", **POWER)


@pytest.mark.parametrize(
    "text", ["", "短", "😀" * 30, "电" * 9000, "变压器\x00停电\x00", "<script>alert(1)</script>" * 9]
)
def test_hostile_texts_get_an_answer(district, learned, client, text):
    client.force_login(district.speaker)
    assert "<script>" not in hint(client, "category_of_appeal", title=text, text=text, category=text)
    client.force_login(district.office)
    assert "<script>" not in hint(client, "category_to_register", title=text, text=text, enterprise="99999999999999999")
