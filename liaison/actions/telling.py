"""Notices about assignments: one per person, however many enterprises are meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from foundation.notices.actions import Message, notify_many
from liaison.models import Assignment
from liaison.plans import Plan


def tell_assigned(plans: Iterable[Plan], made: Iterable[Assignment], by: User) -> int:
    """Tell the holders (of a department, its heads) and those who were replaced; returns notices written."""
    by_holder: dict[tuple[str, Any], list[Assignment]] = defaultdict(list)
    for one in made:
        by_holder[(one.kind, one.holder)].append(one)
    messages = [message for (_kind, holder), rows in by_holder.items() for message in _assigned(holder, rows, by)]
    return notify_many(messages) + tell_ended([old for one in plans for old in one.replaced], by)


def _assigned(holder: User | Department, rows: list[Assignment], by: User) -> list[Message]:
    words = {"kind": rows[0].get_kind_display(), "names": _names(one.target for one in rows)}
    if isinstance(holder, Department):
        subject = _("%(department)s已被安排为%(names)s的%(kind)s") % {"department": holder, **words}
    else:
        subject = _("您已被安排为%(names)s的%(kind)s") % words
    key, url = f"assignment-{rows[0].pk}", address(rows)
    return [Message(pk, "liaison.assigned", subject, key=key, url=url) for pk in _recipients(holder, by)]


def tell_ended(ended: Iterable[Assignment], by: User) -> int:
    """Tell people whose assignments ended; returns notices written."""
    by_holder: dict[tuple[int, str], list[Assignment]] = defaultdict(list)
    for one in ended:
        if one.user_id and one.user_id != by.pk:
            by_holder[(one.user_id, one.kind)].append(one)
    return notify_many(
        Message(
            holder,
            "liaison.ended",
            _("您不再担任%(names)s的%(kind)s")
            % {"names": _names(one.target for one in rows), "kind": rows[0].get_kind_display()},
            key=f"assignment-ended-{rows[0].pk}",
            body=rows[0].end_reason,
        )
        for (holder, _kind), rows in by_holder.items()
    )


def address(rows: list[Assignment]) -> str:
    """Where to look at what was assigned: the one enterprise or project, else the list."""
    if len(rows) > 1:
        return reverse("liaison:assignments")
    one = rows[0]
    return reverse("projects:detail" if one.project_id else "enterprises:detail", args=[one.target.pk])


def _recipients(holder: User | Department, by: User) -> list[int]:
    if isinstance(holder, User):
        return [holder.pk] if holder.pk != by.pk else []
    heads = User.objects.with_role(Role.DEPARTMENT_HEAD).filter(department=holder)
    return list(heads.values_list("pk", flat=True))


def _names(targets: Iterable[object]) -> str:
    names = [str(target) for target in targets]
    return names[0] if len(names) == 1 else _("%(count)d 家企业(项目)") % {"count": len(names)}
