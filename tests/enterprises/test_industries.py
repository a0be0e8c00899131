"""The classification of industries: complete, and found by what people write."""

import csv

import pytest

from enterprises.industries import SOURCE, IndustryIndex, industry_of, install
from enterprises.models import Industry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("industries")]


def test_the_whole_standard_is_installed() -> None:
    levels = [Industry.objects.filter(level=level).count() for level in (1, 2, 3, 4)]
    assert levels == [20, 97, 473, 1381]


def test_every_class_hangs_under_the_one_above() -> None:
    for one in Industry.objects.exclude(level=1).select_related("parent"):
        assert one.parent is not None
        assert one.parent.level < one.level
        assert one.code.startswith(one.parent.code)


def test_installing_again_changes_nothing() -> None:
    before = list(Industry.objects.values_list())
    install()
    assert list(Industry.objects.values_list()) == before


def test_installing_again_corrects_a_changed_name() -> None:
    Industry.objects.filter(code="C3976").update(name="?")
    install()
    assert Industry.objects.get(code="C3976").name == "光电子器件制造"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3976", "C3976"),
        ("C3976", "C3976"),
        ("c3976", "C3976"),
        (" C3976 光电子器件制造", "C3976"),
        ("光电子器件制造(3976)", "C3976"),
        ("光电子器件制造", "C3976"),
        ("39", "C39"),
        ("C", "C"),
        ("c", "C"),
        ("C 制造业", "C"),
        ("制造业", "C"),
        ("酒、饮料和精制茶制造业", "C15"),
    ],
)
def test_a_code_or_a_name_finds_the_class(text: str, code: str) -> None:
    found = industry_of(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("text", ["", "  ", "9999", "D3976", "X3976", "A股上市", "不存在的行业", "20261121"])
def test_nothing_is_guessed(text: str) -> None:
    assert industry_of(text) is None


def test_every_code_of_the_standard_finds_itself_with_and_without_its_letter() -> None:
    index = IndustryIndex()
    with SOURCE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert index.find(row["code"]).code == row["code"]  # type: ignore[union-attr]
            if len(row["code"]) > 1:
                assert index.find(row["code"][1:]).code == row["code"]  # type: ignore[union-attr]
