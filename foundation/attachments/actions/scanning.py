"""Files wait in quarantine until the scanner has looked at them."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.attachments import clamd
from foundation.attachments.models import Attachment
from foundation.audit.actions import record
from foundation.notices.actions import notify

log = logging.getLogger(__name__)
AT_ONCE = 100  # files of one sweep
LOST = timedelta(seconds=30)  # nobody scanned it after this long: its message was lost, or the scanner was away
State = Attachment.State


def scan(*, attachment: Attachment) -> bool:
    """Have one waiting file looked at; False where the scanner or the store did not answer."""
    try:
        with attachment.file.open("rb") as file:
            found = clamd.finding(file)
    except (clamd.Unavailable, OSError) as reason:
        log.warning("attachment %s stays in quarantine: %s", attachment.pk, reason)
        return False
    _conclude(attachment, found)
    return True


@transaction.atomic
def _conclude(attachment: Attachment, found: str) -> None:
    state = State.INFECTED if found else State.CLEAN
    waiting = Attachment.objects.waiting().filter(pk=attachment.pk)
    if not waiting.update(state=state, scanned_at=timezone.now(), finding=found):
        return  # somebody else was quicker
    if found:
        attachment.refresh_from_db()
        record(action="attachments.block", target=attachment, by=None, finding=found, sha256=attachment.sha256)
        _tell(attachment)


def _tell(attachment: Attachment) -> None:
    office = User.objects.with_role(Role.OFFICE)
    people = {user.pk: user for user in (*office, attachment.uploaded_by) if user and user.is_active}
    notify(
        to=people.values(),
        kind="virus",
        subject=_("附件“%(name)s”查出病毒，已拦截") % {"name": attachment.name},
        body=_("上传人 %(who)s，查出 %(finding)s。文件不能下载；请在查杀电脑后重新提供。")
        % {
            "who": attachment.uploaded_by.name if attachment.uploaded_by else _("尚无账号的申请人"),
            "finding": attachment.finding,
        },
        key=f"virus:{attachment.pk}",
        url=reverse("attachments:preview", args=[attachment.key]) if attachment.owner_type else "",
    )
    notify(
        to=User.objects.with_role(Role.SECURITY_ADMIN),
        kind="virus",
        subject=_("附件“%(name)s”查出病毒，已拦截") % {"name": attachment.name},
        body=_("查出 %(finding)s。确属误报的，核查后可以放行。") % {"finding": attachment.finding},
        key=f"virus:{attachment.pk}",
        url=reverse("attachments:blocked"),
    )


def scan_waiting() -> dict[str, int]:
    """Scan what waits, the oldest first; stops where the scanner does not answer. Safe to run twice or at once."""
    if not clamd.is_configured():
        return {"scanned": 0, "released": _release()}
    scanned = 0
    waiting = Attachment.objects.waiting().filter(uploaded_at__lt=timezone.now() - LOST)
    for attachment in waiting.order_by("uploaded_at", "pk")[:AT_ONCE]:
        if not scan(attachment=attachment):
            break
        scanned += 1
    return {"scanned": scanned, "released": 0}


@transaction.atomic
def _release() -> int:
    """Scanning was switched off: what still waited is handed out as everything else is."""
    rows = list(Attachment.objects.waiting().select_for_update()[:AT_ONCE])
    for attachment in rows:
        record(action="attachments.release", target=attachment, by=None, reason="scanning is switched off")
    return Attachment.objects.waiting().filter(pk__in=[row.pk for row in rows]).update(state=State.CLEAN)
