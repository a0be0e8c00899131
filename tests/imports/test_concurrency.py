"""Two at once, a worker that dies, a message that is lost: each batch is written once and says where it is."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from enterprises.models import Enterprise
from enterprises.resources import EnterpriseResource
from foundation.accounts.errors import Refused
from foundation.imports import actions, progress, tasks
from foundation.imports.models import Batch
from foundation.imports.progress import progress_of
from tests.imports.files import companies, delimited, xlsx
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_batch_committed_twice_at_once_is_written_once(preview, clerk):
    batch = preview(xlsx(companies(50)))
    results = at_once(*[lambda: actions.commit(batch=Batch.objects.get(pk=batch.pk), by=clerk)] * 4)
    refused = [result for result in results if isinstance(result, Refused)]
    assert len(refused) == 3
    assert {refusal.code for refusal in refused} <= {"busy", "already_committed"}
    assert Enterprise.objects.count() == 50


def test_a_second_batch_is_told_who_is_at_it_with_which_file(preview, clerk):
    first, second = preview(xlsx(companies(2))), preview(xlsx(companies(3)))
    Batch.objects.filter(pk=first.pk).update(
        state="committing", claim="x", claimed_at=timezone.now(), committed_by=clerk
    )
    with pytest.raises(Refused, match=r"王晓梅正在导入“roster.xlsx”，同一名册一次只能导入一批") as refused:
        actions.commit(batch=second, by=clerk)
    assert refused.value.code == "busy"
    second.refresh_from_db()
    assert second.state == "previewed"


def test_two_batches_of_one_roster_at_once_do_not_both_win_the_same_company(preview, clerk):
    batches = [preview(xlsx(companies(20))), preview(xlsx(companies(20)))]
    results = at_once(*[lambda batch=batch: actions.commit(batch=batch, by=clerk) for batch in batches])
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert Enterprise.objects.count() == 20


def test_a_batch_whose_worker_died_is_taken_up_and_a_living_one_left_alone(preview, clerk):
    batch = preview(xlsx(companies(2)))
    row = Batch.objects.filter(pk=batch.pk)
    row.update(state="committing", claim="dead", claimed_at=timezone.now(), committed_by=clerk)
    assert tasks.resume_stuck() == {"previews": 0, "commits": 0}
    row.update(claimed_at=timezone.now() - actions.STUCK - timedelta(seconds=1))
    assert tasks.resume_stuck() == {"previews": 0, "commits": 1}
    assert (Enterprise.objects.count(), row.get().state) == (2, "committed")
    assert tasks.resume_stuck() == {"previews": 0, "commits": 0}


def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_batch_is_resumed(preview, clerk, settings):
    batch = preview(xlsx(companies(5)))
    row = Batch.objects.filter(pk=batch.pk)
    row.update(state="committing", claimed_at=timezone.now(), committed_by=clerk)
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.imports.slow_worker", str(batch.pk)],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": database_url(),
                          "MEDIA_ROOT": str(settings.MEDIA_ROOT)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert worker.stdout.readline() == "written, not committed\n"
    finally:
        worker.kill()
        worker.wait()
    assert not Enterprise.objects.exists()
    assert row.get().state == "committing"
    assert actions.run_commit(batch=batch) is False  # the dead one's claim still stands
    row.update(claimed_at=timezone.now() - actions.STUCK - timedelta(seconds=1))
    assert tasks.resume_stuck() == {"previews": 0, "commits": 1}
    assert (Enterprise.objects.count(), row.get().state) == (5, "committed")


def database_url() -> str:
    """The test database as another process opens it."""
    held = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{held['NAME']}"
    return f"postgres://{held['USER']}:{held['PASSWORD']}@{held['HOST']}:{held['PORT'] or 5432}/{held['NAME']}"


def test_the_process_that_lost_its_claim_writes_nothing(preview, clerk, monkeypatch):
    batch = preview(xlsx(companies(2)))
    Batch.objects.filter(pk=batch.pk).update(state="committing", claimed_at=timezone.now(), committed_by=clerk)
    insert = EnterpriseResource.insert

    def while_another_takes_over(self, *args):
        Batch.objects.filter(pk=batch.pk).update(claim="another")
        return insert(self, *args)

    monkeypatch.setattr(EnterpriseResource, "insert", while_another_takes_over)
    with pytest.raises(Refused, match="另一个进程接手"):
        actions.run_commit(batch=batch)
    assert not Enterprise.objects.exists()


def test_a_lost_message_is_made_up_for(clerk):
    uploaded = actions.open_batch(file=xlsx(companies(2)), resource="enterprises", by=clerk, queue=False)
    assert tasks.resume_stuck() == {"previews": 0, "commits": 0}
    late = timezone.now() - actions.LOST - timedelta(seconds=1)
    Batch.objects.filter(pk=uploaded.pk).update(created_at=late)
    assert tasks.resume_stuck() == {"previews": 1, "commits": 0}
    Batch.objects.filter(pk=uploaded.pk).update(state="committing", claimed_at=late, committed_by=clerk)
    assert tasks.resume_stuck() == {"previews": 0, "commits": 1}
    assert Enterprise.objects.count() == 2


def test_a_message_delivered_twice_changes_nothing(preview, clerk):
    batch = preview(xlsx(companies(2)))
    actions.request_commit(batch=batch, by=clerk)
    assert Enterprise.objects.count() == 2
    tasks.commit(batch.pk)
    tasks.preview(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "committed"
    assert Enterprise.objects.count() == 2


def test_progress_is_seen_by_others_while_the_transaction_is_open(preview, clerk, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0)
    batch = preview(delimited(companies(5_500)))
    insert, seen = EnterpriseResource.insert, []

    def watched(self, *args):
        keys = insert(self, *args)
        seen.extend(
            at_once(lambda: (progress_of(batch), Batch.objects.get(pk=batch.pk).state, Enterprise.objects.count()))
        )
        return keys

    monkeypatch.setattr(EnterpriseResource, "insert", watched)
    actions.commit(batch=batch, by=clerk)
    assert seen == [((0, 5_500), "committing", 0), ((5_000, 5_500), "committing", 0)]
    assert progress_of(batch) == (0, 0)
