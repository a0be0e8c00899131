"""A case comes in and is given out: numbers, submissions, turns, returns."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.accounts.errors import Refused
from foundation.attachments.models import Attachment
from foundation.notices.models import Notice
from issues import actions
from issues.limits import timing
from issues.models import Category, Handling, Issue, NumberSeries
from tests.accounts.factories import root
from tests.issues import factories
from tests.issues.factories import District, make_enterprise, make_speaker, sh
from tests.issues.reading import last, running, told
from tests.pictures import PNG

S = Issue.Status


# -- Intake -----------------------------------------------------------------------------------------------------------


def test_registering_numbers_the_case_and_tells_the_office(district: District):
    first, second = factories.register(district), factories.register(district)
    assert [first.number, second.number] == ["QL-2026-00001", "QL-2026-00002"]
    assert first.status == S.REGISTERED
    assert told("register") == {"专班"}
    assert running(first) == {}


def test_numbers_begin_anew_with_the_shanghai_year(district: District, clock: Any):
    factories.register(district)
    clock.move_to(sh("2027-01-01 00:30"))  # still 2026 in UTC
    assert factories.register(district).number == "QL-2027-00001"


def test_a_refused_registration_leaves_no_gap(district: District):
    factories.register(district)
    with pytest.raises(Refused):
        factories.register(district, title="  ")
    with pytest.raises(Refused):
        factories.register(district, files=[SimpleUploadedFile("a.exe", b"MZ")])
    assert factories.register(district).number == "QL-2026-00002"


def test_the_same_submission_gives_the_same_case(district: District):
    key = uuid.uuid4()
    cases = {factories.register(district, submission_key=key).pk for _ in range(3)}
    assert len(cases) == 1
    assert NumberSeries.objects.get().last == 1
    assert Notice.objects.filter(kind="issue.register").count() == 1


def test_the_submission_of_somebody_else_is_not_handed_out(district: District):
    key = uuid.uuid4()
    factories.register(district, submission_key=key)
    other = make_speaker(make_enterprise())
    with pytest.raises(Refused) as refusal:
        factories.register(district, by=other, enterprise=other.enterprise_staff.enterprise, submission_key=key)
    assert refusal.value.code == "submission_taken"


@pytest.mark.parametrize(
    ("who", "channel", "code"),
    [
        ("speaker", Issue.Channel.PHONE, "invalid_channel"),
        ("office", Issue.Channel.PORTAL, "invalid_channel"),
        ("office", "carrier pigeon", "invalid_channel"),
        ("handler", Issue.Channel.PHONE, "not_allowed"),
        ("supervisor", Issue.Channel.PHONE, "not_allowed"),
    ],
)
def test_who_registers_through_which_channel(district: District, who: str, channel: str, code: str):
    with pytest.raises(Refused) as refusal:
        factories.register(district, by=getattr(district, who), channel=channel)
    assert refusal.value.code == code


def test_nobody_registers_for_an_enterprise_out_of_sight(district: District):
    stranger = make_enterprise()
    for user, channel in ((district.speaker, "portal"), (district.cadre, "phone")):
        with pytest.raises(Refused) as refusal:
            factories.register(district, by=user, channel=channel, enterprise=stranger)
        assert refusal.value.code == "not_allowed"


def test_a_category_out_of_use_takes_no_new_case(district: District):
    Category.objects.update(is_active=False)
    district.category.refresh_from_db()
    with pytest.raises(Refused, match="已停用"):
        factories.register(district)


@pytest.mark.parametrize("text", ["", " \n", "x" * 5001, "有\x00字符", "孤\ud800码"])
def test_unstorable_text_is_refused_and_nothing_is_written(district: District, text: str):
    with pytest.raises(Refused):
        factories.register(district, text=text)
    assert not Issue.objects.exists()


def test_text_makes_an_exact_round_trip(district: District):
    text = "<script>alert(1)</script> 𠮷野家 =1+1"
    assert Issue.objects.get(pk=factories.register(district, text=text).pk).text == text


def test_files_belong_to_the_case_and_are_named_by_the_event(district: District):
    file = SimpleUploadedFile("照片.png", PNG)
    issue = factories.register(district, files=[file])
    stored = Attachment.objects.of(issue).get()
    assert last(issue).data["files"] == [str(stored.key)]


# -- Dispatch, return, arbitration ------------------------------------------------------------------------------------


def test_dispatch_opens_a_turn_with_three_limits(district: District):
    issue = factories.dispatched(district)
    turn = issue.handlings.get()
    assert (turn.department, turn.round, turn.dispatched_at) == (district.bureau, 1, sh(factories.MONDAY))
    clocks = running(issue)
    assert set(clocks) == {timing.ACCEPT, timing.FIRST_REPLY, timing.RESOLVE}
    assert {kind: clock.due_on.isoformat() for kind, clock in clocks.items()} == {
        timing.ACCEPT: "2026-11-10",
        timing.FIRST_REPLY: "2026-11-12",
        timing.RESOLVE: "2026-11-23",
    }
    assert turn.accept_due_at == clocks[timing.ACCEPT].due_at
    assert turn.reply_due_at == clocks[timing.FIRST_REPLY].due_at
    assert turn.resolve_due_at == clocks[timing.RESOLVE].due_at
    assert (issue.due_at, issue.clock_kind, issue.level) == (turn.accept_due_at, timing.ACCEPT, 0)
    assert told("dispatch") == {"承办人"}


def test_what_the_office_says_to_the_department_stays_inside(district: District):
    issue = factories.register(district)
    actions.dispatch(issue=issue, to=district.bureau, by=district.office, note="请三日内先联系企业。")
    public = issue.events.public()
    assert list(public.values_list("verb", flat=True)) == ["dispatch", "register"]
    assert not public.filter(text__contains="先联系企业").exists()
    assert issue.events.filter(internal=True, text__contains="先联系企业").exists()


def test_a_case_is_not_given_to_the_district_or_a_closed_department(district: District):
    issue = factories.register(district)
    district.other_bureau.is_active = False
    for wrong in (root(), district.other_bureau):
        with pytest.raises(Refused) as refusal:
            actions.dispatch(issue=issue, to=wrong, by=district.office)
        assert refusal.value.code == "invalid_department"


def test_return_ends_the_turn_and_its_clocks(district: District):
    issue = factories.returned(district)
    turn = issue.handlings.get()
    assert (turn.ended, turn.ended_at) == (Handling.Ended.RETURNED, sh(factories.MONDAY))
    assert running(issue) == {}
    assert (issue.due_at, issue.level, issue.clock_kind) == (None, 0, "")
    assert last(issue).internal
    assert told("return") == {"专班"}


def test_the_next_department_gets_its_own_turn(district: District):
    issue = actions.dispatch(issue=factories.returned(district), to=district.other_bureau, by=district.office)
    assert list(issue.handlings.values_list("department", "round")) == [
        (district.bureau.pk, 1),
        (district.other_bureau.pk, 2),
    ]
    assert len(running(issue)) == 3


def test_declining_tells_the_enterprise_why(district: District):
    issue = factories.declined(district)
    assert (issue.status, issue.closing) == (S.DECLINED, Issue.Closing.DECLINED)
    assert Notice.objects.get(kind="issue.decline").body == "属于法院受理范围。"
