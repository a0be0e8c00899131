"""manage.py open_month and the beat task run the same action."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from liaison.models import VisitDuty
from liaison.tasks import open_month
from tests.liaison.factories import make_user, serve, sh

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(sh("2026-11-01 00:30"), tick=False):  # still October in UTC
        yield


def run(*args: str) -> dict:
    out = StringIO()
    call_command("open_month", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_says_how_many_the_month_has_and_how_many_are_new():
    serve(make_user(Role.CADRE))
    assert run("2026-11") == {"month": "2026-11", "duties": 1, "opened": 1}
    assert run("2026-11") == {"month": "2026-11", "duties": 1, "opened": 0}
    assert AuditRow.objects.filter(action="liaison.open_month").count() == 1


def test_the_task_opens_the_month_of_shanghai():
    serve(make_user(Role.CADRE))
    open_month()
    assert VisitDuty.objects.get().month == date(2026, 11, 1)


@pytest.mark.parametrize("month", ["2026-13", "november", "２０２６"])
def test_a_month_that_is_none_could_not_run(month):
    with pytest.raises(CommandError) as error:
        run(month)
    assert error.value.returncode == 2


def test_a_month_too_far_is_refused_with_1():
    with pytest.raises(SystemExit) as exit_:
        run("2030-01")
    assert exit_.value.code == 1
