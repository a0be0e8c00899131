"""Which enterprises may be one and the same. Pure: facts in, pairs out.

Twenty thousand are compared in seconds because only those are that share a key: a code as it looks, a folded name, a
name with one sign left out, a telephone number, or a representative at an address.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from pypinyin import lazy_pinyin

from foundation.imports.values import folded, match_key

# Key → (words, how likely it alone makes the two one, in percent).
REASONS = {
    "code": (_("信用代码只差易混字符(0/O、1/I 等)"), 95),
    "organisation": (_("信用代码的组织机构代码段相同"), 90),
    "name": (_("名称相同(不计全角半角、括号)"), 90),
    "core": (_("去掉地名和公司类型后名称相同"), 80),
    "similar": (_("名称很相近,在同一镇街"), 65),
    "person": (_("法定代表人和地址都相同"), 60),
    "phone": (_("联系电话相同"), 50),
}
MANY = 6  # a number or an address that more share than these is a bookkeeper's or a building's, and says nothing
CROWD = 40  # names that more share than these are no names


class Facts(NamedTuple):
    """What is compared of one enterprise."""

    pk: int
    code: str
    name: str
    town: int | None = None
    person: str = ""
    address: str = ""
    phones: tuple[str, ...] = ()


class Suspects(NamedTuple):
    """Two enterprises in the order of their numbers, why they may be one, and how likely that is in percent."""

    first: int
    second: int
    reasons: list[str]
    score: int


def find(stock: Iterable[Facts]) -> list[Suspects]:
    """All pairs that there is a reason to suspect, the likeliest first."""
    facts = list(stock)
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for reason, pairs in (
        ("code", _sharing(facts, lambda one: [code_as_it_looks(one.code)], MANY)),
        ("organisation", _sharing(facts, lambda one: [organisation(one.code)], MANY)),
        ("name", _sharing(facts, lambda one: [_bare(one.name)], CROWD)),
        ("core", _sharing(facts, lambda one: [core(one.name)], CROWD, shortest=3)),
        ("similar", _similar(facts)),
        ("person", _sharing(facts, _person_at_address, MANY)),
        ("phone", _sharing(facts, lambda one: one.phones, MANY)),
    ):
        for one, other in pairs:
            found[min(one.pk, other.pk), max(one.pk, other.pk)].add(reason)
    suspects = [_judged(pair, reasons) for pair, reasons in found.items()]
    return sorted(suspects, key=lambda one: (-one.score, one.first, one.second))


def _judged(pair: tuple[int, int], reasons: set[str]) -> Suspects:
    """Reasons that say the same in weaker words are dropped; the others add up like independent witnesses."""
    if "code" in reasons:
        reasons = reasons - {"organisation"}
    if "name" in reasons:
        reasons = reasons - {"core", "similar"}
    if "core" in reasons:
        reasons = reasons - {"similar"}
    doubt = 1.0
    for reason in reasons:
        doubt *= 1 - REASONS[reason][1] / 100
    return Suspects(*pair, [reason for reason in REASONS if reason in reasons], min(99, round(100 - 100 * doubt)))


Two = tuple[Facts, Facts]


def _sharing(facts: Iterable[Facts], keys, most: int, *, shortest: int = 1) -> Iterator[Two]:
    """Those that share a key which at most `most` have."""
    groups: dict[str, list[Facts]] = defaultdict(list)
    for one in facts:
        for key in set(keys(one)):
            if len(key) >= shortest:
                groups[key].append(one)
    for group in groups.values():
        if 1 < len(group) <= most:
            yield from combinations(group, 2)


# -- Codes and numbers ------------------------------------------------------------------------------------------------

_LOOKS = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "S": "5", "Z": "2", " ": None, "-": None})
_PHONE = re.compile(r"\d{7,}")


def code_as_it_looks(code: str) -> str:
    """A code in which signs that people mistake for each other are one."""
    return folded(code).upper().translate(_LOOKS)


def organisation(code: str) -> str:
    """Characters 9 to 17: who it is, wherever and with whichever office it is registered; blank where there is none."""
    return code[8:17] if len(code) == 18 and code[8:17].strip("0") else ""


def phone_numbers(text: str) -> tuple[str, ...]:
    """The numbers in what somebody typed, without what separates area code, number and country."""
    joined = re.sub(r"(?<=\d)[-\s](?=\d)", "", folded(text))
    return tuple(number.removeprefix("86") if len(number) == 13 else number for number in _PHONE.findall(joined))


def _person_at_address(one: Facts) -> list[str]:
    person, address = match_key(one.person), match_key(one.address)
    return [f"{person}@{address}"] if len(person) > 1 and len(address) > 5 else []


# -- Names ------------------------------------------------------------------------------------------------------------

_SIGNS = re.compile(r"[()\[\]<>《》【】〔〕·.,、，。\"'“”‘’\-_/&]")
_KIND = re.compile(
    r"(有限责任公司|股份有限公司|有限公司|股份公司|集团公司|分公司|公司|合伙企业|有限合伙|普通合伙|个人独资企业|总厂|总公司)"
)
_HAN = "[\u4e00-\u9fff]"
_PLACE = re.compile(
    rf"^(?:中国)?(?:{_HAN}{{2,3}}?(?:省|自治区))?(?:{_HAN}{{2,3}}?市)?(?:{_HAN}{{2,4}}?[区县](?={_HAN}{{4}}))?"
)
_NUMBER = re.compile(r"[0-9一二三四五六七八九十百]+")
DIFFERENT = 0.88  # the share of signs in common (difflib) from which two names are very similar


def _bare(name: str) -> str:
    return _SIGNS.sub("", match_key(name))


def core(name: str) -> str:
    """What tells a name from others: without place, kind of company and signs; 南昌市鸿达机械有限公司 → 鸿达机械."""
    bare = _KIND.sub("", _bare(name))
    return _PLACE.sub("", bare, count=1) or bare


def _similar(facts: Iterable[Facts]) -> Iterator[Two]:
    """Very similar names in one town (or where a town is not known): found by leaving out one sign at a time."""
    groups: dict[str, list[tuple[Facts, str]]] = defaultdict(list)
    for one in facts:
        text = core(one.name)
        if len(text) >= 4:
            for key in {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}:
                groups[key].append((one, text))
    for group in groups.values():
        if 1 < len(group) <= CROWD:
            for (one, text), (other, its) in combinations(group, 2):
                if text != its and (one.town == other.town or not one.town or not other.town) and alike(text, its):
                    yield one, other


def alike(one: str, other: str) -> bool:
    """Whether two cores differ as a slip of the pen would make them differ, and not by a number."""
    if _NUMBER.findall(one) != _NUMBER.findall(other):
        return False
    if len(one) == len(other) and sorted(one) != sorted(other):
        return all(_sound(sign) == _sound(its) for sign, its in zip(one, other, strict=True) if sign != its)
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= DIFFERENT


@lru_cache(maxsize=8_192)
def _sound(sign: str) -> str:
    """How a sign is read: people write one for another that sounds alike."""
    return "".join(lazy_pinyin(sign))
