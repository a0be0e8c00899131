"""Replies kept ready: the words in braces that are filled from a case, and whose replies a person may use and keep."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Permission
from foundation.clocks.localtime import local_date, now, today
from issues.models import CannedReply, Issue

# The forms in which they are offered, and the field they go into.
OFFERED_IN = {"reply": "text", "ask": "text", "resolve": "text", "return": "reason", "decline": "reason"}
SHOWN = 40
_BRACES = re.compile(r"\{([^{}\n]{0,20})\}")


def _limit(issue: Issue, by: User) -> str:
    """The last day that is still in time; a limit that has passed promises nothing."""
    if issue.due_at is None or issue.due_at <= now():
        return _("近日内")
    return _("%(day)s前") % {"day": _day(local_date(issue.due_at - timedelta(seconds=1)))}


def _day(day: Any) -> str:
    return _("%(month)d月%(day)d日") % {"month": day.month, "day": day.day}


PLACES: dict[str, Callable[[Issue, User], str]] = {
    "企业": lambda issue, by: issue.enterprise.name,
    "编号": lambda issue, by: issue.number,
    "标题": lambda issue, by: issue.title,
    "期限": _limit,
    "部门": lambda issue, by: str(issue.department or by.department or ""),
    "承办人": lambda issue, by: (issue.handler or by).name,
    "今天": lambda issue, by: _day(today()),
}


class Filled(NamedTuple):
    """A reply as it would stand in this case."""

    pk: int
    title: str
    text: str


def unknown_places(text: str) -> list[str]:
    """The words in braces that nothing fills."""
    return [word for word in dict.fromkeys(_BRACES.findall(text)) if word not in PLACES]


def fill(text: str, issue: Issue, by: User) -> str:
    """The text with its words in braces filled from the case; what a fact itself has in braces stays."""
    return _BRACES.sub(lambda match: PLACES[match[1]](issue, by) if match[1] in PLACES else match[0], text)


def offered(issue: Issue, by: User) -> list[Filled]:
    """What this person may put into what they write on the case, the most used first."""
    if by.department is None:
        return []
    parts = by.department.path.rstrip("/").split("/")
    above = ["/".join(parts[:count]) + "/" for count in range(1, len(parts) + 1)]
    rows = CannedReply.objects.visible_to(by).filter(department__path__in=above)[:SHOWN]
    return [Filled(row.pk, row.title, fill(row.text, issue, by)) for row in rows]


def kept_by(user: Any) -> QuerySet[Department]:
    """The departments whose replies this person keeps: their own with all below; the office, the district's too."""
    if user.department is None or not user.may(Permission.CANNED_REPLY_KEEP):
        return Department.objects.none()
    own = Department.objects.under(user.department)
    if user.may(Permission.DISTRICT_SCOPE):
        own |= Department.objects.filter(kind=Department.Kind.DISTRICT)
    return own.active()
