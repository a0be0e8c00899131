"""Freezing a period."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.clocks.actions import sweep
from supervision.catalogue import MEASURES
from supervision.models import Snapshot, SnapshotScore
from supervision.periods import Period
from supervision.scoring import Figures, Part
from supervision.standings import Standing, assembled, fingerprint, formula_for, rules_of


def freeze(*, period: Period, by: User | None) -> Snapshot:
    """Keep a period's scores as they are now; refuses one that is not over or was frozen before.

    What fell due by now is raised first, so that a card missing from a frozen period was not merely late.
    """
    if not period.is_over:
        raise Refused(_("%(period)s尚未结束,期满后才能固化得分。") % {"period": period.label}, code="period_not_over")
    _refuse_frozen(period)
    if sweep().failed:
        raise Refused(_("到期预警没有全部发出,暂不能固化。请稍后再试,或联系系统管理员。"), code="sweep_failed")
    try:
        return _freeze(period, by)
    except IntegrityError:  # somebody else froze it in the meantime
        _refuse_frozen(period)
        raise


@transaction.atomic
def _freeze(period: Period, by: User | None) -> Snapshot:
    now, formula = timezone.now(), formula_for(period)
    behind = _rows_behind(period, [rule.key for rule in rules_of(formula)], now)
    result = assembled(period, formula, {key: _figures(by_unit) for key, by_unit in behind.items()})
    snapshot = Snapshot.objects.create(
        period=period.key,
        formula=formula,
        frozen_at=now,
        frozen_by=by,
        inputs_hash=fingerprint(period, formula, behind),
    )
    SnapshotScore.objects.bulk_create(_kept(snapshot, row, behind) for row in result.rows if row.rank is not None)
    record(action="supervision.freeze", target=snapshot, by=by, period=period.key, inputs_hash=snapshot.inputs_hash)
    return snapshot


def _refuse_frozen(period: Period) -> None:
    if Snapshot.objects.filter(period=period.key).exists():
        raise Refused(_("%(period)s的得分已经固化,不能重复固化。") % {"period": period.label}, code="already_frozen")


def _figures(by_unit: dict[int, list[list[int]]]) -> dict[int, Figures]:
    """Figures from the very rows that are kept, so that the two cannot differ."""
    return {unit: Figures(Decimal(sum(hit for _pk, hit in rows)), len(rows)) for unit, rows in by_unit.items()}


def _rows_behind(period: Period, keys: list[str], now: datetime) -> dict[str, dict[int, list[list[int]]]]:
    """Component → department → [[row id, hit], …], in order of id."""
    behind: dict[str, dict[int, list[list[int]]]] = {}
    for key in keys:
        by_unit: dict[int, list[list[int]]] = defaultdict(list)
        for unit, pk, hit in MEASURES[key].rows(period, now).order_by("pk").values_list("unit", "pk", "hit"):
            by_unit[unit].append([pk, hit])
        behind[key] = dict(by_unit)
    return behind


def _kept(snapshot: Snapshot, row: Standing, behind: dict[str, dict[int, list[list[int]]]]) -> SnapshotScore:
    assert row.score is not None and row.rank is not None
    return SnapshotScore(
        snapshot=snapshot,
        department=row.department,
        score=row.score,
        rank=row.rank,
        components=[_plain(part) for part in row.parts],
        rows={part.key: behind[part.key].get(row.department.pk, []) for part in row.parts},
    )


def _plain(part: Part) -> dict[str, Any]:
    return {
        "key": part.key,
        "numerator": str(part.numerator),
        "denominator": part.denominator,
        "full": str(part.full),
        "points": None if part.points is None else str(part.points),
    }
