"""What the apps above register: their kinds of notices, and who may still see what one speaks of."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.accounts.permissions import Permission

# Of these ids (`Notice.concerns`), the ones this person may see now.
Sight = Callable[[User, Collection[int]], Collection[int]]


@dataclass(frozen=True)
class NoticeKind:
    """A kind that people can tell apart: `issue.warn_red` say; `issue` is what is left of the cases."""

    key: str
    label: str | Promise
    still_seen: Sight | None = None  # None: what it speaks of is the recipient's own, and is told come what may
    needs_ack: bool = False  # unless the office rules otherwise
    permission: Permission = Permission.SIGNED_IN  # who gets such notices at all, and so may choose


OTHER = NoticeKind("other", _("导入、导出等其他"))
_kinds: dict[str, NoticeKind] = {}


def register(*kinds: NoticeKind) -> None:
    """Add kinds; each key once."""
    for kind in kinds:
        if kind.key in _kinds:
            raise ValueError(f"notice kind {kind.key!r} is registered already")
        _kinds[kind.key] = kind


def everything() -> list[NoticeKind]:
    """All kinds in the order they came, what belongs to none last."""
    return [*_kinds.values(), OTHER]


def of(kind: str) -> NoticeKind:
    """The kind a notice belongs to: the longest registered one that its own begins with."""
    parts = kind.split(".")
    for count in range(len(parts), 0, -1):
        if found := _kinds.get(".".join(parts[:count])):
            return found
    return OTHER
