"""From objects to documents, by set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.utils import timezone

from foundation.attachments.models import Attachment
from foundation.search.kinds import Kind, Text
from foundation.search.models import Document
from foundation.search.tokens import narrow, tokens_of

LONGEST = 100_000  # characters of one document that are looked through
WRITTEN = ["object_id", "public", "internal", "public_tokens", "internal_tokens", "updated_at"]


def index(kind: Kind, ids: Collection[int]) -> int:
    """Write the documents of these objects as they stand; those that are gone lose theirs."""
    wanted = sorted(set(ids))
    texts = kind.texts(wanted)
    files = _files(kind, wanted)
    documents = [_document(kind, pk, texts[pk], files.get(pk, Text(""))) for pk in wanted if pk in texts]
    Document.objects.bulk_create(
        documents, batch_size=200, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN
    )
    gone = [kind.document(pk) for pk in wanted if pk not in texts]
    if gone:
        Document.objects.filter(pk__in=gone).delete()
    return len(wanted)


def _document(kind: Kind, pk: int, text: Text, files: Text) -> Document:
    public = narrow(text.public + files.public)[:LONGEST]
    internal = narrow(text.internal + files.internal)[:LONGEST]
    return Document(
        id=kind.document(pk),
        object_id=pk,
        public=public,
        internal=internal,
        public_tokens=_tokens(kind, public),
        internal_tokens=_tokens(kind, internal),
        updated_at=timezone.now(),
    )


def _tokens(kind: Kind, text: str) -> str:
    """Each token with its kind before it: how rare a word is differs from kind to kind, and the planner should know."""
    return " ".join(f"{kind.slot}{token}" for token in tokens_of(text))


def _files(kind: Kind, ids: Sequence[int]) -> dict[int, Text]:
    """Names and words of the files the objects own."""
    public: dict[Any, str] = defaultdict(str)
    internal: dict[Any, str] = defaultdict(str)
    rows = Attachment.objects.filter(owner_type=kind.model._meta.label_lower, owner_id__in=ids).order_by("pk")
    for owner, hidden, name, words in rows.values_list("owner_id", "internal", "name", "words__text"):
        (internal if hidden else public)[owner] += f"\n{name}\n{words or ''}"
    return {owner: Text(public[owner], internal[owner]) for owner in {*public, *internal}}
