"""People choose by which channels they are told, within what the office leaves to them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.notices import actions
from foundation.notices.delivery import deliver_due
from foundation.notices.models import Delivery, NoticeChoice
from tests.accounts.factories import UserFactory
from tests.notices.gateways import HttpGateway

pytestmark = pytest.mark.django_db
RED, YELLOW = "issue.warn_red", "issue.warn_yellow"
PAGE = "/notices/choices/"


@pytest.fixture
def person(sms: HttpGateway):
    return UserFactory(roles=[Role.HANDLER], phone="13800138000")


def channels_of(person: Any, kind: str) -> list[str]:
    """By which channels a message of this kind is queued."""
    actions.notify(to=[person], kind=kind, subject="题", key=f"{kind}{Delivery.objects.count()}")
    queued = Delivery.objects.filter(notice__kind=kind).order_by("-notice_id", "channel")
    newest = queued.values_list("notice_id", flat=True)[:1]
    return list(Delivery.objects.filter(notice__in=newest).order_by("channel").values_list("channel", flat=True))


def rule(office: Any, kind: str, version: int = 0, **channels: str) -> None:
    actions.change_rule(kind=kind, version=version, by=office, channels=channels)


def test_mail_may_be_declined_for_one_kind_and_kept_for_another(person: Any):
    actions.choose(wanted={(YELLOW, "email"): False}, by=person)
    assert channels_of(person, YELLOW) == []
    assert channels_of(person, RED) == ["email"]


def test_what_is_offered_comes_only_to_who_asks_for_it(person: Any, office: Any):
    rule(office, RED, sms="offered")
    assert channels_of(person, RED) == ["email"]
    actions.choose(wanted={(RED, "sms"): True}, by=person)
    assert channels_of(person, RED) == ["email", "sms"]


def test_what_is_compulsory_cannot_be_declined(person: Any, office: Any):
    actions.choose(wanted={(RED, "email"): False}, by=person)
    rule(office, RED, email="compulsory")
    assert channels_of(person, RED) == ["email"]
    with pytest.raises(Refused):
        actions.choose(wanted={(RED, "email"): False}, by=person)


@pytest.mark.parametrize("place", [("nothing", "email"), (RED, "fax"), (RED, "sms")])
def test_what_is_not_offered_cannot_be_had(person: Any, place: tuple[str, str]):
    with pytest.raises(Refused):
        actions.choose(wanted={place: True}, by=person)
    assert not NoticeChoice.objects.exists()


def test_who_declines_gets_nothing_of_what_waits_either(person: Any):
    actions.notify(to=[person], kind=YELLOW, subject="题", key="k")
    actions.choose(wanted={(YELLOW, "email"): False}, by=person)
    assert deliver_due()["dropped"] == 1


def test_the_page_keeps_what_is_ticked_and_records_the_change(person: Any, client: Client):
    client.force_login(person)
    page = client.get(PAGE).content.decode()
    assert "诉求红牌预警" in page and "走访超期" in page and "回访期限" not in page
    sent = {f"{kind}-email": "on" for kind in (RED, "issue", "issue.mention")} | {"save": "1"}
    assert client.post(PAGE, sent).status_code == 302
    assert channels_of(person, RED) == ["email"]
    assert channels_of(person, YELLOW) == []
    assert AuditRow.objects.filter(action="notices.choose", actor=person).count() == 1
    client.post(PAGE, sent)
    assert AuditRow.objects.filter(action="notices.choose").count() == 1


def test_the_page_shows_the_office_s_word(person: Any, office: Any, client: Client):
    rule(office, RED, email="compulsory")
    client.force_login(person)
    page = client.get(PAGE).content.decode()
    assert "必发" in page
    assert f"{RED}-email" not in page


def test_an_enterprise_is_asked_only_of_what_it_gets(client: Client):
    client.force_login(UserFactory(roles=[Role.ENTERPRISE], department=None))
    page = client.get(PAGE).content.decode()
    assert "诉求办理进展" in page and "走访" not in page and "红牌升级" not in page


def test_choices_cost_one_query_however_many_people(person: Any):
    counts = []
    for wanted in (2, 6):
        people = UserFactory.create_batch(wanted)
        for one in people:
            actions.choose(wanted={(RED, "email"): False}, by=one)
        with CaptureQueriesContext(connection) as seen:
            actions.notify(to=people, kind=RED, subject="题", key=f"many{wanted}")
        counts.append(len(seen))
    assert counts[0] == counts[1]
