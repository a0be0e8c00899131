"""What a clerk has said of single rows: the doubtful confirmed, a candidate the same or not. Pure; a batch keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Same(NamedTuple):
    """A row is about this object; with `takes_key` the object's key becomes the row's."""

    pk: Any
    takes_key: bool


@dataclass
class Decisions:
    """By row number."""

    confirms_all: bool = False
    confirmed: set[int] = field(default_factory=set)
    same: dict[int, Same] = field(default_factory=dict)
    different: set[int] = field(default_factory=set)

    def confirms(self, row: int) -> bool:
        return self.confirms_all or row in self.confirmed

    def forget(self, row: int) -> None:
        """The row says something else now: what was decided about it no longer holds."""
        self.confirmed.discard(row)
        self.different.discard(row)
        self.same.pop(row, None)

    def to_json(self) -> dict[str, Any]:
        return {
            "confirms_all": self.confirms_all,
            "confirmed": sorted(self.confirmed),
            "same": {str(row): list(same) for row, same in self.same.items()},
            "different": sorted(self.different),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Decisions:
        return cls(
            kept.get("confirms_all", False),
            set(kept.get("confirmed", ())),
            {int(row): Same(*same) for row, same in kept.get("same", {}).items()},
            set(kept.get("different", ())),
        )
