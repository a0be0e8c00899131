"""What a file would do: every row read, matched against the stock by one query per thousand, and sorted by outcome."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.imports import asides, candidates, mapping, policies, standing
from foundation.imports.candidates import spellings
from foundation.imports.deciding import Decisions
from foundation.imports.header import SEARCHED, Header, Row
from foundation.imports.lines import BESIDE, Line, Outcome, Remark
from foundation.imports.mapping import Layout
from foundation.imports.policies import Policy
from foundation.imports.reader import Table
from foundation.imports.resources import Entry, RosterResource, Stored
from foundation.imports.values import CODE_CHECK, CellError, Note, cleaned, match_key, plain
from foundation.imports.widgets import UNKNOWN


@dataclass
class Assessment:
    """The whole file, judged."""

    layout: Layout
    lines: list[Line]
    scope: str = ""  # of a full roster, in words

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(line.outcome for line in self.lines)
        counts = {str(outcome): found[outcome] for outcome in Outcome}
        counts["rows"] = len(self.lines) - sum(found[outcome] for outcome in (Outcome.LEFT_OUT, *BESIDE))
        counts["doubtful"] = sum(line.doubtful and line.outcome not in UNTAKEN for line in self.lines if line.notes)
        return counts

    @property
    def reasons(self) -> dict[str, list[list[Any]]]:
        """{outcome: [column, code, sentence, rows] of what is wrong or doubtful there, the most frequent first}."""
        found: dict[str, dict[tuple[str, str], list[Any]]] = defaultdict(dict)
        for line in self.lines:
            said = line.errors if line.outcome == Outcome.REFUSED else [note for note in line.notes if note.doubtful]
            for column, code, sentence in {(one.column, one.code, _generic(one.message)) for one in said}:
                tally = found[str(line.outcome)].setdefault((column, code), [column, code, sentence, 0])
                tally[3] += 1
        return {
            outcome: sorted(tallies.values(), key=lambda tally: -tally[3])[:MOST_REASONS]
            for outcome, tallies in found.items()
        }


MOST_REASONS = 40
UNTAKEN = (Outcome.DUPLICATE, Outcome.LEFT_OUT)  # lines of which nobody need confirm anything


def _generic(sentence: str) -> str:
    """What is wrong, without the cell it is wrong with."""
    return re.sub(r"“[^”]*”|[0-9A-Z]{8,}", "…", sentence)[:80]


def assess(
    table: Table,
    resource: RosterResource,
    progress: Callable[[int], None] | None = None,
    *,
    policy: str = Policy.OVERWRITE,
    is_full: bool = False,
    layout: Layout | None = None,
    edits: Edits | None = None,
    decisions: Decisions | None = None,
) -> Assessment:
    """Judge every row below the headings, its cells as corrected by `edits`; Refused where no headings are found."""
    layout = layout or mapping.lay_out(table.rows, resource)
    if layout is None:
        raise without_headings(resource)
    _refuse_too_many(len(table.rows))
    header = layout.header
    body, out = asides.split(
        _corrected(table.rows[header.first :], edits or {}), header, (resource.key, resource.alternative)
    )
    report = progress or (lambda done: None)
    rows = _Reader(header, resource).read(body, lambda share: report(int(len(body) * share / 2)))
    judge = _Judge(resource, policy, decisions or Decisions())
    lines = judge.judge(body, rows, lambda done: report((len(body) + done) // 2))
    beside = standing.beside(resource, rows, lines, is_full=is_full)
    lines += [
        Line(number, Outcome.LEFT_OUT, label=_first(cells), cells=[plain(cell) for cell in cells])
        for number, cells in out
    ]
    lines.sort(key=lambda line: line.number)
    return Assessment(layout, lines + beside.lines, beside.scope)


Edits = Mapping[int, Mapping[int, str]]  # {row number: {column: text}}


def _corrected(part: Sequence[Row], edits: Edits) -> list[Row]:
    """The rows with what was typed in place of some of their cells."""
    rows = list(part)
    for at, (number, cells) in enumerate(rows):
        if number in edits:
            rows[at] = (number, with_edits(cells, edits[number]))
    return rows


def with_edits(cells: Sequence[Any], edits: Mapping[int, str]) -> list[Any]:
    """A row's cells with what was typed in place of some of them."""
    row = [*cells, *[""] * (max(edits, default=0) + 1 - len(cells))]
    for column, text in edits.items():
        row[column] = text
    return row


def without_headings(resource: RosterResource) -> Refused:
    """The sentence for a sheet that does not say what its columns are."""
    wanted = "、".join(resource.fields[name].heading for name in (resource.key, resource.alternative) if name)
    message = _("前 %(n)s 行里没有找到列标题。至少要有“%(wanted)s”这样的标题，请核对工作表后再导入。")
    return Refused(message % {"n": SEARCHED, "wanted": wanted}, code="no_header")


MAX_ROWS = 200_000
STEP = 1_000  # rows judged between two reports
BEYOND = 20  # columns past the last heading in which a slipped cell is looked for


def _refuse_too_many(rows: int) -> None:
    if rows > MAX_ROWS:
        message = _("表格有 %(n)s 行，超过 %(limit)s 行的上限。请分成几个文件导入。")
        raise Refused(message % {"n": rows, "limit": MAX_ROWS}, code="too_many_rows")


def _first(cells: Iterable[Any]) -> str:
    return next((text for cell in cells if (text := cleaned(cell))), "")[:60]


# -- Reading -----------------------------------------------------------------------------------------------------------


def _column(rows: Sequence[Row], column: int) -> list[Any]:
    """One column of rows that need not be equally long."""
    return [cells[column] if column < len(cells) else "" for _number, cells in rows]


class _Reader:
    """Turns cells into canonical values, column by column: each different cell of a column is read once."""

    def __init__(self, header: Header, resource: RosterResource) -> None:
        self.header, self.resource = header, resource
        self.errors: dict[int, list[Remark]] = defaultdict(list)
        self.notes: dict[int, list[Remark]] = defaultdict(list)
        self.kept: dict[int, dict[str, str]] = defaultdict(dict)  # row index → undeclared columns

    def read(self, rows: Sequence[Row], report: Callable[[float], None]) -> list[Entry]:
        """The rows in canonical values; `report` is told the share of the columns done."""
        width = max(self.header.headings) + 1
        names = list(self.header.known.values())
        read: list[list[Any]] = []
        for column, name in self.header.known.items():
            report(len(read) / len(names))
            read.append(self._declared(name, self.header.headings[column], _column(rows, column)))
        if self.resource.extra:
            for column, heading in self.header.extra.items():
                self._undeclared(heading, _column(rows, column))
        for column in range(width):
            if column not in self.header.headings:
                self._nameless(column, enumerate(_column(rows, column)))
        longer = [(at, cells) for at, (_number, cells) in enumerate(rows) if len(cells) > width]
        for column in range(width, width + BEYOND):
            self._nameless(column, ((at, cells[column]) for at, cells in longer if column < len(cells)))
        values = [dict(zip(names, row, strict=True)) for row in zip(*read, strict=True)]
        for index, extra in self.kept.items():
            values[index][self.resource.extra] = extra
        return [
            Entry(rows[at][0], value, self.errors.get(at, []), self.notes.get(at, []))
            for at, value in enumerate(values)
        ]

    def _declared(self, name: str, heading: str, cells: Sequence[Any]) -> list[Any]:
        widget = self.resource.fields[name].widget
        widget.prepare(heading)
        known: dict[Any, Any] = {}
        odd: dict[Any, Note | CellError] = {}
        for cell in dict.fromkeys(cells):
            try:
                known[cell], note = widget.read(cell)
                if note:
                    odd[cell] = note
            except CellError as error:
                known[cell], odd[cell] = None, error
        if odd:
            for at, cell in enumerate(cells):
                if cell in odd:
                    self._remark(at, name, heading, cell, odd[cell])
        return [known[cell] for cell in cells]

    def _remark(self, at: int, name: str, heading: str, cell: Any, said: Note | CellError) -> None:
        if isinstance(said, CellError):
            self.errors[at].append(Remark(heading, said.code, said.message))
            return
        self.notes[at].append(Remark(heading, said.code, said.message, said.doubtful))
        if said.code == UNKNOWN and self.resource.extra:
            self.kept[at][heading] = cleaned(cell)

    def _undeclared(self, heading: str, cells: Sequence[Any]) -> None:
        known = {cell: cleaned(cell)[:1_000] for cell in dict.fromkeys(cells)}
        for at, cell in enumerate(cells):
            if text := known[cell]:
                self.kept[at][heading] = text

    def _nameless(self, column: int, cells: Iterable[tuple[int, Any]]) -> None:
        """A filled cell under no heading: often a sign that the row has slipped sideways."""
        for at, cell in cells:
            if cell not in ("", None) and (text := cleaned(cell)):
                message = _("第 %(n)s 列没有标题，内容“%(text)s”没有导入") % {"n": column + 1, "text": text[:40]}
                self.notes[at].append(
                    Remark(_("第 %(n)s 列") % {"n": column + 1}, "no_heading", message, doubtful=True)
                )


# -- Judging -----------------------------------------------------------------------------------------------------------


class _Judge:
    """Matches rows with the stock and with each other."""

    def __init__(self, resource: RosterResource, policy: str, decisions: Decisions) -> None:
        self.resource, self.policy, self.decisions = resource, policy, decisions
        self.required = [(name, declared) for name, declared in resource.fields.items() if declared.required]
        self.seen: dict[Any, int] = {}  # key, or primary key of the object matched → row number

    def judge(self, body: Sequence[Row], rows: Sequence[Entry], report: Callable[[int], None]) -> list[Line]:
        """A line for each row, in order; `report` is told how many are done."""
        report(0)
        self._match(rows)
        self._take_as_decided(rows)
        for row in rows:
            if row.found is None and not row.errors:
                self._require(row)
        self.resource.settle(rows)
        self._compare(rows)
        lines: list[Line] = []
        for (_number, cells), row in zip(body, rows, strict=True):
            if len(lines) % STEP == 0:
                report(len(lines))
            lines.append(self._line(row, cells))
        report(len(lines))
        return lines

    def _match(self, rows: Sequence[Entry]) -> None:
        """Say of each row which object of the stock it is about."""
        key, other = self.resource.key, self.resource.alternative
        codes = [row.values[key] for row in rows if row.values.get(key)]
        by_key = {stored.values[key]: stored for stored in self.resource.stored_by(key, codes)} if codes else {}
        by_other = self._by_other(
            [row.values[other] for row in rows if not row.values.get(key) and row.values.get(other)]
        )
        for row in rows:
            code = row.values.get(key)
            row.found = by_key.get(code) if code else by_other.get(match_key(row.values.get(other) or ""))

    def _take_as_decided(self, rows: Sequence[Entry]) -> None:
        """A row is about the object that somebody said it is about, and leaves its key alone unless they said not."""
        same = self.decisions.same
        decided = [row for row in rows if row.number in same and row.found is None]
        if not decided:
            return
        keys = sorted({same[row.number].pk for row in decided})
        stock = {stored.pk: stored for stored in self.resource.stored_by_pk(keys)}
        for row in decided:
            row.found = stock.get(same[row.number].pk)
            if row.found and not same[row.number].takes_key:
                row.values.pop(self.resource.key, None)

    def _compare(self, rows: Sequence[Entry]) -> None:
        """Say of each new row which objects it may be about after all, except where that was decided."""
        new = [
            row for row in rows if row.found is None and not row.errors and row.number not in self.decisions.different
        ]
        named = {row.found.pk for row in rows if row.found is not None}
        for at, several in candidates.find(self.resource, [row.values for row in new], named).items():
            new[at].candidates = several

    def _by_other(self, names: Sequence[str]) -> dict[str, Stored]:
        """Objects that a row without the key names by the other field, where the name is one object's alone."""
        if not names:
            return {}
        forms = {form for name in names for form in spellings(name)}
        found: dict[str, list[Stored]] = defaultdict(list)
        for stored in self.resource.stored_by(self.resource.alternative, forms):
            found[match_key(stored.values[self.resource.alternative])].append(stored)
        return {name: several[0] for name, several in found.items() if len(several) == 1}

    def _line(self, row: Entry, cells: Sequence[Any]) -> Line:
        resource, values, found = self.resource, row.values, row.found
        code = values.get(resource.key) or ""
        label = values.get(resource.label_field) or (found.label if found else "")
        pk = found.pk if found else None
        line = Line(row.number, Outcome.REFUSED, str(code), str(label), errors=row.errors, notes=row.notes, pk=pk)
        if not line.errors and self._is_second(line, values, found):
            line.outcome = Outcome.DUPLICATE
        if line.errors or line.outcome == Outcome.DUPLICATE:
            line.cells = [plain(cell) for cell in cells]
        elif found is None:
            line.outcome = Outcome.CANDIDATE if row.candidates else Outcome.CREATE
            line.values, line.candidates = values, row.candidates
        else:
            line.version, line.key = found.version, str(found.values[resource.key])
            line.changes, line.kept = policies.divided(self.policy, self._changes(values, found), resource.extra)
            line.outcome = Outcome.UPDATE if line.changes else Outcome.SKIPPED if line.kept else Outcome.UNCHANGED
        if row.notes and self._awaits_confirmation(row, line):
            line.outcome = Outcome.TO_CONFIRM
        return line

    def _awaits_confirmation(self, row: Entry, line: Line) -> bool:
        """Whether something would be written that is doubtful.

        A code that the stock has already is not in doubt, nor is anything lost by a name that stays as it was written.
        """
        if line.outcome not in (Outcome.CREATE, Outcome.UPDATE) or self.decisions.confirms(row.number):
            return False
        key = self.resource.key
        known = row.found is not None and row.found.values.get(key) == row.values.get(key)
        harmless = (UNKNOWN, CODE_CHECK) if known else (UNKNOWN,)
        return any(note.doubtful and note.code not in harmless for note in row.notes)

    def _require(self, row: Entry) -> None:
        for name, declared in self.required:
            if row.values.get(name) is None:
                row.errors.append(
                    Remark(declared.heading, "required", _("没有填写%(column)s") % {"column": declared.heading})
                )

    def _is_second(self, line: Line, values: dict[str, Any], found: Stored | None) -> bool:
        """Whether an earlier row of the file is about the same object; it says so."""
        key = ("pk", found.pk) if found else ("key", self.resource.identity(values))
        first = self.seen.setdefault(key, line.number)
        if first == line.number:
            return False
        heading = self.resource.fields[self.resource.key].heading
        message = _("与第 %(row)s 行是同一%(unit)s（%(key)s），只取前一行")
        said = message % {
            "row": first,
            "unit": self.resource.model._meta.verbose_name,
            "key": line.key or line.label,
        }
        line.notes.append(Remark(heading, "duplicate", said))
        return True

    def _changes(self, values: dict[str, Any], found: Stored) -> dict[str, list[Any]]:
        """{name: [old, new]} of what the file gives and the stock has otherwise; a blank cell changes nothing."""
        changes = {}
        for name, value in values.items():
            if value is None:
                continue
            old = found.values[name]
            if name == self.resource.extra:
                if any(old.get(heading) != text for heading, text in value.items()):
                    changes[name] = [old, {**old, **value}]
            elif value != old:
                changes[name] = [old, value]
        return changes
