"""Every write to the issue ledger, as verbs: keyword-only, one transaction each."""

from __future__ import annotations

from collections.abc import Callable

from issues.actions.gaps import (
    attach_case,
    close_gap,
    edit_gap,
    merge_gaps,
    open_gap,
    record_answer,
    reopen_gap,
    send_upward,
    tell_enterprises,
)
from issues.actions.handling import (
    accept,
    answer,
    approve_extension,
    ask,
    note,
    refuse_extension,
    reply,
    request_extension,
    resolve,
    send_back,
)
from issues.actions.intake import decline, dispatch, register, rule
from issues.actions.outcome import close, confirm, reject, reopen
from issues.actions.rules import change_ladder, change_rule, save_category, set_own_ladder, share_ladder
from issues.actions.views import delete_view, save_view
from issues.models import Issue

# The verbs on a case, by their keys in issues.lifecycle: each takes issue=, by=, version= and what the table names.
VERBS: dict[str, Callable[..., Issue]] = {
    "dispatch": dispatch,
    "decline": decline,
    "accept": accept,
    "return": send_back,
    "rule": rule,
    "reply": reply,
    "ask": ask,
    "answer": answer,
    "request_extension": request_extension,
    "approve_extension": approve_extension,
    "refuse_extension": refuse_extension,
    "resolve": resolve,
    "confirm": confirm,
    "reject": reject,
    "close": close,
    "reopen": reopen,
    "note": note,
}
# The same for a gap of the register, by their keys in issues.gaps.
GAP_VERBS: dict[str, Callable[..., object]] = {
    "send": send_upward,
    "answer": record_answer,
    "tell": tell_enterprises,
    "edit": edit_gap,
    "merge": merge_gaps,
    "close": close_gap,
    "reopen": reopen_gap,
}

__all__ = [
    "GAP_VERBS",
    "VERBS",
    "accept",
    "answer",
    "approve_extension",
    "ask",
    "attach_case",
    "change_ladder",
    "change_rule",
    "close",
    "close_gap",
    "confirm",
    "decline",
    "delete_view",
    "dispatch",
    "edit_gap",
    "merge_gaps",
    "note",
    "open_gap",
    "record_answer",
    "refuse_extension",
    "register",
    "reject",
    "reopen",
    "reopen_gap",
    "reply",
    "request_extension",
    "resolve",
    "rule",
    "save_category",
    "save_view",
    "send_back",
    "send_upward",
    "set_own_ladder",
    "share_ladder",
    "tell_enterprises",
]
