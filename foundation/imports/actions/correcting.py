"""What a clerk types or says about single rows of a preview: the file stays as it came, the next reading has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.audit.actions import record
from foundation.imports.actions.base import State
from foundation.imports.actions.previewing import request_preview
from foundation.imports.deciding import Decisions, Same
from foundation.imports.lines import Line, Outcome
from foundation.imports.mapping import IGNORE, KEEP
from foundation.imports.models import Batch
from foundation.imports.picking import lines_of_outcome, original_cells
from foundation.imports.registry import resource_for
from foundation.imports.values import CellError, plain


class CellsRefused(Refused):
    """Some of the cells typed cannot be read; `cells` says of each column why."""

    def __init__(self, cells: dict[int, str]) -> None:
        super().__init__(_("有 %(n)s 格还不能用，没有保存。") % {"n": len(cells)}, code="cells")
        self.cells = cells


@transaction.atomic
def correct(*, batch: Batch, row: int, cells: Mapping[int, str], by: Any) -> int:
    """Take these texts in place of a row's cells; how many differ from what stood there. CellsRefused saves nothing."""
    batch = _previewed(batch)
    original = original_cells(batch, row)
    if original is None:
        raise Refused(_("没有第 %(n)s 行。") % {"n": row}, code="no_row")
    was = {column: plain(original[column]) if column < len(original) else "" for column in cells}
    _refuse_unreadable(batch, {column: text for column, text in cells.items() if text != was[column]})
    before = dict(batch.edits.filter(row=row).values_list("column", "value"))
    changed = {}
    for column, text in cells.items():
        now = before.get(column, was[column])
        if text == now:
            continue
        changed[column] = [now, text]
        if text == was[column]:
            batch.edits.filter(row=row, column=column).delete()
        else:
            given = {"was": was[column], "value": text, "by": by}
            batch.edits.update_or_create(row=row, column=column, defaults=given)
    if changed:
        decisions = Decisions.from_json(batch.decisions)
        decisions.forget(row)
        batch.pending += len(changed)
        batch.decisions = decisions.to_json()
        batch.save(update_fields=["pending", "decisions"])
        record(action="imports.correct", target=batch, by=by, row=row, cells=changed)
    return len(changed)


def _refuse_unreadable(batch: Batch, cells: Mapping[int, str]) -> None:
    resource = resource_for(batch.resource)
    columns = {one["column"]: one for one in batch.mapping}
    wrong = {}
    for column, text in cells.items():
        one = columns.get(column)
        if one is None or one["field"] == IGNORE:
            raise Refused(_("这一列不导入，无需更正。"), code="unknown_column")
        if one["field"] != KEEP:
            widget = resource.fields[one["field"]].widget
            widget.prepare(one["heading"])
            try:
                widget.read(text)
            except CellError as error:
                wrong[column] = error.message
    if wrong:
        raise CellsRefused(wrong)


@transaction.atomic
def confirm(*, batch: Batch, by: Any, rows: Iterable[int] | None = None) -> int:
    """Doubtful rows are right as they are: these, or with None all that wait for it. They are judged again."""
    batch = _previewed(batch)
    held = {line.number for line in lines_of_outcome(batch, Outcome.TO_CONFIRM)}
    chosen = held if rows is None else held.intersection(rows)
    if not chosen:
        raise Refused(_("没有选中待确认的行。"), code="nothing_chosen")
    decisions = Decisions.from_json(batch.decisions)
    decisions.confirmed |= chosen
    _read_again(batch, decisions, by)
    record(action="imports.confirm", target=batch, by=by, rows=sorted(chosen))
    return len(chosen)


NEW = "new"


@transaction.atomic
def decide(*, batch: Batch, answers: Mapping[int, str], by: Any) -> int:
    """Say of rows whether they are an object of the stock: `new`, or `<pk>` with its key kept or `<pk>:key` with the
    row's key taken over. They are judged again.
    """
    batch = _previewed(batch)
    decisions = Decisions.from_json(batch.decisions)
    said = 0
    for line in lines_of_outcome(batch, Outcome.CANDIDATE):
        if answer := answers.get(line.number):
            _decide(decisions, line, answer)
            said += 1
    if not said:
        raise Refused(_("还没有选择怎样处理。"), code="nothing_chosen")
    _read_again(batch, decisions, by)
    record(action="imports.decide", target=batch, by=by, answers={str(row): answer for row, answer in answers.items()})
    return said


def _decide(decisions: Decisions, line: Line, answer: str) -> None:
    decisions.forget(line.number)
    if answer == NEW:
        decisions.different.add(line.number)
        return
    pk, _colon, rest = answer.partition(":")
    found = next((one for one in line.candidates if str(one.pk) == pk), None)
    if found is None or rest not in ("", "key"):
        raise Refused(_("第 %(n)s 行没有这个选项，请刷新页面后重选。") % {"n": line.number}, code="no_candidate")
    decisions.same[line.number] = Same(found.pk, rest == "key")


@transaction.atomic
def withdraw(*, batch: Batch, row: int, by: Any) -> None:
    """What was confirmed or decided about a row is open again."""
    batch = _previewed(batch)
    decisions = Decisions.from_json(batch.decisions)
    decisions.forget(row)
    _read_again(batch, decisions, by)
    record(action="imports.withdraw", target=batch, by=by, row=row)


def _read_again(batch: Batch, decisions: Decisions, by: Any) -> None:
    request_preview(batch=batch, by=by)
    Batch.objects.filter(pk=batch.pk).update(decisions=decisions.to_json())


def _previewed(batch: Batch) -> Batch:
    """The batch, locked; Refused unless its preview stands."""
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state != State.PREVIEWED:
        raise Refused(_("这一批现在不是待确认的状态，不能更正。请刷新页面。"), code="not_previewed")
    return batch
