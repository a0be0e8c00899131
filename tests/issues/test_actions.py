"""What every verb does to a case: version, event, audit, notices, sight."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.accounts.errors import Stale
from foundation.accounts.permissions import Role
from foundation.attachments.models import Attachment
from foundation.audit.models import AuditRow
from foundation.audit.queries import verify_chain
from foundation.clocks.models import Clock
from foundation.notices.models import Notice
from issues import actions
from issues.models import Event, Extension, Handling, Issue
from tests.accounts.factories import UserFactory
from tests.issues import factories
from tests.issues.factories import District, make_enterprise, make_speaker
from tests.issues.reading import last, told
from tests.liaison.factories import serve

S = Issue.Status


def test_a_stale_version_is_refused_with_the_current_case(district: District):
    issue = factories.dispatched(district)
    seen = issue.version
    actions.note(issue=issue, by=district.cadre, text="已提醒。")
    with pytest.raises(Stale) as refusal:
        actions.accept(issue=issue, by=district.handler, version=seen)
    assert refusal.value.current.version == seen + 1
    actions.accept(issue=issue, by=district.handler, version=seen + 1)


def test_every_verb_writes_one_event_and_one_audit_row(district: District):
    issue = factories.closed(district)
    verbs = ["register", "dispatch", "accept", "resolve", "confirm"]
    assert list(issue.events.order_by("pk").values_list("verb", flat=True)) == verbs
    acts = AuditRow.objects.filter(target_type="issues.issue", target_id=str(issue.pk)).order_by("seq")
    assert list(acts.values_list("action", flat=True)) == [f"issues.{verb}" for verb in verbs]
    assert verify_chain().broken is None


@pytest.mark.parametrize("part", ["record", "tell", "write_event"])
def test_a_verb_happens_as_a_whole_or_not_at_all(district: District, monkeypatch: pytest.MonkeyPatch, part: str):
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("no space left")

    issue = factories.dispatched(district)
    rows = [Event, Notice, AuditRow, Handling, Clock]
    before = [list(model.objects.values()) for model in rows]
    monkeypatch.setattr(f"issues.actions.base.{part}", fail)
    with pytest.raises(RuntimeError):
        actions.accept(issue=issue, by=district.handler)
    assert Issue.objects.get().status == S.DISPATCHED
    assert [list(model.objects.values()) for model in rows] == before


def test_nobody_is_told_of_their_own_doing(district: District):
    district.office.role_grants.create(role=Role.HANDLER)
    district.office.department = district.bureau
    district.office.save()
    factories.dispatched(district)
    assert told("dispatch") == {"承办人"}


def test_notices_lead_each_side_to_its_own_page(district: District):
    issue = factories.resolved(district)
    urls = dict(Notice.objects.values_list("kind", "url"))
    assert urls["issue.resolve"] == f"/appeals/{issue.pk}/"
    assert urls["issue.dispatch"] == f"/issues/{issue.pk}/"


def test_whoever_registered_it_for_the_enterprise_hears_of_the_outcome(district: District):
    issue = factories.register(district, by=district.cadre, channel=Issue.Channel.PHONE)
    issue = actions.dispatch(issue=issue, to=district.bureau, by=district.office)
    factories.resolve(district, actions.accept(issue=issue, by=district.handler))
    assert told("resolve") == {"企业经办人", "服务专员"}


def test_internal_events_and_files_are_never_the_enterprises(district: District):
    issue = factories.arbitration(district)
    issue = actions.rule(issue=issue, to=district.bureau, by=district.office, note="内部裁定意见")
    file = SimpleUploadedFile("研判.txt", "内部".encode())
    actions.note(issue=issue, by=district.handler, text="内部备注", files=[file])
    seen = Event.objects.visible_to(district.speaker).filter(issue=issue)
    assert set(seen.values_list("verb", flat=True)) == {"register", "dispatch"}
    assert not Attachment.objects.visible_to(district.speaker).exists()
    assert Attachment.objects.visible_to(district.handler).count() == 1
    assert not Notice.objects.filter(recipient=district.speaker, body__contains="内部").exists()
    assert not Handling.objects.visible_to(district.speaker).exists()
    assert not Extension.objects.visible_to(district.speaker).exists()


def test_who_sees_a_case(district: District):
    issue = factories.returned(district)
    sighted = {user.name for user in district.everybody if Issue.objects.visible_to(user).filter(pk=issue.pk)}
    assert sighted == {"企业经办人", "专班", "承办人", "负责人", "服务专员", "责任领导", "督导"}
    assert not Issue.objects.visible_to(make_speaker(make_enterprise())).exists()


def test_a_department_with_a_case_may_open_its_enterprise(district: District):
    enterprises = type(district.enterprise).objects
    assert not enterprises.visible_to(district.handler).exists()
    factories.dispatched(district)
    handler = type(district.handler).objects.get(pk=district.handler.pk)
    assert enterprises.visible_to(handler).get() == district.enterprise
    assert not enterprises.visible_to(district.other_handler).exists()


def test_verbs_cost_a_bounded_number_of_queries(district: District, django_assert_max_num_queries: Any):
    issue = factories.register(district)
    with django_assert_max_num_queries(75):
        issue = actions.dispatch(issue=issue, to=district.bureau, by=district.office)
    with django_assert_max_num_queries(45):
        issue = actions.accept(issue=issue, by=district.handler)
    with django_assert_max_num_queries(45):
        actions.reply(issue=issue, by=district.handler, text="在办。")


@pytest.mark.parametrize("roles, name", [([Role.OFFICE], "企业服务办公室"), ([Role.CADRE], "区工作人员")])
def test_an_account_without_department_acts_in_an_offices_name_not_its_own(district: District, roles, name):
    official = UserFactory(roles=roles, department=None, name="借调干部")
    enterprise = serve(official, make_enterprise())
    issue = factories.register(district, by=official, enterprise=enterprise, channel=Issue.Channel.PHONE)
    assert last(issue).actor == name
