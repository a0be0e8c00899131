"""`make faults`: one run in its short form; `--long`, `--prove` (the broken builds must be seen), `--seed`."""

from __future__ import annotations

import argparse
import json
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2

from faults.clients import District, Journal, Person, side_by_side
from faults.limits import lay
from faults.points import BROKEN
from faults.portal import ROOT, Portal
from faults.rounds import Rounds
from faults.servers import Mail, Postgres, Redis, mail_server
from scripts.processes import wait_until

HANDS = 3  # clients of each kind side by side
SETTLE = 300  # seconds for what is left: a refused mail is tried again after a minute or two


@dataclass(frozen=True)
class Form:
    """How large a run is: cases (three limits each), seconds of breaking, seconds of standing still."""

    cases: int
    seconds: int
    still: float
    interval: float = 5.0
    broken: str = ""


SHORT = Form(cases=334, seconds=120, still=8)
LONG = Form(cases=3_334, seconds=600, still=60)
PROOF = Form(cases=60, seconds=60, still=5)


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(f"[faults] {text}", flush=True)


class Run:
    """One portal from start to verdict, everything it writes in one folder."""

    def __init__(self, form: Form, seed: int, folder: Path) -> None:
        self.form, self.seed, self.folder = form, seed, folder
        self.chance = random.Random(seed)
        self.password = secrets.token_urlsafe(12)
        self.done = threading.Event()
        (folder / "points").mkdir()
        (folder / "var" / "static").mkdir(parents=True)  # where it is, static files get their fingerprints

    def go(self) -> bool:
        """Run it all; whether the verdict is good."""
        with ExitStack() as stack:
            postgres, redis = Postgres(self.folder / "postgres"), Redis(self.folder / "redis")
            mail = stack.enter_context(mail_server(self.folder / "mail.jsonl"))
            for server in (postgres, redis):
                server.start()
                stack.callback(server.stop)
            portal = self._portal(postgres, redis, mail)
            stack.callback(portal.stop)
            rounds = Rounds(portal, postgres, redis, mail, still=self.form.still, points=self.folder / "points")
            self._play(portal, postgres, rounds)
            return self._judged(portal)

    def _portal(self, postgres: Postgres, redis: Redis, mail: Mail) -> Portal:
        """The portal, migrated and with its people, running."""
        postgres.create_database()
        env = {
            "DJANGO_SETTINGS_MODULE": "faults.settings",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DATABASE_URL": postgres.url,
            "CELERY_BROKER_URL": redis.url,
            "EMAIL_URL": mail.url,
            "VAR_DIR": str(self.folder / "var"),
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "WARNING",
            "FAULTS_INTERVAL": str(self.form.interval),
            "FAULTS_POINTS": str(self.folder / "points"),
            "FAULTS_PASSWORD": self.password,
            "FAULTS_BROKEN": self.form.broken,
        }
        portal = Portal(self.folder, env)
        say("making the database")
        portal.manage("migrate", "--no-input", "--verbosity", "0")
        portal.manage("collectstatic", "--no-input", "--verbosity", "0")
        if self.form.broken == "no_unique_key":
            self._execute(postgres.url, "ALTER TABLE clocks_warning DROP CONSTRAINT clocks_warning_once")
        made = subprocess.run(
            [sys.executable, "-m", "faults.district"], env=portal.env, cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
        self.people = json.loads(made.stdout)
        self.database = postgres.url
        portal.start()
        return portal

    def _play(self, portal: Portal, postgres: Postgres, rounds: Rounds) -> None:
        """Cases first, then limits end and processes die while people work; at last, peace."""
        journal = Journal(self.folder / "journal.jsonl")
        districts = [self._district(portal, journal, hand) for hand in range(HANDS)]
        say(f"{self.form.cases} cases are made")
        cases = [case for case in side_by_side(District.create, districts, range(self.form.cases)) if case]
        begin = datetime.now(UTC) + timedelta(seconds=5)
        laid = lay(postgres.url, self.folder / "schedule.jsonl", begin, self.form.seconds, self.chance)
        say(f"{laid} limits end within {self.form.seconds} seconds; seed {self.seed}")
        self.chance.shuffle(cases)
        workers = [
            threading.Thread(target=self._work, args=[district, cases[place::HANDS]])
            for place, district in enumerate(districts)
        ]
        for worker in workers:
            worker.start()
        self._break(rounds)
        self.done.set()
        for worker in workers:
            worker.join()
        self._settle(portal, rounds)

    def _district(self, portal: Portal, journal: Journal, hand: int) -> District:
        chance = random.Random(self.seed + hand)
        urls = portal.urls[:: 1 if hand % 2 else -1]
        return District(
            lambda name: Person(name, self.password, urls, journal, chance), self.people["bureau"][0], self.seed + hand
        )

    def _work(self, district: District, cases: list[int]) -> None:
        """Go on with case after case, and bring in new ones, for as long as things are broken."""
        pause = self.form.seconds / max(1, len(cases))
        for number, case in enumerate(cases, start=self.form.cases):
            if self.done.wait(district.chance.uniform(0, pause)):
                return
            district.work(case)
            if number % 5 == 0:
                district.create(number)

    def _break(self, rounds: Rounds) -> None:
        """One round after the other until the time is up."""
        until = time.monotonic() + self.form.seconds
        planned = rounds.shuffled(self.chance)
        gap = max(1.0, self.form.seconds / len(rounds.all()) - 2)
        while time.monotonic() < until:
            name, act = next(planned)
            say(name)
            act()
            time.sleep(gap)

    def _settle(self, portal: Portal, rounds: Rounds) -> None:
        """Nothing is broken any more: wait until nothing is left to do, and write down what the judge needs."""
        rounds.mend()
        wait_until(portal.at_work, 90)
        last_restart = datetime.now(UTC)
        say("peace; waiting for what is left")
        wait_until(lambda: not self._left(), SETTLE, every=1)
        facts = {
            "database": self.database,
            "people": self.people,
            "interval": self.form.interval,
            "last_restart": last_restart.isoformat(),
            "end": datetime.now(UTC).isoformat(),
            "web_without_redis": rounds.without_redis,
        }
        (self.folder / "facts.json").write_text(json.dumps(facts))

    def _left(self) -> int:
        """Clocks whose instant has come and mails that are not sent."""
        due = "SELECT count(*) FROM clocks_clock WHERE next_change_at <= now()"
        queued = "SELECT count(*) FROM notices_delivery WHERE state IN ('queued', 'in_flight')"
        return sum(self._execute(self.database, statement)[0][0] for statement in (due, queued))

    def _judged(self, portal: Portal) -> bool:
        """The judge's word, in a process of its own, and the audit trail's."""
        judge = subprocess.run(
            [sys.executable, ROOT / "faults" / "oracle.py", self.folder], capture_output=True, text=True
        )
        print(judge.stdout + judge.stderr, flush=True)
        chain = portal.manage("verify_audit")
        say(chain.strip().splitlines()[-1])
        return judge.returncode == 0

    @staticmethod
    def _execute(database: str, statement: str) -> list[tuple]:
        with psycopg2.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
        connection.close()
        return rows


def run(form: Form, seed: int) -> bool:
    """One run in a folder of its own, which stays where something was wrong."""
    folder = Path(tempfile.mkdtemp(prefix="liaison-faults-"))
    folder.chmod(0o755)
    good = Run(form, seed, folder).go()
    if good:
        subprocess.run(["rm", "-rf", str(folder)], check=False)
    else:
        say(f"everything is kept in {folder}")
    return good


def prove(seed: int) -> bool:
    """Every build that is broken on purpose must fail."""
    blind = []
    for broken in BROKEN:
        say(f"a build broken on purpose: {broken}")
        if run(replace(PROOF, broken=broken), seed):
            blind.append(broken)
    say(f"not seen: {', '.join(blind)}" if blind else "every broken build was seen")
    return not blind


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--long", action="store_true", help="10,000 limits over ten minutes")
    parser.add_argument("--prove", action="store_true", help="run the builds that are broken on purpose")
    parser.add_argument("--cases", type=int, help="another number of cases")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    form = LONG if options.long else SHORT
    if options.cases:
        form = replace(form, cases=options.cases)
    act: Callable[[], bool] = (lambda: prove(options.seed)) if options.prove else (lambda: run(form, options.seed))
    return 0 if act() else 1


if __name__ == "__main__":
    sys.exit(main())
