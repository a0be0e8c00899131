"""Messages that ask to be acknowledged, and the office that sees who has not."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.notices import actions, rules
from foundation.notices.models import Notice
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(office):
    """A message that its reader is to acknowledge."""
    actions.change_rule(kind="issue.warn_red", version=0, by=office, needs_ack=True)
    reader = UserFactory(roles=[Role.HANDLER])
    actions.notify(to=[reader], kind="issue.warn_red", subject="红牌预警:某件", key="k", url="/issues/1/")
    return Notice.objects.get()


def test_a_rule_holds_for_its_kind_and_no_other(office):
    actions.change_rule(kind="issue.warn_red", version=0, by=office, needs_ack=True)
    reader = UserFactory()
    for kind in ("issue.warn_red", "issue.warn_yellow", "issue.reply", "export"):
        actions.notify(to=[reader], kind=kind, subject="题", key=kind)
    assert set(Notice.objects.filter(needs_ack=True).values_list("kind", flat=True)) == {"issue.warn_red"}


def test_what_is_to_be_acknowledged_stays_unread_until_it_is(asked, client: Client):
    client.force_login(asked.recipient)
    client.post(f"/notices/{asked.pk}/open/")
    client.post("/notices/read/")
    page = client.get("/notices/").content.decode()
    assert "红牌预警:某件" in page and "确认收到" in page
    assert client.post(f"/notices/{asked.pk}/acknowledge/").status_code == 302
    asked.refresh_from_db()
    assert asked.acked_at and asked.read_at
    assert "没有未读消息" in client.get("/notices/").content.decode()
    assert "已确认收到" in client.get("/notices/?show=all").content.decode()
    assert AuditRow.objects.filter(action="notices.acknowledge", actor=asked.recipient).count() == 1


def test_a_second_time_changes_nothing(asked):
    assert actions.acknowledge(notice=asked, by=asked.recipient)
    before = Notice.objects.get()
    assert not actions.acknowledge(notice=asked, by=asked.recipient)
    assert Notice.objects.get().acked_at == before.acked_at


def test_nobody_acknowledges_for_another(asked, office, client: Client):
    assert not actions.acknowledge(notice=asked, by=office)
    client.force_login(office)
    assert client.post(f"/notices/{asked.pk}/acknowledge/").status_code == 404
    assert client.post(f"/api/v1/notices/{asked.pk}/acknowledge/").status_code == 404


def test_the_api_acknowledges(asked, client: Client):
    client.force_login(asked.recipient)
    assert (
        client.post(f"/api/v1/notices/{asked.pk}/read/", {}, content_type="application/json").json()["read_at"] is None
    )
    answer = client.post(f"/api/v1/notices/{asked.pk}/acknowledge/", {}, content_type="application/json").json()
    assert answer["needs_ack"] and answer["acked_at"] and answer["read_at"]


def test_the_office_sees_who_has_not(asked, office, client: Client):
    client.force_login(office)
    page = client.get("/notices/manage/").content.decode()
    assert asked.recipient.name in page and "红牌预警:某件" in page
    actions.acknowledge(notice=asked, by=asked.recipient)
    assert "没有等待确认的消息" in client.get("/notices/manage/").content.decode()


def test_the_office_list_costs_the_same_for_one_and_many(asked, office, client: Client):
    client.force_login(office)
    counts = []
    for wanted in (1, 4):
        actions.notify(to=UserFactory.create_batch(wanted), kind="issue.warn_red", subject="题", key=f"many{wanted}")
        client.get("/notices/manage/")  # what is remembered until the next act
        with CaptureQueriesContext(connection) as seen:
            client.get("/notices/manage/")
        counts.append(len(seen))
    assert counts[0] == counts[1]


class TestRulesPage:
    def sheet(self, **changed: str) -> dict[str, str]:
        found = {}
        for rule in rules.current().by_key.values():
            found[f"{rule.kind.key}-version"] = str(rule.version)
            found[f"{rule.kind.key}-email"] = rule.modes["email"]
            if rule.needs_ack:
                found[f"{rule.kind.key}-needs_ack"] = "on"
        return found | changed

    def test_saving_changes_what_was_changed_and_records_it(self, office, client: Client):
        client.force_login(office)
        assert "诉求红牌预警" in client.get("/notices/manage/rules/").content.decode()
        sent = self.sheet(**{"visit.red-needs_ack": "on"})
        assert client.post("/notices/manage/rules/", sent).status_code == 302
        assert rules.current().of("visit.red").needs_ack
        assert AuditRow.objects.filter(action="notices.change_rule").count() == 1

    def test_a_stale_sheet_is_refused_as_a_whole(self, office, client: Client):
        client.force_login(office)
        sent = self.sheet(**{"visit.red-needs_ack": "on", "call-needs_ack": "on"})
        actions.change_rule(kind="call", version=0, by=office, needs_ack=False)
        client.post("/notices/manage/rules/", sent)
        assert not rules.current().of("visit.red").needs_ack

    def test_the_action_refuses_others_unknown_kinds_and_stale_versions(self, office):
        with pytest.raises(Refused):
            actions.change_rule(kind="call", version=0, by=UserFactory(roles=[Role.HANDLER]), needs_ack=True)
        with pytest.raises(Refused):
            actions.change_rule(kind="nothing", version=0, by=office, needs_ack=True)
        with pytest.raises(Stale):
            actions.change_rule(kind="call", version=3, by=office, needs_ack=True)
