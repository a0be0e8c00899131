"""The judge: recomputes from the journal and the schedule what should have happened, and compares.

Imports nothing of the project. Reads, from the folder of a run:

    facts.json       database address, the people by audience, the interval of the sweeps, the last restart, the end
    journal.jsonl    one line per request: who, verb, case, whether it was acknowledged, when
    schedule.jsonl   one line per limit laid into the run: clock, kind, and the instants of yellow, red and escalation
    mail.jsonl       one line per message the mail server took: Message-ID, recipient, when

Run by itself: `python faults/oracle.py FOLDER`. Exit code 0: nothing lost, missing, double or early.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2

AUDIENCE = {1: ("handler",), 2: ("department_head",), 3: ("office", "supervisor")}
SHOWN = 5  # examples of each fault
LAG_INTERVALS = 3


@dataclass
class Verdict:
    """What was found wrong, by kind, and what was counted."""

    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    counted: dict[str, Any] = field(default_factory=dict)

    def wrong(self, kind: str, said: str) -> None:
        self.faults[kind].append(said)

    @property
    def good(self) -> bool:
        return not self.faults

    def lines(self) -> list[str]:
        """The verdict as it is printed."""
        counted = [f"  {name}: {value}" for name, value in self.counted.items()]
        found = []
        for kind, said in sorted(self.faults.items()):
            found += [f"  {kind}: {len(said)}", *(f"    {one}" for one in said[:SHOWN])]
        return ["counted", *counted, "faults" if found else "no faults", *found]


@dataclass(frozen=True)
class Limit:
    """One clock as it was laid into the run: its due instant as stored, and the instants of its levels."""

    clock: int
    due_at: datetime
    levels: dict[int, datetime]


class Run:
    """Everything one run left behind."""

    def __init__(self, folder: Path) -> None:
        self.facts = json.loads((folder / "facts.json").read_text())
        self.journal = _lines(folder / "journal.jsonl")
        self.mail = _lines(folder / "mail.jsonl")
        self.limits = [_limit(row) for row in _lines(folder / "schedule.jsonl")]
        self.interval = timedelta(seconds=self.facts["interval"])
        self.last_restart, self.end = _moment(self.facts["last_restart"]), _moment(self.facts["end"])
        self.connection = psycopg2.connect(self.facts["database"])

    def rows(self, statement: str) -> list[tuple]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()


def judge(folder: Path) -> Verdict:
    """Compare a run's records with its database."""
    run, verdict = Run(folder), Verdict()
    _acknowledged(run, verdict)
    told = _warnings(run, verdict)
    _people(run, verdict, told)
    _mail(run, verdict)
    return verdict


# -- what was acknowledged --------------------------------------------------------------------------------------------


def _acknowledged(run: Run, verdict: Verdict) -> None:
    """Every acknowledged request left its event; no request left more than one."""
    titles = dict(run.rows("SELECT id, title FROM issues_issue"))
    happened: Counter[tuple[int | str, str]] = Counter()
    for case, verb in run.rows("SELECT issue_id, verb FROM issues_event WHERE by_id IS NOT NULL"):
        happened[titles[case] if verb == "register" else case, verb] += 1
    asked: Counter[tuple[int | str, str]] = Counter()
    sure: Counter[tuple[int | str, str]] = Counter()
    for line in run.journal:
        asked[line["case"], line["verb"]] += line["outcome"] != "refused"
        sure[line["case"], line["verb"]] += line["outcome"] == "done"
    for key in sure:
        if happened[key] < sure[key]:
            verdict.wrong("acknowledged write lost", f"{key}: {sure[key]} acknowledged, {happened[key]} found")
    for key in happened:
        if happened[key] > asked[key]:
            verdict.wrong("double write", f"{key}: {happened[key]} found, {asked[key]} asked for")
    for status in run.facts["web_without_redis"]:
        if status != 200:
            verdict.wrong("no web while Redis is down", f"status {status}")
    verdict.counted["requests"] = len(run.journal)
    verdict.counted["acknowledged"] = sure.total()
    verdict.counted["unanswered"] = sum(line["outcome"] == "unknown" for line in run.journal)
    verdict.counted["pages while Redis was down"] = len(run.facts["web_without_redis"])


# -- warnings ---------------------------------------------------------------------------------------------------------


def _warnings(run: Run, verdict: Verdict) -> dict[int, int]:
    """Every level that was reached has one warning; returns warning → level."""
    ended = _ends(run)
    found: dict[tuple[int, int, datetime], list[int]] = defaultdict(list)
    for pk, clock, level, due_at in run.rows("SELECT id, clock_id, level, due_at FROM clocks_warning"):
        found[clock, level, due_at].append(pk)
    expected = {
        (limit.clock, level, limit.due_at)
        for limit in run.limits
        for level, at in limit.levels.items()
        if at <= min(ended.get(limit.clock, run.end), run.end)
    }
    for key in expected - found.keys():
        verdict.wrong("warning missing", _named(key))
    for key in found.keys() - expected:
        verdict.wrong("warning that should not be", _named(key))
    for key, several in found.items():
        if len(several) > 1:
            verdict.wrong("warning double", _named(key))
    verdict.counted["limits"], verdict.counted["warnings"] = len(run.limits), len(expected)
    return {pk: level for (_clock, level, _due), pks in found.items() for pk in pks}


def _ends(run: Run) -> dict[int, datetime]:
    """Clock → when its limit was first taken away: paused, moved or stopped."""
    first: dict[int, datetime] = {}
    laid = {limit.clock for limit in run.limits}
    causes = (
        "SELECT clock_id, min(began_at) FROM clocks_clockpause GROUP BY clock_id",
        "SELECT clock_id, min(at) FROM clocks_clockchange GROUP BY clock_id",
        "SELECT id, stopped_at FROM clocks_clock WHERE stopped_at IS NOT NULL",
    )
    for statement in causes:
        for clock, at in run.rows(statement):
            if clock in laid:
                first[clock] = min(at, first.get(clock, at))
    return first


def _named(key: tuple[int, int, datetime]) -> str:
    clock, level, due_at = key
    return f"clock {clock}, level {level}, due {due_at.astimezone(UTC):%H:%M:%S.%f}"


# -- people -----------------------------------------------------------------------------------------------------------


def _people(run: Run, verdict: Verdict, levels: dict[int, int]) -> None:
    """Everybody whom a level is told to was told once, in time, and not before."""
    instants = _instants(run)
    told: Counter[tuple[int, int]] = Counter()
    when: dict[int, datetime] = {}
    notices = run.rows("SELECT recipient_id, key, about, created_at FROM notices_notice WHERE key LIKE 'warning%'")
    for recipient, key, about, at in notices:
        for warning in about or [int(key.partition(":")[2])]:
            told[warning, recipient] += 1
            when[warning] = at
    people = run.facts["people"]
    wanted = {
        (warning, person) for warning, level in levels.items() for who in AUDIENCE[level] for person in people[who]
    }
    for warning, person in wanted - told.keys():
        verdict.wrong("notice missing", f"warning {warning}, person {person}")
    for (warning, person), count in told.items():
        if count > 1 or (warning, person) not in wanted:
            verdict.wrong("notice double or to nobody's use", f"warning {warning}, person {person}: {count}")
    _in_time(run, verdict, when, instants)
    verdict.counted["notices of warnings"] = len(notices)


def _instants(run: Run) -> dict[int, datetime]:
    """Warning → the instant its level was reached."""
    laid = {limit.clock: limit for limit in run.limits}
    rows = run.rows("SELECT id, clock_id, level FROM clocks_warning")
    return {
        pk: laid[clock].levels[level] for pk, clock, level in rows if level in getattr(laid.get(clock), "levels", ())
    }


def _in_time(run: Run, verdict: Verdict, when: dict[int, datetime], instants: dict[int, datetime]) -> None:
    """Never early; once nothing is broken any more, within three sweeps."""
    lags = []
    for warning, at in when.items():
        due = instants.get(warning)
        if due is None:
            continue
        if at < due:
            verdict.wrong("warning early", f"warning {warning}: {due - at} before its instant")
        late = at - max(due, run.last_restart)
        if late > LAG_INTERVALS * run.interval:
            verdict.wrong("warning late", f"warning {warning}: {late} after the last restart or its instant")
        lags.append((at - due).total_seconds())
    lags.sort()
    if lags:
        verdict.counted["lag in seconds, median and largest"] = f"{lags[len(lags) // 2]:.1f}, {lags[-1]:.1f}"


# -- mail -------------------------------------------------------------------------------------------------------------


def _mail(run: Run, verdict: Verdict) -> None:
    """Every outgoing message was taken by the server under its one Message-ID; nothing else was."""
    taken = Counter(line["message_id"] for line in run.mail)
    # What went out together has one Message-ID, that of its bundle.
    rows = run.rows("SELECT coalesce(bundle, message_id)::text, state FROM notices_delivery")
    known = {f"<{message_id}@liaison>" for message_id, _state in rows}
    for message_id, state in rows:
        if state == "sent" and not taken[f"<{message_id}@liaison>"]:
            verdict.wrong("mail lost", message_id)
        if state not in ("sent", "dropped"):
            verdict.wrong("mail left over", f"{message_id} is {state}")
    for message_id in taken.keys() - known:
        verdict.wrong("mail of nothing", message_id)
    verdict.counted["mails"] = len(taken)
    verdict.counted["mails repeated under the same Message-ID"] = sum(count > 1 for count in taken.values())


# -- reading ----------------------------------------------------------------------------------------------------------


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _limit(row: dict[str, Any]) -> Limit:
    return Limit(row["clock"], _moment(row["due_at"]), {int(level): _moment(at) for level, at in row["levels"].items()})


if __name__ == "__main__":
    answer = judge(Path(sys.argv[1]))
    print("\n".join(answer.lines()))
    sys.exit(0 if answer.good else 1)
