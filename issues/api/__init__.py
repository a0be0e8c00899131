"""Issues in the API: the ledger, one case, and the verbs of its life."""

from issues.api.viewset import IssueViewSet, register

__all__ = ["IssueViewSet", "register"]
