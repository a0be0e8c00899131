"""`manage.py score [--period 2026-10|2026-Q4|2026-W47] [--freeze] [--json]`: scores and ranks departments."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.accounts.errors import Refused
from supervision.actions import freeze
from supervision.periods import last_full_month, parse
from supervision.plain import plain
from supervision.standings import Standings, standings


class Command(BaseCommand):
    help = "Score and rank the departments of a period (default: the last full month)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--period", default="")
        parser.add_argument("--freeze", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            period = parse(options["period"]) if options["period"] else last_full_month()
        except ValueError as error:
            raise CommandError("没有这样的周期:请写成 2026-10、2026-Q4 或 2026-W47。", returncode=2) from error
        refusal = self._freeze(period) if options["freeze"] else None
        result = standings(period)
        self.stdout.write(json.dumps(plain(result), ensure_ascii=False) if options["json"] else table(result))
        if refusal:
            raise CommandError(refusal, returncode=1)

    def _freeze(self, period: Any) -> str | None:
        try:
            freeze(period=period, by=None)
        except Refused as refusal:
            return refusal.message
        return None


def table(result: Standings) -> str:
    """The standings as lines of text."""
    lines = [f"{result.period.key}  formula {result.formula.version}"]
    lines += [
        f"{row.rank or '-':>4}  {row.score or '-':>7}  {row.department.code:<12}{row.department}" for row in result.rows
    ]
    return "\n".join(lines)
