"""`manage.py verify_audit`: checks the hash chain; exit 1 names the first broken row."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from foundation.audit.queries import verify_chain


class Command(BaseCommand):
    help = "Check the audit trail's hash chain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verify_chain()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(verdict)))
        elif verdict.broken is None:
            self.stdout.write(f"{verdict.rows} rows, chain intact, head {verdict.head}")
        else:
            self.stdout.write(f"Chain broken at row {verdict.broken}")
        if verdict.broken is not None:
            sys.exit(1)
