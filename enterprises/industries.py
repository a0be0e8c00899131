"""GB/T 4754-2017, the national classification of industries, as reference data."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from enterprises.models import Industry

SOURCE = Path(settings.BASE_DIR) / "fixtures" / "gbt4754_2017.csv"
_CODE = re.compile(r"(?<![A-Za-z0-9])([A-Ta-t]?)(\d{2,4})(?!\d)|^([A-Ta-t])(?:[\s.、:：]|$)")
_NOISE = re.compile(r"[\s、，,。.()（）/和及与]+")


def rows() -> Iterator[dict[str, Any]]:
    """The standard's classes: code, level, name, parent_id; parents before children."""
    with SOURCE.open(encoding="utf-8", newline="") as file:
        listed = [
            {"code": row["code"], "level": int(row["level"]), "name": row["name"], "parent_id": row["parent"] or None}
            for row in csv.DictReader(file)
        ]
    yield from sorted(listed, key=lambda row: (row["level"], row["code"]))


def install(model: Any = Industry) -> int:
    """Write the classes that are missing and correct those that differ; returns how many there are."""
    classes = [model(**row) for row in rows()]
    model.objects.bulk_create(
        classes,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "level", "parent"],
        batch_size=200,
    )
    return len(classes)


class IndustryIndex:
    """All classes in memory, to place many texts without a query each."""

    def __init__(self, classes: Iterable[Industry] | None = None) -> None:
        self.by_code: dict[str, Industry] = {}
        self.by_name: dict[str, Industry] = {}
        for one in sorted(classes if classes is not None else Industry.objects.all(), key=lambda one: -one.level):
            self.by_code[one.code] = one
            self.by_code[one.code.lstrip("ABCDEFGHIJKLMNOPQRST") or one.code] = one
            self.by_name[_bare(one.name)] = one  # of a class and its only child by the same name, the wider stays

    def find(self, text: str) -> Industry | None:
        """The class that a code (3962, C3962, C39, C) or a name means; both together must agree on the code."""
        words = text.strip()
        if not words:
            return None
        if found := self.by_name.get(_bare(words)):
            return found
        match = _CODE.search(words)
        if match is None:
            return None
        found = self.by_code.get(match.group(2) or match.group(3).upper())
        wrong_section = found and match.group(1) and found.code[0] != match.group(1).upper()
        return None if wrong_section else found


def industry_of(text: str) -> Industry | None:
    """The class that a code or a name means, or None."""
    return IndustryIndex().find(text)


def _bare(name: str) -> str:
    return _NOISE.sub("", name).casefold()
