"""Showing why something was found: the words marked, and the passage they stand in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from foundation.search.tokens import Word, fold

BEFORE, AFTER = 24, 80  # characters shown around the first match


def pattern(words: Sequence[Word]) -> re.Pattern[str]:
    """Any of the words, the longest first."""
    texts = sorted({word.text for word in words}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, texts)) or r"(?!)")


def marked(text: str, wanted: re.Pattern[str]) -> SafeString:
    """The text with every match in <mark>."""
    pieces: list[str] = []
    end = 0
    for match in wanted.finditer(fold(text)):
        pieces += escape(text[end : match.start()]), "<mark>", escape(text[match.start() : match.end()]), "</mark>"
        end = match.end()
    return mark_safe("".join((*pieces, escape(text[end:]))))  # noqa: S308 - every piece of the text is escaped


def passage(text: str, wanted: re.Pattern[str]) -> SafeString | None:
    """A line around the first match, marked; None where there is none."""
    match = wanted.search(fold(text))
    if match is None:
        return None
    start, end = max(match.start() - BEFORE, 0), match.end() + AFTER
    cut = " ".join(text[start:end].split())
    return marked(f"{'…' if start else ''}{cut}{'…' if end < len(text) else ''}", wanted)
