"""What text is looked up by: pairs of neighbouring characters, and every ending of a Latin word or number.

Any two Chinese characters that stand together are found, whatever a dictionary thinks of them; a number is found by
any part of it, because that part begins one of its endings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

ENDING = 32  # characters of a Latin word or number that are looked up at once
ROOM = 900_000  # bytes of tokens of one text; PostgreSQL takes 1 MB
WORDS = 6  # words of a question that are read
WIDE = {0xFF01 + n: 0x21 + n for n in range(94) if chr(0x21 + n).isalnum()} | {0x3000: 0x20}
RUN = re.compile(r"(?P<latin>[0-9a-z]+)|(?P<other>[^\W_0-9a-z]+)")


class Term(NamedTuple):
    """A token that must be there, or one that begins with it."""

    token: str
    prefix: bool


class Word(NamedTuple):
    """A word of a question; `exact` when its terms say no more and no less than the word."""

    text: str
    terms: tuple[Term, ...]

    @property
    def exact(self) -> bool:
        return len(self.terms) == 1 and self.terms[0].token == self.text


def narrow(text: str) -> str:
    """Full-width letters and digits as plain ones, and no NUL; nothing else changes its place."""
    return text.replace("\x00", " ").translate(WIDE)


def fold(text: str) -> str:
    """The text in small plain letters, each character in its place."""
    text = narrow(text)
    small = text.lower()
    return small if len(small) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def tokens_of(text: str) -> list[str]:
    """The tokens of a text, each once."""
    found: dict[str, None] = {}
    room = ROOM
    for token in _tokens(fold(text)):
        if token not in found:
            room -= len(token.encode(errors="replace")) + 3
            if room < 0:
                break
            found[token] = None
    return list(found)


def _tokens(text: str) -> Iterator[str]:
    for run in RUN.finditer(text):
        said = run[0]
        if run["latin"]:
            yield from (said[at : at + ENDING] for at in range(len(said)))
        else:
            yield from (said[at : at + 2] for at in range(len(said)))


def words_of(question: str) -> list[Word]:
    """The words of a question that can be looked up."""
    words = (Word(text, tuple(_terms(text))) for text in fold(question).split()[:WORDS])
    return [word for word in words if word.terms]


def _terms(text: str) -> Iterator[Term]:
    for run in RUN.finditer(text):
        said = run[0]
        if run["latin"] or len(said) == 1:
            yield Term(said[:ENDING], prefix=True)
        else:
            yield from (Term(said[at : at + 2], prefix=False) for at in range(len(said) - 1))
