"""Files whose row never came to be: swept at night from the folder and from the bucket, and nothing else."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from foundation.attachments.actions import attach, hold, orphans, sweep_orphans
from foundation.attachments.models import Attachment
from foundation.exports.models import Export
from foundation.imports.models import Batch
from tests.attachments.test_storage import bucket, endpoint

__all__ = ["bucket", "endpoint"]  # fixtures
pytestmark = pytest.mark.django_db


@pytest.fixture
def age(stored: Any) -> Any:
    """Make every file that lies there this old."""

    def make(**how: int) -> None:
        at = (timezone.now() - timedelta(**how)).timestamp()
        for path in stored():
            os.utime(path, (at, at))

    return make


def taken_back(upload: Any, person: Any) -> None:
    """A form's file is stored, then its transaction comes to nothing."""
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        hold(file=upload(), by=person)
        raise ZeroDivisionError


def test_what_was_taken_back_goes_after_a_day_and_the_rest_stays(owner, person, upload, stored, age):
    kept = attach(file=upload(), owner=owner, by=person)
    taken_back(upload, person)
    assert len(stored()) == 4, "two pictures with their likenesses"
    age(hours=23)
    assert sweep_orphans() == {"files": 4, "orphans": 0, "deleted": 0, "failed": 0, "withheld": 0}
    age(hours=25)
    assert sweep_orphans() == {"files": 4, "orphans": 2, "deleted": 2, "failed": 0, "withheld": 0}
    assert sorted(path.name for path in stored()) == sorted(
        Path(name).name for name in (kept.file.name, kept.likeness.name)
    )
    assert sweep_orphans()["orphans"] == 0


@pytest.mark.parametrize("model", [Export, Batch])
def test_exports_and_imports_are_looked_through_too(model, age, stored):
    field = model._meta.get_field("file")
    field.storage.save(field.generate_filename(model(), "x"), ContentFile(b"x"))
    age(days=2)
    assert sweep_orphans()["deleted"] == 1
    assert stored() == []


def test_what_lies_elsewhere_is_not_touched(tmp_path, age):
    for name in ("keep.me", "attachments/readme", "other/3f/3f2a"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    age(days=9)
    assert sweep_orphans()["deleted"] == 0
    assert (tmp_path / "keep.me").exists() and (tmp_path / "attachments/readme").exists()


def test_the_files_of_another_database_are_left_alone(owner, person, upload, stored, age, monkeypatch):
    monkeypatch.setattr(orphans, "ALWAYS", 1)
    attach(file=upload(), owner=owner, by=person)
    for _ in range(2):
        taken_back(upload, person)
    age(days=2)
    assert sweep_orphans() == {"files": 6, "orphans": 4, "deleted": 0, "failed": 0, "withheld": 4}
    assert len(stored()) == 6
    assert sweep_orphans(force=True)["deleted"] == 4


def test_the_command_counts_first(person, upload, stored, age):
    taken_back(upload, person)
    age(days=2)
    out = StringIO()
    call_command("sweep_files", dry_run=True, json=True, stdout=out)
    assert json.loads(out.getvalue()) == {"files": 2, "orphans": 2, "deleted": 0, "failed": 0, "withheld": 0}
    assert len(stored()) == 2
    call_command("sweep_files", stdout=out)
    assert stored() == []


def test_the_bucket_is_swept_as_the_folder_is(bucket, owner, person, upload):
    kept = attach(file=upload(), owner=owner, by=person)
    taken_back(upload, person)
    assert len(bucket()) == 4
    assert sweep_orphans()["orphans"] == 0, "they are young"
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        assert sweep_orphans() == {"files": 4, "orphans": 2, "deleted": 2, "failed": 0, "withheld": 0}
    assert sorted(bucket()) == sorted([kept.file.name, kept.likeness.name])


def test_a_bucket_of_many_pages_is_read_to_its_end(bucket):
    storage = Attachment._meta.get_field("file").storage
    for n in range(3):
        storage.save(f"attachments/{n}f/{n}f{n:030d}", ContentFile(b"x"))
    names = [f"attachments/aa/aa{n:030d}" for n in range(1001)]
    for name in names:
        storage.bucket.put_object(Key=name, Body=b"x")
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        assert sweep_orphans(dry=True)["orphans"] == 1004
