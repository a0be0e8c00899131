"""The issue ledger's tables: the cases, and the register of policies that are missing."""

from issues.models.cases import (
    Category,
    CategoryRule,
    Event,
    EventQuerySet,
    Extension,
    ExtensionQuerySet,
    Handling,
    HandlingQuerySet,
    Issue,
    IssueQuerySet,
    NumberSeries,
    SavedView,
    SavedViewQuerySet,
)
from issues.models.gaps import PolicyGap, PolicyGapCase, PolicyGapStep

__all__ = [
    "Category",
    "CategoryRule",
    "Event",
    "EventQuerySet",
    "Extension",
    "ExtensionQuerySet",
    "Handling",
    "HandlingQuerySet",
    "Issue",
    "IssueQuerySet",
    "NumberSeries",
    "PolicyGap",
    "PolicyGapCase",
    "PolicyGapStep",
    "SavedView",
    "SavedViewQuerySet",
]
