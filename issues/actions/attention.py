"""What people do for their own attention: watching cases, reading them. Nothing of it changes a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit.actions import record
from foundation.clocks.localtime import now
from issues.casefile.presence import FORGOTTEN_AFTER, known_verb
from issues.models import Issue, IssuePresence, IssueSeen, IssueWatch
from issues.unread import FRESH, last_said

# One statement, which writes nothing where the mark stands as far or farther: it runs on every page of a case.
_SEE = """
    INSERT INTO issues_issueseen (user_id, issue_id, until) VALUES (%s, %s, %s)
    ON CONFLICT (user_id, issue_id) DO UPDATE SET until = excluded.until WHERE issues_issueseen.until < excluded.until
"""
# The same after a deed of one's own, unless something else was still unread before it.
_ACTED = f"{_SEE} AND issues_issueseen.until >= %s"


@transaction.atomic
def watch(*, issue: Issue, by: User) -> None:
    """From now on tell this official what happens to the case; a second time changes nothing."""
    if not by.may(Permission.ISSUE_VIEW) or not Issue.objects.visible_to(by).filter(pk=issue.pk).exists():
        raise Refused(_("只有看得到此件的工作人员可以关注。"), code="not_allowed")
    _watch, created = IssueWatch.objects.get_or_create(issue=issue, user=by, defaults={"since": now()})
    if created:
        record(action="issues.watch", target=issue, by=by)


@transaction.atomic
def unwatch(*, issue: Issue, by: User) -> None:
    """Tell this person no more than their part in the case asks for."""
    deleted, _rows = IssueWatch.objects.visible_to(by).filter(issue=issue).delete()
    if deleted:
        record(action="issues.unwatch", target=issue, by=by)


def see(*, issue: Issue, by: User) -> None:
    """This person has read the case as far as it went when it was fetched."""
    _mark(_SEE, by.pk, issue.pk, _instant(last_said(issue, by)))


def acted(*, issue: Issue, by: User, before: datetime) -> None:
    """What one did oneself is no news; `before` is when something was last said before the deed."""
    _mark(_ACTED, by.pk, issue.pk, _instant(last_said(issue, by)), _instant(before))


def _mark(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _instant(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


@transaction.atomic
def see_all(*, by: User) -> None:
    """Everything up to now counts as read."""
    at = now()
    IssueSeen.objects.visible_to(by).filter(issue__isnull=False, until__lte=at).delete()
    IssueSeen.objects.update_or_create(user=by, issue=None, defaults={"until": at})


def be_present(*, issue: Issue, doing: str, by: User) -> None:
    """Say that this official has the case open, and which verb's form is being filled in."""
    here = IssuePresence(issue=issue, user=by, doing=known_verb(doing), at=now())
    IssuePresence.objects.bulk_create(
        [here], update_conflicts=True, unique_fields=["issue", "user"], update_fields=["doing", "at"]
    )


def forget_marks(*, by: User | None, at: datetime | None = None) -> int:
    """Drop the marks of what is news to nobody any more, and of who was here long ago; returns how many."""
    at = at or now()
    seen, _rows = IssueSeen.objects.filter(until__lt=at - FRESH).delete()
    here, _rows = IssuePresence.objects.filter(at__lt=at - FORGOTTEN_AFTER).delete()
    return seen + here
