"""Take one import back where nothing later depends on it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from foundation.accounts.errors import Refused
from foundation.imports import actions
from foundation.imports.commandline import could_not, user_named
from foundation.imports.models import Batch


class Command(BaseCommand):
    help = (
        "Take one import back: created records are deleted, changed ones restored, where nothing later depends on it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", type=int, help="number of the batch")
        parser.add_argument("--by", default="", metavar="USERNAME", help="who answers for it; default: the system")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["json"]
        by = user_named(self, options["by"], as_json)
        batch = Batch.objects.filter(pk=options["batch"]).first()
        if batch is None:
            raise could_not(self, f"没有第 {options['batch']} 批导入。", "unknown_batch", as_json)
        try:
            done = actions.undo(batch=batch, by=by)
        except Refused as refusal:
            raise could_not(self, refusal.message, refusal.code, as_json) from refusal
        if as_json:
            answer = {"deleted": done.deleted, "restored": done.restored, "marks": done.marks, "refused": done.refused}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.stdout.write(f"删除 {done.deleted} 条，恢复 {done.restored} 条，保留 {len(done.refused)} 条。")
            if done.marks:
                self.stdout.write(f"{done.marks} 条在最新名册中的标记已恢复。")
            for kept in done.refused:
                self.stderr.write(f"第 {kept['row']} 行 {kept['name']}（{kept['key']}）：{kept['reason']}")
        if done.refused:
            raise SystemExit(1)
