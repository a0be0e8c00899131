"""The formulas that installations start with and go on with; a version once in use is never changed."""

from datetime import date
from typing import Any

START = date(2020, 1, 1)
# key, points, minimum sample, penalty per row
FIRST_FORMULA = (
    ("visits", 20, 0, 0),
    ("accept", 15, 0, 0),
    ("resolve", 30, 0, 0),
    ("satisfaction", 20, 5, 0),
    ("reopen", 5, 0, 0),
    ("red", 10, 0, 2),
)
# False closings count for themselves; their points come from those for closing in time.
SECOND_FORMULA = (
    ("visits", 20, 0, 0),
    ("accept", 15, 0, 0),
    ("resolve", 25, 0, 0),
    ("satisfaction", 20, 5, 0),
    ("rejected", 5, 0, 0),
    ("refuted", 5, 5, 0),
    ("red", 10, 0, 2),
)


def install_formula(apps: Any) -> None:
    """Write version 1 where there is no formula; `apps` is a migration's or the running registry."""
    if not apps.get_model("supervision", "Formula").objects.exists():
        _write(apps, 1, START, FIRST_FORMULA)


def install_second(apps: Any, today: date) -> None:
    """Write version 2: from the next month on where months were scored by version 1, else from the beginning."""
    Formula = apps.get_model("supervision", "Formula")
    if Formula.objects.filter(version=2).exists():
        return
    in_use = apps.get_model("issues", "Handling").objects.exists()
    in_use = in_use or apps.get_model("supervision", "Snapshot").objects.exists()
    next_month = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    _write(apps, 2, next_month if in_use else START, SECOND_FORMULA)


def _write(apps: Any, version: int, starts_on: date, parts: tuple[tuple[str, int, int, int], ...]) -> None:
    Formula, Component = apps.get_model("supervision", "Formula"), apps.get_model("supervision", "Component")
    formula = Formula.objects.create(version=version, name="部门月度考核", starts_on=starts_on)
    Component.objects.bulk_create(
        Component(formula=formula, key=key, points=points, minimum_sample=sample, penalty=penalty, sort_order=order)
        for order, (key, points, sample, penalty) in enumerate(parts)
    )
