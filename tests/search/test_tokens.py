"""What text is looked up by, and how the matches are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.search.marks import marked, passage, pattern
from foundation.search.tokens import Term, fold, tokens_of, words_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def holds(tokens: list[str], term: Term) -> bool:
    return any(token.startswith(term.token) if term.prefix else token == term.token for token in tokens)


@given(TEXT, st.data())
def test_every_part_of_a_text_is_found_by_its_terms(text, data):
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    tokens = tokens_of(text)
    for word in words_of(part):
        assert all(holds(tokens, term) for term in word.terms), (text, word)


@given(TEXT)
def test_folding_keeps_every_character_in_its_place(text):
    assert len(fold(text)) == len(text)


@given(TEXT, TEXT)
def test_marking_adds_nothing_but_marks(text, question):
    said = str(marked(text, pattern(words_of(question)))).replace("<mark>", "").replace("</mark>", "")
    from html import unescape

    assert unescape(said) == unescape(str(marked(text, pattern([]))))


@pytest.mark.parametrize(
    "question, terms",
    [
        ("用工", [("用工", False)]),
        ("稀土矿", [("稀土", False), ("土矿", False)]),
        ("税", [("税", True)]),
        ("0012", [("0012", True)]),
        ("5G基站", [("5g", True), ("基站", False)]),
        ("２０２６", [("2026", True)]),
        ("%_'\\\"*", []),
    ],
)
def test_a_question_becomes_terms(question, terms):
    assert [term for word in words_of(question) for term in word.terms] == terms


def test_a_huge_text_stays_within_what_the_database_takes():
    import random

    text = "".join(chr(random.Random(7).randrange(0x4E00, 0x9FA5)) for _ in range(10)) + "".join(
        chr(0x4E00 + (n * 7919) % 20000) for n in range(400_000)
    )
    assert sum(len(token.encode()) + 2 for token in tokens_of(text)) < 1_000_000


def test_what_is_shown_is_escaped_and_marked():
    assert str(marked("<b>用工荒</b>", pattern(words_of("用工")))) == "&lt;b&gt;<mark>用工</mark>荒&lt;/b&gt;"
    assert str(passage("甲" * 100 + "用工" + "乙" * 100, pattern(words_of("用工")))).startswith("…甲")
    assert passage("别的", pattern(words_of("用工"))) is None
