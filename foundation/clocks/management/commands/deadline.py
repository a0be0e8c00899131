"""`manage.py deadline --from 2026-11-09T10:02 --days 8`: the due instant and the day-by-day proof."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection

from foundation.clocks import calendar
from foundation.clocks.china import china_year
from foundation.clocks.deadlines import MAX_DAYS, Due, due
from foundation.clocks.localtime import parse_instant
from foundation.clocks.models import CalendarYear
from foundation.clocks.workdays import WorkingCalendar


class Command(BaseCommand):
    """Prints when N working days are over, and why."""

    help = "The due instant N working days after an instant, with every day's reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From when, how many working days, and whether as JSON."""
        parser.add_argument("--from", dest="start", required=True, help="ISO 8601; without offset Shanghai time")
        parser.add_argument("--days", type=int, required=True, help=f"working days, 0 to {MAX_DAYS}")
        parser.add_argument("--extended", type=int, default=0, help="working days of extension")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work it out and print it."""
        try:
            start = parse_instant(options["start"])
            reckoned = due(start, options["days"], _calendar(), extended=options["extended"])
        except (ValueError, OverflowError, Error) as error:
            raise CommandError(f"算不出这个期限,请检查起点和天数:{error}", returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(as_json(reckoned), ensure_ascii=False))
        else:
            self._print(reckoned)

    def _print(self, reckoned: Due) -> None:
        """The proof as lines for people."""
        for day in reckoned.days:
            number = "" if day.count is None else f"第 {day.count} 日"
            self.stdout.write(f"{day.date}  {day.why}  {number}".rstrip())
        provisional = "(暂定)" if reckoned.provisional else ""
        self.stdout.write(f"{reckoned.on} 24:00 到期{provisional}")


def _calendar() -> WorkingCalendar:
    """The calendar in force; the library's alone where the database has no tables yet and nothing can be loaded."""
    if CalendarYear._meta.db_table in connection.introspection.table_names():
        return calendar.current()
    return WorkingCalendar(base=china_year)


def as_json(reckoned: Due) -> dict[str, Any]:
    """The deadline as JSON; `due` is its last second, `due_at` the first instant that is late."""
    return {
        "due": (reckoned.at - timedelta(seconds=1)).isoformat(),
        "due_on": reckoned.on.isoformat(),
        "due_at": reckoned.at.isoformat(),
        "provisional": reckoned.provisional,
        "days": [day.as_json() for day in reckoned.days],
    }
