"""The notices of a verb: written with its event, addressed by the table's `tells`."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.utils.translation import gettext as _

from foundation.notices.actions import Message, notify_many
from foundation.notices.digests import listed
from issues.lifecycle import Transition
from issues.limits.audiences import Audiences, Subject
from issues.models import Event
from issues.watching import watchers

BESIDES = ("handler", "department_head")
EXCERPT = 300  # characters of a text that a notice repeats


def tell(
    event: Event, transition: Transition, *also: str, mentioned: Collection[int] = (), left: Subject | None = None
) -> int:
    """Tell everybody the table names, these, who watches and who is mentioned, but not the one who did it.

    Everybody is told once; who is mentioned, that they are. `left` is the case as it lies, or lay before,
    with another department: that department is told too. Returns notices written.
    """
    subject = Subject.of(event.issue)
    audiences = Audiences([subject, left] if left else [subject])
    watching = watchers([subject.pk])[subject.pk]
    people = audiences.people(subject, (*transition.tells, *also)) | watching | set(mentioned)
    leaving = audiences.people(left, BESIDES) - people if left else set()
    people |= leaving
    key, named_by = f"issue:{event.issue_id}:{event.pk}", event.by.name if event.by else event.actor
    calls = ("mention", _("%(name)s提到了您") % {"name": named_by})
    said = (event.verb, transition.label)
    return notify_many(
        [
            message(subject, *(calls if user_id in mentioned else said), event.text, key=key,
                    user_id=user_id, enterprise=audiences.speaks_for_enterprise(subject, user_id),
                    in_sight=user_id not in leaving)
            for user_id in sorted(people - {event.by_id})
        ],
        at=event.at,
    )  # fmt: skip


def tell_helpers(event: Event, label: object, departments: Iterable[int]) -> int:
    """Tell departments that were asked to help that what happened ended it."""
    subject = Subject.of(event.issue)
    sides = [subject._replace(department_id=pk, handler_id=None) for pk in departments]
    audiences = Audiences(sides)
    people = {user_id for side in sides for user_id in audiences.people(side, BESIDES)} - {event.by_id}
    text = _("此件已%(verb)s,请贵部门协办的事随之结束,不用再回复。") % {"verb": label}
    key = f"issue:{event.issue_id}:{event.pk}"
    return notify_many(
        [
            message(subject, "help_over", _("协办已结束"), text, key=key, user_id=user_id, enterprise=False)
            for user_id in sorted(people)
        ],
        at=event.at,
    )


def message(
    subject: Subject,
    verb: str,
    label: object,
    text: str,
    *,
    key: str,
    user_id: int,
    enterprise: bool,
    in_sight: bool = True,
    why: str = "",
) -> Message:
    """What one person is told of one event; not `in_sight`: also when the case is out of their sight by then.

    `why` says what a warning comes from.
    """
    return Message(
        recipient_id=user_id,
        kind=f"issue.{verb}",
        subject=f"{label}:{named(subject)}",
        key=key,
        body="\n".join(filter(None, (text[:EXCERPT], why))),
        url=url_for(subject.pk, enterprise=enterprise),
        concerns=[subject.pk] if in_sight else [],
    )


def digest(
    warnings: dict[int, Subject], lines: Iterable[str], verb: str, label: object, *, user_id: int, enterprise: bool
) -> Message:
    """What one person is told of the warnings of many cases at once; a line says what one case is told."""
    first = next(iter(warnings))
    return Message(
        recipient_id=user_id,
        kind=f"issue.{verb}",
        subject=_("%(label)s:%(count)d 件诉求") % {"label": label, "count": len(warnings)},
        key=digest_key(first),
        body=listed(lines, len(warnings)),
        url="/appeals/?view=mine" if enterprise else f"/issues/?view=all&told={first}",
        about=list(warnings),
        concerns=sorted({subject.pk for subject in warnings.values()}),
    )


def named(subject: Subject) -> str:
    """A case as messages call it."""
    return f"{subject.title}({subject.number})"


def digest_key(first_warning_id: int) -> str:
    """The key of a digest: one person hears of a warning once, so its first warning names it."""
    return f"warnings:{first_warning_id}"


def url_for(issue_id: int, *, enterprise: bool) -> str:
    """The page of a case: the enterprise's side has its own."""
    return f"/appeals/{issue_id}/" if enterprise else f"/issues/{issue_id}/"
