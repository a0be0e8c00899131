"""Every write to the issue ledger, as verbs: keyword-only, one transaction each."""

from __future__ import annotations

from collections.abc import Callable

from issues.actions.appeals import supplement, withdraw
from issues.actions.attention import be_present, forget_marks, see, see_all, unwatch, watch
from issues.actions.calls import change_call_rule, draw_calls, miss_call, record_call
from issues.actions.canned import add_canned, count_canned, delete_canned, edit_canned
from issues.actions.clusters import dismiss_cluster, find_clusters, merge_cluster, open_cause, restore_cluster
from issues.actions.drafts import discard_draft, save_draft
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
)
from issues.actions.helping import co_reply, invite, withdraw_invitation
from issues.actions.intake import decline, dispatch, register, rule, send_draft
from issues.actions.linking import link, split, unlink
from issues.actions.listing import put_on_list, take_off_list
from issues.actions.many import dispatch_many, remind_many, tag_many, untag_many
from issues.actions.merging import merge, unmerge
from issues.actions.outcome import close, confirm, confirm_partly, reject, reopen
from issues.actions.passing import reassign, send_back, transfer
from issues.actions.recurrence import recur, unrecur
from issues.actions.referral import answer_from_above, refer
from issues.actions.reminding import remind
from issues.actions.rules import change_ladder, change_rule, save_category, set_own_ladder, share_ladder
from issues.actions.suggestions import request_training, train_due, train_now
from issues.actions.tags import create_tag, edit_tag, tag
from issues.actions.views import (
    choose_columns,
    copy_view,
    delete_view,
    follow_view,
    move_view,
    rename_view,
    save_view,
    share_view,
    unfollow_view,
)
from issues.models import Issue

# The verbs on a case, by their keys in issues.lifecycle: each takes issue=, by=, version= and what the table names.
VERBS: dict[str, Callable[..., Issue]] = {
    "dispatch": dispatch,
    "decline": decline,
    "accept": accept,
    "return": send_back,
    "rule": rule,
    "transfer": transfer,
    "reassign": reassign,
    "reply": reply,
    "ask": ask,
    "answer": answer,
    "request_extension": request_extension,
    "approve_extension": approve_extension,
    "refuse_extension": refuse_extension,
    "put_on_list": put_on_list,
    "take_off_list": take_off_list,
    "invite": invite,
    "co_reply": co_reply,
    "withdraw_invitation": withdraw_invitation,
    "refer": refer,
    "answer_from_above": answer_from_above,
    "resolve": resolve,
    "confirm": confirm,
    "confirm_partly": confirm_partly,
    "reject": reject,
    "close": close,
    "reopen": reopen,
    "note": note,
    "supplement": supplement,
    "withdraw": withdraw,
    "remind": remind,
    "tag": tag,
    "merge": merge,
    "unmerge": unmerge,
    "split": split,
    "link": link,
    "unlink": unlink,
    "recur": recur,
    "unrecur": unrecur,
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
    "add_canned",
    "answer",
    "answer_from_above",
    "approve_extension",
    "ask",
    "attach_case",
    "be_present",
    "change_call_rule",
    "change_ladder",
    "change_rule",
    "choose_columns",
    "close",
    "close_gap",
    "co_reply",
    "confirm",
    "confirm_partly",
    "copy_view",
    "count_canned",
    "create_tag",
    "decline",
    "delete_canned",
    "delete_view",
    "discard_draft",
    "dismiss_cluster",
    "dispatch",
    "dispatch_many",
    "draw_calls",
    "edit_canned",
    "edit_gap",
    "edit_tag",
    "find_clusters",
    "follow_view",
    "forget_marks",
    "forget_seen",
    "invite",
    "link",
    "merge",
    "merge_cluster",
    "merge_gaps",
    "miss_call",
    "move_view",
    "note",
    "open_cause",
    "open_gap",
    "put_on_list",
    "reassign",
    "record_answer",
    "record_call",
    "recur",
    "refer",
    "refuse_extension",
    "register",
    "reject",
    "remind",
    "remind_many",
    "rename_view",
    "reopen",
    "reopen_gap",
    "reply",
    "request_extension",
    "request_training",
    "resolve",
    "restore_cluster",
    "rule",
    "save_category",
    "save_draft",
    "save_view",
    "see",
    "see_all",
    "send_back",
    "send_draft",
    "send_upward",
    "set_own_ladder",
    "share_ladder",
    "share_view",
    "split",
    "supplement",
    "tag",
    "tag_many",
    "take_off_list",
    "tell_enterprises",
    "train_due",
    "train_now",
    "transfer",
    "unfollow_view",
    "unlink",
    "unmerge",
    "unrecur",
    "untag_many",
    "unwatch",
    "watch",
    "withdraw",
    "withdraw_invitation",
]
