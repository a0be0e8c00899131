"""The append-only, hash-chained trail of everything that was done."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

from django.conf import settings
from django.db import models

from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import ScopedQuerySet

GENESIS = "0" * 64


class AppendOnly(Exception):
    """Somebody tried to change or delete an audit row."""


class AuditQuerySet(ScopedQuerySet):
    sees_all = (Permission.AUDIT_VIEW,)

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Audit rows are never changed.")

    def delete(self) -> NoReturn:
        raise AppendOnly("Audit rows are never deleted.")

    bulk_update = update  # type: ignore[assignment]


class AuditRow(models.Model):
    """One act: who did what to which object, chained to the row before it by its hash."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField("时间", db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="操作人",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
    )
    actor_label = models.CharField("操作人姓名", max_length=120)
    ip = models.CharField("地址", max_length=45, blank=True)
    action = models.CharField("操作", max_length=60, db_index=True)
    target_type = models.CharField("对象类型", max_length=60)
    target_id = models.CharField("对象编号", max_length=40)
    target_label = models.CharField("对象", max_length=200)
    data_json = models.TextField("内容")  # canonical JSON text: the hash must not depend on a database's own JSON type
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-seq"]
        verbose_name = verbose_name_plural = "审计日志"
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_target")]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.data_json)

    def compute_hash(self) -> str:
        """SHA-256 over the row before and every fact of this one."""
        facts = [
            self.prev_hash,
            self.seq,
            self.at.timestamp(),
            self.actor_id,
            self.actor_label,
            self.ip,
            self.action,
            self.target_type,
            self.target_id,
            self.target_label,
            self.data_json,
        ]
        return hashlib.sha256(json.dumps(facts, ensure_ascii=True).encode()).hexdigest()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Audit rows are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Audit rows are never deleted.")


class AuditHead(models.Model):
    """The one row that knows the end of the chain; locking it puts writers in line."""

    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:8]}"
