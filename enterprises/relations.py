"""Which rows point at an enterprise, and what becomes of them when it is merged into another.

Every app declares its own relations in `ready()`; a relation that nobody declared forbids the merge as soon as it has
a row that would be left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import Field, Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise

LABEL = Enterprise._meta.label_lower
Changes = dict[str, list[Any]]  # {column: [before, after]} in plain JSON values


@dataclass
class Plan:
    """What is to become of the rows of one relation; whatever is not moved stays with the one merged away."""

    moved: list[Any] = field(default_factory=list)
    changed: dict[Any, Changes] = field(default_factory=dict)  # rows that change besides, moved or not
    stayed: list[Any] = field(default_factory=list)  # only those that would have moved but for a twin


class Moves:
    """All rows go to the survivor. The other rules are kinds of this one."""

    stays = False
    hint: str | Promise = ""  # what happens where both have one

    def plan(self, relation: Relation, survivor: Enterprise, loser: Enterprise) -> Plan:
        """What this rule makes of the rows that point at the loser."""
        return Plan(moved=list(relation.rows(loser).values_list("pk", flat=True)))

    def may_restore(self, row: Model) -> bool:
        """Whether an undo may still give this row the values it had."""
        return True


class Stays(Moves):
    """The rows are the record's own past: they stay with it."""

    stays = True

    def plan(self, relation: Relation, survivor: Enterprise, loser: Enterprise) -> Plan:
        return Plan()


class MovesUnlessTwin(Moves):
    """Rows move, except those whose like the survivor has already."""

    hint = _("两边相同的不重复移动")

    def __init__(self, *fields: str) -> None:
        self.fields = fields

    def plan(self, relation: Relation, survivor: Enterprise, loser: Enterprise) -> Plan:
        known = set(relation.rows(survivor).values_list(*self.fields))
        plan = Plan()
        for pk, *values in relation.rows(loser).values_list("pk", *self.fields):
            (plan.stayed if tuple(values) in known else plan.moved).append(pk)
        return plan


class Contacts(MovesUnlessTwin):
    """People known to both are not doubled, and the survivor's primary contact remains the primary one."""

    hint = _("同名同号的不重复移动；首要联系人以保留的企业为准")

    def __init__(self) -> None:
        super().__init__("name", "phone")

    def plan(self, relation: Relation, survivor: Enterprise, loser: Enterprise) -> Plan:
        plan = super().plan(relation, survivor, loser)
        if relation.rows(survivor).filter(is_primary=True).exists():
            moved = relation.rows(loser).filter(pk__in=plan.moved, is_primary=True)
            plan.changed = {pk: {"is_primary": [True, False]} for pk in moved.values_list("pk", flat=True)}
        return plan


@dataclass(frozen=True)
class Relation:
    """A column by which rows of a model name an enterprise; with `type_field`, one that names any object."""

    model: type[Model]
    field: str
    type_field: str = ""
    said: str | Promise = ""  # what people call its rows, where the model's own name does not tell

    @property
    def key(self) -> str:
        return f"{self.model._meta.label_lower}.{self.field}"

    @property
    def column(self) -> str:
        """The attribute that holds the enterprise's number."""
        return self.model._meta.get_field(self.field).attname  # type: ignore[union-attr]

    @property
    def label(self) -> str:
        """What people call its rows; of a hidden many-to-many table, the name of the field that made it."""
        owner: Any = self.model._meta.auto_created
        if self.said:
            return str(self.said)
        if owner:
            for one in owner._meta.many_to_many:
                if one.remote_field.through is self.model:
                    return str(one.verbose_name)
        return str(self.model._meta.verbose_name)

    def rows(self, enterprise: Enterprise) -> QuerySet:
        """The rows that point at this enterprise."""
        wanted: dict[str, Any] = {self.column: enterprise.pk}
        if self.type_field:
            wanted[self.type_field] = LABEL
        return self.model._base_manager.filter(**wanted).order_by("pk")


_rules: dict[str, tuple[Relation, Moves]] = {}
Follower = Callable[[Any, Any], None]
_followers: list[Follower] = []


def register(
    model: type[Model], name: str, rule: Moves | None = None, *, type_field: str = "", said: str | Promise = ""
) -> None:
    """Declare what becomes of the rows that point at an enterprise by this field; by default they move."""
    relation = Relation(model, name, type_field, said)
    _rules[relation.key] = (relation, rule or Moves())


def follow(follower: Follower) -> None:
    """Call `follower(merge, by)` when the rows of a merge were moved, and again when they were moved back."""
    if follower not in _followers:
        _followers.append(follower)


def declared() -> list[tuple[Relation, Moves]]:
    """The relations with their rules, in the order of declaration: that of the floors."""
    return list(_rules.values())


def followers() -> list[Follower]:
    return list(_followers)


def find(key: str) -> tuple[Relation, Moves] | None:
    return _rules.get(key)


def existing() -> Iterator[Relation]:
    """Every relation there is: foreign keys, hidden ones and many-to-many tables included, and type-and-id pairs."""
    for one in Enterprise._meta.get_fields(include_hidden=True):
        if one.auto_created and not one.concrete and (one.one_to_many or one.one_to_one):
            yield Relation(one.field.model, one.field.name)
    for model in apps.get_models(include_auto_created=True):
        names = {one.name for one in model._meta.concrete_fields if not one.is_relation}
        for name in sorted(names):
            stem = name.removesuffix("_type")
            if stem != name and f"{stem}_id" in names:
                yield Relation(model, f"{stem}_id", name)


def undeclared(enterprise: Enterprise) -> list[tuple[str, int]]:
    """(what, how many) of the rows that point at this enterprise by a relation that nobody declared."""
    unknown = [relation for relation in existing() if relation.key not in _rules]
    counted = [(relation.label, relation.rows(enterprise).count()) for relation in unknown]
    return [(label, count) for label, count in counted if count]


# -- Values that a merge keeps in JSON --------------------------------------------------------------------------------


def columns(model: type[Model]) -> dict[str, Field]:
    """{attribute: field} of what a row of this model holds itself."""
    return {one.attname: one for one in model._meta.concrete_fields}


def plain(value: Any) -> Any:
    """A column's value as JSON keeps it."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def restored(model: type[Model], attribute: str, kept: Any) -> Any:
    """The value that was kept."""
    return columns(model)[attribute].to_python(kept)
