"""Two at once, a worker that dies, a message that is lost: each batch is written once and says where it is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from enterprises.models import Enterprise
from enterprises.resources import EnterpriseResource
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.imports import actions, progress, reader, tasks, telling
from foundation.imports.models import Batch
from foundation.imports.progress import Cancelled, progress_of
from foundation.notices.models import Notice
from tests.accounts.factories import UserFactory
from tests.imports.files import HEADINGS, companies, company, delimited, xlsx
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
    assert tasks.resume_stuck() == {"previews": 0, "commits": 0, "undos": 0}
    row.update(claimed_at=timezone.now() - actions.STUCK - timedelta(seconds=1))
    assert tasks.resume_stuck() == {"previews": 0, "commits": 1, "undos": 0}
    assert (Enterprise.objects.count(), row.get().state) == (2, "committed")
    assert tasks.resume_stuck() == {"previews": 0, "commits": 0, "undos": 0}


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
    assert tasks.resume_stuck() == {"previews": 0, "commits": 1, "undos": 0}
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
    assert tasks.resume_stuck() == {"previews": 0, "commits": 0, "undos": 0}
    late = timezone.now() - actions.LOST - timedelta(seconds=1)
    Batch.objects.filter(pk=uploaded.pk).update(created_at=late)
    assert tasks.resume_stuck() == {"previews": 1, "commits": 0, "undos": 0}
    Batch.objects.filter(pk=uploaded.pk).update(state="committing", claimed_at=late, committed_by=clerk)
    assert tasks.resume_stuck() == {"previews": 0, "commits": 1, "undos": 0}
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


def test_a_preview_tells_how_many_rows_it_has_done(clerk, monkeypatch):
    batch = actions.open_batch(file=delimited(companies(3_000)), resource="enterprises", by=clerk, queue=False)
    monkeypatch.setattr(progress, "EVERY", 0)
    stored_by, seen = EnterpriseResource.stored_by, []

    def watched(self, *args, **options):
        seen.extend(at_once(lambda: progress_of(batch)))
        return stored_by(self, *args, **options)

    monkeypatch.setattr(EnterpriseResource, "stored_by", watched)
    actions.preview(batch=batch)
    assert seen[0] == (1_500, 3_001)
    assert progress_of(batch) == (0, 0)


# -- Cancel ------------------------------------------------------------------------------------------------------------


def test_a_waiting_preview_or_commit_is_cancelled_at_once(preview, clerk):
    uploaded = actions.open_batch(file=xlsx(companies(2)), resource="enterprises", by=clerk, queue=False)
    asked = preview(xlsx(companies(3)))
    Batch.objects.filter(pk=asked.pk).update(state="committing", claimed_at=timezone.now(), committed_by=clerk)
    for batch in (uploaded, asked):
        assert actions.cancel(batch=batch, by=clerk) is True
        batch.refresh_from_db()
        assert (batch.state, batch.cancelled_by, batch.cancel_asked_at is not None) == ("cancelled", clerk, True)
        tasks.preview(batch.pk)
        tasks.commit(batch.pk)
        batch.refresh_from_db()
        assert batch.state == "cancelled"
    assert not Enterprise.objects.exists()
    assert [row.data["during"] for row in AuditRow.objects.filter(action="imports.cancel").order_by("seq")] == [
        "uploaded",
        "committing",
    ]


def during(monkeypatch, method, act):
    """Have `act()` done by another thread, on a connection of its own, once inside a method of the resource."""
    inner, done = getattr(EnterpriseResource, method), []

    def watched(self, *args, **options):
        if not done:
            done.append(True)
            done.extend(at_once(act))
        return inner(self, *args, **options)

    monkeypatch.setattr(EnterpriseResource, method, watched)
    return done


def test_a_commit_cancelled_in_the_middle_is_rolled_back_whole_and_can_be_previewed_again(preview, clerk, monkeypatch):
    other = UserFactory(name="赵敏", roles=[Role.OFFICE])
    batch = preview(delimited(companies(5_500)))
    done = during(monkeypatch, "insert", lambda: actions.cancel(batch=Batch.objects.get(pk=batch.pk), by=other))
    with pytest.raises(Cancelled):
        actions.commit(batch=batch, by=clerk)
    assert done == [True, False]
    batch.refresh_from_db()
    assert (batch.state, batch.cancelled_by, batch.committed_by, batch.claim) == ("cancelled", other, None, "")
    assert not Enterprise.objects.exists()
    assert AuditRow.objects.get(action="imports.cancel").actor == other
    assert not AuditRow.objects.filter(action="imports.commit").exists()
    with pytest.raises(Refused, match="还没有预览成功"):
        actions.commit(batch=batch, by=clerk)
    actions.request_preview(batch=batch, by=clerk)
    batch.refresh_from_db()
    assert (batch.state, batch.cancelled_by, batch.cancel_asked_at) == ("previewed", None, None)
    actions.commit(batch=batch, by=clerk)
    assert Enterprise.objects.count() == 5_500


def test_an_undo_cancelled_in_the_middle_takes_nothing_back_and_can_be_asked_for_again(bring_in, clerk, monkeypatch):
    batch = bring_in(delimited(companies(2_500)))
    done = during(monkeypatch, "remove", lambda: actions.cancel(batch=Batch.objects.get(pk=batch.pk), by=clerk))
    with pytest.raises(Cancelled):
        actions.undo(batch=batch, by=clerk)
    assert done == [True, False]
    batch.refresh_from_db()
    assert (batch.state, batch.claim, batch.error) == ("committed", "", "撤销已取消，没有撤销任何数据。")
    assert Enterprise.objects.count() == 2_500
    assert AuditRow.objects.get(action="imports.cancel").data["during"] == "undoing"
    assert actions.undo(batch=batch, by=clerk).deleted == 2_500
    batch.refresh_from_db()
    assert (batch.state, batch.error, batch.undone_by) == ("undone", "", clerk)


def test_a_waiting_undo_is_cancelled_at_once(bring_in, clerk):
    batch = bring_in(xlsx(companies(2)))
    Batch.objects.filter(pk=batch.pk).update(state="undoing", claimed_at=timezone.now(), undone_by=clerk)
    assert actions.cancel(batch=batch, by=clerk) is True
    tasks.undo(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, Enterprise.objects.count()) == ("committed", 2)


def test_an_undo_whose_worker_died_or_whose_message_was_lost_is_taken_up_once(bring_in, clerk):
    for claim, age in (("", timedelta(minutes=2)), ("dead", timedelta(minutes=11))):
        batch = bring_in(xlsx(companies(2)))
        Batch.objects.filter(pk=batch.pk).update(
            state="undoing", claim=claim, claimed_at=timezone.now() - age, undone_by=clerk
        )
        assert actions.resume_stuck() == {"previews": 0, "commits": 0, "undos": 1}
        assert actions.resume_stuck()["undos"] == 0
        batch.refresh_from_db()
        assert (batch.state, Enterprise.objects.count()) == ("undone", 0)


def test_a_living_undo_is_left_alone(bring_in, clerk):
    batch = bring_in(xlsx(companies(2)))
    Batch.objects.filter(pk=batch.pk).update(state="undoing", claim="at it", claimed_at=timezone.now())
    assert actions.resume_stuck()["undos"] == 0
    assert actions.run_undo(batch=batch) is None
    with pytest.raises(Refused, match="正在撤销"):
        actions.undo(batch=batch, by=clerk)


def test_asked_for_by_several_at_once_it_is_undone_once(bring_in, clerk):
    batch = bring_in(xlsx(companies(50)))
    results = at_once(*[lambda: actions.undo(batch=Batch.objects.get(pk=batch.pk), by=clerk)] * 4)
    refused = [result for result in results if isinstance(result, Refused)]
    assert {refusal.code for refusal in refused} <= {"busy", "already_undone"} and len(refused) == 3
    assert AuditRow.objects.filter(action="imports.undo").count() == 1
    assert not Enterprise.objects.exists()


def test_while_one_batch_is_taken_back_no_other_of_the_roster_is_written(bring_in, preview, clerk):
    batch, other = bring_in(xlsx(companies(2))), preview(xlsx(companies(5)))
    Batch.objects.filter(pk=batch.pk).update(state="undoing", claimed_at=timezone.now(), undone_by=clerk)
    with pytest.raises(Refused, match=r"王晓梅正在撤销“.*”"):
        actions.commit(batch=other, by=clerk)


def test_an_error_half_way_takes_nothing_back_and_says_so(bring_in, clerk, monkeypatch):
    batch = bring_in(xlsx(companies(3)))
    monkeypatch.setattr(EnterpriseResource, "remove", lambda self, keys: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        actions.undo(batch=batch, by=clerk)
    batch.refresh_from_db()
    assert (batch.state, batch.claim, Enterprise.objects.count()) == ("committed", "", 3)
    assert "没有撤销任何数据" in batch.error


def test_the_bar_of_an_undo_moves_and_is_gone_afterwards(bring_in, clerk, monkeypatch):
    batch = bring_in(delimited(companies(4_500)))
    seen, inner = [], EnterpriseResource.remove
    monkeypatch.setattr(progress, "EVERY", 0)

    def watched(self, keys):
        seen.append(progress_of(batch))
        return inner(self, keys)

    monkeypatch.setattr(EnterpriseResource, "remove", watched)
    actions.undo(batch=batch, by=clerk)
    assert seen == [(0, 4_500), (500, 4_500), (2_500, 4_500)]
    assert progress_of(batch) == (0, 0)


def test_a_cancel_is_noticed_while_the_child_still_reads(clerk, monkeypatch):
    batch = actions.open_batch(file=xlsx(companies(3)), resource="enterprises", by=clerk, queue=False)
    monkeypatch.setattr(reader, "START", "import time; time.sleep(15)")
    begun = []

    def ask(process):
        begun.append(process)
        actions.cancel(batch=Batch.objects.get(pk=batch.pk), by=clerk)

    popen = subprocess.Popen

    class Slow(popen):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            at_once(lambda: ask(self))

    monkeypatch.setattr(reader.subprocess, "Popen", Slow)
    started = time.monotonic()
    with pytest.raises(Cancelled):
        actions.preview(batch=batch)
    assert time.monotonic() - started < 8
    assert len(begun) == 1 and begun[0].poll() is not None
    batch.refresh_from_db()
    assert (batch.state, batch.cancelled_by) == ("cancelled", clerk)


def test_a_preview_cancelled_in_the_middle_leaves_the_batch_cancelled(clerk, monkeypatch):
    batch = actions.open_batch(file=xlsx(companies(3)), resource="enterprises", by=clerk, queue=False)
    during(monkeypatch, "stored_by", lambda: actions.cancel(batch=Batch.objects.get(pk=batch.pk), by=clerk))
    with pytest.raises(Cancelled):
        actions.preview(batch=batch)
    batch.refresh_from_db()
    assert (batch.state, batch.cancelled_by, batch.counts) == ("cancelled", clerk, {})
    assert actions.preview(batch=batch).counts["create"] == 3


def test_a_wish_to_cancel_reaches_whoever_takes_up_the_work_of_a_dead_process(preview, clerk):
    batch = preview(xlsx(companies(2)))
    row = Batch.objects.filter(pk=batch.pk)
    row.update(state="committing", claim="dead", claimed_at=timezone.now(), committed_by=clerk)
    assert actions.cancel(batch=batch, by=clerk) is False
    row.update(claimed_at=timezone.now() - actions.STUCK - timedelta(seconds=1))
    tasks.resume_stuck()
    assert (row.get().state, Enterprise.objects.count()) == ("cancelled", 0)


def test_a_batch_whose_process_died_long_ago_is_cancelled_at_once(preview, clerk):
    batch = preview(xlsx(companies(2)))
    late = timezone.now() - actions.STUCK - timedelta(seconds=1)
    Batch.objects.filter(pk=batch.pk).update(state="committing", claim="dead", claimed_at=late, committed_by=clerk)
    assert actions.cancel(batch=batch, by=clerk) is True
    assert Batch.objects.get(pk=batch.pk).state == "cancelled"


def test_what_is_not_at_work_cannot_be_cancelled(bring_in, preview, clerk):
    for batch in (preview(xlsx(companies(1))), bring_in(xlsx(companies(1)))):
        with pytest.raises(Refused, match="没有正在进行的处理"):
            actions.cancel(batch=batch, by=clerk)


def test_a_wish_that_came_too_late_does_not_stop_the_next_work(preview, clerk):
    batch = preview(xlsx(companies(2)))
    progress.ask_to_stop(batch, by=clerk, at=timezone.now())
    actions.commit(batch=batch, by=clerk)
    assert Enterprise.objects.count() == 2


# -- Through the pages -------------------------------------------------------------------------------------------------


def test_two_people_importing_at_once_get_a_clear_answer(preview, clerk, monkeypatch):
    """The second asks while the first's transaction is open: told who, with which file; the first goes on."""
    second_clerk = UserFactory(name="赵敏", roles=[Role.OFFICE])
    first, second = preview(xlsx(companies(2))), preview(xlsx(companies(3)))

    def ask(user, batch):
        browser = Client()
        browser.force_login(user)
        answer = browser.post(f"/imports/{batch.pk}/commit/", follow=True)
        return " ".join(answer.content.decode().split())

    browser = Client()  # signed in before: a session is a write, which on SQLite would wait
    browser.force_login(second_clerk)
    done = during(
        monkeypatch,
        "insert",
        lambda: browser.post(f"/imports/{second.pk}/commit/", follow=True).content.decode(),
    )
    ask(clerk, first)
    assert "王晓梅正在导入“roster.xlsx”，同一名册一次只能导入一批。请等它完成后再试。" in done[1]
    assert [Batch.objects.get(pk=batch.pk).state for batch in (first, second)] == ["committed", "previewed"]
    assert Enterprise.objects.count() == 2
    assert "预览之后名册有了变动，整批没有导入" in ask(second_clerk, second)
    assert Enterprise.objects.count() == 2


def test_the_page_cancels_a_commit_under_way_and_says_who_did(preview, clerk, monkeypatch):
    batch = preview(delimited(companies(5_500)))
    browser = Client()
    browser.force_login(clerk)
    page = f"/imports/{batch.pk}/"
    done = during(
        monkeypatch,
        "insert",
        lambda: (
            browser.post(f"{page}cancel/", follow=True).content.decode()
            + browser.get(f"{page}progress/").content.decode()
        ),
    )
    browser_two = Client()
    browser_two.force_login(clerk)
    browser_two.post(f"{page}commit/")
    assert "已请求取消" in done[1]
    assert "0 / 5,500 行" in done[1]
    assert "正在取消" in done[1]
    seen = " ".join(browser_two.get(page).content.decode().split())
    assert "王晓梅于" in seen
    assert "没有写入任何数据" in seen
    assert "重新读取" in seen
    assert not Enterprise.objects.exists()
    listed = " ".join(browser_two.get("/imports/").content.decode().split())
    assert "已取消" in listed


# -- Notices -----------------------------------------------------------------------------------------------------------


def test_who_waited_long_gets_a_notice_of_each_end_and_who_did_not_gets_none(preview, clerk, monkeypatch):
    actions.commit(batch=preview(xlsx(companies(1))), by=clerk)
    assert not Notice.objects.exists()
    monkeypatch.setattr(telling, "LONG", timedelta(0))
    batch = preview(xlsx(companies(3)))
    actions.commit(batch=batch, by=clerk)
    stale = preview(xlsx([HEADINGS, company(1, 企业名称="改名")]))
    Enterprise.objects.update(version=9)
    with pytest.raises(Refused):
        actions.commit(batch=stale, by=clerk)
    with pytest.raises(Refused):
        preview(xlsx([["甲"], ["乙"]]))
    assert [notice.subject for notice in Notice.objects.order_by("pk")] == [
        "“roster.xlsx”已读取，等您确认",
        "“roster.xlsx”已导入",
        "“roster.xlsx”已读取，等您确认",
        "“roster.xlsx”没有导入",
        "“roster.xlsx”未能读取",
    ]
    assert {(notice.recipient, notice.kind) for notice in Notice.objects.all()} == {(clerk, "import")}
    assert Notice.objects.order_by("pk")[1].url == f"/imports/{batch.pk}/"
    assert "新增 2，变更 0" in Notice.objects.order_by("pk")[1].body
