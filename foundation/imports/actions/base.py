"""What every step of a batch shares: its states, how long a claim holds, and how the workers are told."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.imports.models import Batch

STUCK = timedelta(minutes=10)  # a claim older than this belongs to a process that died
LOST = timedelta(minutes=1)  # work nobody has begun after this long: its message was lost
State = Batch.State


def writing(batch: Batch) -> Batch | None:
    """The batch of the same roster that is being written or taken back just now: there is one at most."""
    at_it = Batch.objects.filter(resource=batch.resource, state__in=[State.COMMITTING, State.UNDOING])
    return at_it.select_related("committed_by", "undone_by").first()


def busy(batch: Batch) -> Refused:
    """The sentence for the second of two that would write one roster: who is at it, and which file."""
    other = writing(batch)
    if other is None:
        return Refused(_("这一批刚被别人处理过，请刷新页面。"), code="busy")
    undoing = other.state == State.UNDOING
    if other.pk == batch.pk:
        own = _("这一批正在撤销，请等它完成。") if undoing else _("这一批正在导入，请等它完成。")
        return Refused(own, code="busy")
    message = (
        _("%(who)s正在撤销“%(file)s”，同一名册一次只能处理一批。请等它完成后再试。")
        if undoing
        else _("%(who)s正在导入“%(file)s”，同一名册一次只能导入一批。请等它完成后再试。")
    )
    who = (other.undone_by if undoing else other.committed_by) or _("系统")
    return Refused(message % {"who": who, "file": other.original_name}, code="busy")


def free() -> Q:
    """Batches that no living process is at work on."""
    return Q(claim="") | Q(claimed_at__lt=timezone.now() - STUCK)


def enqueue(verb: str, pk: int) -> None:
    """Tell the workers; a lost message is made up for by `resume_stuck`."""
    from foundation.imports import tasks

    getattr(tasks, verb).delay(pk)
