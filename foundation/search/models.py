"""The one full-text index: a document for each object that can be found, the text of files, how far the index is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from foundation.accounts.querysets import NOTHING, ScopedQuerySet
from foundation.attachments.models import Attachment
from foundation.search.kinds import ROOM, Kind, kinds_of


class TokensField(models.TextField):
    """Tokens, each once: a tsvector on PostgreSQL, words between spaces on SQLite, where FTS5 reads them.

    The database's own parser is not asked: what it takes for a letter depends on the locale of the server.
    """

    def db_type(self, connection: Any) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "array_to_tsvector(string_to_array(%s, ' '))" if connection.vendor == "postgresql" else "%s"

    def get_prep_value(self, value: Iterable[str] | str) -> str:
        return value if isinstance(value, str) else " ".join(value)


class DocumentQuerySet(ScopedQuerySet):
    def of(self, kind: Kind) -> DocumentQuerySet:
        return self.filter(pk__gte=kind.document(0), pk__lt=kind.document(ROOM))

    def visible_to(self, user: Any) -> DocumentQuerySet:
        """Those of objects the person may see, by each object's own rule."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        condition = NOTHING
        for kind in kinds_of(user):
            numbers = Q(pk__gte=kind.document(0), pk__lt=kind.document(ROOM))
            condition |= numbers & Q(object_id__in=kind.visible(user).values("pk"))
        return self.filter(condition)


class Document(models.Model):
    """What is said of one object. Its number holds its kind and its object: see `Kind.document`.

    On SQLite the table has triggers that keep `search_fts`: a migration that changes it must make them anew.
    """

    id = models.BigIntegerField(primary_key=True)
    object_id = models.BigIntegerField()
    public = models.TextField()  # the first line is the title
    internal = models.TextField(blank=True)
    public_tokens = TokensField()
    internal_tokens = TokensField(blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "检索条目"

    def __str__(self) -> str:
        return self.public.partition("\n")[0]


class FileTextQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        return Q(attachment__in=Attachment.objects.visible_to(user))

    def visible_to(self, user: Any) -> FileTextQuerySet:
        """By the file's own rule, for everybody."""
        return self.filter(self.scope(user))

    def waiting(self) -> FileTextQuerySet:
        return self.filter(state=FileText.State.WAITING)


class FileText(models.Model):
    """The words in one file, read once: files do not change."""

    class State(models.TextChoices):
        WAITING = "waiting", "待读取"
        READ = "read", "已读取"
        UNREADABLE = "unreadable", "无法读取"

    attachment = models.OneToOneField(Attachment, on_delete=models.CASCADE, primary_key=True, related_name="words")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    text = models.TextField(blank=True)

    objects = FileTextQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "附件文字"
        indexes = [models.Index(fields=["attachment"], condition=Q(state="waiting"), name="file_text_waiting")]

    def __str__(self) -> str:
        return f"{self.attachment_id} {self.state}"


class ProgressQuerySet(ScopedQuerySet):
    sees_all = ()  # nobody reads it on a page


class Progress(models.Model):
    """How far the index is: along the audit trail, and over the rows that were there before it."""

    name = models.CharField(max_length=30, primary_key=True)
    position = models.BigIntegerField(default=0)
    done = models.BooleanField(default=False)

    objects = ProgressQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} {self.position}"
