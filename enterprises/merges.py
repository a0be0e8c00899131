"""Reads for merging: two records side by side before it, what became of the rows after it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import relations
from enterprises.facts import CHOICES
from enterprises.forms import brief, spoken
from enterprises.history import label_of
from enterprises.merging import undoable_until
from enterprises.models import Enterprise, Merge
from foundation.accounts.permissions import Permission

KEEP, OTHER = "keep", "other"


def of_enterprise(enterprise: Enterprise, user: Any) -> dict[str, Any]:
    """The card on an enterprise's page."""
    merges = Merge.objects.visible_to(user).standing().filter(survivor=enterprise).select_related("loser", "by")
    return {"merges": list(merges.defer("moves", "kept")), "may_merge": user.may(Permission.ENTERPRISE_EDIT)}


def two(user: Any, survivor: int, loser: int) -> tuple[Enterprise, Enterprise]:
    """Both records with what their facts name; Http404 where one is out of sight, or both are one."""
    rows = Enterprise.objects.visible_to(user).select_related("industry", "park", "town")
    found = rows.in_bulk({survivor, loser})
    if len(found) != 2:
        raise Http404
    return found[survivor], found[loser]


# -- Facts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One fact of both: its label, both texts, and which one is proposed or was chosen."""

    key: str
    label: str
    mine: str
    theirs: str
    chosen: str

    @property
    def differs(self) -> bool:
        return self.mine != self.theirs


def compare(survivor: Enterprise, loser: Enterprise, picked: dict[str, str] | None = None) -> list[Row]:
    """The facts side by side; `picked` are choices made before, by key."""
    return [
        Row(
            key,
            label_of(key),
            shown(survivor, key),
            shown(loser, key),
            (picked or {}).get(key) or proposal(survivor, loser, key),
        )
        for key in CHOICES
    ]


def shown(enterprise: Enterprise, key: str) -> str:
    """A fact as people read it."""
    value = getattr(enterprise, key)
    if value is None or value == "":
        return ""
    if key == "credit_code" and enterprise.code_doubtful:
        return _("%(code)s(校验位存疑)") % {"code": value}
    if key == "registered_capital":
        return f"{brief(Decimal(value))} {enterprise.capital_currency}".strip()
    display = getattr(enterprise, f"get_{key}_display", None)
    return str(display()) if display else spoken(value)


def proposal(survivor: Enterprise, loser: Enterprise, key: str) -> str:
    """Whose value to take unless the clerk says otherwise: the survivor's, except where the other one says more."""
    mine, theirs = getattr(survivor, key), getattr(loser, key)
    if key == "credit_code":
        return OTHER if survivor.code_doubtful and not loser.code_doubtful else KEEP
    says_nothing = (None, "", False, Enterprise.Tier.GENERAL)
    return OTHER if mine in says_nothing and theirs not in says_nothing else KEEP


# -- Rows -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hanging:
    """How many rows of one relation hang on each of the two, and what happens where both have some."""

    label: str
    mine: int
    theirs: int
    hint: Any


def hanging(survivor: Enterprise, loser: Enterprise) -> list[Hanging]:
    """What hangs on either; two queries a relation."""
    counted = [
        Hanging(relation.label, relation.rows(survivor).count(), relation.rows(loser).count(), rule.hint)
        for relation, rule in relations.declared()
        if not rule.stays
    ]
    return [one for one in counted if one.mine or one.theirs]


@dataclass(frozen=True)
class Outcome:
    """What became of the rows of one relation."""

    label: str
    moved: int
    changed: int
    stayed: int


def outcomes(merge: Merge) -> list[Outcome]:
    """By relation, those of which there were rows."""
    found = []
    for one in merge.moves:
        known = relations.find(one["relation"])
        label = known[0].label if known else one["relation"]
        found.append(Outcome(label, len(one["moved"]), len(one["changed"]), len(one["stayed"])))
    return [one for one in found if one.moved or one.changed or one.stayed]


def changes(merge: Merge) -> list[tuple[str, str, str]]:
    """What the survivor took over: (label, text before, text after)."""
    both = []
    for side in (0, 1):
        values = {name: relations.restored(Enterprise, name, pair[side]) for name, pair in merge.kept.items()}
        both.append(Enterprise(**values))
    taken = [key for key, names in CHOICES.items() if any(name in merge.kept for name in names)]
    return [(label_of(key), shown(both[0], key), shown(both[1], key)) for key in taken]


def facts_before(merge: Merge) -> list[tuple[str, str]]:
    """The record that was merged away as it stood then: (label, text)."""
    lost = {name: relations.restored(Enterprise, name, value) for name, value in merge.lost.items()}
    before = Enterprise(**lost)
    return [(label_of(key), shown(before, key)) for key in CHOICES]


def may_undo(merge: Merge) -> bool:
    """Whether there is still time."""
    return merge.undone_at is None and timezone.now() <= undoable_until(merge)


def listed(user: Any) -> QuerySet[Merge]:
    """All merges, the newest first."""
    return Merge.objects.visible_to(user).select_related("survivor", "loser", "by", "undone_by").defer("moves", "kept")


def with_words(merges: QuerySet[Merge], words: str) -> QuerySet[Merge]:
    """Those where every word stands in one of the two names or codes."""
    for word in words.split()[:6]:
        said = Q()
        for side in ("survivor", "loser"):
            said |= Q(**{f"{side}__name__icontains": word}) | Q(**{f"{side}__credit_code__icontains": word})
        merges = merges.filter(said)
    return merges
