"""Every write to the issue ledger, as verbs: keyword-only, one transaction each."""

from __future__ import annotations

from collections.abc import Callable

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

__all__ = [
    "VERBS",
    "accept",
    "answer",
    "approve_extension",
    "ask",
    "change_ladder",
    "change_rule",
    "close",
    "confirm",
    "decline",
    "delete_view",
    "dispatch",
    "note",
    "refuse_extension",
    "register",
    "reject",
    "reopen",
    "reply",
    "request_extension",
    "resolve",
    "rule",
    "save_category",
    "save_view",
    "send_back",
    "set_own_ladder",
    "share_ladder",
]
