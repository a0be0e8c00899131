"""Where the problems found on a visit go: the app above that keeps the ledger plugs itself in here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused


@dataclass(frozen=True)
class Problem:
    """One problem as the visitor wrote it down; `category_code` is one of `choices()`."""

    title: str
    text: str
    category_code: str


class Listed(NamedTuple):
    """What became of one problem, as the visit page shows it."""

    number: str
    title: str
    url: str
    status: str
    level: object = 0  # a key that the `level` template tag knows
    level_text: str = ""


class OpenCount(NamedTuple):
    """Open cases of an enterprise, and how many of them are red."""

    open: int = 0
    red: int = 0


class Take(Protocol):
    """Makes cases of problems inside the caller's transaction; returns (label, url) of each."""

    def __call__(self, *, visit: Any, problems: Sequence[Problem], by: Any) -> list[tuple[str, str]]: ...


@dataclass(frozen=True)
class Sink:
    """What the app above gives."""

    choices: Callable[[], list[tuple[str, str]]]
    take: Take
    listed: Callable[[Any, Any], list[Listed]]  # (visit, user): only what the user may see
    open_counts: Callable[[Iterable[int], Any], Mapping[int, OpenCount]] | None = None  # (enterprise ids, user)


_sink: Sink | None = None


def register_sink(
    *,
    choices: Callable[[], list[tuple[str, str]]],
    take: Take,
    listed: Callable[[Any, Any], list[Listed]],
    open_counts: Callable[[Iterable[int], Any], Mapping[int, OpenCount]] | None = None,
) -> Sink | None:
    """Plug in; call it from AppConfig.ready(). Returns what was plugged in before."""
    return replace_sink(Sink(choices, take, listed, open_counts))


def replace_sink(sink: Sink | None) -> Sink | None:
    """Put another sink, or none, in place; returns the one before."""
    global _sink
    before, _sink = _sink, sink
    return before


def accepts_problems() -> bool:
    """Whether anybody takes problems."""
    return _sink is not None


def choices() -> list[tuple[str, str]]:
    """The categories a problem can have: (code, label)."""
    return _sink.choices() if _sink else []


def take(*, visit: Any, problems: Sequence[Problem], by: Any) -> list[tuple[str, str]]:
    """Hand the problems up; with nobody there to take them they are refused, never dropped."""
    if not problems:
        return []
    if _sink is None:
        raise Refused(_("诉求台账未启用,问题无法登记。请去掉问题后再提交走访。"), code="no_ledger")
    return _sink.take(visit=visit, problems=problems, by=by)


def listed(visit: Any, user: Any) -> list[Listed]:
    """The cases that came of a visit, as far as the user may see them."""
    return _sink.listed(visit, user) if _sink else []


def open_counts(enterprise_ids: Iterable[int], user: Any) -> Mapping[int, OpenCount]:
    """Open cases by enterprise; those without any may be left out."""
    ids = list(enterprise_ids)
    return _sink.open_counts(ids, user) if _sink and _sink.open_counts and ids else {}
