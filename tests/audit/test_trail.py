"""The trail: chained, append-only, and part of every act."""

import json

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from foundation.accounts import actions as accounts
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.audit import actions as audit
from foundation.audit.models import AppendOnly, AuditRow
from foundation.audit.queries import verify_chain
from tests.accounts.factories import DepartmentFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_every_row_is_chained_to_the_one_before():
    person = UserFactory()
    first = audit.record(action="test.first", target=person, by=person, note="一")
    second = audit.record(action="test.second", target=person, by=None)
    assert second.prev_hash == first.hash
    verdict = verify_chain()
    assert verdict.broken is None
    assert (verdict.rows, verdict.head) == (2, second.hash)


@pytest.mark.parametrize(
    "column, value", [("data_json", '{"note": "二"}'), ("actor_label", "别人"), ("at", "2020-01-01")]
)
def test_a_changed_row_is_named(column, value, capsys):
    person = UserFactory()
    for n in range(5):
        audit.record(action="test.act", target=person, by=person, note=n)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_auditrow SET {column} = %s WHERE seq = 3", [value])
    with pytest.raises(SystemExit) as exit_:
        call_command("verify_audit", "--json")
    assert exit_.value.code == 1
    assert json.loads(capsys.readouterr().out)["broken"] == 3


def test_a_removed_last_row_is_noticed():
    person = UserFactory()
    audit.record_many([audit.Act("test.act", person, {"n": n}) for n in range(3)], by=person)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditrow WHERE seq = 3")
    assert verify_chain().broken == 3


def test_the_application_can_neither_change_nor_delete_a_row():
    row = audit.record(action="test.act", target=UserFactory(), by=None)
    for attempt in (
        lambda: AuditRow.objects.update(action="x"),
        lambda: AuditRow.objects.all().delete(),
        row.delete,
        row.save,
    ):
        with pytest.raises(AppendOnly):
            attempt()
    assert verify_chain().broken is None


def test_a_name_with_a_line_break_makes_one_line():
    row = audit.record(action="test.act", target=UserFactory(), by=UserFactory(name="张\n三"))
    assert "\n" not in row.actor_label


def test_an_act_fails_when_its_audit_row_cannot_be_written(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr("foundation.audit.actions.AuditRow.objects.bulk_create", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        accounts.create_user(username="new", name="新人", password=None, by=None)
    assert not User.objects.filter(username="new").exists()


class TestConsole:
    def test_the_auditor_reads_and_verifies(self, client):
        auditor = UserFactory(roles=[Role.AUDITOR], department=DepartmentFactory())
        row = audit.record(action="test.act", target=auditor, by=auditor, reason="<b>粗体</b>")
        client.force_login(auditor)
        assert "test.act" in client.get("/audit/?q=" + auditor.name).content.decode()
        detail = client.get(f"/audit/{row.seq}/").content.decode()
        assert "&lt;b&gt;" in detail
        assert "哈希链完整" in client.post("/audit/verify/", follow=True).content.decode()

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
    def test_nobody_else_does(self, client, role):
        client.force_login(UserFactory(roles=[role]))
        assert client.get("/audit/").status_code == 403
