"""What a partly solved case leaves over becomes a case of its own."""

from __future__ import annotations

from django.utils.translation import gettext as _

from issues import lifecycle, numbers
from issues.actions.base import Turn
from issues.actions.intake import give_to
from issues.models import CategoryRule, Issue

TITLE_LIMIT = 80


def open_follow_up(turn: Turn, left: str) -> Issue:
    """Register what `turn` leaves unsolved and give it to the same department, under limits of its own.

    Where the department is no longer in use, the office dispatches the new case as any other.
    """
    first, at = turn.issue, turn.at
    assert first.department is not None
    series = numbers.lock_series(at)
    mark = _("(后续)")
    case = Issue.objects.create(
        number=numbers.take(series),
        title=first.title.removesuffix(mark)[: TITLE_LIMIT - len(mark)] + mark,
        text=left,
        category=first.category,
        rule=CategoryRule.objects.select_related("ladder").filter(category=first.category).first(),
        enterprise=first.enterprise,
        project=first.project,
        channel=Issue.Channel.FOLLOW_UP,
        follows=first,
        contact_name=first.contact_name,
        contact_phone=first.contact_phone,
        registered_at=at,
        registered_by=turn.user,
        last_event_at=at,
        last_public_event_at=at,
        version=0,
    )
    goes_on = first.department.is_active
    opening = Turn(case, turn.user, lifecycle.find("follow_up" if goes_on else "register"), at)
    if goes_on:
        give_to(opening, first.department)
    return opening.conclude(
        text=_("由 %(number)s 部分解决转来:%(left)s") % {"number": first.number, "left": left},
        channel=str(case.channel),
        follows=first.number,
        department=first.department.label if goes_on else "",
    )
