"""Reading the trail back."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.audit.models import GENESIS, AuditHead, AuditRow


@dataclass(frozen=True)
class Verdict:
    """How far the chain holds: `broken` is the number of the first wrong row, None when all is well."""

    rows: int
    head: str
    broken: int | None


def verify_chain() -> Verdict:
    """Recompute every hash from the first row to the head."""
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    seq, last = 0, GENESIS
    for row in AuditRow.objects.order_by("seq").iterator(chunk_size=2000):
        if row.seq != seq + 1 or row.prev_hash != last or row.hash != row.compute_hash():
            return Verdict(seq, last, row.seq if row.seq == seq + 1 else seq + 1)
        seq, last = row.seq, row.hash
    intact = (head.seq, head.hash) == (seq, last)
    return Verdict(seq, last, None if intact else seq + 1)
