"""Changing when visits are reminded of, and who is told."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.clocks.actions import save_ladder
from foundation.clocks.models import Ladder
from liaison.clocks import AUDIENCES
from liaison.defaults import LADDER_KEY, LADDER_NAME, install_ladder

MOST_DAYS = 20  # working days; a month has hardly more


@transaction.atomic
def change_rule(
    *, by: User, yellow_days: int, tell_yellow: Sequence[str], tell_red: Sequence[str], version: int | None = None
) -> Ladder:
    """A new version of the visit ladder, for duties opened from now on; those that run keep theirs."""
    current = install_ladder()
    if version is not None and current.version != version:
        raise Stale(current)
    if not 0 <= yellow_days <= MOST_DAYS:
        raise Refused(_("提前天数须为 0 至 %(most)d 个工作日。") % {"most": MOST_DAYS}, code="invalid_days")
    if not set(tell_yellow) | set(tell_red) <= set(AUDIENCES):
        raise Refused(_("没有这样的告知对象,请重新选择。"), code="invalid_audience")
    return save_ladder(
        key=LADDER_KEY,
        name=LADDER_NAME,
        by=by,
        yellow_days=yellow_days,
        tell_yellow=list(tell_yellow),
        tell_red=list(tell_red),
    )
