"""Scores as plain data, for the command and the API."""

from __future__ import annotations

from typing import Any

from supervision.standings import Standing, Standings


def plain(result: Standings) -> dict[str, Any]:
    """The standings as one JSON object."""
    return {
        "period": result.period.key,
        "formula": result.formula.version,
        "frozen": result.snapshot is not None,
        "departments": [department(row) for row in result.rows],
    }


def department(row: Standing) -> dict[str, Any]:
    """One department with the figures of each component; points are null where there is nothing to count."""
    return {
        "code": row.department.code,
        "name": row.department.name,
        "score": None if row.score is None else float(row.score),
        "rank": row.rank,
        "components": [
            {
                "key": part.key,
                "numerator": float(part.numerator),
                "denominator": part.denominator,
                "points": None if part.points is None else float(part.points),
            }
            for part in row.parts
        ],
    }
