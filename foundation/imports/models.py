"""Imports as batches: the file that came, what it would do row by row, what it did, and how to take it back."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.accounts.querysets import ScopedQuerySet
from foundation.imports.lines import Line, Outcome, unpack
from foundation.imports.registry import offered_to, opens_accounts, titles

NAMES = {
    Outcome.CREATE: _("新增"),
    Outcome.UPDATE: _("变更"),
    Outcome.UNCHANGED: _("无变化"),
    Outcome.SKIPPED: _("保留原值"),
    Outcome.DUPLICATE: _("重复"),
    Outcome.CANDIDATE: _("疑似同一"),
    Outcome.TO_CONFIRM: _("待确认"),
    Outcome.REFUSED: _("拒绝"),
    Outcome.LEFT_OUT: _("未计入"),
    Outcome.MISSING: _("名册之外"),
    Outcome.RETURNED: _("重新列入"),
}


def random_name(instance: Batch, filename: str) -> str:
    """`imports/3f/3f2a…`: nothing of what the user typed reaches the disk."""
    name = uuid.uuid4().hex
    return f"imports/{name[:2]}/{name}"


class BatchQuerySet(ScopedQuerySet):
    sees_all = ()

    def scope(self, user: Any) -> Q:
        """The batches of the rosters that this person may bring in."""
        return Q(resource__in=offered_to(user))


class Batch(models.Model):
    """One file brought in."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("等待预览")
        PREVIEWING = "previewing", _("正在读取")
        PREVIEWED = "previewed", _("待确认")
        COMMITTING = "committing", _("正在导入")
        COMMITTED = "committed", _("已导入")
        FAILED = "failed", _("未能读取")
        UNDOING = "undoing", _("正在撤销")
        PARTLY_UNDONE = "partly_undone", _("部分撤销")
        UNDONE = "undone", _("已撤销")
        CANCELLED = "cancelled", _("已取消")

    AT_WORK = (State.UPLOADED, State.PREVIEWING, State.COMMITTING, State.UNDOING)

    class Policy(models.TextChoices):
        OVERWRITE = "overwrite", _("以文件为准")
        FILL = "fill", _("只补空白")
        SKIP = "skip", _("只新增")

    resource = models.CharField(_("名册"), max_length=40)
    original_name = models.CharField(_("文件名"), max_length=200)
    file = models.FileField(upload_to=random_name, max_length=120)
    size = models.PositiveBigIntegerField(_("大小"))  # bytes
    sha256 = models.CharField(max_length=64)
    sheet = models.CharField(_("工作表"), max_length=100, blank=True)
    sheets = models.JSONField(default=list, blank=True)  # [[name, visible], …]
    state = models.CharField(_("状态"), max_length=15, choices=State, default=State.UPLOADED)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("上传人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    previewed_at = models.DateTimeField(_("预览时间"), null=True, blank=True)
    committed_at = models.DateTimeField(_("导入时间"), null=True, blank=True)
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("导入人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    undone_by = models.ForeignKey(  # who asked for it last; the system too leaves it blank
        settings.AUTH_USER_MODEL, verbose_name=_("撤销人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    policy = models.CharField(_("导入方式"), max_length=10, choices=Policy, default=Policy.OVERWRITE)
    is_full = models.BooleanField(_("完整名册"), default=False)  # what it does not name is marked so
    scope = models.CharField(_("名册范围"), max_length=200, blank=True)  # of a full roster; blank is the whole stock
    cancel_asked_at = models.DateTimeField(_("取消时间"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("取消人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    skip_errors = models.BooleanField(_("跳过有误的行"), default=False)
    counts = models.JSONField(default=dict, blank=True)
    mapping = models.JSONField(default=list, blank=True)  # every column, see `mapping.Column`
    headings = models.JSONField(default=list, blank=True)  # of every column from the first on, blank where it has none
    top = models.JSONField(default=list, blank=True)  # [[row number, cells in one line], …] where headings may be
    shape = models.CharField(max_length=64, blank=True)  # digest of the headings: files of one shape map alike
    choices = models.JSONField(default=dict, blank=True)  # what the clerk chose of row and columns, see `mapping.Wish`
    saved = models.ForeignKey(
        "SavedMapping", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )  # the mapping that was applied of itself
    decisions = models.JSONField(default=dict, blank=True)  # what the clerk said of single rows, see `deciding`
    reasons = models.JSONField(default=dict, blank=True)  # {outcome: [[column, code, sentence, rows], …]}
    pending = models.PositiveIntegerField(default=0)  # corrections and decisions that the preview does not show yet
    undo_refused = models.JSONField(default=list, blank=True)  # [{row, key, name, reason}, …] what an undo left
    error = models.TextField(_("原因"), blank=True)
    claim = models.CharField(max_length=32, blank=True)  # the process at work on it; blank while none is
    claimed_at = models.DateTimeField(null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = verbose_name_plural = _("导入批次")
        constraints = [
            models.UniqueConstraint(
                fields=["resource"],
                condition=Q(state__in=["committing", "undoing"]),
                name="one_batch_of_a_roster_written_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(committed_at__isnull=False)
                | ~Q(state__in=["committed", "undoing", "partly_undone", "undone"]),
                name="committed_batch_says_when",
            ),
            models.CheckConstraint(
                condition=Q(cancel_asked_at__isnull=False) | ~Q(state="cancelled"), name="cancelled_batch_says_when"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="batch_newest"),
            models.Index(
                fields=["claimed_at"],
                condition=Q(state__in=["uploaded", "previewing", "committing", "undoing"]),
                name="batch_at_work",
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def resource_title(self) -> str:
        return titles().get(self.resource, self.resource)

    @property
    def opens_accounts(self) -> bool:
        """Whether the people of this batch wait for first passwords."""
        return opens_accounts(self.resource)

    @property
    def is_at_work(self) -> bool:
        return self.state in self.AT_WORK

    @property
    def state_before_undo(self) -> State:
        """Where a batch goes back to whose undo came to nothing."""
        return self.State.PARTLY_UNDONE if self.undone_at else self.State.COMMITTED

    @property
    def writes(self) -> int:
        """How many objects a commit of what the preview shows would touch."""
        return sum(self.counts.get(key, 0) for key in ("create", "update", "missing", "returned"))

    @property
    def is_committed(self) -> bool:
        return self.state in (self.State.COMMITTED, self.State.PARTLY_UNDONE)


class OfBatchQuerySet(ScopedQuerySet):
    sees_all = ()

    def scope(self, user: Any) -> Q:
        return Q(batch__resource__in=offered_to(user))


class Chunk(models.Model):
    """Up to `SIZE` lines of one outcome, in the file's order.

    20,000 rows are 100 of these instead of 20,000 records: a page of the preview reads one, a commit reads them all.
    `keys` are the primary keys of what a commit created, line by line; `undone` the lines an undo took back.
    """

    SIZE = 200

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="chunks")
    outcome = models.CharField(max_length=10, choices=[(str(outcome), name) for outcome, name in NAMES.items()])
    number = models.PositiveIntegerField()
    packed = models.BinaryField()  # the lines as compressed JSON: a sixth of the text for the database to write
    doubtful = models.PositiveIntegerField(default=0)
    keys = models.JSONField(default=list, blank=True)
    undone = models.JSONField(default=list, blank=True)

    objects = OfBatchQuerySet.as_manager()

    class Meta:
        ordering = ["outcome", "number"]
        constraints = [models.UniqueConstraint(fields=["batch", "outcome", "number"], name="chunk_of_a_batch_once")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.number}"

    @property
    def lines(self) -> list[Line]:
        """The lines as they were assessed."""
        return unpack(bytes(self.packed), Outcome(self.outcome))


class OfRosterQuerySet(ScopedQuerySet):
    """What belongs to a roster is for those who may bring that roster in."""

    sees_all = ()

    def scope(self, user: Any) -> Q:
        return Q(resource__in=offered_to(user))


class SavedMapping(models.Model):
    """Which column is which field, kept under a name and proposed again for files of the same shape."""

    resource = models.CharField(_("名册"), max_length=40)
    name = models.CharField(_("方案名称"), max_length=40)
    shape = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)  # {column index: field, kept or left out}
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("保存时间"), auto_now=True)

    objects = OfRosterQuerySet.as_manager()

    class Meta:
        ordering = ["-saved_at", "-pk"]
        verbose_name = verbose_name_plural = _("列对应方案")
        constraints = [models.UniqueConstraint(fields=["resource", "name"], name="mapping_named_once")]
        indexes = [models.Index(fields=["resource", "shape"], name="mapping_shape")]

    def __str__(self) -> str:
        return self.name


class RowEdit(models.Model):
    """A cell of a file corrected in the preview; the file itself stays as it came."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="edits")
    row = models.PositiveIntegerField()  # as numbered in the file
    column = models.PositiveIntegerField()  # from 0
    was = models.TextField(blank=True)
    value = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)

    objects = OfBatchQuerySet.as_manager()

    class Meta:
        ordering = ["row", "column"]
        verbose_name = verbose_name_plural = _("更正")
        constraints = [models.UniqueConstraint(fields=["batch", "row", "column"], name="cell_corrected_once")]

    def __str__(self) -> str:
        return f"{self.row}/{self.column}"
