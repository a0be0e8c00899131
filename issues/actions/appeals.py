"""What an enterprise does with its own case besides answering and confirming."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from issues.actions.base import act, cleaned, take_up
from issues.actions.merging import followers_of, let_go
from issues.limits import timing
from issues.models import Handling, Issue


@act
def supplement(
    *, issue: Issue, by: User, text: str, files: Sequence[UploadedFile] = (), version: int | None = None
) -> Issue:
    """Add words or files at any open stage; neither the stage nor a limit moves."""
    turn = take_up(issue, "supplement", by=by, version=version)
    return turn.conclude(text=cleaned(text, label=_("补充内容")), files=files)


@act
def withdraw(*, issue: Issue, by: User, reason: str, version: int | None = None) -> Issue:
    """Take the appeal back before a department has accepted it; a turn that had begun ends, and counts for nobody."""
    turn = take_up(issue, "withdraw", by=by, version=version)
    reason = cleaned(reason, label=_("理由"), limit=1000)
    followers = followers_of(turn.issue)
    if turn.handling is not None:
        handling = turn.handling
        handling.ended, handling.ended_at = Handling.Ended.WITHDRAWN, turn.at
        handling.save(update_fields=["ended", "ended_at"])
        timing.stop(handling, timing.ACCEPT, timing.FIRST_REPLY, timing.RESOLVE, reason="withdrawn", by=by, at=turn.at)
    turn.issue.closing, turn.issue.closed_at = Issue.Closing.WITHDRAWN, turn.at
    done = turn.conclude(text=reason)
    let_go(turn, followers)
    return done
