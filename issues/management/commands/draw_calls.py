"""manage.py draw_calls: draw the follow-up calls from what was closed since the last draw."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from issues import actions


class Command(BaseCommand):
    """Exit 0: done, also where there was nothing to draw from; 2: could not run."""

    help = "Draw the follow-up calls; running it again draws nothing twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        made = actions.draw_calls()
        cases, calls = (made.cases.count(), made.calls.count()) if made else (0, 0)
        if options["json"]:
            found = {"draw": made.pk if made else None, "seed": made.seed if made else None}
            self.stdout.write(json.dumps(found | {"cases": cases, "calls": calls}))
        else:
            self.stdout.write(f"参加抽取 {cases} 件,抽中回访 {calls} 件。")
