"""`manage.py escalate [--at ISO8601] [--kind issue]`: one sweep of all clocks, as Celery beat runs it every minute."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from foundation.clocks import actions, kinds
from foundation.clocks.actions import SweepResult
from foundation.clocks.localtime import parse_instant


class Command(BaseCommand):
    """Sweeps once."""

    help = "Raise every warning that is due at an instant (now), each once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """When, which kind, and whether as JSON."""
        parser.add_argument("--at", help="ISO 8601; without offset Shanghai time; default now")
        parser.add_argument("--kind", help="a kind such as issue.resolve, or its beginning: issue")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep and print what was raised."""
        kind = options["kind"]
        if kind and not any(kinds.matching(kind)):
            known = ", ".join(sorted(found.key for found in kinds.matching(None)))
            raise CommandError(f"no kind of clock is called {kind!r}; there are: {known}", returncode=2)
        try:
            at = parse_instant(options["at"]) if options["at"] else None
        except ValueError as error:
            raise CommandError(f"--at is not an ISO 8601 instant: {error}", returncode=2) from error
        try:
            result = actions.sweep(at=at, kind=kind)
        except Error as error:
            raise CommandError(f"the sweep could not run: {error}", returncode=2) from error
        self._print(result, as_json=options["json"])
        if result.failed:
            sys.exit(1)

    def _print(self, result: SweepResult, *, as_json: bool) -> None:
        """The result on stdout, failures on stderr."""
        for kind, reason in result.failed.items():
            self.stderr.write(f"{kind}: {reason}")
        if as_json:
            self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False))
            return
        self.stdout.write(
            f"yellow {result.yellow}, red {result.red}, escalated {result.escalated}, "
            f"notices {result.notices}, {result.seconds} s"
        )
