"""Writing the lines of a batch, and taking them back: called by the actions inside their transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.audit.actions import Act, record_many
from foundation.imports import bulk, standing
from foundation.imports.lines import Line, Outcome
from foundation.imports.lines import columns as columns_of
from foundation.imports.models import Batch, Chunk
from foundation.imports.resources import RosterResource, Stored

STEP = 25  # chunks written at a time
UNDO_STEP = 10  # chunks taken back at a time: it is slower, and the bar should move


def write(batch: Batch, resource: RosterResource, progress: Callable[[int], None]) -> dict[str, int]:
    """Create and change what the preview said, and nothing else; Refused where the stock has moved since."""
    done = 0
    resource.by = batch.committed_by
    progress(done)
    for chunks in _groups(batch, Outcome.CREATE):
        done += _create(resource, chunks)
        progress(done)
    for chunks in _groups(batch, Outcome.UPDATE):
        done += _change(batch, resource, chunks)
        progress(done)
    return {"written": done, **standing.mark(batch, resource)}


def _groups(batch: Batch, outcome: Outcome, step: int = STEP) -> Iterator[list[Chunk]]:
    chunks = list(batch.chunks.filter(outcome=outcome).order_by("number"))
    for start in range(0, len(chunks), step):
        yield chunks[start : start + step]


def _create(resource: RosterResource, chunks: Sequence[Chunk]) -> int:
    read = [columns_of(bytes(chunk.packed)) for chunk in chunks]
    columns: dict[str, list[Any]] = {name: [] for part in read for name in part.values}
    for part in read:
        for name, values in columns.items():
            values += part.values.get(name) or [None] * len(part.keys)
    suspects = set().union(*(part.suspects for part in read))
    created = resource.insert(columns, sum(len(part.keys) for part in read), suspects)
    at = 0
    for chunk, part in zip(chunks, read, strict=True):
        chunk.keys = created[at : at + len(part.keys)]
        at += len(part.keys)
    Chunk.objects.bulk_update(chunks, ["keys"])
    return at


def _change(batch: Batch, resource: RosterResource, chunks: Sequence[Chunk]) -> int:
    lines = [line for chunk in chunks for line in chunk.lines]
    stock = _locked(resource, [line.pk for line in lines])
    moved = sum(1 for line in lines if _has_moved(line, stock.get(line.pk)))
    if moved:
        raise _moved(moved)
    resource.change([(line.pk, _news(line.changes), stock[line.pk].values) for line in lines])
    record_many(_acts(resource, lines, "import_update", batch), by=batch.committed_by)
    return len(lines)


def _has_moved(line: Line, stored: Stored | None) -> bool:
    """Whether an object is not what the preview saw; what lies on other tables does not count its version up."""
    if stored is None or stored.version != line.version:
        return True
    return any(stored.values[name] != old for name, old in _olds(line.changes).items())


def _locked(resource: RosterResource, keys: Sequence[Any]) -> dict[Any, Stored]:
    return {stored.pk: stored for stored in resource.stored_by_pk(sorted(keys), lock=True)}


def _news(changes: dict[str, list[Any]]) -> dict[str, Any]:
    return {name: new for name, (_old, new) in changes.items()}


def _olds(changes: dict[str, list[Any]]) -> dict[str, Any]:
    return {name: old for name, (old, _new) in changes.items()}


def _acts(resource: RosterResource, lines: Sequence[Line], verb: str, batch: Batch) -> Iterator[Act]:
    """One audit row per object changed; new objects are told by the batch's own row."""
    for line in lines:
        target = resource.named(line.pk, line.label)
        yield Act(f"{resource.model._meta.app_label}.{verb}", target, {"batch": batch.pk, "changes": line.changes})


def _moved(count: int) -> Refused:
    message = _("预览之后有 %(n)s 条记录被改动过，整批没有导入。请重新读取、核对后再导入。")
    return Refused(message % {"n": count}, code="stale_preview")


# -- Undo --------------------------------------------------------------------------------------------------------------


@dataclass
class Undone:
    """What an undo did, and what it had to leave with the reason."""

    deleted: int = 0
    restored: int = 0
    marks: int = 0  # objects whose standing in the latest roster is again what it was
    refused: list[dict[str, Any]] = field(default_factory=list)


Place = tuple[Chunk, int, Line]  # a line and where it is kept


def take_back(batch: Batch, resource: RosterResource, by: Any, progress: Callable[[int], None]) -> Undone:
    """Delete what the batch created and restore what it changed, except where something has come to depend on it."""
    result, done = Undone(), 0
    resource.by = by
    progress(done)
    for chunks in reversed(list(_groups(batch, Outcome.UPDATE, UNDO_STEP))):
        places = _left(chunks)
        _mark(_restore(batch, resource, places, result, by))
        done += len(places)
        progress(done)
    for chunks in reversed(list(_groups(batch, Outcome.CREATE, UNDO_STEP))):
        places = _left(chunks)
        _mark(_delete(resource, places, result))
        done += len(places)
        progress(done)
    result.refused.sort(key=lambda kept: kept["row"])
    result.marks = standing.unmark(batch, resource, by)
    return result


def _left(chunks: Sequence[Chunk]) -> list[Place]:
    """The lines not undone before; those of created objects with their primary keys."""
    places = []
    for chunk in chunks:
        before = set(chunk.undone)
        for at, line in enumerate(chunk.lines):
            if at not in before:
                line.pk = chunk.keys[at] if chunk.keys else line.pk
                places.append((chunk, at, line))
    return places


def _mark(places: Sequence[Place]) -> None:
    """Note in each chunk which of its lines are undone."""
    touched = {}
    for chunk, at, _line in places:
        chunk.undone = [*chunk.undone, at]
        touched[chunk.pk] = chunk
    Chunk.objects.bulk_update(touched.values(), ["undone"])


def _delete(resource: RosterResource, places: Sequence[Place], result: Undone) -> list[Place]:
    """Where the objects stood that are gone now."""
    lines = [line for _chunk, _at, line in places]
    stock = _locked(resource, [line.pk for line in lines])
    depending = resource.dependents(list(stock))
    reasons = _reasons(resource, stock, lines, depending)
    keys = [line.pk for line in lines if line.pk in stock and line.pk not in reasons]
    resource.remove(keys)
    result.deleted += len(keys)
    return _divide(places, reasons, result, depending)


def _restore(batch: Batch, resource: RosterResource, places: Sequence[Place], result: Undone, by: Any) -> list[Place]:
    """Where the objects stand that have their old values again."""
    lines = [line for _chunk, _at, line in places]
    stock = _locked(resource, [line.pk for line in lines])
    reasons: dict[Any, str] = {}
    for line in lines:
        stored = stock.get(line.pk)
        if stored is None:
            reasons[line.pk] = _("已被删除")
        elif later := [name for name, new in _news(line.changes).items() if stored.values[name] != new]:
            fields = "、".join(_("其他信息") if name == resource.extra else resource.heading_of(name) for name in later)
            reasons[line.pk] = _("导入之后又被修改过：%(fields)s") % {"fields": fields}
    going = [line for line in lines if line.pk not in reasons]
    resource.change([(line.pk, _olds(line.changes), stock[line.pk].values) for line in going])
    record_many(_acts(resource, going, "import_undo", batch), by=by)
    result.restored += len(going)
    return _divide(places, reasons, result)


def _divide(
    places: Sequence[Place], reasons: dict[Any, str], result: Undone, depending: bulk.Dependents | None = None
) -> list[Place]:
    """Tell which lines had to stay and return the others."""
    for _chunk, _at, line in places:
        if reason := reasons.get(line.pk):
            kept = {"row": line.number, "key": line.key, "name": line.label, "reason": reason, "pk": line.pk}
            result.refused.append({**kept, "depends": _named((depending or {}).get(line.pk) or {})})
    return [place for place in places if place[2].pk not in reasons]


NAMED = 3  # rows of each kind that an undo names one by one


def _named(pointing: dict[Any, list[Any]]) -> list[dict[str, Any]]:
    """What points at an object, kind by kind: its name, how many, and the first few."""
    found = [
        {
            "model": model._meta.label_lower,
            "kind": bulk.kind_of(model),
            "count": len(rows),
            "some": [str(pk) for pk in rows[:NAMED]],
        }
        for model, rows in pointing.items()
    ]
    return sorted(found, key=lambda kind: kind["kind"])


def _reasons(
    resource: RosterResource, stock: dict[Any, Stored], lines: Sequence[Line], depending: bulk.Dependents
) -> dict[Any, str]:
    """{primary key: why a created object must stay}."""
    reasons = {}
    for key, pointing in depending.items():
        if pointing:
            kinds = "、".join(f"{kind['kind']} {kind['count']} 条" for kind in _named(pointing))
            reasons[key] = _("已有%(kinds)s") % {"kinds": kinds}
    for line in lines:
        stored = stock.get(line.pk)
        if stored is not None and line.pk not in reasons and not resource.is_as_created(stored, line.values):
            reasons[line.pk] = _("导入之后又被修改过")
    return reasons
