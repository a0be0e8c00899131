"""Urging the department on: a notice with words, once a day and case."""

from __future__ import annotations

from django.utils.translation import gettext as _

from foundation.accounts.models import User
from issues.actions.base import act, cleaned, take_up
from issues.models import Issue


@act
def remind(*, issue: Issue, by: User, text: str, version: int | None = None) -> Issue:
    """Tell the handler and the head of the department that the case is waited for."""
    turn = take_up(issue, "remind", by=by, version=version)
    text = cleaned(text, label=_("催办意见"), limit=300)
    turn.issue.reminded_at = turn.at
    return turn.conclude(text=text)
