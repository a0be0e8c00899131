"""Enterprises as the rosters of the floors above name them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from enterprises.models import Enterprise
from foundation.imports.widgets import Known


def by_code() -> Iterator[tuple[Any, str, Sequence[str] | None]]:
    """By credit code, or by a name that is one's alone; what was merged away leads to the one that stands for it."""
    merged: dict[Any, list[str]] = defaultdict(list)
    for into, code in Enterprise.objects.filter(merged_into__isnull=False).values_list("merged_into", "credit_code"):
        merged[into].append(code)
    rows = Enterprise.objects.filter(merged_into=None).order_by("pk")
    for key, name, code, is_active in rows.values_list("pk", "name", "credit_code", "is_active"):
        yield key, f"{name}（{code}）", [code, name, *merged[key]] if is_active else None


class EnterpriseOnRegister(Known):
    """An enterprise that is on the register; too many to offer as a list of choices."""

    def __init__(self, rows: Any = by_code, kind: str = "企业") -> None:
        super().__init__(rows, kind)

    def found_by_label(self) -> list[str]:
        return []
