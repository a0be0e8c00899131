"""Files that no row names: of forms whose transaction was taken back, of workers that died between file and row."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.storage import Storage
from django.utils import timezone

from foundation.attachments.stored import Stored, kinds

log = logging.getLogger(__name__)
OLD = timedelta(days=1)  # younger ones may belong to a transaction that is under way
ALWAYS = 200  # so many may go, whatever there is besides


def sweep_orphans(*, dry: bool = False, force: bool = False) -> dict[str, int]:
    """Delete files older than a day that no row names; returns what was looked at, found, deleted and left alone.

    Where more files lack a row than have one the database is not that of these files: nothing is deleted, unless with
    `force`. With `dry` nothing is deleted either.
    """
    done = {"files": 0, "orphans": 0, "deleted": 0, "failed": 0, "withheld": 0}
    for kind in kinds():
        counted, orphans = _found(kind, timezone.now() - OLD)
        done["files"] += counted
        done["orphans"] += len(orphans)
        if dry:
            continue
        if not force and len(orphans) > max(ALWAYS, counted - len(orphans)):
            done["withheld"] += len(orphans)
            log.error(
                "%s of %s files under %s/ have no row: is this their database? nothing is deleted "
                "(manage.py sweep_files --force deletes them)", len(orphans), counted, kind.folder,
            )  # fmt: skip
            continue
        for gone in _deleted(kind.storage, orphans):
            done["deleted" if gone else "failed"] += 1
    log.info("files without a row: %s", done)
    return done


def _found(kind: Stored, before: datetime) -> tuple[int, list[str]]:
    """How many files there are, and the old ones without a row."""
    counted, orphans = 0, []
    for names in kind.there():
        counted += len(names)
        known = kind.named(names)
        orphans += [name for name in names if name not in known and _older(kind.storage, name, before)]
    return counted, orphans


def _older(storage: Storage, name: str, before: datetime) -> bool:
    try:
        return storage.get_modified_time(name) < before
    except Exception:  # gone meanwhile, or a store that does not answer: each raises errors of its own
        return False


def _deleted(storage: Storage, names: list[str]) -> Iterator[bool]:
    for name in names:
        try:
            storage.delete(name)
        except Exception as reason:  # as above
            log.warning("%s has no row and could not be deleted: %s", name, reason)
            yield False
        else:
            log.info("%s had no row and was deleted", name)
            yield True
