"""People choose by which channels they are told of what."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.notices import rules
from foundation.notices.models import NoticeChoice
from foundation.notices.rules import Mode

Wanted = Mapping[tuple[str, str], bool]  # kind, channel → whether


@transaction.atomic
def choose(*, wanted: Wanted, by: User) -> int:
    """Keep what a person wants where the office leaves it to them; returns how many choices changed."""
    in_force, before = rules.current(), rules.chosen([by.pk])
    changed = {}
    for (kind, channel), want in wanted.items():
        rule = in_force.by_key.get(kind)
        if rule is None or rule.modes.get(channel) not in (Mode.OFFERED, Mode.DEFAULT):
            raise Refused(_("这一类消息的接收方式由企业服务办公室规定,不能自选。"), code="not_yours_to_choose")
        if rule.wants(by, channel, before) != want:
            changed[kind, channel] = want
    for (kind, channel), want in changed.items():
        NoticeChoice.objects.update_or_create(user=by, kind=kind, channel=channel, defaults={"wanted": want})
    if changed:
        record(
            action="notices.choose",
            target=by,
            by=by,
            wanted={f"{kind} {channel}": want for (kind, channel), want in changed.items()},
        )
    return len(changed)
