"""The verbs on many cases: each through its own verb, all in one transaction, refused as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import Department, User
from issues.actions.intake import dispatch
from issues.actions.reminding import remind
from issues.actions.tags import tag
from issues.models import Issue, IssueTag, Tag

Versions = Mapping[int, int]  # case → the version that was read


@transaction.atomic
def dispatch_many(
    *, issues: Sequence[Issue], to: Department, by: User, note: str = "", versions: Versions | None = None
) -> int:
    """Give every one of the cases to a department."""
    return _each(issues, versions, lambda case, version: dispatch(issue=case, to=to, by=by, note=note, version=version))


@transaction.atomic
def remind_many(*, issues: Sequence[Issue], by: User, text: str, versions: Versions | None = None) -> int:
    """Urge the department on in every one of the cases."""
    return _each(issues, versions, lambda case, version: remind(issue=case, by=by, text=text, version=version))


@transaction.atomic
def tag_many(*, issues: Sequence[Issue], label: Tag, by: User, versions: Versions | None = None) -> int:
    """Put a tag on every one of the cases."""
    carried = _carried(issues)
    return _each(
        issues,
        versions,
        lambda case, version: tag(issue=case, by=by, labels={*carried[case.pk], label}, version=version),
    )


@transaction.atomic
def untag_many(*, issues: Sequence[Issue], label: Tag, by: User, versions: Versions | None = None) -> int:
    """Take a tag off every one of the cases."""
    carried = _carried(issues)
    return _each(
        issues,
        versions,
        lambda case, version: tag(issue=case, by=by, labels=carried[case.pk] - {label}, version=version),
    )


def _carried(issues: Sequence[Issue]) -> dict[int, set[Tag]]:
    found: dict[int, set[Tag]] = defaultdict(set)
    for link in IssueTag.objects.filter(issue__in=issues).select_related("tag"):
        found[link.issue_id].add(link.tag)
    return found


def _each(issues: Sequence[Issue], versions: Versions | None, write: Callable[[Issue, int | None], Issue]) -> int:
    """Every case in the order of its key, so that two such runs wait for each other; one refusal undoes all."""
    for issue in sorted(issues, key=lambda one: one.pk):
        try:
            write(issue, (versions or {}).get(issue.pk))
        except Refused as refusal:
            words = _("%(number)s:%(why)s 因此全部没有办理。") % {"number": issue.number, "why": refusal.message}
            raise Refused(words, code=refusal.code) from refusal
    return len(issues)
