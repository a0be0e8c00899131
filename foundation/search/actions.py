"""Keeping the index: it follows the audit trail, which names every object that was written, in the order of commits.

So nothing has to be told to it, and nothing is lost with a message. Rows that were there before are walked through
once, a piece at a time.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Subquery
from django.db.models.functions import Coalesce

from foundation.attachments.models import Attachment
from foundation.audit.models import AuditHead, AuditRow
from foundation.imports.models import Batch
from foundation.imports.registry import model_of
from foundation.search import files
from foundation.search.indexing import index
from foundation.search.kinds import Kind, all_kinds
from foundation.search.models import Document, FileText, Progress

log = logging.getLogger(__name__)
BUSY = (OperationalError, IntegrityError)  # the places are held, or just being made, by another
TRAIL, FILES = "audit", "files"
PIECE = 500  # rows taken up in one transaction
FRESH = 50  # the same while somebody waits for the results
PATIENCE = 300  # milliseconds that somebody who searches waits for SQLite's lock


def catch_up(*, seconds: float = 50) -> dict[str, int]:
    """Index what was written since the last time; safe to run twice or at once."""
    until = time.monotonic() + seconds
    done = read = 0
    try:
        while time.monotonic() < until and (step := _step(PIECE)):
            done += step
    except BUSY:  # somebody else is at it
        log.info("the search index is being kept by another")
    while time.monotonic() < until and (owner := files.read_next()):
        read += 1
        _index_owners({owner})
    return {"objects": done, "files": read}


def freshen() -> None:
    """Take in the little that was written just now, so that whoever looks for it finds it."""
    if not is_behind():
        return
    try:
        with _impatient():
            _step(FRESH)
    except BUSY:
        log.info("the search index is being kept by another")


def begin_anew() -> None:
    """Have every row walked through again; what is indexed stays findable meanwhile."""
    Progress.objects.all().delete()


def drop_strangers() -> int:
    """Delete the documents of objects that are gone without a trace, and of kinds that are no more."""
    kept = [Document.objects.of(kind) for kind in all_kinds()]
    known = Document.objects.none().union(*(rows.values("pk") for rows in kept))
    gone = Document.objects.exclude(pk__in=known).delete()[0]
    for kind, rows in zip(all_kinds(), kept, strict=True):
        gone += rows.exclude(object_id__in=kind.model._base_manager.values("pk")).delete()[0]
    return gone


def is_behind() -> bool:
    """Whether anything was written that is not indexed yet."""
    head = AuditHead.objects.values("seq")[:1]
    places = Progress.objects.annotate(head=Coalesce(Subquery(head), 0)).values_list("name", "position", "done", "head")
    level = sum(done if name != TRAIL else position >= end for name, position, done, end in places)
    return level < len(all_kinds()) + 2  # the trail and the files are there beside the kinds


@transaction.atomic
def _step(limit: int) -> int:
    """One piece of what is to be done; returns how many rows were looked at."""
    places = _places()
    looked = _follow(places, limit)
    for kind in all_kinds():
        if looked < limit and not places[kind.key].done:
            looked += _walk(kind, places[kind.key], limit - looked)
    if looked < limit and not places[FILES].done:
        looked += _walk_files(places[FILES], limit - looked)
    return looked


def _places() -> dict[str, Progress]:
    """How far everything is, held until the transaction ends; what is new begins at its beginning."""
    rows = Progress.objects.select_for_update(nowait=True).order_by("name")
    places = {place.name: place for place in rows}
    for name in (TRAIL, FILES, *(kind.key for kind in all_kinds())):
        if name not in places:
            start = AuditHead.objects.values_list("seq", flat=True).first() or 0 if name == TRAIL else 0
            places[name] = Progress.objects.create(name=name, position=start)
    return places


def _follow(places: dict[str, Progress], limit: int) -> int:
    """Index what the next acts on the trail were about."""
    place = places[TRAIL]
    acts = list(
        AuditRow.objects.filter(seq__gt=place.position)
        .order_by("seq")
        .values_list("seq", "target_type", "target_id")[:limit]
    )
    if not acts:
        return 0
    touched: dict[str, set[int]] = defaultdict(set)
    for _seq, label, key in acts:
        if key.isdecimal():
            touched[label].add(int(key))
    owners = _take_files(touched.pop(Attachment._meta.label_lower, set()))
    for label, owner in owners:
        touched[label].add(owner)
    for batch in Batch.objects.filter(pk__in=touched.pop(Batch._meta.label_lower, set())):
        _walk_again(batch, places)
    _index_touched(touched)
    place.position = acts[-1][0]
    place.save(update_fields=["position"])
    return len(acts)


def _index_owners(owners: Collection[tuple[str, int]]) -> None:
    touched: dict[str, set[int]] = defaultdict(set)
    for label, owner in owners:
        touched[label].add(owner)
    with transaction.atomic():
        _index_touched(touched)


def _index_touched(touched: dict[str, set[int]]) -> None:
    """Index the objects of every kind that were touched, or that name one that was."""
    for kind in all_kinds():
        ids = set(touched.get(kind.model._meta.label_lower, ()))
        for label, field in kind.follows.items():
            if label in touched:
                named = kind.model._base_manager.filter(**{f"{field}__in": touched[label]})
                ids.update(named.values_list("pk", flat=True))
        if ids:
            index(kind, ids)


def _walk(kind: Kind, place: Progress, limit: int) -> int:
    """Index the next objects of a kind that were there before the index."""
    rows = kind.model._base_manager.filter(pk__gt=place.position).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:limit])
    if ids:
        index(kind, ids)
    return _move(place, ids)


def _walk_again(batch: Batch, places: dict[str, Progress]) -> None:
    """An import makes thousands of objects in one act: they are walked through a piece at a time, or gone at once."""
    keys = [key for part in batch.chunks.values_list("keys", flat=True) for key in part]
    kind = next((one for one in all_kinds() if one.model is model_of(batch.resource)), None)
    if kind is None or not keys:
        return
    if batch.undone_at:
        made = Document.objects.of(kind).filter(object_id__gte=min(keys), object_id__lte=max(keys))
        made.exclude(object_id__in=kind.model._base_manager.values("pk")).delete()
        return
    place = places[kind.key]
    place.position, place.done = min(place.position, min(keys) - 1), False
    place.save(update_fields=["position", "done"])


def _walk_files(place: Progress, limit: int) -> int:
    rows = Attachment.objects.filter(pk__gt=place.position).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:limit])
    _take_files(ids)
    return _move(place, ids)


def _move(place: Progress, ids: list[int]) -> int:
    place.position, place.done = (ids[-1], False) if ids else (place.position, True)
    place.save(update_fields=["position", "done"])
    return len(ids)


def _take_files(ids: Collection[int]) -> set[tuple[str, int]]:
    """Have the words of these files read, where they have any; returns the owners."""
    found = Attachment.objects.filter(pk__in=ids, owner_id__isnull=False)
    FileText.objects.bulk_create(
        [FileText(attachment=one) for one in found if files.has_words(one)], ignore_conflicts=True
    )
    return {(one.owner_type, one.owner_id) for one in found if one.owner_id}


@contextmanager
def _impatient() -> Iterator[None]:
    """On SQLite, don't wait long for the writers' lock."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {before}")
