"""Reads of liaison, for its own pages and for the workbench above."""

from liaison.queries.matrix import Cell, MatrixRow, Totals, matrix_rows, months_back, totals
from liaison.queries.month import CadreMonth, NextVisit, cadre_month, working_days_left
from liaison.queries.team import Part, active_parts, officers_by_enterprise, team

__all__ = [
    "CadreMonth",
    "Cell",
    "MatrixRow",
    "NextVisit",
    "Part",
    "Totals",
    "active_parts",
    "cadre_month",
    "matrix_rows",
    "months_back",
    "officers_by_enterprise",
    "team",
    "totals",
    "working_days_left",
]
