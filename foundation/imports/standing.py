"""Who stands in the latest roster: what a full one does not name is marked so, never deleted, until one names it again.

A mark is two fields of the object, since when and by which batch. What each batch said is kept in its chunks, so that
undoing one gives every object the standing that the remaining batches say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from foundation.audit.actions import Act, record_many
from foundation.clocks.localtime import local_date, today
from foundation.imports.lines import BESIDE, Line, Outcome, Remark, pack
from foundation.imports.models import Batch, Chunk
from foundation.imports.resources import CHUNK, Entry, RosterResource

NAMING = (
    Outcome.UPDATE,
    Outcome.UNCHANGED,
    Outcome.SKIPPED,
    Outcome.DUPLICATE,
    Outcome.TO_CONFIRM,
    Outcome.REFUSED,
)
Mark = tuple[date, int]  # since when, and the number of the batch that did not name it


class Beside(NamedTuple):
    """What a file says about objects by leaving them out, or by naming them again; `scope` in words."""

    lines: list[Line]
    scope: str


# -- Preview -----------------------------------------------------------------------------------------------------------


def beside(resource: RosterResource, entries: Sequence[Entry], lines: Sequence[Line], *, is_full: bool) -> Beside:
    """The lines that stand for no further row: what a full roster does not name, and what is named again."""
    if not resource.missing_field:
        return Beside([], "")
    found = {entry.found.pk: entry.found for entry in entries if entry.found is not None}
    first = {line.pk: line for line in reversed(lines) if line.pk in found and found[line.pk].missing}
    back = _returning(reversed(first.values()))
    if not is_full:
        return Beside(back, "")
    scope = _scope(resource, entries)
    named = {*found, *(line.pk for line in lines), *(one.pk for line in lines for one in line.candidates)}
    gone = [
        _missing(pk, key, label, since) for pk, key, label, since in resource.roster_stock(scope) if pk not in named
    ]
    return Beside(back + gone, _worded(resource, scope))


def _returning(lines: Iterable[Line]) -> list[Line]:
    return [Line(line.number, Outcome.RETURNED, line.key, line.label, pk=line.pk) for line in lines]


def _missing(pk: Any, key: Any, label: Any, since: date | None) -> Line:
    line = Line(0, Outcome.MISSING, str(key), str(label), pk=pk)
    if since:
        line.notes.append(Remark("", "marked", _("自 %(day)s 起已不在名册") % {"day": since.isoformat()}))
    return line


def _scope(resource: RosterResource, entries: Sequence[Entry]) -> dict[str, Any]:
    """{field: value} of the places that every row of the file names alike: the roster is theirs alone."""
    scope = {}
    for name in resource.full_scope:
        values = {entry.values.get(name) for entry in entries}
        if len(values) == 1 and None not in values:
            scope[name] = values.pop()
    return scope


def _worded(resource: RosterResource, scope: dict[str, Any]) -> str:
    fields = resource.fields
    return "，".join(f"{fields[name].heading} {fields[name].widget.shown(value)}" for name, value in scope.items())[
        :200
    ]


# -- Commit ------------------------------------------------------------------------------------------------------------


def wait_for_undo(batch: Batch) -> None:
    """Before anything is written: an undo under way holds its own batch, and its marks must be settled first."""
    committed = [Batch.State.COMMITTED, Batch.State.UNDOING, Batch.State.PARTLY_UNDONE]
    others = Batch.objects.filter(resource=batch.resource, state__in=committed).order_by("pk")
    list(others.select_for_update(of=("self",)).values_list("pk", flat=True))


def mark(batch: Batch, resource: RosterResource) -> dict[str, int]:
    """Mark what the preview listed as missing, clear the marks of what the file names; the numbers for the counts."""
    if not resource.missing_field:
        return {}
    marked = _marks(resource)
    gone = [line for line in _lines(batch, [Outcome.MISSING]) if line.pk not in marked]
    named = {line.pk: line for line in _lines(batch, NAMING) if line.pk in marked} if marked else {}
    back = _returning(named.values())
    batch.chunks.filter(outcome=Outcome.RETURNED).delete()
    Chunk.objects.bulk_create(_chunks(batch, back))
    _set(resource, [line.pk for line in gone], (today(), batch.pk))
    _set(resource, [line.pk for line in back], None)
    record_many(_acts(resource, gone, "roster_missing", batch), by=batch.committed_by)
    record_many(_acts(resource, back, "roster_returned", batch), by=batch.committed_by)
    return {"marked": len(gone), str(Outcome.RETURNED): len(back)}


def _lines(batch: Batch, outcomes: Sequence[str]) -> Iterator[Line]:
    for chunk in batch.chunks.filter(outcome__in=outcomes).order_by("outcome", "number").iterator(chunk_size=50):
        yield from chunk.lines


def _chunks(batch: Batch, lines: Sequence[Line]) -> Iterator[Chunk]:
    for number, start in enumerate(range(0, len(lines), Chunk.SIZE)):
        packed = pack(lines[start : start + Chunk.SIZE])
        yield Chunk(batch=batch, outcome=Outcome.RETURNED, number=number, packed=packed)


def _marks(resource: RosterResource, keys: Sequence[Any] | None = None) -> dict[Any, Mark]:
    """{primary key: mark} of the marked objects, all or those of `keys`."""
    found = resource.model._base_manager.filter(**{f"{resource.missing_field}__isnull": False})
    parts = [found] if keys is None else [found.filter(pk__any_of=part) for part in _parts(keys)]
    names = ("pk", resource.missing_field, f"{resource.missing_batch}_id")
    return {key: (since, number) for part in parts for key, since, number in part.values_list(*names)}


def _set(resource: RosterResource, keys: Sequence[Any], mark: Mark | None) -> None:
    since, number = mark or (None, None)
    for part in _parts(sorted(keys)):
        resource.model._base_manager.filter(pk__any_of=part).update(
            **{resource.missing_field: since, f"{resource.missing_batch}_id": number}
        )


def _parts(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def _acts(resource: RosterResource, lines: Iterable[Line], verb: str, batch: Batch) -> Iterator[Act]:
    for line in lines:
        target = resource.named(line.pk, line.label)
        yield Act(f"{resource.model._meta.app_label}.{verb}", target, {"batch": batch.pk})


# -- Undo --------------------------------------------------------------------------------------------------------------


def unmark(batch: Batch, resource: RosterResource, by: Any) -> int:
    """Give what the batch marked or cleared the standing that the other batches say; how many changed."""
    if not resource.missing_field:
        return 0
    touched = {line.pk: line for line in _lines(batch, BESIDE)}
    if not touched:
        return 0
    held, wanted = _marks(resource, sorted(touched)), _replayed(batch, touched)
    changed: dict[Mark | None, list[Any]] = defaultdict(list)
    for key in _existing(resource, sorted(touched)):
        if held.get(key) != wanted.get(key):
            changed[wanted.get(key)].append(key)
    for mark, keys in changed.items():
        _set(resource, keys, mark)
    lines = [touched[key] for keys in changed.values() for key in keys]
    record_many(_acts(resource, lines, "roster_standing_undone", batch), by=by)
    return len(lines)


def _existing(resource: RosterResource, keys: Sequence[Any]) -> list[Any]:
    found = resource.model._base_manager.order_by("pk")
    return [key for part in _parts(keys) for key in found.filter(pk__any_of=part).values_list("pk", flat=True)]


def _replayed(undone: Batch, touched: dict[Any, Line]) -> dict[Any, Mark]:
    """{primary key: mark} as the committed batches but this one have it, told in the order of their commits."""
    marks: dict[Any, Mark] = {}
    said = Chunk.objects.filter(
        batch__resource=undone.resource, batch__state=Batch.State.COMMITTED, outcome__in=BESIDE
    ).exclude(batch=undone.pk)
    order = ("batch__committed_at", "batch_id", "outcome", "number")
    for chunk in said.select_related("batch").order_by(*order).iterator(chunk_size=50):
        for line in chunk.lines:
            if line.pk not in touched:
                continue
            if chunk.outcome == Outcome.RETURNED:
                marks.pop(line.pk, None)
            else:
                at = chunk.batch.committed_at
                assert at is not None  # a constraint: what is committed says when
                marks.setdefault(line.pk, (local_date(at), chunk.batch_id))
    return marks
