"""Many things told to one person at once: one message that names them, and each by itself where they are few."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from django.utils.translation import gettext as _

from foundation.notices.actions import Message

DIGEST_FROM = 10  # so many at once go into one message
NAMED = 20  # so many of them its text names
Reader = TypeVar("Reader")
Thing = TypeVar("Thing")


def gather(
    told: Mapping[Reader, Sequence[Thing]],
    *,
    one: Callable[[Reader, Thing], Message],
    many: Callable[[Reader, Sequence[Thing]], Message],
) -> Iterator[Message]:
    """The messages that tell every reader of their things."""
    for reader, things in told.items():
        if len(things) < DIGEST_FROM:
            yield from (one(reader, thing) for thing in things)
        else:
            yield many(reader, things)


def listed(lines: Iterable[str], count: int) -> str:
    """The text of a digest: the first lines, and how many there are where that is not all."""
    named = list(islice(lines, NAMED))
    if count > len(named):
        named.append(_("……共 %(count)d 件,点开可看全部。") % {"count": count})
    return "\n".join(named)
