"""`manage.py train_suggestions [--json]`: learn the suggestions now, and say how right they are."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from issues import actions
from issues.models import SuggestionModel, SuggestionRun

FIGURES = (
    "rows", "held_back", "first", "third", "majority", "rule", "sure", "sure_right", "classes", "words",
)  # fmt: skip


class Command(BaseCommand):
    help = "Learn departments and categories from the cases handled so far, measured on the newest of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        run = actions.train_now()
        if run is None:
            raise CommandError("a worker is learning them right now", returncode=2)
        if run.state != SuggestionRun.State.DONE:
            raise CommandError("the run failed; the log says why", returncode=2)
        models = {model.target: _facts(model) for model in run.models.all()}
        if options["json"]:
            self.stdout.write(json.dumps({"run": run.pk, "models": models}))
        else:
            for target, facts in models.items():
                self.stdout.write(f"{target:12}" + "  ".join(f"{name} {value}" for name, value in facts.items()))
        if any(facts["verdict"] != SuggestionModel.Verdict.USEFUL for facts in models.values()):
            sys.exit(1)


def _facts(model: SuggestionModel) -> dict[str, Any]:
    return {"verdict": model.verdict, **{name: getattr(model, name) for name in FIGURES}, "digest": model.digest}
