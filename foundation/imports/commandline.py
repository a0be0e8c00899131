"""What the import commands of the apps above share: run, print one JSON object or sentences, and exit 0, 1 or 2."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.imports import actions
from foundation.imports.lines import Line, Outcome
from foundation.imports.models import NAMES, Batch
from foundation.imports.picking import lines_of_outcome

TOLD = (
    "create", "update", "unchanged", "skipped", "duplicate", "candidate", "refused", "left_out", "missing", "returned",
)  # fmt: skip
SHOWN = 20  # problems named on stderr where no JSON is asked for


class ImportCommand(BaseCommand):
    """Preview a file, and with --commit write it, all or nothing."""

    resource = ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="spreadsheet or delimited file")
        parser.add_argument("--sheet", default="", help="sheet to read; default: the first with the headings")
        parser.add_argument("--commit", action="store_true", help="write; without it, only say what would happen")
        parser.add_argument(
            "--policy",
            choices=Batch.Policy.values,
            default=Batch.Policy.OVERWRITE,
            help="what to do with objects that are there: overwrite, fill only blank fields, skip; default: overwrite",
        )
        parser.add_argument("--full", action="store_true", help="a whole roster: mark what it does not name")
        parser.add_argument("--skip-errors", action="store_true", help="write the good rows, leave the refused ones")
        parser.add_argument("--by", default="", metavar="USERNAME", help="who answers for it; default: the system")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["json"]
        by = user_named(self, options["by"], as_json)
        try:
            batch = self._preview(Path(options["file"]), by, options)
        except OSError as error:
            raise could_not(self, f"{options['file']}: {error.strerror or error}", "file", as_json) from error
        except Refused as refusal:
            raise could_not(self, refusal.message, refusal.code, as_json) from refusal
        stopped = self._commit(batch, by, options["skip_errors"]) if options["commit"] else None
        if stopped is not None and stopped.code != "has_errors":
            raise could_not(self, stopped.message, stopped.code, as_json) from stopped
        self._tell(batch, as_json)
        if stopped is not None:
            self.stderr.write(stopped.message)
        if batch.counts["refused"] or batch.counts["candidate"]:
            raise SystemExit(1)

    def _preview(self, path: Path, by: User | None, options: dict[str, Any]) -> Batch:
        with path.open("rb") as file:
            batch = actions.open_batch(
                file=file,
                resource=self.resource,
                by=by,
                name=path.name,
                sheet=options["sheet"],
                policy=options["policy"],
                is_full=options["full"],
                queue=False,
            )
        return actions.preview(batch=batch, confirms_all=True)

    def _commit(self, batch: Batch, by: User | None, skip_errors: bool) -> Refused | None:
        try:
            actions.commit(batch=batch, by=by, skip_errors=skip_errors)
        except Refused as refusal:
            batch.refresh_from_db()
            return refusal
        return None

    def _tell(self, batch: Batch, as_json: bool) -> None:
        counts = batch.counts
        errors, duplicates, doubtful = problems_of(batch)
        if as_json:
            answer = {key: counts[key] for key in ("rows", *TOLD)}
            answer |= {"errors": errors, "duplicates": duplicates, "doubtful": doubtful, "batch": batch.pk}
            answer["candidates"] = [_held(line) for line in lines_of_outcome(batch, Outcome.CANDIDATE)]
            answer |= {"state": batch.state, "sheet": batch.sheet}
            answer |= {"policy": batch.policy, "full": batch.is_full, "scope": batch.scope}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        said = "，".join(f"{name} {counts[key]}" for key, name in (*NAMES.items(), ("doubtful", "存疑")))
        self.stdout.write(f"批次 {batch.pk}（{batch.get_state_display()}）：{counts['rows']} 行；{said}。")
        if counts["candidate"]:
            self.stderr.write(f"{counts['candidate']} 行疑似名册里已有的，没有导入；请在导入页面上逐行判断。")
        for problem in (errors + duplicates + doubtful)[:SHOWN]:
            self.stderr.write(f"第 {problem['row']} 行 {problem['column']}：{problem['message']}")
        if (rest := len(errors) + len(duplicates) + len(doubtful) - SHOWN) > 0:
            self.stderr.write(f"……另有 {rest} 处，用 --json 查看全部。")


Problem = dict[str, Any]


def problems_of(batch: Batch) -> tuple[list[Problem], list[Problem], list[Problem]]:
    """Errors, duplicates and doubtful cells of a batch in the file's order: row, column, code, message."""
    errors, duplicates, doubtful = [], [], []
    for line in lines_of(batch):
        errors += [_problem(line, remark) for remark in line.errors]
        for remark in line.notes:
            if line.outcome == Outcome.DUPLICATE and remark.code == "duplicate":
                duplicates.append(_problem(line, remark))
            elif remark.doubtful:
                doubtful.append(_problem(line, remark))
    return tuple(sorted(found, key=lambda problem: problem["row"]) for found in (errors, duplicates, doubtful))  # type: ignore[return-value]


def lines_of(batch: Batch) -> Iterator[Line]:
    for chunk in batch.chunks.all():
        yield from chunk.lines


def _problem(line: Line, remark: Any) -> Problem:
    return {"row": line.number, "column": remark.column, "code": remark.code, "message": remark.message}


def _held(line: Line) -> Problem:
    """A row that may be about an object of the stock under another name or code."""
    like = [{"key": one.key, "name": one.label, "reason": one.reason} for one in line.candidates]
    return {"row": line.number, "key": line.key, "name": line.label, "like": like}


def user_named(command: BaseCommand, username: str, as_json: bool) -> User | None:
    """The account given with --by; without one the system acts."""
    if not username:
        return None
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise could_not(command, f"没有名为“{username}”的启用账号。", "unknown_user", as_json)
    return user


def could_not(command: BaseCommand, message: str, code: str, as_json: bool) -> CommandError:
    """The command could not run: exit 2, the reason on stderr, and in the JSON object where one is asked for."""
    if as_json:
        command.stdout.write(json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False))
    return CommandError(message, returncode=2)
