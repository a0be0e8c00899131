"""The office decides how many days before the month's end a visit is reminded of, and who is told."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from foundation.accounts.permissions import Role
from foundation.clocks import actions as clocks
from foundation.clocks.models import Ladder
from liaison import actions
from tests.liaison.factories import make_user, serve, sh

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    user = make_user(Role.OFFICE)
    client.force_login(user)
    return user


def sent(**more):
    return {"yellow_days": "8", "tell_yellow": ["officer"], "tell_red": ["officer", "office"], "version": "1"} | more


def test_a_changed_rule_holds_for_duties_opened_later(client, office):
    serve(make_user(Role.CADRE))
    with time_machine.travel(sh("2026-11-01 00:05"), tick=False):
        actions.open_month(month=date(2026, 11, 1))
    assert client.post(reverse("liaison:rule"), sent()).status_code == 302
    assert Ladder.current("visit").yellow_days == 8
    assert clocks.sweep(at=sh("2026-11-23 09:00"), kind="visit").yellow == 0
    with time_machine.travel(sh("2026-12-01 00:05"), tick=False):
        actions.open_month(month=date(2026, 12, 1))
    # Eight working days before the end of December 2026 begin on the 22nd.
    assert clocks.sweep(at=sh("2026-12-21 23:59"), kind="visit").yellow == 1  # November's own yellow, late
    assert clocks.sweep(at=sh("2026-12-22 00:00"), kind="visit").yellow == 1


@pytest.mark.parametrize("fields", [{"yellow_days": "-1"}, {"yellow_days": "99"}, {"tell_red": ["everybody"]}])
def test_a_rule_that_cannot_be_is_said_and_not_saved(client, office, fields):
    answer = client.post(reverse("liaison:rule"), sent(**fields))
    assert "没有提交成功" in answer.content.decode()
    assert Ladder.current("visit").version == 1


def test_a_stale_rule_is_not_overwritten_unseen(client, office):
    client.post(reverse("liaison:rule"), sent())
    answer = client.post(reverse("liaison:rule"), sent(yellow_days="3"))
    assert "刚被别人修改过" in answer.content.decode()
    assert Ladder.current("visit").yellow_days == 8


@pytest.mark.parametrize(
    ("role", "get", "post"),
    [(Role.OFFICE, 200, 302), (Role.CADRE, 200, 403), (Role.SYSTEM_ADMIN, 200, 302), (Role.ENTERPRISE, 403, 403)],
)
def test_who_reads_and_who_changes(client, role, get, post):
    client.force_login(make_user(role))
    assert client.get(reverse("liaison:rule")).status_code == get
    assert client.post(reverse("liaison:rule"), sent()).status_code == post
