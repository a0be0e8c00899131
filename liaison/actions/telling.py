"""Notices about assignments: one per person, however many enterprises are meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from foundation.notices.actions import Message, notify_many
from liaison.models import Assignment
from liaison.plans import Plan


def tell_assigned(plan: Plan, made: list[Assignment], by: User) -> int:
    """Tell the holder (of a department, its heads) and those who were replaced; returns notices written."""
    messages: list[Message] = []
    if made:
        kind = made[0].get_kind_display()
        names = _names(one.target for one in made)
        subject = _("您已被安排为%(names)s的%(kind)s") % {"names": names, "kind": kind}
        if isinstance(plan.holder, Department):
            subject = _("%(department)s已被安排为%(names)s的%(kind)s") % {
                "department": plan.holder, "names": names, "kind": kind,
            }  # fmt: skip
        messages = [
            Message(pk, "liaison.assigned", subject, key=f"assignment-{made[0].pk}", url=address(made))
            for pk in _recipients(plan.holder, by)
        ]
    return notify_many(messages) + tell_ended(plan.replaced, by)


def tell_ended(ended: Iterable[Assignment], by: User) -> int:
    """Tell people whose assignments ended; returns notices written."""
    by_holder: dict[int, list[Assignment]] = defaultdict(list)
    for one in ended:
        if one.user_id and one.user_id != by.pk:
            by_holder[one.user_id].append(one)
    return notify_many(
        Message(
            holder,
            "liaison.ended",
            _("您不再担任%(names)s的%(kind)s")
            % {"names": _names(one.target for one in rows), "kind": rows[0].get_kind_display()},
            key=f"assignment-ended-{rows[0].pk}",
            body=rows[0].end_reason,
        )
        for holder, rows in by_holder.items()
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
