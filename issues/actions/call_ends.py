"""How a follow-up call ends: with a finding, or because the case was taken up again."""

from __future__ import annotations

from datetime import datetime

from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.clocks import actions as clock_actions
from issues.models import FollowUpCall, Issue

CLOCK = "call"
Finding = FollowUpCall.Finding


def finish_call(call: FollowUpCall, finding: Finding, note: str, by: User, at: datetime) -> None:
    """Close a locked call with its finding; its clock stops."""
    call.finding, call.note, call.done_at, call.done_by = finding, note, at, by
    call.version += 1
    call.save(update_fields=["finding", "note", "done_at", "done_by", "tries", "version"])
    clock_actions.stop_many(kind=CLOCK, owner_ids=[call.pk], reason=str(finding), by=by, at=at)
    call.refresh_from_db(fields=["level", "due_at"])
    record(action="issues.record_call", target=call, by=by, issue=call.issue.number, finding=str(finding), note=note)


def void_call(case: Issue, *, by: User, at: datetime) -> None:
    """The case was reopened by other means: whoever was to be called has said enough."""
    for call in FollowUpCall.objects.open().select_for_update().filter(issue=case):
        finish_call(call, Finding.VOID, "", by, at)
