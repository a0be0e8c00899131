"""Making two records of one enterprise one, and taking that back for a month."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import facts, relations
from enterprises.models import DuplicatePair, Enterprise, Merge, NotDuplicate
from enterprises.relations import Changes, Moves, Relation, columns, plain, restored
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.audit.actions import record

MERGE_UNDO_DAYS = 30
Moved = dict[str, Any]  # {relation, moved: [pk], changed: [[pk, {column: [before, after]}]], stayed: [pk]}


@transaction.atomic
def merge(
    *,
    survivor: Enterprise,
    loser: Enterprise,
    by: User,
    take: Collection[str] = (),
    versions: tuple[int, int] | None = None,
) -> Merge:
    """Make `loser` part of `survivor`: its rows move, its record stays behind and leads to the survivor.

    `take` names the facts (keys of facts.CHOICES) whose value the loser gives. Refused where something points at the
    loser of which nobody said what becomes of it; Stale where one of the two was changed since `versions`.
    """
    kept, lost = _lock(survivor.pk, loser.pk)
    _refuse_unfit(kept, lost)
    for current, version in zip((kept, lost), versions or (None, None), strict=True):
        if version is not None and current.version != version:
            raise Stale(current)
    _refuse_unknown(lost)
    moves = [_move(relation, rule, kept, lost) for relation, rule in relations.declared() if not rule.stays]
    joined = facts.join(kept, lost, take)
    facts.save_both(kept, lost)
    done = Merge.objects.create(
        survivor=kept, loser=lost, at=timezone.now(), by=by, kept=joined.kept, lost=joined.lost, moves=moves
    )
    DuplicatePair.objects.filter(first=lost).delete()
    DuplicatePair.objects.filter(second=lost).delete()
    for follower in relations.followers():
        follower(done, by)
    _record("enterprises.merge", "enterprises.merged_into", done, by)
    return done


@transaction.atomic
def unmerge(*, merge: Merge, by: User) -> Merge:
    """Take a merge back within MERGE_UNDO_DAYS: rows and facts as they were, except what was changed since."""
    survivor, loser = _lock(merge.survivor_id, merge.loser_id)
    done = Merge.objects.select_for_update().get(pk=merge.pk)
    _refuse_late(done, survivor)
    left = [
        f"{relation.label}:{text}"
        for moved in reversed(done.moves)
        if (found := relations.find(moved["relation"]))
        for relation in [found[0]]
        for text in _move_back(*found, moved, survivor, loser)
    ]
    fields = columns(Enterprise)
    left += [
        _("%(field)s:合并后又改过，保留现值") % {"field": fields[name].verbose_name}
        for name in facts.part(survivor, loser, done.kept, done.lost)
    ]
    facts.save_both(survivor, loser)
    done.survivor, done.loser = survivor, loser
    done.undone_at, done.undone_by, done.undo_left = timezone.now(), by, left
    done.save(update_fields=["undone_at", "undone_by", "undo_left"])
    for follower in relations.followers():
        follower(done, by)
    _record("enterprises.unmerge", "enterprises.unmerge", done, by)
    return done


def undoable_until(merge: Merge) -> Any:
    """The instant until which a merge may be taken back."""
    return merge.at + timedelta(days=MERGE_UNDO_DAYS)


@transaction.atomic
def declare_different(*, one: Enterprise, other: Enterprise, by: User) -> NotDuplicate:
    """Two enterprises are not one: they are not suspected again."""
    first, second = _lock(min(one.pk, other.pk), max(one.pk, other.pk))
    _refuse_unfit(first, second)
    known, made = NotDuplicate.objects.get_or_create(
        first=first, second=second, defaults={"at": timezone.now(), "by": by}
    )
    if made:
        record(action="enterprises.declare_different", target=first, by=by, other=second.pk, name=second.name)
    return known


@transaction.atomic
def suspect_again(*, pair: NotDuplicate, by: User) -> None:
    """The two may be one after all."""
    first = pair.first
    if NotDuplicate.objects.filter(pk=pair.pk).delete()[0]:
        record(action="enterprises.suspect_again", target=first, by=by, other=pair.second_id, name=pair.second.name)


# -- What forbids -----------------------------------------------------------------------------------------------------


def _lock(one: int, other: int) -> tuple[Enterprise, Enterprise]:
    """Both rows, locked in the order of their numbers, returned in the order asked for."""
    found = {
        row.pk: row for row in Enterprise._base_manager.select_for_update().filter(pk__in=[one, other]).order_by("pk")
    }
    return found[one], found[other]


def _refuse_unfit(one: Enterprise, other: Enterprise) -> None:
    if one.pk == other.pk:
        raise Refused(_("同一条记录不能与自己合并，请另选一家企业。"), code="same_enterprise")
    for row in (one, other):
        if row.merged_into_id:
            raise Refused(
                _("%(name)s已并入%(into)s，请从那一家的页面操作。") % {"name": row.name, "into": row.merged_into},
                code="already_merged",
            )


def _refuse_unknown(loser: Enterprise) -> None:
    if unknown := relations.undeclared(loser):
        raise Refused(
            _("%(name)s名下有%(what)s，系统没有规定合并时怎样处理，为免遗失没有合并。请把这句话告诉系统管理员。")
            % {
                "name": loser.name,
                "what": "、".join(_("“%(kind)s”%(n)d 条") % {"kind": label, "n": count} for label, count in unknown),
            },
            code="unknown_relation",
        )


def _refuse_late(merge: Merge, survivor: Enterprise) -> None:
    if merge.undone_at:
        raise Refused(_("这次合并已经撤销过了。"), code="already_undone")
    if survivor.merged_into_id:
        raise Refused(
            _("%(name)s后来又并入了%(into)s，请先撤销那一次合并。")
            % {"name": survivor.name, "into": survivor.merged_into},
            code="merged_again",
        )
    if timezone.now() > undoable_until(merge):
        raise Refused(
            _("合并已超过 %(days)d 天，不能再撤销。如确有错误，请重新登记企业并逐项调整。") % {"days": MERGE_UNDO_DAYS},
            code="too_late",
        )


# -- Rows -------------------------------------------------------------------------------------------------------------


def _move(relation: Relation, rule: Moves, survivor: Enterprise, loser: Enterprise) -> Moved:
    """Move the rows of one relation by its rule. Besides first, so that no two primary ones ever stand together."""
    _hold(relation.rows(loser))
    plan = rule.plan(relation, survivor, loser)
    for pk, changes in plan.changed.items():
        _set(relation, pk, changes, 1)
    relation.model._base_manager.filter(pk__in=plan.moved).update(**{relation.column: survivor.pk})
    return {
        "relation": relation.key,
        "moved": plan.moved,
        "changed": [[pk, changes] for pk, changes in plan.changed.items()],
        "stayed": plan.stayed,
    }


def _move_back(relation: Relation, rule: Moves, moved: Moved, survivor: Enterprise, loser: Enterprise) -> list[str]:
    """Move rows back and give them the values they had; returns, in words, what had to be left."""
    manager = relation.model._base_manager
    ours = relation.rows(survivor).filter(pk__in=moved["moved"])
    _hold(ours)
    try:
        with transaction.atomic():
            back = ours.order_by().update(**{relation.column: loser.pk})
    except IntegrityError as error:
        raise Refused(
            _("“%(kind)s”中有记录与合并后的改动冲突，不能移回，因此没有撤销。") % {"kind": relation.label},
            code="undo_conflict",
        ) from error
    left = []
    if gone := len(moved["moved"]) - back:
        left.append(_("%(n)d 条合并后已删除或改到别处，未移回") % {"n": gone})
    for pk, changes in moved["changed"]:
        row = manager.filter(pk=pk).first()
        if row is not None and not _restore(relation, rule, row, changes):
            left.append(_("%(row)s合并后有变动，保留现状") % {"row": row})
    return left


def _restore(relation: Relation, rule: Moves, row: Any, changes: Changes) -> bool:
    """Give a row its former values where it still has those that the merge gave it."""
    if any(plain(getattr(row, name)) != after for name, (_before, after) in changes.items()):
        return False
    if not rule.may_restore(row):
        return False
    try:
        with transaction.atomic():
            _set(relation, row.pk, changes, 0)
    except IntegrityError:
        return False
    return True


def _set(relation: Relation, pk: Any, changes: Changes, side: int) -> None:
    """Write one side of the changes, and count up the version of rows that people edit."""
    values: dict[str, Any] = {name: restored(relation.model, name, both[side]) for name, both in changes.items()}
    if "version" in columns(relation.model):
        values["version"] = F("version") + 1
    relation.model._base_manager.filter(pk=pk).update(**values)


def _hold(rows: Any) -> None:
    """Lock the rows; whoever holds one of them may be waiting for the enterprise, so that waiting could be for ever."""
    try:
        list(rows.select_for_update(nowait=True).values_list("pk", flat=True))
    except OperationalError as error:
        raise Refused(_("有人正在修改这家企业名下的记录，请稍后再试一次。"), code="busy") from error


def _record(action: str, of_loser: str, merge: Merge, by: User) -> None:
    """Both ends of what was done, each in its own trail."""
    counts = {moved["relation"]: len(moved["moved"]) for moved in merge.moves if moved["moved"]}
    record(
        action=action,
        target=merge.survivor,
        by=by,
        merge=merge.pk,
        other=merge.loser_id,
        other_name=merge.lost["name"],
        other_code=merge.lost["credit_code"],
        changes=merge.kept,
        moved=counts,
        left=merge.undo_left,
    )
    record(action=of_loser, target=merge.loser, by=by, merge=merge.pk, other=merge.survivor_id)
