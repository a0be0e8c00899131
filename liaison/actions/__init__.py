"""Every write of liaison: who serves whom, what is owed, what was done."""

from liaison.actions.assignments import assign, assign_each, assign_many, end_assignment, reinstate, withdraw
from liaison.actions.duties import open_month
from liaison.actions.rules import change_rule
from liaison.actions.visits import edit_visit, log_visit

__all__ = [
    "assign",
    "assign_each",
    "assign_many",
    "change_rule",
    "edit_visit",
    "end_assignment",
    "log_visit",
    "open_month",
    "reinstate",
    "withdraw",
]
