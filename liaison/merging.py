"""What becomes of assignments, visits and visit duties when two records of an enterprise become one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises import relations
from enterprises.models import Enterprise, Merge
from enterprises.relations import Moves, Plan, Relation, plain
from foundation.accounts.models import User
from foundation.clocks import actions as clocks
from foundation.clocks import localtime
from foundation.clocks.models import Clock
from liaison.actions import duties, telling
from liaison.clocks import KIND
from liaison.models import Assignment, Visit, VisitDuty


class OneHolder(Moves):
    """Where both have a holder of a part, the survivor's goes on and the other one's assignment ends today."""

    hint = gettext_lazy("同一角色两边都有人时，保留企业的现任继续，另一位今天结束")

    def plan(self, relation: Relation, survivor: Enterprise, loser: Enterprise) -> Plan:
        held = set(relation.rows(survivor).filter(ended_on__isnull=True).values_list("kind", flat=True))
        plan = super().plan(relation, survivor, loser)
        reason = _("企业记录合并，由%(name)s的现任接续") % {"name": survivor.name}
        for one in relation.rows(loser).filter(ended_on__isnull=True, kind__in=held):
            day = max(localtime.today(), one.started_on)
            plan.changed[one.pk] = {"ended_on": [None, plain(day)], "end_reason": ["", reason[:200]]}
        return plan


class OneDutyAMonth(Moves):
    """Of a month that both owe, the survivor's duty counts; the other one stays behind, no longer owed if still open.

    A duty that moves goes to the survivor's officer, unless it was missed already.
    """

    hint = gettext_lazy("同一月份两边都有任务时，以保留企业的为准；另一边的留在原记录，未到期的取消")

    def plan(self, relation: Relation, survivor: Enterprise, loser: Enterprise) -> Plan:
        taken = set(relation.rows(survivor).values_list("month", flat=True))
        now, officer = localtime.now(), _officer(survivor)
        plan = Plan()
        for duty in relation.rows(loser):
            still_owed = duty.done_at is None and duty.cancelled_at is None and duty.due_at > now
            if duty.month in taken:
                plan.stayed.append(duty.pk)
                if still_owed:
                    plan.changed[duty.pk] = {"cancelled_at": [None, plain(now)]}
                continue
            plan.moved.append(duty.pk)
            if still_owed and officer is not None and officer.pk != duty.officer_id:
                plan.changed[duty.pk] = {
                    "officer_id": [duty.officer_id, officer.pk],
                    "department_id": [duty.department_id, officer.department_id],
                }
        return plan

    def may_restore(self, row: Any) -> bool:
        """What fell due in the meantime is not owed again."""
        return row.due_at > localtime.now()


def _officer(enterprise: Enterprise) -> User | None:
    serving = Assignment.objects.active().filter(kind=Assignment.Kind.SERVICE_OFFICER, enterprise=enterprise)
    found = serving.select_related("user").first()
    return found.user if found else None


# -- What follows -----------------------------------------------------------------------------------------------------

DUTIES = Relation(VisitDuty, "enterprise")
VISITS = Relation(Visit, "enterprise")
ASSIGNMENTS = Relation(Assignment, "enterprise")


def register() -> None:
    """Declare the relations; duties after the assignments and visits that decide about them."""
    relations.register(Assignment, "enterprise", OneHolder())
    relations.register(Visit, "enterprise")
    relations.register(VisitDuty, "enterprise", OneDutyAMonth())
    relations.follow(follow)


def follow(merge: Merge, by: User) -> None:
    """Bring clocks and duties in line with where rows are now, and tell whose assignment ended."""
    months = _months(merge)
    pairs = [merge.survivor_id] if merge.undone_at is None else [merge.survivor_id, merge.loser_id]
    held = [duty for pk in sorted(pairs) for duty in duties.hold(enterprise_id=pk, months=months)]
    left_behind = VisitDuty.objects.filter(pk__in=merge.moved(DUTIES.key)["stayed"], done_at__isnull=True)
    if merge.undone_at is None:
        clocks.stop_many(kind=KIND, owner_ids=left_behind.values_list("pk", flat=True), reason=_("企业记录合并"), by=by)
        _tell(merge, by)
    else:
        _start_again(left_behind.filter(cancelled_at__isnull=True), by)
    duties.settle(duties=held, by=by)


def _months(merge: Merge) -> set[date]:
    """The months in which a visit or a duty changed its enterprise."""
    visits = Visit.objects.filter(pk__in=merge.moved(VISITS.key)["moved"])
    owed = VisitDuty.objects.filter(pk__in=merge.moved(DUTIES.key)["moved"])
    return {localtime.month_of(at) for at in visits.values_list("visited_at", flat=True)} | set(
        owed.values_list("month", flat=True)
    )


def _start_again(left_behind: Iterable[VisitDuty], by: User) -> None:
    """The clocks of duties that are owed again go on."""
    clocked = Clock.objects.of(KIND, [duty.pk for duty in left_behind]).filter(stopped_at__isnull=False)
    for clock in clocked.order_by("pk"):
        clocks.reopen(clock=clock, by=by, reason=_("撤销企业合并"))


def _tell(merge: Merge, by: User) -> None:
    """Whoever holds the same part at the survivor goes on with it, and needs no word."""
    changed = [pk for pk, _changes in merge.moved(ASSIGNMENTS.key)["changed"]]
    ended = Assignment.objects.filter(pk__in=changed).select_related("user", "enterprise")
    serving = Assignment.objects.active().filter(enterprise=merge.survivor_id)
    holders = set(serving.values_list("kind", "user_id"))
    telling.tell_ended([one for one in ended if (one.kind, one.user_id) not in holders], by)
