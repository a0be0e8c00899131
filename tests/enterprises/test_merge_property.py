"""Whatever hangs on two records: merged and parted again, it hangs as it did."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from enterprises import relations
from enterprises.facts import CHOICES, held
from enterprises.merging import merge, unmerge
from enterprises.models import Contact, Enterprise, Pool
from foundation.accounts.permissions import Role
from foundation.clocks import actions as clocks
from foundation.clocks.models import Clock
from liaison.actions import log_visit, open_month
from liaison.models import Assignment, Visit, VisitDuty
from tests.accounts.factories import UserFactory
from tests.effort import examples
from tests.enterprises.factories import EnterpriseFactory, EnterpriseStaffFactory
from tests.liaison.factories import make_project, sh

NOW = sh("2026-11-10 10:00")
KINDS = [kind for kind in Assignment.Kind.values if kind != "responsible_department"]

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # each example is costly: what fails is shown as it is

contact = st.tuples(st.sampled_from("甲乙丙"), st.booleans())
assignment = st.tuples(st.sampled_from(KINDS), st.integers(0, 1), st.booleans())
record = st.fixed_dictionaries(
    {
        "facts": st.fixed_dictionaries(
            {
                "tier": st.sampled_from(Enterprise.Tier.values),
                "address": st.sampled_from(["", "东路 1 号", "西路 2 号"]),
                "is_active": st.booleans(),
                "extra": st.dictionaries(
                    st.sampled_from("ab"),
                    st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=3),
                    max_size=2,
                ),
            }
        ),
        "contacts": st.lists(contact, max_size=3),
        "pools": st.sets(st.integers(0, 2)),
        "assignments": st.lists(assignment, max_size=3),
        "visits": st.lists(st.sampled_from([date(2026, 9, 9), date(2026, 10, 9), date(2026, 11, 9)]), max_size=2),
        "projects": st.integers(0, 2),
        "staff": st.integers(0, 2),
    }
)


def build(facts: dict[str, Any], pools: list[Pool], people: list[Any]) -> Enterprise:
    """A record as drawn, made by the actions where they matter."""
    one = EnterpriseFactory(**facts["facts"])
    for name, primary in facts["contacts"]:
        only = primary and not one.contacts.filter(is_primary=True).exists()
        Contact.objects.create(enterprise=one, name=name, phone="13800000000", is_primary=only)
    one.pools.set([pools[at] for at in facts["pools"]])
    for kind, who, ended in facts["assignments"]:
        free = not one.assignments.filter(kind=kind, ended_on__isnull=True).exists()
        Assignment.objects.create(
            kind=kind, enterprise=one, user=people[who], started_on=date(2026, 1, 5),
            ended_on=None if free and not ended else date(2026, 6, 1),
        )  # fmt: skip
    for _ in range(facts["projects"]):
        make_project(enterprise=one)
    for _ in range(facts["staff"]):
        EnterpriseStaffFactory(enterprise=one)
    return one


def visit(one: Enterprise, facts: dict[str, Any], person: Any) -> None:
    for day in facts["visits"]:
        log_visit(by=person, enterprise=one, visited_at=sh(f"{day} 09:00"), met="厂长")


def standing(*enterprises: Enterprise) -> dict[str, Any]:
    """Every row of every relation that moves, the facts of both, and which clocks run."""
    rows = {
        (relation.key, one.pk): [
            {name: value for name, value in row.items() if name != "version"} for row in relation.rows(one).values()
        ]
        for relation, rule in relations.declared()
        if not rule.stays
        for one in enterprises
    }
    facts = {one.pk: held(Enterprise.objects.get(pk=one.pk)) for one in enterprises}
    running = [(clock.owner_id, clock.running, clock.level, clock.due_at) for clock in Clock.objects.order_by("pk")]
    return {"rows": rows, "facts": facts, "clocks": running}


@pytest.mark.django_db
@settings(max_examples=examples(7), phases=QUICK, deadline=None, suppress_health_check=list(HealthCheck))
@given(kept=record, lost=record, take=st.sets(st.sampled_from(sorted(CHOICES))), later=st.integers(0, 13))
def test_merged_and_parted_again_everything_hangs_as_it_did(kept, lost, take, later) -> None:
    with time_machine.travel(NOW, tick=False) as clock, transaction.atomic():
        office = UserFactory(roles=[Role.OFFICE])
        people = [UserFactory(roles=[Role.CADRE]), UserFactory(roles=[Role.CADRE])]
        pools = [Pool.objects.get_or_create(code=f"p{at}", name=f"库{at}")[0] for at in range(3)]
        one, other = build(kept, pools, people), build(lost, pools, people)
        for month in (9, 10, 11):
            open_month(month=date(2026, month, 1))
        for record_of, facts in ((one, kept), (other, lost)):
            visit(record_of, facts, people[0])
        clocks.sweep(at=NOW)
        before = standing(one, other)
        done = merge(survivor=one, loser=other, by=office, take=take)
        left_behind = {relation.key for relation, rule in relations.declared() if not rule.stays and
                       relation.rows(other).exists()}  # fmt: skip
        assert left_behind <= {
            "enterprises.contact.enterprise",
            "enterprises.enterprise_pools.enterprise",
            "liaison.visitduty.enterprise",
        }
        assert not VisitDuty.objects.filter(enterprise=other).open().filter(due_at__gt=NOW).exists()
        clock.shift(timedelta(days=later))
        undone = unmerge(merge=done, by=office)
        assert undone.undo_left == []
        assert standing(one, other) == before
        assert Visit.objects.filter(enterprise=one).count() == len(kept["visits"])
        transaction.set_rollback(True)  # the next example begins with nothing
