"""What keeps the portal from telling people in time, in sentences: the sweep, the calendar, the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.clocks import calendar
from foundation.clocks.localtime import local_date
from foundation.heartbeats.models import Heartbeat
from foundation.notices import hours
from foundation.notices.delivery import GIVE_UP_AFTER
from foundation.notices.models import Channel, Delivery

WATCHED = {
    "foundation.clocks.tasks.sweep": gettext_lazy("预警巡检"),
    "foundation.notices.tasks.deliver": gettext_lazy("消息发送"),
}
AHEAD = timedelta(days=30)  # limits that begin now end by then
PATIENCE = timedelta(minutes=15)  # for what waits in the outbox
_started = timezone.now()  # of this process: what sleeps since the last start gets a moment to wake up


def troubles(now: datetime | None = None) -> list[str]:
    """All of them, in three queries; nothing is wrong where there are none."""
    moment = now or timezone.now()
    return [*_of_tasks(moment), *_of_the_calendar(moment), *_of_the_outbox(moment)]


def _of_tasks(now: datetime) -> Iterator[str]:
    silence = timedelta(seconds=settings.SWEEP_SILENCE)
    last = dict(Heartbeat.objects.filter(kind=Heartbeat.Kind.TASK, name__in=WATCHED).values_list("name", "at"))
    for name, label in WATCHED.items():
        seen = last.get(name)
        if now - max(seen or _started, _started) <= silence:
            continue
        if seen is None:
            yield _("%(task)s从来没有运行。请检查后台进程 worker 和 beat。") % {"task": label}
        else:
            words = {"task": label, "minutes": int((now - seen).total_seconds() // 60)}
            yield _("%(task)s已 %(minutes)d 分钟没有运行。请检查后台进程 worker 和 beat。") % words


def _of_the_calendar(now: datetime) -> Iterator[str]:
    today = local_date(now)
    if year := calendar.current().first_unpublished(today, today + AHEAD):
        yield _("%(year)d 年的工作日历还没有载入,时限暂按周末推算。请在“工作日历”载入。") % {"year": year}


def _of_the_outbox(now: datetime) -> Iterator[str]:
    """Messages nobody takes up, and channels that take nothing; at night and on days off nothing is expected."""
    if hours.is_quiet(now) or hours.is_quiet(now - PATIENCE):
        return
    late = now - PATIENCE
    waiting = Q(state=Delivery.State.QUEUED)
    rows = Delivery.objects.filter(waiting | Q(state=Delivery.State.SENT, sent_at__gt=late)).order_by()
    for row in rows.values("channel").annotate(
        due=Min("next_attempt_at", filter=waiting),
        failing=Count("pk", filter=waiting & Q(attempts__gt=0, queued_at__lt=late)),
        sent=Max("sent_at"),
    ):
        words = {"channel": Channel(row["channel"]).label, "n": row["failing"], "minutes": PATIENCE.seconds // 60}
        if row["due"] and row["due"] < late:
            yield _("%(channel)s积压:有消息已等待超过 %(minutes)d 分钟没有发送。请检查后台进程 worker。") % words
        elif row["failing"] >= GIVE_UP_AFTER and row["sent"] is None:
            yield _("%(channel)s发不出去:%(n)d 条正在重试。原因见“消息管理 → 消息发送”。") % words
