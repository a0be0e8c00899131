"""`manage.py lifecycle`: the life of an issue as Markdown, from the table that the code executes."""

from typing import Any

from django.core.management.base import BaseCommand

from issues.lifecycle import document


class Command(BaseCommand):
    help = "Print the table of transitions as Markdown (docs/lifecycle.md)."
    requires_system_checks = []  # needs nothing but the table

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(document(), ending="")
