"""Looking things up: always within what the person may see, by the rule of each object."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, BooleanField, F, Value
from django.db.models.expressions import RawSQL
from django.utils.safestring import SafeString

from foundation.search import marks
from foundation.search.kinds import Hit, Kind, reads_internal
from foundation.search.models import Document
from foundation.search.tokens import Word

NEWEST = 2000  # matches that are compared with what a person may see before it is done the other way round


@dataclass(frozen=True)
class Found:
    """A hit as the page shows it: marked, with the passage that tells why."""

    title: SafeString
    sub: str
    url: str
    passage: SafeString | None = None
    internal: bool = False  # the passage is


def direct(user: Any, kind: Kind, said: str) -> str:
    """The address of the object whose number this is, or nothing."""
    if not kind.number or not said.isascii() or not any(letter.isdigit() for letter in said):
        return ""
    rows = kind.visible(user).filter(**{kind.number: said.upper()})
    ids = list(rows.values_list("pk", flat=True)[:1])
    return next((hit.url for hit in kind.hits(user, ids)), "") if ids else ""


def ids_of(user: Any, kind: Kind, words: Sequence[Word], start: int, stop: int) -> list[int]:
    """The objects found, newest first, from one place to another."""
    visible = kind.visible(user)
    size = 4 * stop if kind.open_whole_to(user) else NEWEST
    rows = _matching(Document.objects.of(kind), kind, words, internal=reads_internal(user)).order_by("-pk")
    newest = list(rows.values_list("object_id", flat=True)[:size])
    seen = list(visible.filter(pk__in=newest).order_by("-pk").values_list("pk", flat=True)[:stop])
    if len(seen) < stop and len(newest) == size:  # the rest are older than that: begin with what the person may see
        numbers = visible.annotate(document=F("pk") + Value(kind.document(0), BigIntegerField())).values("document")
        seen = list(rows.filter(pk__in=numbers).values_list("object_id", flat=True)[:stop])
    return seen[start:]


def newest_with(kind: Kind, tokens: Sequence[str], most: int) -> list[int]:
    """The newest objects in whose public text one of these tokens stands, whoever may see them."""
    if not tokens:
        return []
    rows = Document.objects.of(kind)
    if connection.vendor == "postgresql":
        query = " | ".join(f"'{kind.slot}{token}'" for token in tokens)
        condition = RawSQL('"search_document"."public_tokens" @@ %s::tsquery', [query], output_field=BooleanField())
        rows = rows.filter(condition)  # type: ignore[arg-type]
    else:
        query = " OR ".join(f'"{kind.slot}{token}"' for token in tokens)
        rows = rows.filter(
            pk__in=RawSQL("SELECT rowid FROM search_fts WHERE search_fts MATCH %s", [f"{{public_tokens}} : ({query})"])
        )
    return list(rows.order_by("-pk").values_list("object_id", flat=True)[:most])


def shown(user: Any, kind: Kind, words: Sequence[Word], ids: Sequence[int]) -> list[Found]:
    """These objects as the page shows them, in this order."""
    if not ids:
        return []
    internal = reads_internal(user)
    columns = ("pk", "public", "internal") if internal else ("pk", "public")
    documents = {document.pk: document for document in _documents(kind, ids).only(*columns)}
    hits = {hit.pk: hit for hit in kind.hits(user, ids)}
    wanted = marks.pattern(words)
    return [_found(hits[pk], documents.get(kind.document(pk)), wanted, internal) for pk in ids if pk in hits]


def _documents(kind: Kind, ids: Sequence[int]) -> Any:
    return Document.objects.filter(pk__in=[kind.document(pk) for pk in ids])


def _found(hit: Hit, document: Document | None, wanted: re.Pattern[str], internal: bool) -> Found:
    title = marks.marked(hit.title, wanted)
    if document is None:
        return Found(title, hit.sub, hit.url)
    if said := marks.passage(document.public.partition("\n")[2], wanted):
        return Found(title, hit.sub, hit.url, said)
    said = marks.passage(document.internal, wanted) if internal else None
    return Found(title, hit.sub, hit.url, said, internal=said is not None)


# -- matching ---------------------------------------------------------------------------------------------------------


def _matching(rows: Any, kind: Kind, words: Sequence[Word], *, internal: bool) -> Any:
    """Every word in the public text, or also in the internal one."""
    by_index = _in_tsvector if connection.vendor == "postgresql" else _in_fts5
    for word in words:
        rows = by_index(rows, kind, word, internal)
        if not word.exact:  # its pairs may stand apart
            rows = rows.filter(_together(word, internal))
    return rows


def _together(word: Word, internal: bool) -> RawSQL:
    """The whole word in one of the texts. Not LIKE: the planner would take that for far rarer than it is here."""
    place = "strpos" if connection.vendor == "postgresql" else "instr"
    columns = ("public", "internal") if internal else ("public",)
    said = " OR ".join(f'{place}(lower("search_document"."{column}"), %s) > 0' for column in columns)
    return RawSQL(f"({said})", [word.text] * len(columns), output_field=BooleanField())  # noqa: S611


def _in_tsvector(rows: Any, kind: Kind, word: Word, internal: bool) -> Any:
    query = " & ".join(f"'{kind.slot}{term.token}'{':*' if term.prefix else ''}" for term in word.terms)
    columns = ("public_tokens", "internal_tokens") if internal else ("public_tokens",)
    said = " OR ".join(f'"search_document"."{column}" @@ %s::tsquery' for column in columns)
    return rows.filter(RawSQL(f"({said})", [query] * len(columns), output_field=BooleanField()))  # noqa: S611


def _in_fts5(rows: Any, kind: Kind, word: Word, internal: bool) -> Any:
    terms = " AND ".join(f'"{kind.slot}{term.token}"{" *" if term.prefix else ""}' for term in word.terms)
    columns = "" if internal else "{public_tokens} : "
    found = RawSQL("SELECT rowid FROM search_fts WHERE search_fts MATCH %s", [f"{columns}({terms})"])
    return rows.filter(pk__in=found)
