"""The issue ledger's tables: the cases, and the register of policies that are missing."""

from issues.models.attention import IssuePresence, IssueSeen, IssueWatch
from issues.models.calls import CallDraw, CallKind, CallRule, CallTry, DrawnCase, FollowUpCall
from issues.models.canned import CannedReply
from issues.models.cases import Issue, IssueQuerySet, NumberSeries
from issues.models.categories import Category, CategoryRule
from issues.models.co_handlings import CoHandling, CoHandlingQuerySet
from issues.models.drafts import AppealDraft
from issues.models.events import Event, EventQuerySet
from issues.models.gaps import PolicyGap, PolicyGapCase, PolicyGapStep
from issues.models.handlings import Extension, ExtensionQuerySet, Handling, HandlingQuerySet
from issues.models.links import IssueCluster, IssueClusterCase, IssueLink
from issues.models.listings import Listing, ListingQuerySet
from issues.models.saved_views import SavedView, SavedViewQuerySet, ViewFollow
from issues.models.suggestions import SuggestionModel, SuggestionRun
from issues.models.tags import IssueTag, Tag

__all__ = [
    "AppealDraft",
    "CallDraw",
    "CallKind",
    "CallRule",
    "CallTry",
    "CannedReply",
    "Category",
    "CategoryRule",
    "CoHandling",
    "CoHandlingQuerySet",
    "DrawnCase",
    "Event",
    "EventQuerySet",
    "Extension",
    "ExtensionQuerySet",
    "FollowUpCall",
    "Handling",
    "HandlingQuerySet",
    "Issue",
    "IssueCluster",
    "IssueClusterCase",
    "IssueLink",
    "IssuePresence",
    "IssueQuerySet",
    "IssueSeen",
    "IssueTag",
    "IssueWatch",
    "Listing",
    "ListingQuerySet",
    "NumberSeries",
    "PolicyGap",
    "PolicyGapCase",
    "PolicyGapStep",
    "SavedView",
    "SavedViewQuerySet",
    "SuggestionModel",
    "SuggestionRun",
    "Tag",
    "ViewFollow",
]
