"""Which objects of the stock a new row may be about under another name or code. A resource says which fields tell.

Instead of comparing each text with each, what tells it from others (its core) is filed as it is and less one character:
those that may be alike meet in some such place, and only they are compared.
"""

from __future__ import annotations

import operator
import re
from collections import UserList, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext as _

from foundation.imports import lookups  # noqa: F401 - registers `any_of`
from foundation.imports.lines import Candidate
from foundation.imports.values import match_key

CHUNK = 1_000
MOST = 5  # candidates shown for a row
SHORTEST = 4  # characters of a core that may lack one


@dataclass(frozen=True)
class Resemblance:
    """The field whose texts are compared, and the field that must agree where they are merely alike.

    `core` takes from a text what tells it from others; `alike` compares two such cores.
    """

    field: str
    within: str = ""
    core: Callable[[str], str] = match_key
    alike: Callable[[str, str], bool] = operator.eq


class _Stocked(NamedTuple):
    pk: Any
    key: str
    text: str
    place: Any


def spellings(text: str) -> set[str]:
    """The ways in which brackets and gaps may have been written."""
    if not _VARYING.search(text):
        return {text}
    return {form.translate(width) for form in (text, text.replace(" ", "")) for width in ({}, _TO_WIDE, _TO_NARROW)}


_VARYING = re.compile(r"[()（） ]")
_TO_WIDE = str.maketrans("()", "（）")
_TO_NARROW = str.maketrans("（）", "()")


def find(resource: Any, rows: Sequence[dict[str, Any]], named: set[Any]) -> dict[int, list[Candidate]]:
    """{index of the row: candidates}; objects that other rows of the file are about (`named`) are none."""
    rule: Resemblance | None = resource.resemblance
    if rule is None or not rows:
        return {}
    found: dict[int, list[Candidate]] = defaultdict(list)
    for at, stocked, reason in (*_same(resource, rule, rows), *_alike(resource, rule, rows)):
        known = {one.pk for one in found[at]}
        if stocked.pk not in named and stocked.pk not in known and len(known) < MOST:
            found[at].append(Candidate(stocked.pk, stocked.key, stocked.text, reason))
    return {at: several for at, several in found.items() if several}


def _same(resource: Any, rule: Resemblance, rows: Sequence[dict[str, Any]]) -> Iterator[tuple[int, _Stocked, str]]:
    """Equal but for width, brackets, spaces and case."""
    asked = sorted({form for values in rows if values.get(rule.field) for form in spellings(values[rule.field])})
    source = resource.fields[rule.field].sources[0]
    named: list[_Stocked] = []
    for start in range(0, len(asked), CHUNK):
        part = resource.stock().filter(**{f"{source}__any_of": UserList(asked[start : start + CHUNK])})
        named += _stock(resource, rule, part)
    if not named:
        return
    by_text: dict[str, list[int]] = defaultdict(list)
    for at, values in enumerate(rows):
        if text := values.get(rule.field):
            by_text[match_key(text)].append(at)
    reason = _("名称相同，%(key)s不同") % {"key": resource.fields[resource.key].heading}
    for stocked in named:
        for at in by_text[match_key(stocked.text)]:
            yield at, stocked, reason


def _alike(resource: Any, rule: Resemblance, rows: Sequence[dict[str, Any]]) -> Iterator[tuple[int, _Stocked, str]]:
    """Of the same place, and one edit apart."""
    if not rule.within:
        return
    filed: dict[tuple[Any, str], list[tuple[int, str]]] = defaultdict(list)
    places = set()
    for at, values in enumerate(rows):
        place, text = values.get(rule.within), values.get(rule.field)
        if place is not None and text:
            core = rule.core(text)
            places.add(place)
            for form in _lacking_one(core):
                filed[place, form].append((at, core))
    if not places:
        return
    source = resource.fields[rule.within].sources[0]
    nearby = resource.stock().filter(**{f"{source}__in": sorted(places)}).order_by("pk")
    heading = resource.fields[rule.within].heading
    for stocked in _stock(resource, rule, nearby):
        core = rule.core(stocked.text)
        met = {pair for form in _lacking_one(core) for pair in filed.get((stocked.place, form), ())}
        for at, other in sorted(met):
            if rule.alike(core, other):
                yield at, stocked, _("同一%(place)s，名称相近") % {"place": heading}


def _stock(resource: Any, rule: Resemblance, part: models.QuerySet) -> Iterator[_Stocked]:
    names = [resource.key, rule.field, rule.within or rule.field]
    sources = [resource.fields[name].sources[0] for name in names]
    for pk, key, text, place in part.values_list("pk", *sources).iterator(chunk_size=2_000):
        yield _Stocked(pk, str(key or ""), text, place)


def _lacking_one(core: str) -> set[str]:
    """The core itself, and where it is long enough also without each of its characters."""
    if len(core) < SHORTEST:
        return {core}
    return {core, *(core[:at] + core[at + 1 :] for at in range(len(core)))}
