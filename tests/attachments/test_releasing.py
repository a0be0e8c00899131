"""A file blocked without cause: released by the security administrator alone, with a reason, on the trail."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.attachments.actions import attach, release
from foundation.attachments.models import Attachment
from foundation.audit.models import AuditRow
from foundation.notices.models import Notice
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper() -> Any:
    return UserFactory(roles=[Role.SECURITY_ADMIN])


@pytest.fixture
def blocked(person: Any, owner: Any, upload: Any) -> Attachment:
    """A file that the scanner took."""
    attachment = attach(file=upload("报表.txt", b"harmless", "text/plain"), owner=owner, by=person)
    facts = {"state": "infected", "scanned_at": timezone.now(), "finding": "Heuristics.Broken"}
    Attachment.objects.filter(pk=attachment.pk).update(**facts)
    attachment.refresh_from_db()
    return attachment


def test_released_it_opens_again_and_everybody_who_was_told_hears(client, keeper, blocked, person):
    office = UserFactory(roles=[Role.OFFICE])
    client.force_login(keeper)
    page = client.get("/attachments/blocked/").content.decode()
    assert all(words in page for words in ("报表.txt", "Heuristics.Broken", blocked.sha256))
    answer = client.post(f"/attachments/{blocked.key}/release/", {"reason": "另两种软件复查无毒"}, follow=True)
    assert "已放行“报表.txt”" in answer.content.decode() and "没有被拦截的附件" in answer.content.decode()
    row = AuditRow.objects.get(action="attachments.release")
    assert (row.actor_id, row.data["reason"], row.data["finding"]) == (
        keeper.pk,
        "另两种软件复查无毒",
        "Heuristics.Broken",
    )
    assert set(Notice.objects.filter(kind="virus").values_list("recipient_id", flat=True)) == {person.pk, office.pk}
    client.force_login(person)
    assert b"".join(client.get(f"/attachments/{blocked.key}/").streaming_content) == b"harmless"


@pytest.mark.parametrize(("reason", "words"), [("  ", "请写明"), ("长" * 301, "最多 300 字")])
def test_without_a_sound_reason_it_stays_and_what_was_typed_comes_back(client, keeper, blocked, reason, words):
    client.force_login(keeper)
    answer = client.post(f"/attachments/{blocked.key}/release/", {"reason": reason})
    assert answer.status_code == 422 and words in answer.content.decode() and reason in answer.content.decode()
    blocked.refresh_from_db()
    assert blocked.state == "infected" and not AuditRow.objects.filter(action="attachments.release").exists()


@pytest.mark.parametrize("role", [Role.OFFICE, Role.SYSTEM_ADMIN, Role.AUDITOR, Role.HANDLER])
def test_nobody_else_releases_by_whatever_way(blocked, role):
    with pytest.raises(Refused):
        release(attachment=blocked, by=UserFactory(roles=[role]), reason="误报")
    blocked.refresh_from_db()
    assert blocked.state == "infected"


def test_it_is_released_once(keeper, blocked):
    release(attachment=blocked, by=keeper, reason="误报")
    with pytest.raises(Refused, match="已经放行"):
        release(attachment=blocked, by=keeper, reason="误报")


def test_releasing_opens_no_file_to_who_releases(client, keeper, blocked):
    client.force_login(keeper)
    assert client.get(f"/attachments/{blocked.key}/view/").status_code == 404
    assert client.get(f"/attachments/{blocked.key}/content/").status_code == 404


def test_the_list_costs_the_same_for_one_and_many(
    client, keeper, blocked, person, owner, upload, django_assert_num_queries
):
    client.force_login(keeper)
    client.get("/attachments/blocked/")
    with CaptureQueriesContext(connection) as one:
        client.get("/attachments/blocked/")
    for number in range(4):
        attach(file=upload(f"{number}.txt", b"x", "text/plain"), owner=owner, by=person)
    Attachment.objects.update(state="infected", scanned_at=timezone.now(), finding="X")
    with django_assert_num_queries(len(one)):
        client.get("/attachments/blocked/")
