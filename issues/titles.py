"""A title for an appeal whose writer gave none: its first sentence, cut where a list can show it. Pure."""

from __future__ import annotations

import re

LONGEST = 40  # characters
SENTENCE = re.compile(r"[。!?!?;;\n\r]+")
PAUSE = re.compile(r"[,,、::\s]+")
GREETING = re.compile(r"^(尊敬的|各位)?(领导|老师|专班|同志)?(们)?(您好|你好|好)$")


def made_from(text: str) -> str:
    """The first sentence that says something; cut at a pause where it is too long. Empty for an empty text."""
    sentences = [part.strip() for part in SENTENCE.split(text) if part.strip()]
    said = next((part for part in sentences if not GREETING.match(PAUSE.sub("", part))), "")
    if len(said) <= LONGEST:
        return said
    pauses = [found.start() for found in PAUSE.finditer(said) if LONGEST // 3 <= found.start() <= LONGEST]
    return said[: pauses[-1]] if pauses else said[: LONGEST - 1] + "…"
