"""The formula that a new installation starts with."""

from datetime import date
from typing import Any

# key, points, minimum sample, penalty per row
FIRST_FORMULA = (
    ("visits", 20, 0, 0),
    ("accept", 15, 0, 0),
    ("resolve", 30, 0, 0),
    ("satisfaction", 20, 5, 0),
    ("reopen", 5, 0, 0),
    ("red", 10, 0, 2),
)


def install_formula(apps: Any) -> None:
    """Write version 1 where there is no formula; `apps` is a migration's or the running registry."""
    Formula, Component = apps.get_model("supervision", "Formula"), apps.get_model("supervision", "Component")
    if Formula.objects.exists():
        return
    formula = Formula.objects.create(version=1, name="部门月度考核", starts_on=date(2020, 1, 1))
    Component.objects.bulk_create(
        Component(formula=formula, key=key, points=points, minimum_sample=sample, penalty=penalty, sort_order=order)
        for order, (key, points, sample, penalty) in enumerate(FIRST_FORMULA)
    )
