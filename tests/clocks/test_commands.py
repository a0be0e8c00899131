"""`deadline` and `escalate`: what they print, and with which code they end."""

import json
from datetime import date

import pytest
import time_machine
from django.core.management import CommandError, call_command

from foundation.clocks import kinds
from foundation.clocks.kinds import ClockKind
from tests.clocks.factories import sh, started
from tests.clocks.shared import official


def run(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out


def test_the_deadline_with_its_proof(db, capsys):
    found = json.loads(run(capsys, "deadline", "--from", "2026-09-30T10:00", "--days", "3", "--json"))
    assert found["due"] == "2026-10-10T23:59:59+08:00"
    assert (found["due_on"], found["due_at"], found["provisional"]) == (
        "2026-10-10",
        "2026-10-11T00:00:00+08:00",
        False,
    )
    assert found["days"][0] == {"date": "2026-10-01", "working": False, "why": "国庆节", "count": None, "paused": False}
    assert found["days"][-1]["why"] == "国庆节调休上班"
    assert [d["date"] for d in found["days"] if d["working"]] == ["2026-10-08", "2026-10-09", "2026-10-10"]


def test_the_proof_agrees_with_the_official_calendar_over_three_years(db, capsys):
    found = json.loads(run(capsys, "deadline", "--from", "2023-12-31T12:00", "--days", "750", "--json"))
    days = [d for d in found["days"] if d["date"] <= "2026-12-31"]
    assert len(days) == 1096
    for one in days:
        assert one["working"] == official().is_working(date.fromisoformat(one["date"])), one


def test_into_the_next_year_is_provisional(db, capsys):
    assert json.loads(run(capsys, "deadline", "--from", "2026-12-28", "--days", "10", "--json"))["provisional"]
    assert "(暂定)" in run(capsys, "deadline", "--from", "2026-12-28", "--days", "10")


def test_for_people_it_is_lines(db, capsys):
    lines = run(capsys, "deadline", "--from", "2026-11-20", "--days", "1").splitlines()
    assert lines == ["2026-11-21  周六", "2026-11-22  周日", "2026-11-23  工作日  第 1 日", "2026-11-23 24:00 到期"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("deadline", "--from", "yesterday", "--days", "3"),
        ("deadline", "--from", "2026-02-30", "--days", "3"),
        ("deadline", "--from", "2026-11-20", "--days", "-1"),
        ("deadline", "--from", "2026-11-20", "--days", "999999999999"),
        ("deadline", "--from", "9999-12-31", "--days", "1"),
        ("deadline", "--from", "0001-01-01", "--days", "1"),
        ("escalate", "--at", "soon"),
        ("escalate", "--kind", "nobody"),
    ],
)
def test_what_cannot_run_ends_with_two(db, arguments):
    with pytest.raises(CommandError) as error:
        call_command(*arguments)
    assert error.value.returncode == 2


def test_a_sweep_at_an_instant(told, capsys):
    started("2026-11-09 10:02", 8)
    found = json.loads(run(capsys, "escalate", "--at", "2026-11-20T00:00", "--json"))
    assert (found["yellow"], found["red"], found["escalated"], found["notices"]) == (1, 1, 0, 2)
    assert found["kinds"] == {"test": {"yellow": 1, "red": 1, "escalated": 0, "notices": 2}}
    assert found["seconds"] >= 0
    again = json.loads(run(capsys, "escalate", "--at", "2026-11-20T00:00", "--json"))
    assert (again["yellow"], again["red"], again["notices"], again["kinds"]) == (0, 0, 0, {})


def test_without_an_instant_it_is_now(told, capsys):
    started("2026-11-09 10:02", 8)
    with time_machine.travel(sh("2026-11-18 00:01"), tick=False):
        assert "yellow 1, red 0" in run(capsys, "escalate")


def test_a_kind_that_failed_ends_with_one(told, capsys):
    def fail(raised):
        raise RuntimeError("no")

    kinds.register(ClockKind("broken", "坏", announce=fail))
    try:
        started("2026-11-09 10:02", 8, kind="broken")
        with pytest.raises(SystemExit) as end:
            call_command("escalate", "--at", "2026-11-20", "--json")
    finally:
        kinds.unregister("broken")
    assert end.value.code == 1
    out = capsys.readouterr()
    assert json.loads(out.out)["failed"] == {"broken": "RuntimeError: no"}
    assert "broken" in out.err
