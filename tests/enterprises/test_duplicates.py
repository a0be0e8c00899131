"""Which enterprises are suspected of being one."""

from __future__ import annotations

import pytest

from enterprises.duplicates import Facts, Suspects, alike, code_as_it_looks, core, find, phone_numbers

ODD = ["", "公司", "（）", "有限公司", "9", "𠮷野家有限公司", " \u3000", "南昌市"]


def facts(**more: object) -> Facts:
    """Facts that have nothing in common with other such, but for what is given."""
    number = facts.number = getattr(facts, "number", 0) + 1  # type: ignore[attr-defined]
    given = {"pk": number, "code": f"91360111{number:09d}X", "name": f"{chr(0x5000 + 37 * number) * 3}厂", "town": 1}
    return Facts(**given | more)  # type: ignore[arg-type]


def reasons(one: dict, other: dict) -> list[str]:
    found = find([facts(**one), facts(**other)])
    return found[0].reasons if found else []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("鸿达机械(青岭)有限公司", "鸿达机械（青岭）有限公司"),
        ("ＡＢＣ电子有限公司", "abc 电子有限公司"),
        ("鸿达机械（青岭）有限公司", "鸿达机械青岭有限公司"),
    ],
)
def test_names_that_only_width_and_brackets_tell_apart(one, other) -> None:
    assert reasons({"name": one}, {"name": other, "town": 2}) == ["name"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("南昌市鸿达机械有限公司", "鸿达机械有限责任公司"),
        ("江西省南昌市青岭区鸿达机械制造有限公司", "鸿达机械制造厂有限公司"),
    ],
)
def test_names_without_place_and_kind_of_company(one, other) -> None:
    assert core(one) in ("鸿达机械", "鸿达机械制造")
    assert reasons({"name": one}, {"name": other}) in (["core"], ["similar"])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("鸿达机械", "宏达机械", True),  # a homophone
        ("鸿达精密机械制造", "鸿达精密机械造", True),  # a sign left out
        ("隆博服装设计", "隆之博服装设计", True),
        ("鸿达机械", "鸿运机械", False),  # another sign, another firm
        ("鸿达第一机械厂", "鸿达第二机械厂", False),  # a number
        ("鸿达1号店", "鸿达2号店", False),
    ],
)
def test_very_similar_names_are_suspected_in_one_town(one, other, same) -> None:
    assert alike(one, other) is same
    assert (reasons({"name": one}, {"name": other}) == ["similar"]) is same
    assert (reasons({"name": one}, {"name": other, "town": None}) == ["similar"]) is same
    assert reasons({"name": one}, {"name": other, "town": 2}) == []


def test_codes_that_look_alike_and_codes_of_one_organisation() -> None:
    assert code_as_it_looks("9136 0111-MAO1") == code_as_it_looks("91360111MA01")
    code = "91360111MA35K3RH8T"
    assert reasons({"code": code}, {"code": "9136O111MA35K3RH8T"}) == ["code"]
    assert reasons({"code": code}, {"code": "91360100MA35K3RH8X"}) == ["organisation"]
    assert reasons({"code": code[:15]}, {"code": code[:14] + "X"}) == []


@pytest.mark.parametrize(
    "text", ["079188123456", "0791-88123456", "0791 8812 3456", "８８０791-88123456 办公室", "(0791)88123456"]
)
def test_a_number_is_one_however_it_is_written(text) -> None:
    assert any("88123456" in number for number in phone_numbers(text))


def test_the_same_phone_or_the_same_person_at_the_same_address() -> None:
    phone = phone_numbers("13812340217、079188123456")
    assert reasons({"phones": phone}, {"phones": phone[:1]}) == ["phone"]
    at = {"person": "陈 鹏", "address": "东 路1号 3 栋"}
    assert reasons(at, {"person": "陈鹏", "address": "东路１号3栋"}) == ["person"]
    assert reasons(at, {"person": "李娜", "address": "东路1号3栋"}) == []
    assert reasons({"person": "", "address": "东路1号3栋"}, {"person": "", "address": "东路1号3栋"}) == []


def test_what_very_many_share_says_nothing() -> None:
    assert find([facts(phones=("13812340217",)) for _ in range(7)]) == []


def test_reasons_add_up_and_weaker_words_for_the_same_are_left_out() -> None:
    one = facts(name="鸿达机械有限公司", phones=("13812340217",), person="陈鹏", address="东路1号3栋")
    other = facts(name="鸿达机械(有限公司)", phones=("13812340217",), person="陈鹏", address="东路1号3栋")
    assert find([other, one]) == [Suspects(one.pk, other.pk, ["name", "person", "phone"], 98)]


def test_the_likeliest_come_first() -> None:
    code = "91360111MA35K3RH8T"
    stock = [facts(phones=("13812340217",)), facts(phones=("13812340217",)), facts(code=code), facts(code=code)]
    assert [one.reasons for one in find(stock)] == [["code"], ["phone"]]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_read_and_say_nothing(name) -> None:
    find([facts(name=name), facts(name=name), facts(name="鸿达机械有限公司")])
    assert reasons({"name": ""}, {"name": ""}) == []
