"""The list of suspected duplicates: searching the whole stock, and what was found last."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from enterprises import duplicates
from enterprises.duplicates import Facts, Suspects
from enterprises.models import Contact, DuplicatePair, Enterprise, NotDuplicate
from foundation.accounts.models import User
from foundation.audit.actions import record

BATCH = 500


def refresh(*, by: User | None) -> int:
    """Search the whole stock again and keep what is found; returns how many pairs there are."""
    found = {(one.first, one.second): one for one in duplicates.find(facts(Enterprise.objects.standing()))}
    with transaction.atomic():
        known = {(pair.first_id, pair.second_id): pair for pair in DuplicatePair.objects.select_for_update()}
        gone = [pair.pk for key, pair in known.items() if key not in found]
        for start in range(0, len(gone), BATCH):
            DuplicatePair.objects.filter(pk__in=gone[start : start + BATCH]).delete()
        _add([one for key, one in found.items() if key not in known])
        _correct([(pair, found[key]) for key, pair in known.items() if key in found])
        if by is not None:
            record(action="enterprises.find_duplicates", target=by, by=by, pairs=len(found))
    return len(found)


def _add(fresh: list[Suspects]) -> None:
    at = timezone.now()
    DuplicatePair.objects.bulk_create(
        [
            DuplicatePair(first_id=one.first, second_id=one.second, score=one.score, reasons=one.reasons, found_at=at)
            for one in fresh
        ],
        batch_size=BATCH,
        ignore_conflicts=True,  # another search at the same moment
    )


def _correct(pairs: list[tuple[DuplicatePair, Suspects]]) -> None:
    changed = []
    for pair, now in pairs:
        if (pair.score, pair.reasons) != (now.score, now.reasons):
            pair.score, pair.reasons = now.score, now.reasons
            changed.append(pair)
    DuplicatePair.objects.bulk_update(changed, ["score", "reasons"], batch_size=BATCH)


def facts(enterprises: QuerySet[Enterprise]) -> list[Facts]:
    """What is compared of these enterprises; two queries."""
    phones: dict[int, set[str]] = defaultdict(set)
    given = Contact.objects.filter(enterprise__in=enterprises).exclude(phone="")
    for pk, text in given.values_list("enterprise_id", "phone"):
        phones[pk].update(duplicates.phone_numbers(text))
    rows = enterprises.values_list("pk", "credit_code", "name", "town_id", "legal_representative", "address")
    return [Facts(*row, tuple(sorted(phones[row[0]]))) for row in rows]


def between(one: Enterprise, other: Enterprise) -> Suspects | None:
    """Why these two may be one, as their facts stand now."""
    found = duplicates.find(facts(Enterprise.objects.filter(pk__in=[one.pk, other.pk])))
    return found[0] if found else None


def listed(user: Any) -> QuerySet[DuplicatePair]:
    """The pairs still to be looked at, the likeliest first."""
    cleared = NotDuplicate.objects.filter(first=OuterRef("first"), second=OuterRef("second"))
    rows = DuplicatePair.objects.visible_to(user).filter(~Exists(cleared))
    return rows.order_by("-score", "first_id", "second_id")


def of(enterprise: Enterprise, user: Any) -> QuerySet[DuplicatePair]:
    """Those of one enterprise."""
    return listed(user).filter(Q(first=enterprise) | Q(second=enterprise))
