"""Keeping what an enterprise has begun to write, until it is sent or thrown away."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.attachments import actions as attachments
from foundation.attachments.models import Attachment
from foundation.audit.actions import record
from foundation.clocks.localtime import now
from issues.actions.base import cleaned
from issues.models import AppealDraft, Category, Issue

MOST = 20  # drafts of one person


@transaction.atomic
def save_draft(
    *,
    by: User,
    key: uuid.UUID,
    category: Category | None = None,
    title: str = "",
    text: str = "",
    contact_name: str = "",
    contact_phone: str = "",
    files: Sequence[Attachment] = (),
    only_files: bool = False,
    version: int | None = None,
) -> AppealDraft | None:
    """Keep the form as it stands; None where nothing is written yet or the form was sent meanwhile.

    Kept every few seconds while somebody types: the trail notes that a draft was begun, not every state of it. `files`
    (held for the person) are kept besides those it has, as another device may have added some; with `only_files` the
    draft has these and no others.
    """
    if not by.may(Permission.APPEAL_SUBMIT):
        raise Refused(_("您不能登记诉求。请联系企业服务办公室。"), code="not_allowed")
    facts: dict[str, Any] = {
        "category": category,
        "title": cleaned(title, label=_("标题"), limit=80, needed=False),
        "text": cleaned(text, label=_("内容"), needed=False),
        "contact_name": cleaned(contact_name, label=_("联系人"), limit=40, needed=False),
        "contact_phone": cleaned(contact_phone, label=_("联系电话"), limit=30, needed=False),
    }
    draft = AppealDraft.objects.select_for_update().filter(key=key).first()
    if draft is None and not (facts["title"] or facts["text"] or files):
        return None
    if Issue.objects.filter(submission_key=key).exists():
        return None
    _check_owner(draft, by)
    if draft is not None and version is not None and version != draft.version:
        raise Stale(draft)
    facts |= {"saved_at": now(), "version": draft.version + 1 if draft else 1}
    kept, created = AppealDraft.objects.update_or_create(key=key, owner=by, defaults=facts)
    attachments.keep_for(form=key, files=files, by=by, only=only_files)
    if created:
        record(action="issues.begin_draft", target=kept, by=by)
    return kept


def _check_owner(draft: AppealDraft | None, by: User) -> None:
    """One's own drafts may change; a new one needs room."""
    if draft is not None and draft.owner_id != by.pk:
        raise Refused(_("这份表单已由别人提交,请重新打开登记页面填写。"), code="submission_taken")
    if draft is None and AppealDraft.objects.filter(owner=by).count() >= MOST:
        raise Refused(_("草稿最多保存 %(most)d 份,请先提交或删去不用的。") % {"most": MOST}, code="too_many_drafts")


@transaction.atomic
def discard_draft(*, draft: AppealDraft, by: User) -> None:
    """Throw away what was begun, with its files."""
    if draft.owner_id != by.pk:
        raise Refused(_("只能删除自己的草稿。"), code="not_allowed")
    record(action="issues.discard_draft", target=draft, by=by)
    attachments.discard_kept(form=draft.key, by=by)
    draft.delete()


def end_draft(key: uuid.UUID, by: User) -> None:
    """The form was sent: within the transaction that registers it, its draft is over; its files are the form's."""
    attachments.let_go(form=key, by=by)
    AppealDraft.objects.filter(key=key, owner=by).delete()
