"""Single rows of a preview: a cell corrected, a doubtful row confirmed, a candidate decided."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.imports import actions, picking, queries
from foundation.imports.actions import CellsRefused
from foundation.imports.engine import with_edits
from foundation.imports.forms import RowForm
from foundation.imports.lines import Line
from foundation.imports.mapping import IGNORE
from foundation.imports.models import Batch
from foundation.imports.registry import resource_for
from foundation.imports.resources import RosterResource
from foundation.imports.values import plain
from foundation.imports.views.base import act, batch_of, is_masked

TICKED = 1_000  # rows ticked at once


@requires(Permission.IMPORT)
@require_http_methods(["GET", "POST"])
def row(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One row with all its cells; what is saved is read with the next preview, at once where asked for."""
    batch = batch_of(request, pk)
    found = _Row(request, batch, number)
    form = RowForm(request.POST or None, cells=found.cells)
    if request.method == "POST" and _save(request, found, form):
        if request.POST.get("then") == "read":
            return act(request, batch, lambda: actions.request_preview(batch=batch, by=request.user))
        return redirect(reverse("imports:detail", args=[batch.pk]) + f"?tab={found.line.outcome}")
    context = {"batch": batch, "line": found.line, "form": form, "rows": found.rows(form)}
    context["can_correct"] = batch.state == Batch.State.PREVIEWED
    context["decided"] = found.decided
    return render(request, "imports/row.html", context, status=422 if form.errors else 200)


@requires(Permission.IMPORT)
@require_http_methods(["GET", "POST"])
def cell(request: HttpRequest, pk: int, number: int, column: int) -> HttpResponse:
    """One cell in place, for a page with JavaScript; without it, the whole row."""
    batch = batch_of(request, pk)
    found = _Row(request, batch, number)
    if column not in found.cells:
        raise Http404
    if not request.headers.get("HX-Request"):
        return redirect(reverse("imports:row", args=[batch.pk, number]) + f"#id_cell_{column}")
    form = RowForm(request.POST or None, cells={column: found.cells[column]})
    context = {"batch": batch, "number": number, "column": column, "form": form, "field": form[f"cell_{column}"]}
    context["cell_id"] = f"cell-{number}-{column}"
    if request.method == "POST" and _save(request, found, form):
        batch.refresh_from_db(fields=["pending"])
        context |= {"heading": found.cells[column][0], "text": form.cleaned_data[f"cell_{column}"]}
        return render(request, "imports/cell_saved.html", context)
    return render(request, "imports/cell.html", context)


class _Row:
    """A row, and its cells as they stand: {column: (heading, text)}."""

    def __init__(self, request: HttpRequest, batch: Batch, number: int) -> None:
        line = picking.line_of(batch, number)
        original = picking.original_cells(batch, number, line) if line else None
        if line is None or original is None:
            raise Http404
        self.batch, self.line = batch, line
        self.hidden = queries.without_phones if is_masked(request) else str
        self.resource: RosterResource = resource_for(batch.resource)
        self.edits = {edit.column: edit for edit in batch.edits.filter(row=number).select_related("by")}
        cells = with_edits(
            original, {column: edit.value for column, edit in self.edits.items()} or {0: plain(original[0])}
        )
        self.columns = {one["column"]: one for one in batch.mapping if one["field"] not in (IGNORE, "")}
        self.cells = {
            column: (
                queries.heading_at(batch, column),
                self.hidden(plain(cells[column])) if column < len(cells) else "",
            )
            for column in self.columns
        }

    @property
    def decided(self) -> bool:
        """Whether somebody confirmed or decided something about this row."""
        kept = self.batch.decisions
        number = self.line.number
        return (
            number in kept.get("confirmed", ())
            or number in kept.get("different", ())
            or str(number) in kept.get("same", {})
        )

    def rows(self, form: RowForm) -> list[dict[str, Any]]:
        """Each cell with its field, what is wrong with it, and what stood there before."""
        return [
            {
                "bound": form[f"cell_{column}"],
                "field": self.resource.heading_of(one["field"]) if one["field"] in self.resource.fields else "",
                "problems": [remark.message for remark in self._remarks(column, one)],
                "edit": self.edits.get(column),
                "was": self.hidden(self.edits[column].was) if column in self.edits else "",
            }
            for column, one in self.columns.items()
        ]

    def _remarks(self, column: int, one: dict[str, Any]) -> list[Any]:
        names = {queries.heading_at(self.batch, column), self.resource.heading_of(one["field"])}
        return [remark for remark in (*self.line.errors, *self.line.notes) if remark.column in names]


def _save(request: HttpRequest, found: _Row, form: RowForm) -> bool:
    """Whether the row was saved; otherwise the form says why, with everything that was typed."""
    if not form.is_valid():
        return False
    line: Line = found.line
    try:
        count = actions.correct(batch=found.batch, row=line.number, cells=form.typed(), by=request.user)
    except CellsRefused as refusal:
        form.blame(refusal.cells)
        return False
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    if count and not request.headers.get("HX-Request"):
        messages.success(request, _("第 %(row)s 行更正了 %(n)s 格。") % {"row": line.number, "n": count})
    return True


@requires(Permission.IMPORT)
@require_POST
def withdraw(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What was confirmed or decided about a row is open again."""
    batch = batch_of(request, pk)
    return act(request, batch, lambda: actions.withdraw(batch=batch, row=number, by=request.user))


@requires(Permission.IMPORT)
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticked doubtful rows are right, or all of them."""
    batch = batch_of(request, pk)
    ticked = [int(value) for value in request.POST.getlist("row")[:TICKED] if re.fullmatch(r"[0-9]{1,9}", value)]
    rows = None if request.POST.get("all") == "1" else ticked
    return act(request, batch, lambda: actions.confirm(batch=batch, rows=rows, by=request.user))


@requires(Permission.IMPORT)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Of each candidate on the page: the same, or not."""
    batch = batch_of(request, pk)
    answers = {
        int(name.removeprefix("row_")): str(answer)[:40]
        for name, answer in list(request.POST.items())[:TICKED]
        if re.fullmatch(r"row_[0-9]{1,9}", name) and answer
    }
    return act(request, batch, lambda: actions.decide(batch=batch, answers=answers, by=request.user))
