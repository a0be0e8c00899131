"""Writing the trail: call inside the transaction of the act itself, so that neither exists without the other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from foundation.audit.models import AuditHead, AuditRow
from foundation.audit.origin import current_ip

SYSTEM = "系统"


@dataclass(frozen=True)
class Act:
    """One thing done, not yet written."""

    action: str
    target: models.Model
    data: dict[str, Any] = field(default_factory=dict)


def record(*, action: str, target: models.Model, by: Any, **data: Any) -> AuditRow:
    """Append one act to the trail; `by` None is the system itself."""
    return record_many([Act(action, target, data)], by=by)[0]


@transaction.atomic
def record_many(acts: Iterable[Act], *, by: Any) -> list[AuditRow]:
    """Append acts in order, under one lock of the chain's head."""
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
    at = timezone.now()
    rows = []
    for act in acts:
        row = _row(act, by)
        row.at = at
        row.seq, row.prev_hash = head.seq + 1, head.hash
        row.hash = row.compute_hash()
        head.seq, head.hash = row.seq, row.hash
        rows.append(row)
    AuditRow.objects.bulk_create(rows, batch_size=1000)
    head.save(update_fields=["seq", "hash"])
    return rows


def record_each(*, action: str, targets: Iterable[models.Model], by: Any) -> list[AuditRow]:
    """Append the same act for each of many targets."""
    return record_many([Act(action, target) for target in targets], by=by)


def _row(act: Act, by: Any) -> AuditRow:
    return AuditRow(
        actor=by,
        actor_label=_one_line(f"{by.name}({by.username})" if by else SYSTEM, 120),
        ip=current_ip(),
        action=act.action,
        target_type=act.target._meta.label_lower,
        target_id=str(act.target.pk),
        target_label=_one_line(str(act.target), 200),
        data_json=json.dumps(act.data, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=True),
    )


def _one_line(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit]
