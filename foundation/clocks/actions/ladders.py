"""Writing ladders: a change is a new version, so that running clocks keep the rule they started under."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.clocks.models import Ladder

FIELDS = (
    "yellow_days",
    "short_limit",
    "short_yellow_days",
    "escalate_after",
    "tell_yellow",
    "tell_red",
    "tell_escalated",
)


@transaction.atomic
def save_ladder(*, key: str, name: str, by: User | None, **rule: Any) -> Ladder:
    """Write a ladder's next version; what is not given stays as in the last. Unchanged, the last is returned."""
    last = Ladder.objects.select_for_update().filter(key=key).order_by("-version").first()
    before = {field: getattr(last, field) for field in FIELDS} if last else {}
    after = before | _known(rule)
    if last and (last.name, before) == (name, after):
        return last
    ladder = Ladder.objects.create(key=key, name=name, version=last.version + 1 if last else 1, **after)
    record(action="clocks.save_ladder", target=ladder, by=by, version=ladder.version, rule=after, before=before)
    return ladder


@transaction.atomic
def ensure_ladder(*, key: str, name: str, by: User | None = None, **rule: Any) -> Ladder:
    """The current version of a ladder, made from these defaults where none exists."""
    found = Ladder.objects.filter(key=key).order_by("-version").first()
    if found:
        return found
    ladder, created = Ladder.objects.get_or_create(key=key, version=1, defaults={"name": name, **_known(rule)})
    if created:
        record(action="clocks.save_ladder", target=ladder, by=by, version=1, rule=_known(rule), before={})
    return ladder


def _known(rule: dict[str, Any]) -> dict[str, Any]:
    """The rule, refused where it names a field that a ladder does not have."""
    unknown = set(rule) - set(FIELDS)
    if unknown:
        raise Refused(f"预警规则没有这些字段:{'、'.join(sorted(unknown))}。", code="unknown_field")
    return rule
