"""What the office does by hand with messages on their way out."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit.actions import record_each
from foundation.notices.models import Delivery

State = Delivery.State
AT_ONCE = 1000


def retry(*, ids: Iterable[int], by: User) -> int:
    """Send these again now, as if they had never failed; returns how many."""
    return _change("notices.retry", ids, by, state=State.QUEUED, attempts=0, next_attempt_at=timezone.now())


def drop(*, ids: Iterable[int], by: User) -> int:
    """Send these no more; returns how many."""
    return _change("notices.drop", ids, by, state=State.DROPPED, error=_("%(name)s停发") % {"name": by.name})


@transaction.atomic
def _change(action: str, ids: Iterable[int], by: User, **facts: object) -> int:
    """Change what failed or fails, and is not being sent this moment."""
    if not by.may(Permission.NOTICE_MANAGE):
        raise Refused(_("您不能处理外发消息,请联系企业服务办公室。"), code="not_allowed")
    troubled = Delivery.objects.visible_to(by).troubled().filter(pk__in=list(ids)[:AT_ONCE])
    found = list(troubled.select_for_update(of=("self",)).order_by("pk"))
    Delivery.objects.filter(pk__in=[one.pk for one in found]).update(**facts)
    record_each(action=action, targets=found, by=by)
    return len(found)
