"""Two records of one enterprise become one, and part again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.utils import timezone

from enterprises import relations
from enterprises.actions import add_contact, create_enterprise, edit_enterprise
from enterprises.merging import MERGE_UNDO_DAYS, merge, unmerge
from enterprises.models import Contact, Enterprise, Merge
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.attachments.models import Attachment
from foundation.audit.models import AuditRow
from foundation.clocks.models import Clock
from foundation.notices.models import Notice
from issues.actions import register
from issues.models import Issue
from liaison.actions import assign, log_visit, open_month
from liaison.clocks import KIND
from liaison.models import Assignment, VisitDuty
from tests.accounts.factories import UserFactory
from tests.enterprises.factories import (
    ContactFactory,
    EnterpriseFactory,
    EnterpriseStaffFactory,
    PoolFactory,
    sound_code,
)
from tests.issues.factories import make_district
from tests.liaison.factories import make_project, sh

pytestmark = pytest.mark.django_db
Kind = Assignment.Kind
NOVEMBER = "2026-11-10 10:00"


@pytest.fixture
def two() -> tuple[Enterprise, Enterprise]:
    """The record to keep and the one that goes into it."""
    return EnterpriseFactory(name="鸿达机械有限公司"), EnterpriseFactory(name="鸿达机械(青岭)有限公司")


def officer(**facts: Any) -> User:
    return UserFactory(roles=[Role.CADRE], **facts)


def serve(user: User, enterprise: Enterprise, kind: str = Kind.SERVICE_OFFICER) -> Assignment:
    return Assignment.objects.create(kind=kind, enterprise=enterprise, user=user, started_on=date(2026, 1, 5))


def standing(enterprise: Enterprise) -> dict[str, Any]:
    """Everything that hangs on an enterprise: the relations that move, row by row with all their columns."""
    return {
        relation.key: [
            {key: value for key, value in row.items() if key != "version"} for row in relation.rows(enterprise).values()
        ]
        for relation, rule in relations.declared()
        if not rule.stays
    }


# -- What is declared -------------------------------------------------------------------------------------------------


def test_every_relation_to_an_enterprise_says_what_becomes_of_it() -> None:
    known = {relation.key for relation, _rule in relations.declared()}
    assert {relation.key for relation in relations.existing()} - known == set(), (
        "register these with enterprises.relations.register in the app's ready()"
    )


def test_a_row_of_an_undeclared_relation_forbids_the_merge(office, two, monkeypatch) -> None:
    kept, lost = two
    monkeypatch.delitem(relations._rules, "projects.project.enterprise")
    merge(survivor=EnterpriseFactory(), loser=EnterpriseFactory(), by=office)  # nothing points there: nothing is lost
    project = make_project(enterprise=lost)
    with pytest.raises(Refused, match="“项目”1 条") as refusal:
        merge(survivor=kept, loser=lost, by=office)
    assert refusal.value.code == "unknown_relation"
    project.refresh_from_db()
    assert (project.enterprise, Merge.objects.filter(loser=lost).count()) == (lost, 0)


def test_an_undeclared_pair_of_type_and_number_forbids_it_too(office, two, monkeypatch) -> None:
    monkeypatch.delitem(relations._rules, "attachments.attachment.owner_id")
    attach(two[1], office)
    with pytest.raises(Refused, match="附件"):
        merge(survivor=two[0], loser=two[1], by=office)


def attach(owner: Enterprise, by: User) -> Attachment:
    return Attachment.objects.create(
        owner_type="enterprises.enterprise", owner_id=owner.pk, file=ContentFile(b"x", "x.txt"), name="x.txt",
        content_type="text/plain", size=1, sha256="0" * 64, uploaded_by=by,
    )  # fmt: skip


# -- Rows -------------------------------------------------------------------------------------------------------------


def test_everything_that_hung_on_the_one_hangs_on_the_other(office, two) -> None:
    kept, lost = two
    district = make_district()
    staff, project = EnterpriseStaffFactory(enterprise=lost), make_project(enterprise=lost)
    contact, pool = ContactFactory(enterprise=lost), PoolFactory()
    lost.pools.add(pool)
    file = attach(lost, office)
    served = serve(district.cadre, lost)
    with time_machine.travel(sh(NOVEMBER)):
        visit = log_visit(by=district.cadre, enterprise=lost, visited_at=sh("2026-11-09 10:00"), met="厂长")
        issue = register(
            by=district.office, enterprise=lost, category=district.category, title="用电", text="扩容", channel="phone"
        )
    done = merge(survivor=kept, loser=lost, by=office)
    for row in (staff, project, contact, served, visit, issue):
        row.refresh_from_db()
        assert row.enterprise == kept
    file.refresh_from_db()
    assert (file.owner_id, list(kept.pools.all())) == (kept.pk, [pool])
    lost.refresh_from_db()
    assert (lost.merged_into, lost.is_active) == (kept, False)
    assert done.moved("issues.issue.enterprise")["moved"] == [issue.pk]


def test_the_trail_tells_it_at_both_ends(office, two) -> None:
    kept, lost = two
    done = merge(survivor=kept, loser=lost, by=office)
    unmerge(merge=done, by=office)
    acts = AuditRow.objects.filter(target_type="enterprises.enterprise").order_by("seq")
    assert list(acts.values_list("action", "target_id", "actor_id")) == [
        ("enterprises.merge", str(kept.pk), office.pk),
        ("enterprises.merged_into", str(lost.pk), office.pk),
        ("enterprises.unmerge", str(kept.pk), office.pk),
        ("enterprises.unmerge", str(lost.pk), office.pk),
    ]
    assert acts[0].data["other_name"] == lost.name


def test_the_history_of_the_lost_record_stays_with_it(office, two) -> None:
    kept, lost = two
    edit_enterprise(enterprise=lost, version=1, by=office, address="旧址")
    lost.refresh_from_db()
    merge(survivor=kept, loser=lost, by=office)
    assert AuditRow.objects.filter(action="enterprises.edit", target_id=str(lost.pk)).count() == 1


# -- Where both have one ----------------------------------------------------------------------------------------------


def test_of_two_primary_contacts_the_survivors_stays_primary(office, two) -> None:
    kept, lost = two
    ours, theirs = (ContactFactory(enterprise=one, is_primary=True) for one in two)
    done = merge(survivor=kept, loser=lost, by=office)
    theirs.refresh_from_db()
    ours.refresh_from_db()
    assert (ours.is_primary, theirs.is_primary, theirs.enterprise) == (True, False, kept)
    unmerge(merge=done, by=office)
    theirs.refresh_from_db()
    assert (theirs.is_primary, theirs.enterprise) == (True, lost)


def test_a_contact_known_to_both_is_not_doubled(office, two) -> None:
    kept, lost = two
    for one in two:
        ContactFactory(enterprise=one, name="王芳", phone="13812340217", is_primary=True)
    done = merge(survivor=kept, loser=lost, by=office)
    assert (kept.contacts.count(), lost.contacts.count()) == (1, 1)
    unmerge(merge=done, by=office)
    assert lost.contacts.get().is_primary


def test_a_pool_of_both_is_not_doubled(office, two) -> None:
    kept, lost = two
    both, theirs = PoolFactory(), PoolFactory()
    kept.pools.add(both)
    lost.pools.add(both, theirs)
    done = merge(survivor=kept, loser=lost, by=office)
    assert set(kept.pools.all()) == {both, theirs}
    unmerge(merge=done, by=office)
    assert (set(kept.pools.all()), set(lost.pools.all())) == ({both}, {both, theirs})


@time_machine.travel(sh(NOVEMBER))
def test_of_two_holders_the_survivors_goes_on_and_the_other_is_told(office, two) -> None:
    kept, lost = two
    mine, theirs = officer(), officer()
    serve(mine, kept)
    ended, other = serve(theirs, lost), serve(theirs, lost, Kind.LIAISON_CONTACT)
    done = merge(survivor=kept, loser=lost, by=office)
    ended.refresh_from_db()
    other.refresh_from_db()
    assert (ended.enterprise, ended.ended_on, ended.end_reason) == (
        kept,
        date(2026, 11, 10),
        "企业记录合并，由鸿达机械有限公司的现任接续",
    )
    assert (other.enterprise, other.ended_on) == (kept, None)
    notice = Notice.objects.get(recipient=theirs)
    assert "不再担任鸿达机械有限公司的服务专员" in notice.subject
    unmerge(merge=done, by=office)
    ended.refresh_from_db()
    assert (ended.enterprise, ended.ended_on, ended.end_reason) == (lost, None, "")


@time_machine.travel(sh(NOVEMBER))
def test_who_serves_both_goes_on_without_a_word(office, two) -> None:
    both = officer()
    for one in two:
        serve(both, one)
    merge(survivor=two[0], loser=two[1], by=office)
    assert Assignment.objects.active().get().enterprise == two[0]
    assert not Notice.objects.exists()


@time_machine.travel(sh(NOVEMBER), tick=False)
def test_of_two_duties_of_a_month_the_survivors_counts(office, two) -> None:
    kept, lost = two
    serve(officer(), kept)
    serve(officer(), lost)
    open_month(month=date(2026, 11, 1))
    duty = VisitDuty.objects.get(enterprise=lost)
    done = merge(survivor=kept, loser=lost, by=office)
    duty.refresh_from_db()
    assert (duty.enterprise, duty.cancelled_at) == (lost, timezone.now())
    assert Clock.objects.get(kind=KIND, owner_id=duty.pk).stopped_at is not None
    unmerge(merge=done, by=office)
    duty.refresh_from_db()
    assert duty.cancelled_at is None
    assert Clock.objects.get(kind=KIND, owner_id=duty.pk).stopped_at is None


def test_a_duty_that_fell_due_meanwhile_is_not_owed_again(office, two) -> None:
    kept, lost = two
    serve(officer(), kept)
    serve(officer(), lost)
    with time_machine.travel(sh("2026-11-20 10:00")):
        open_month(month=date(2026, 11, 1))
        done = merge(survivor=kept, loser=lost, by=office)
    with time_machine.travel(sh("2026-12-03 10:00")):
        undone = unmerge(merge=done, by=office)
    duty = VisitDuty.objects.get(enterprise=lost)
    assert duty.cancelled_at is not None
    assert Clock.objects.get(kind=KIND, owner_id=duty.pk).stopped_at is not None
    assert len(undone.undo_left) == 1


@time_machine.travel(sh(NOVEMBER))
def test_a_duty_that_moves_is_the_survivors_officers(office, two) -> None:
    kept, lost = two
    mine, theirs = officer(), officer()
    serve(theirs, lost)
    open_month(month=date(2026, 11, 1))
    serve(mine, kept)
    done = merge(survivor=kept, loser=lost, by=office)
    duty = VisitDuty.objects.get()
    assert (duty.enterprise, duty.officer, duty.cancelled_at) == (kept, mine, None)
    unmerge(merge=done, by=office)
    duty.refresh_from_db()
    assert (duty.enterprise, duty.officer) == (lost, theirs)


@time_machine.travel(sh(NOVEMBER))
def test_a_visit_that_moves_does_the_survivors_duty_until_it_moves_back(office, two) -> None:
    kept, lost = two
    mine, theirs = officer(), officer()
    serve(mine, kept)
    serve(theirs, lost)
    open_month(month=date(2026, 11, 1))
    visit = log_visit(by=theirs, enterprise=lost, visited_at=sh("2026-11-09 09:00"), met="厂长")
    ours, its = VisitDuty.objects.get(enterprise=kept), VisitDuty.objects.get(enterprise=lost)
    done = merge(survivor=kept, loser=lost, by=office)
    ours.refresh_from_db()
    assert ours.visit == visit
    unmerge(merge=done, by=office)
    ours.refresh_from_db()
    its.refresh_from_db()
    assert (ours.visit, ours.done_at, its.visit) == (None, None, visit)
    assert Clock.objects.get(kind=KIND, owner_id=ours.pk).stopped_at is None


# -- Facts ------------------------------------------------------------------------------------------------------------


def test_the_clerk_chooses_fact_by_fact(office) -> None:
    kept = EnterpriseFactory(name="甲", address="东路 1 号", tier="general", registered_capital=100)
    lost = EnterpriseFactory(
        name="乙", address="西路 2 号", tier="key", registered_capital=200, capital_currency="美元"
    )
    done = merge(survivor=kept, loser=lost, by=office, take=["tier", "registered_capital"])
    kept.refresh_from_db()
    assert (kept.address, kept.tier, kept.registered_capital, kept.capital_currency) == (
        "东路 1 号",
        "key",
        200,
        "美元",
    )
    assert kept.version == 2
    unmerge(merge=done, by=office)
    kept.refresh_from_db()
    assert (kept.tier, kept.registered_capital, kept.capital_currency, kept.version) == ("general", 100, "", 3)


def test_name_and_code_are_exchanged_so_that_both_still_lead_there(office) -> None:
    kept = EnterpriseFactory(name="甲", credit_code="9136011100000000X1", code_doubtful=True)
    lost = EnterpriseFactory(name="乙", credit_code=sound_code(7))
    done = merge(survivor=kept, loser=lost, by=office, take=["name", "credit_code"])
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.name, kept.credit_code, kept.code_doubtful) == ("乙", sound_code(7), False)
    assert (lost.name, lost.credit_code, lost.code_doubtful) == ("甲", "9136011100000000X1", True)
    unmerge(merge=done, by=office)
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.name, kept.credit_code, kept.code_doubtful) == ("甲", "9136011100000000X1", True)
    assert (lost.name, lost.credit_code, lost.code_doubtful) == ("乙", sound_code(7), False)


def test_further_columns_of_both_rosters_are_kept(office) -> None:
    kept = EnterpriseFactory(extra={"电话区号": "0791", "备注": "甲"})
    lost = EnterpriseFactory(extra={"备注": "乙", "纳税等级": "A"})
    done = merge(survivor=kept, loser=lost, by=office)
    kept.refresh_from_db()
    assert kept.extra == {"电话区号": "0791", "备注": "甲", "纳税等级": "A"}
    unmerge(merge=done, by=office)
    kept.refresh_from_db()
    assert kept.extra == {"电话区号": "0791", "备注": "甲"}


# -- What forbids -----------------------------------------------------------------------------------------------------


def test_not_with_itself(office) -> None:
    one = EnterpriseFactory()
    with pytest.raises(Refused, match="与自己"):
        merge(survivor=one, loser=one, by=office)


@pytest.mark.parametrize("side", [0, 1])
def test_a_record_changed_since_it_was_read_is_stale(office, two, side) -> None:
    edit_enterprise(enterprise=two[side], version=1, by=office, address="新址")
    with pytest.raises(Stale) as stale:
        merge(survivor=two[0], loser=two[1], by=office, versions=(1, 1))
    assert stale.value.current == two[side]
    assert not Merge.objects.exists()


def test_what_was_merged_is_not_merged_again(office, two) -> None:
    kept, lost = two
    merge(survivor=kept, loser=lost, by=office)
    other = EnterpriseFactory()
    for pair in ({"survivor": other, "loser": lost}, {"survivor": lost, "loser": other}):
        with pytest.raises(Refused, match="已并入鸿达机械有限公司"):
            merge(**pair, by=office)


# -- Undo -------------------------------------------------------------------------------------------------------------


def test_what_was_added_since_stays_with_the_survivor(office, two) -> None:
    kept, lost = two
    moved = ContactFactory(enterprise=lost)
    done = merge(survivor=kept, loser=lost, by=office)
    added = add_contact(enterprise=kept, by=office, name="新联系人", phone="13900000000")
    undone = unmerge(merge=done, by=office)
    moved.refresh_from_db()
    added.refresh_from_db()
    assert (moved.enterprise, added.enterprise) == (lost, kept)
    assert (undone.undone_by, undone.undo_left) == (office, [])
    lost.refresh_from_db()
    assert (lost.merged_into, lost.is_active) == (None, True)


def test_what_was_changed_since_is_left_and_named(office, two) -> None:
    kept, lost = two
    project, contact = make_project(enterprise=lost), ContactFactory(enterprise=lost)
    done = merge(survivor=kept, loser=lost, by=office, take=["name"])
    elsewhere = EnterpriseFactory()
    type(project).objects.filter(pk=project.pk).update(enterprise=elsewhere)
    contact.delete()
    kept.refresh_from_db()
    edit_enterprise(enterprise=kept, version=2, by=office, name="第三个名字有限公司")
    undone = unmerge(merge=done, by=office)
    project.refresh_from_db()
    kept.refresh_from_db()
    assert (project.enterprise, kept.name) == (elsewhere, "第三个名字有限公司")
    assert undone.undo_left == [
        "项目:1 条合并后已删除或改到别处，未移回",
        "联系人:1 条合并后已删除或改到别处，未移回",
        "企业名称:合并后又改过，保留现值",
    ]


def test_a_contact_made_primary_since_stays_the_primary_one(office, two) -> None:
    kept, lost = two
    ContactFactory(enterprise=kept, is_primary=True)
    first, second = ContactFactory(enterprise=lost, is_primary=True), ContactFactory(enterprise=lost)
    done = merge(survivor=kept, loser=lost, by=office)
    kept.contacts.update(is_primary=False)
    Contact.objects.filter(pk=second.pk).update(is_primary=True)
    undone = unmerge(merge=done, by=office)
    assert list(lost.contacts.values_list("pk", "is_primary")) == [(second.pk, True), (first.pk, False)]
    assert len(undone.undo_left) == 1


def test_for_thirty_days(office, two) -> None:
    done = merge(survivor=two[0], loser=two[1], by=office)
    with time_machine.travel(done.at + timedelta(days=MERGE_UNDO_DAYS, seconds=1)), pytest.raises(Refused) as late:
        unmerge(merge=done, by=office)
    assert late.value.code == "too_late"
    with time_machine.travel(done.at + timedelta(days=MERGE_UNDO_DAYS, seconds=-1)):
        unmerge(merge=done, by=office)
    with pytest.raises(Refused, match="已经撤销过"):
        unmerge(merge=done, by=office)


def test_a_chain_is_taken_apart_from_its_end(office, two) -> None:
    kept, lost = two
    last = EnterpriseFactory(name="总部")
    first = merge(survivor=kept, loser=lost, by=office)
    second = merge(survivor=last, loser=kept, by=office)
    lost.refresh_from_db()
    assert lost.merged_into == last
    with pytest.raises(Refused, match="后来又并入了总部"):
        unmerge(merge=first, by=office)
    unmerge(merge=second, by=office)
    lost.refresh_from_db()
    assert lost.merged_into == kept
    unmerge(merge=first, by=office)
    lost.refresh_from_db()
    assert lost.merged_into is None


def test_a_code_that_somebody_else_has_by_now_forbids_the_undo(office, two) -> None:
    kept, lost = two
    code = lost.credit_code
    done = merge(survivor=kept, loser=lost, by=office, take=["credit_code"])
    kept.refresh_from_db()
    edit_enterprise(enterprise=kept, version=2, by=office, credit_code=sound_code(901))
    create_enterprise(by=office, credit_code=code, name="后来者")
    with pytest.raises(Refused, match="现在属于后来者"):
        unmerge(merge=done, by=office)
    lost.refresh_from_db()
    assert lost.merged_into == kept


def test_merged_again_after_an_undo(office, two) -> None:
    kept, lost = two
    ContactFactory(enterprise=lost)
    unmerge(merge=merge(survivor=kept, loser=lost, by=office), by=office)
    merge(survivor=kept, loser=lost, by=office)
    assert kept.contacts.count() == 1


# -- Writers that were quicker to read than the merge to write --------------------------------------------------------


def test_what_is_written_for_the_lost_record_reaches_the_survivor(office, two) -> None:
    kept, lost = two
    district = make_district()
    serve(district.cadre, lost)
    with time_machine.travel(sh(NOVEMBER)):
        merge(survivor=kept, loser=lost, by=office)  # `lost` in hand is as it was before
        contact = add_contact(enterprise=lost, by=office, name="赵工")
        visit = log_visit(by=district.cadre, enterprise=lost, visited_at=sh("2026-11-09 10:00"), met="厂长")
        issue = register(
            by=district.office, enterprise=lost, category=district.category, title="用电", text="扩容", channel="phone"
        )
    assert (contact.enterprise, visit.enterprise, issue.enterprise) == (kept, kept, kept)
    assert Issue.objects.get().enterprise == kept
    with pytest.raises(Refused, match="刚刚并入"):
        edit_enterprise(enterprise=lost, version=None, by=office, address="新址")
    with pytest.raises(Refused, match="刚刚并入"):
        assign(kind=Kind.SERVICE_OFFICER, target=lost, holder=district.cadre, by=office)


def test_the_code_of_a_merged_record_is_not_given_out_again(office, two) -> None:
    kept, lost = two
    merge(survivor=kept, loser=lost, by=office)
    with pytest.raises(Refused, match="它已并入鸿达机械有限公司"):
        create_enterprise(by=office, credit_code=lost.credit_code, name="又一家")
