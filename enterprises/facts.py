"""The facts of two enterprises that become one: which are chosen, and how both rows are written and restored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from enterprises.models import Enterprise
from enterprises.relations import Changes, columns, plain, restored
from foundation.accounts.errors import Refused

# Choice → the columns that go with it. A choice is between the survivor's value and the loser's.
CHOICES: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "credit_code": ("credit_code", "code_doubtful"),
    "town": ("town_id",),
    "park": ("park_id",),
    "industry": ("industry_id",),
    "tier": ("tier",),
    "is_above_scale": ("is_above_scale",),
    "operating_condition": ("operating_condition",),
    "is_monitoring_point": ("is_monitoring_point",),
    "enterprise_type": ("enterprise_type",),
    "legal_representative": ("legal_representative",),
    "established_on": ("established_on",),
    "registered_capital": ("registered_capital", "capital_currency"),
    "address": ("address",),
    "business_scope": ("business_scope",),
    "is_active": ("is_active",),
}
SWAPPED = ("name", "credit_code", "code_doubtful")  # what the loser gets in exchange, so that both still find the firm
OWN = ("id", "merged_into_id", "created_at", "updated_at", "version")


@dataclass(frozen=True)
class Joined:
    """What the rows become."""

    kept: Changes  # of the survivor
    lost: dict[str, Any]  # the loser's facts as they were


def held(enterprise: Enterprise) -> dict[str, Any]:
    """All facts of an enterprise as plain values."""
    return {name: plain(getattr(enterprise, name)) for name in columns(Enterprise) if name not in OWN}


def join(survivor: Enterprise, loser: Enterprise, take: Collection[str]) -> Joined:
    """Set both objects; `take` names the choices whose value comes from the loser."""
    before, lost = held(survivor), held(loser)
    for choice in take:
        for name in CHOICES[choice]:
            mine, theirs = getattr(survivor, name), getattr(loser, name)
            setattr(survivor, name, theirs)
            if name in SWAPPED:
                setattr(loser, name, mine)
    survivor.extra = {**loser.extra, **survivor.extra}
    if survivor.roster_missing_since and not lost["roster_missing_since"]:
        survivor.roster_missing_since = survivor.roster_missing_batch = None  # the newest roster names it after all
    loser.merged_into, loser.is_active = survivor, False
    after = held(survivor)
    return Joined({name: [before[name], after[name]] for name in after if after[name] != before[name]}, lost)


def part(survivor: Enterprise, loser: Enterprise, kept: Changes, lost: Mapping[str, Any]) -> list[str]:
    """Set both objects back; returns the survivor's columns that were changed since and so stay as they are."""
    left = []
    for name, (before, after) in kept.items():
        if plain(getattr(survivor, name)) == after:
            setattr(survivor, name, restored(Enterprise, name, before))
        else:
            left.append(name)
    for name, value in lost.items():
        setattr(loser, name, restored(Enterprise, name, value))
    loser.merged_into = None
    return left


def save_both(survivor: Enterprise, loser: Enterprise) -> None:
    """Write both rows, which may have exchanged their codes; Refused where somebody else has one of them by now."""
    survivor.version += 1
    loser.version += 1
    code = loser.credit_code
    try:
        with transaction.atomic():
            # Codes are unique at every moment: the loser steps aside while the survivor takes its own.
            Enterprise._base_manager.filter(pk=loser.pk).update(credit_code=f"~{loser.pk}")
            survivor.save()
            loser.save()
    except IntegrityError as error:
        codes = {code, survivor.credit_code}
        others = Enterprise._base_manager.filter(credit_code__in=codes).exclude(pk__in=[survivor.pk, loser.pk])
        other = others.first()
        if other is None:
            raise
        raise Refused(
            _("信用代码 %(code)s 现在属于%(name)s，请先更正那家企业的代码。")
            % {"code": other.credit_code, "name": other.name},
            code="credit_code_taken",
        ) from error
