"""manage.py open_month [2026-11]: the month's visit duties, once however often it runs."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.accounts.errors import Refused
from foundation.clocks import localtime
from liaison import actions
from liaison.models import VisitDuty


class Command(BaseCommand):
    """Exit 0: done; 1: refused; 2: could not run."""

    help = "Open the visit duties of a month (this one); running it again opens nothing twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", nargs="?", help="YYYY-MM, the present month in Shanghai unless given")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            month = localtime.parse_month(options["month"]) if options["month"] else localtime.today().replace(day=1)
        except ValueError as error:
            raise CommandError(f"月份“{options['month']}”不对,请写成 2026-11。", returncode=2) from error
        try:
            opened = actions.open_month(month=month)
        except Refused as refused:
            self.stderr.write(refused.message)
            sys.exit(1)
        total = VisitDuty.objects.owed().filter(month=month).count()
        if options["json"]:
            self.stdout.write(json.dumps({"month": f"{month:%Y-%m}", "duties": total, "opened": opened}))
        else:
            self.stdout.write(f"{month:%Y-%m}:走访任务 {total} 项,本次新开 {opened} 项。")
