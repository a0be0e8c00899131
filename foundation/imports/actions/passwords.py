"""The people of a batch get their first passwords, on a sheet that exists only while it is shown."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts import actions as accounts
from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.imports.lines import Outcome
from foundation.imports.models import Batch


@transaction.atomic
def issue_passwords(*, batch: Batch, by: Any) -> list[tuple[User, str]]:
    """(person, first password) of all whose accounts the batch opened and who have never logged in.

    It may be done again: what was handed out before is void from then on.
    """
    if not batch.opens_accounts or not batch.is_committed:
        raise Refused(_("这一批没有新建账号，不用发放首次密码。"), code="no_accounts")
    issued = accounts.issue_first_passwords(users=User.objects.filter(pk__in=_opened(batch)), by=by)
    if not issued:
        raise Refused(_("这一批新建的账号都已登录过或已停用，没有要发放的首次密码。"), code="nobody_waits")
    record(action="imports.issue_passwords", target=batch, by=by, people=len(issued))
    return issued


def _opened(batch: Batch) -> list[Any]:
    """The primary keys of what the batch created and nobody took back."""
    chunks = batch.chunks.filter(outcome=Outcome.CREATE).only("keys", "undone")
    return [key for chunk in chunks for at, key in enumerate(chunk.keys) if at not in set(chunk.undone)]
