"""What the roster says of a request for an account: the enterprise with that code, and those with such a name."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import NamedTuple

from django.db.models import Count, Q

from enterprises.duplicates import core
from enterprises.models import Enterprise, Registration

MOST = 5
ALIKE = 60  # percent of the name


class Match(NamedTuple):
    """An enterprise that may be meant: whether the code is the same, and how much of the name is, in percent."""

    enterprise: Enterprise
    same_code: bool
    percent: int
    accounts: int

    @property
    def same_name(self) -> bool:
        return self.percent == 100


def matches(request: Registration) -> list[Match]:
    """The likeliest first; what was merged away is not offered. Two queries."""
    word = core(request.enterprise_name)
    standing = Enterprise.objects.standing().select_related("park", "town").annotate(accounts=Count("staff"))
    wanted = Q(credit_code=request.credit_code) | Q(name=request.enterprise_name)
    if len(word) >= 2:
        wanted |= Q(name__contains=word) | Q(name__contains=word[:4])
    found = [_match(one, request) for one in standing.filter(wanted).order_by("pk")[: MOST * 20]]
    likely = [one for one in found if one.same_code or one.percent >= ALIKE]
    return sorted(likely, key=lambda one: (not one.same_code, -one.percent, one.enterprise.pk))[:MOST]


def _match(enterprise: Enterprise, request: Registration) -> Match:
    share = SequenceMatcher(None, enterprise.name, request.enterprise_name, autojunk=False).ratio()
    percent = 100 if enterprise.name == request.enterprise_name else min(99, round(100 * share))
    return Match(enterprise, enterprise.credit_code == request.credit_code, percent, enterprise.accounts)  # type: ignore[attr-defined]
