"""What can be found: each app above registers its kinds, and this floor knows none of them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from foundation.accounts.permissions import Permission, Role

ROOM = 1 << 40  # numbers of one kind's documents


class Text(NamedTuple):
    """What is said of an object: the first line is its title; `internal` never reaches the enterprise's side."""

    public: str
    internal: str = ""


class Hit(NamedTuple):
    """An object as the page of results shows it."""

    pk: int
    title: str
    sub: str
    url: str


@dataclass(frozen=True)
class Kind:
    """One kind of object: who may look for it, what is said of it, how it is shown."""

    key: str
    slot: int  # its place among the kinds, for ever: documents are numbered by it
    label: str | Promise
    model: type[Model]
    permissions: tuple[Permission, ...]  # any of them
    texts: Callable[[Sequence[int]], Mapping[int, Text]]
    hits: Callable[[Any, Sequence[int]], Iterable[Hit]]
    number: str = ""  # the field that opens the object when it is typed in whole
    follows: Mapping[str, str] = field(default_factory=dict)  # model label: the field that points at it

    def document(self, pk: int) -> int:
        """The number of an object's document: kinds apart, newest last."""
        return self.slot * ROOM + pk

    def open_to(self, user: Any) -> bool:
        return any(user.may(permission) for permission in self.permissions)

    def open_whole_to(self, user: Any) -> bool:
        """Whether the person sees the whole district's."""
        return any(user.may(permission) for permission in self.model.objects.all().sees_all)  # type: ignore[attr-defined]

    def visible(self, user: Any) -> QuerySet:
        return self.model.objects.visible_to(user)  # type: ignore[attr-defined]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind findable."""
    assert 0 < kind.slot < 10, "one digit stands before every token"
    assert kind.slot not in {other.slot for other in _kinds.values() if other.key != kind.key}
    _kinds[kind.key] = kind


def all_kinds() -> list[Kind]:
    """In the order of their slots, which is that of the page."""
    return sorted(_kinds.values(), key=lambda kind: kind.slot)


def kinds_of(user: Any) -> list[Kind]:
    """Those this person may look for."""
    return [kind for kind in all_kinds() if kind.open_to(user)]


def reads_internal(user: Any) -> bool:
    """Whether what is internal counts for this person: never on the enterprise's side."""
    return not user.has_role(Role.ENTERPRISE)
