"""`manage.py sweep_files`: deletes stored files that no row names; exit 1 where some were left alone."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from foundation.attachments.actions import sweep_orphans


class Command(BaseCommand):
    help = "Delete stored files older than a day that no row names (beat does it every night)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count only")
        parser.add_argument("--force", action="store_true", help="even where most files have no row")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        done = sweep_orphans(dry=options["dry_run"], force=options["force"])
        said = "{files} files, {orphans} without a row, {deleted} deleted, {failed} failed, {withheld} withheld"
        self.stdout.write(json.dumps(done) if options["json"] else said.format(**done))
        if done["failed"] or done["withheld"]:
            sys.exit(1)
