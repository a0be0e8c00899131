"""The life of an issue: one table of transitions that the code obeys, the pages draw buttons from, the docs show."""

from issues.lifecycle.case import Case, at_hand, available
from issues.lifecycle.document import document
from issues.lifecycle.table import (
    EVERY,
    OPEN,
    PUBLIC_STATUS,
    SECOND_RETURN_TO,
    TRANSITIONS,
    Transition,
    find,
    public_status,
)

__all__ = [
    "EVERY",
    "OPEN",
    "PUBLIC_STATUS",
    "SECOND_RETURN_TO",
    "TRANSITIONS",
    "Case",
    "Transition",
    "at_hand",
    "available",
    "document",
    "find",
    "public_status",
]
