"""Changing the rules: always a new version, so that cases under way keep the limits they started with."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit.actions import record
from foundation.clocks.actions import save_ladder
from foundation.clocks.models import Ladder
from issues.actions.base import cleaned
from issues.limits.audiences import AUDIENCES
from issues.limits.timing import CONFIRM_LADDER, LADDER
from issues.models import Category, CategoryRule

LIMITS = ("accept_days", "reply_days", "resolve_days", "confirm_days", "extension_limit")
STEPS = (
    "yellow_days", "short_limit", "short_yellow_days", "escalate_after", "tell_yellow", "tell_red", "tell_escalated",
)  # fmt: skip
FACTS = ("name", "hint", "default_department", "sort_order", "is_active")
MOST_DAYS = 250  # working days: a year
LADDERS = (LADDER, CONFIRM_LADDER)


@transaction.atomic
def change_rule(*, category: Category, by: User, version: int | None = None, **limits: int) -> CategoryRule:
    """The next version of a category's rule; what is not given stays. `version` is that of the rule seen."""
    _check_may(by)
    Category.objects.select_for_update().get(pk=category.pk)
    last = _current_rule(category)
    if last and version is not None and version != last.version:
        raise Stale(last)
    before = _limits_of(last) if last else {}
    after = before | _checked(limits)
    if last and after == before:
        return last
    return _new_version(category, after, last.ladder if last else Ladder.current(LADDER), last, by)


def _new_version(
    category: Category, limits: dict[str, int], ladder: Ladder, last: CategoryRule | None, by: User
) -> CategoryRule:
    number = last.version + 1 if last else 1
    rule = CategoryRule.objects.create(category=category, version=number, ladder=ladder, created_by=by, **limits)
    record(action="issues.change_rule", target=rule, by=by, version=number, ladder=str(ladder), **limits)
    return rule


def _checked(limits: dict[str, int]) -> dict[str, int]:
    """The limits, refused where unknown or out of range."""
    if unknown := set(limits) - set(LIMITS):
        raise Refused(
            _("时限规则没有这些字段:%(names)s。") % {"names": "、".join(sorted(unknown))}, code="invalid_field"
        )
    for name, days in limits.items():
        least = 0 if name == "extension_limit" else 1
        if not isinstance(days, int) or not least <= days <= MOST_DAYS:
            raise Refused(
                _("“%(name)s”须为 %(least)d 至 %(most)d 个工作日。")
                % {
                    "name": CategoryRule._meta.get_field(name).verbose_name,
                    "least": least,
                    "most": MOST_DAYS,
                },
                code="invalid_days",
            )
    return limits


@transaction.atomic
def change_ladder(*, by: User, key: str = LADDER, version: int | None = None, **rule: Any) -> Ladder:
    """The next version of a ladder, and of every category rule that stands on it."""
    _check_may(by)
    if key not in LADDERS:
        raise Refused(_("没有这个预警规则。"), code="invalid_ladder")
    last = Ladder.current(key)
    if version is not None and version != last.version:
        raise Stale(last)
    _check_audiences(rule)
    ladder = save_ladder(key=key, name=last.name, by=by, **rule)
    if ladder.pk != last.pk:
        for category in Category.objects.select_for_update().order_by("pk"):
            current = _current_rule(category)
            if current and current.ladder.key == key:
                _new_version(category, _limits_of(current), ladder, current, by)
    return ladder


@transaction.atomic
def set_own_ladder(*, category: Category, by: User, version: int | None = None, **rule: Any) -> CategoryRule:
    """Warn about one category by a ladder of its own; what is not given stays as it was warned about so far."""
    _check_may(by)
    _check_audiences(rule)
    last = _locked_rule(category, version)
    steps = {name: getattr(last.ladder, name) for name in STEPS} | rule
    ladder = save_ladder(key=own_key(category), name=category.name, by=by, **steps)
    return last if ladder.pk == last.ladder_id else _new_version(category, _limits_of(last), ladder, last, by)


@transaction.atomic
def share_ladder(*, category: Category, by: User) -> CategoryRule:
    """Warn about a category by the ladder all share again."""
    _check_may(by)
    last = _locked_rule(category, None)
    shared = Ladder.current(LADDER)
    return last if last.ladder_id == shared.pk else _new_version(category, _limits_of(last), shared, last, by)


def own_key(category: Category) -> str:
    """The key of a category's own ladder."""
    return f"{LADDER}/{category.code}"


def _locked_rule(category: Category, version: int | None) -> CategoryRule:
    Category.objects.select_for_update().get(pk=category.pk)
    last = _current_rule(category)
    if last is None:
        raise Refused(_("请先设定“%(name)s”的时限。") % {"name": category.name}, code="missing_rule")
    if version is not None and version != last.version:
        raise Stale(last)
    return last


def _current_rule(category: Category) -> CategoryRule | None:
    return CategoryRule.objects.filter(category=category).select_related("ladder").first()


def _limits_of(rule: CategoryRule) -> dict[str, int]:
    return {name: getattr(rule, name) for name in LIMITS}


def _check_audiences(rule: dict[str, Any]) -> None:
    named = {key for name in ("tell_yellow", "tell_red", "tell_escalated") for key in rule.get(name) or ()}
    if unknown := named - set(AUDIENCES):
        raise Refused(
            _("没有这样的告知对象:%(names)s。") % {"names": "、".join(sorted(unknown))}, code="invalid_audience"
        )


@transaction.atomic
def save_category(*, category: Category, by: User, version: int | None = None, **facts: Any) -> Category:
    """Change a category's name, hint, default department, order or use."""
    _check_may(by)
    current = Category.objects.select_for_update().get(pk=category.pk)
    if version is not None and version != current.version:
        raise Stale(current)
    if unknown := set(facts) - set(FACTS):
        raise Refused(_("类别没有这些字段:%(names)s。") % {"names": "、".join(sorted(unknown))}, code="invalid_field")
    if "name" in facts:
        facts["name"] = cleaned(facts["name"], label=_("名称"), limit=30)
    if "hint" in facts:
        facts["hint"] = cleaned(facts["hint"], label=_("说明"), limit=120, needed=False)
    if "name" in facts and Category.objects.exclude(pk=current.pk).filter(name=facts["name"]).exists():
        raise Refused(_("已有同名的类别,请换一个名称。"), code="invalid_name")
    for name, value in facts.items():
        setattr(current, name, value)
    current.version += 1
    current.save(update_fields=[*facts, "version"])
    changes = {name: str(value) for name, value in facts.items()}
    record(action="issues.save_category", target=current, by=by, changes=changes)
    return current


def _check_may(by: User) -> None:
    if not by.may(Permission.RULE_EDIT):
        raise Refused(_("您不能修改规则,请联系企业服务办公室。"), code="not_allowed")
