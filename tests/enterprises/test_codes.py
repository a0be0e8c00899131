"""Credit codes as clerks type them."""

import csv

import pytest

from enterprises.codes import checked_code
from foundation.accounts.errors import Refused
from tests.enterprises.factories import sound_code
from tests.shared_data import shared_file

SOUND = sound_code(1)
DOUBTFUL = SOUND[:-1] + ("0" if SOUND[-1] != "0" else "1")


def wide(text: str) -> str:
    """The text in full-width characters."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


@pytest.mark.parametrize(
    "typed", [SOUND, SOUND.lower(), f" {SOUND} ", f"{SOUND[:6]} {SOUND[6:]}", wide(SOUND), f"{SOUND}\u00a0"]
)
def test_full_width_spaces_and_lower_case_are_normalised(typed: str) -> None:
    assert checked_code(typed) == (SOUND, False)


def test_a_wrong_check_character_wants_a_confirmation() -> None:
    with pytest.raises(Refused) as refusal:
        checked_code(DOUBTFUL)
    assert refusal.value.code == "invalid_check_character"
    assert checked_code(DOUBTFUL, accept_doubtful=True) == (DOUBTFUL, True)


@pytest.mark.parametrize(
    "typed", ["", "   ", "123", SOUND + "0", "O" + SOUND[1:], "91360111MAI234567X", "企业代码", "\x00"]
)
def test_what_cannot_be_a_code_is_refused_even_when_confirmed(typed: str) -> None:
    with pytest.raises(Refused):
        checked_code(typed, accept_doubtful=True)


def test_published_codes_are_taken() -> None:
    with shared_file("uscc/uscc_vectors.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["expected"] == "valid":
                assert checked_code(row["raw"]) == (row["normalised"], False)
