"""`manage.py reindex_search`: the whole index anew, while it goes on answering."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from foundation.search import actions
from foundation.search.models import Document

WHOLE = 24 * 3600.0  # seconds


class Command(BaseCommand):
    help = "Build the full-text index anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            actions.begin_anew()
        done = actions.catch_up(seconds=WHOLE)
        while actions.is_behind():  # a worker is at it as well
            time.sleep(0.2)
            done = {name: count + done[name] for name, count in actions.catch_up(seconds=WHOLE).items()}
        done["dropped"] = actions.drop_strangers()
        done["documents"] = Document.objects.count()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE search_document")  # the plan of a search depends on how rare its words are
        self.stdout.write(json.dumps(done) if options["json"] else "  ".join(f"{k} {v}" for k, v in done.items()))
