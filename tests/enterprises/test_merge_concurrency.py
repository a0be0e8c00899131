"""Whatever is written for a record while it is merged into another reaches the survivor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from enterprises import relations
from enterprises.actions import add_contact
from enterprises.merging import merge, unmerge
from enterprises.models import Contact, Enterprise, Merge
from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from issues.actions import register
from issues.models import Issue
from liaison.actions import log_visit, open_month
from liaison.models import Assignment, Visit
from projects.actions import create_project
from projects.models import Project
from tests.accounts.factories import UserFactory
from tests.enterprises.factories import ContactFactory, EnterpriseFactory
from tests.issues.factories import District, make_district
from tests.liaison.factories import sh

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """What became of simultaneous calls: "done" or the code of the refusal."""
    together = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> str:
        try:
            together.wait()
            act()
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def patiently(act: Callable[[], Any]) -> Callable[[], Any]:
    """As a person does: whoever is told that somebody is at it tries again."""

    def repeat() -> Any:
        while True:
            try:
                return act()
            except Refused as refusal:
                if refusal.code != "busy":
                    raise

    return repeat


def race(name: str, office: User, district: District) -> tuple[Enterprise, Enterprise]:
    """Merge two records while everybody writes for the one that goes."""
    kept, lost = EnterpriseFactory(), EnterpriseFactory()
    for one in (kept, lost):
        Assignment.objects.create(
            kind="service_officer", enterprise=one, user=district.cadre, started_on=date(2026, 1, 5)
        )
    open_month(month=date(2026, 11, 1))
    case = {"by": district.office, "category": district.category, "title": "用电", "text": "扩容", "channel": "phone"}
    project = {"by": office, "name": name, "responsible_department": district.bureau, "investment": 1}
    at_once(
        patiently(lambda: merge(survivor=kept, loser=lost, by=office)),
        lambda: add_contact(enterprise=lost, by=office, name=name),
        lambda: log_visit(by=district.cadre, enterprise=lost, visited_at=sh("2026-11-09 10:00"), met="厂长"),
        lambda: register(enterprise=lost, **case),
        lambda: create_project(enterprise=lost, **project),
    )
    return kept, lost


def test_no_writer_leaves_a_row_at_the_record_that_went() -> None:
    office, district = UserFactory(roles=[Role.OFFICE]), make_district()
    with time_machine.travel(sh("2026-11-10 10:00")):
        for round_ in range(4):
            kept, lost = race(f"扩产{round_}", office, district)
            lost.refresh_from_db()
            assert lost.merged_into == kept
            moving = [relation for relation, rule in relations.declared() if not rule.stays]
            left = {relation.key for relation in moving if relation.rows(lost).exists()}
            assert left <= {"liaison.visitduty.enterprise"}
            for model in (Contact, Visit, Issue, Project):
                assert model._base_manager.filter(enterprise=kept).count() == 1


@pytest.mark.services
def test_a_merge_waits_for_nobody_who_may_wait_for_it() -> None:
    office, kept, lost = UserFactory(roles=[Role.OFFICE]), EnterpriseFactory(), EnterpriseFactory()
    contact = ContactFactory(enterprise=lost)
    with transaction.atomic():
        Contact.objects.select_for_update().get(pk=contact.pk)
        assert at_once(lambda: merge(survivor=kept, loser=lost, by=office)) == ["busy"]
    assert at_once(lambda: merge(survivor=kept, loser=lost, by=office)) == ["done"]


def test_of_two_merges_of_one_record_one_is_refused() -> None:
    office = UserFactory(roles=[Role.OFFICE])
    one, other, third = EnterpriseFactory(), EnterpriseFactory(), EnterpriseFactory()
    outcomes = at_once(
        patiently(lambda: merge(survivor=one, loser=other, by=office)),
        patiently(lambda: merge(survivor=other, loser=one, by=office)),
    )
    assert sorted(outcomes) == ["already_merged", "done"]
    gone = Merge.objects.get().loser
    assert at_once(lambda: merge(survivor=third, loser=gone, by=office)) == ["already_merged"]


def test_an_undo_sent_twice_is_done_once() -> None:
    office = UserFactory(roles=[Role.OFFICE])
    kept, lost = EnterpriseFactory(), EnterpriseFactory()
    done = merge(survivor=kept, loser=lost, by=office)
    outcomes = at_once(*[patiently(lambda: unmerge(merge=done, by=office))] * 4)
    assert sorted(outcomes) == ["already_undone"] * 3 + ["done"]
    assert Enterprise.objects.standing().count() == 2
