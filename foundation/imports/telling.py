"""A notice to whoever started a long import: they have left the page by the time it ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.imports.commit import Undone
from foundation.imports.models import Batch
from foundation.notices.actions import notify

LONG = timedelta(seconds=10)  # from asking to the end: whoever waited less is still looking at the page
KIND = "import"


def asked_at(batch: Batch) -> datetime:
    """When the work was asked for, while nobody has claimed it yet."""
    return batch.claimed_at or batch.created_at


def tell(batch: Batch, to: Any, asked: datetime, subject: str, body: str = "") -> None:
    """Inside the transaction of the end of the work; nothing where it was quick or where the system itself asked."""
    now = timezone.now()
    if to is None or now - asked < LONG:
        return
    key = f"import:{batch.pk}:{now:%Y%m%d%H%M%S%f}"
    notify(to=[to], kind=KIND, subject=subject, body=body, key=key, url=reverse("imports:detail", args=[batch.pk]))


def tell_previewed(batch: Batch, asked: datetime, counts: dict[str, int]) -> None:
    subject = _("“%(file)s”已读取，等您确认") % {"file": batch.original_name}
    words = _("共 %(rows)s 行：新增 %(create)s，变更 %(update)s，无变化 %(unchanged)s，拒绝 %(refused)s。")
    tell(batch, batch.by, asked, subject, words % counts)


def tell_unreadable(batch: Batch, asked: datetime, reason: str) -> None:
    tell(batch, batch.by, asked, _("“%(file)s”未能读取") % {"file": batch.original_name}, reason)


def tell_committed(batch: Batch, asked: datetime, counts: dict[str, int]) -> None:
    subject = _("“%(file)s”已导入") % {"file": batch.original_name}
    tell(batch, batch.committed_by, asked, subject, _("新增 %(create)s，变更 %(update)s。") % counts)


def tell_undone(batch: Batch, asked: datetime, done: Undone) -> None:
    subject = _("“%(file)s”已撤销") % {"file": batch.original_name}
    words = _("删除 %(deleted)s 条，恢复 %(restored)s 条，已被使用或修改而保留 %(kept)s 条。")
    told = {"deleted": done.deleted, "restored": done.restored, "kept": len(done.refused)}
    tell(batch, batch.undone_by, asked, subject, words % told)


def tell_not_undone(batch: Batch, asked: datetime, reason: str) -> None:
    tell(batch, batch.undone_by, asked, _("“%(file)s”没有撤销") % {"file": batch.original_name}, reason)


def tell_not_committed(batch: Batch, asked: datetime, reason: str) -> None:
    tell(batch, batch.committed_by, asked, _("“%(file)s”没有导入") % {"file": batch.original_name}, reason)
