"""The transitions: one verb a row, from which stages to which, by whom, and what must be given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from foundation.accounts.permissions import Permission as P
from issues.models import Issue

S = Issue.Status
OPEN = (S.REGISTERED, S.DISPATCHED, S.RETURNED, S.ARBITRATION, S.HANDLING, S.WAITING, S.REFERRED, S.RESOLVED)
BEFORE_HANDLING = (S.REGISTERED, S.DISPATCHED, S.RETURNED, S.ARBITRATION)
EVERY = (*OPEN, S.MERGED, S.CLOSED, S.DECLINED)
WITH_HELP = (S.DISPATCHED, S.HANDLING, S.WAITING, S.REFERRED)
WITH_DEPARTMENT = (S.DISPATCHED, S.HANDLING, S.WAITING)
UNRESOLVED = (S.REGISTERED, S.DISPATCHED, S.RETURNED, S.ARBITRATION, S.HANDLING, S.WAITING)
RETURN_WITHIN = 1  # working days after dispatch
REOPEN_WITHIN = 90  # calendar days after closing
RECURS_WITHIN = 180  # calendar days after closing

DISPATCHER: Mapping[str, P] = {"office": P.ISSUE_DISPATCH}
DEPARTMENT: Mapping[str, P] = {"handler": P.ISSUE_HANDLE, "department_head": P.ISSUE_HANDLE}
WITH_OFFICE: Mapping[str, P] = {**DEPARTMENT, **DISPATCHER}
LISTER: Mapping[str, P] = {"office": P.ISSUE_LIST, "supervisor": P.ISSUE_LIST}
APPROVER: Mapping[str, P] = {"department_head": P.ISSUE_APPROVE, "office": P.ISSUE_APPROVE}
RESPONDENT: Mapping[str, P] = {"enterprise": P.APPEAL_RESPOND}
SYSTEM: Mapping[str, P] = {"system": P.ANYONE}

WHO_NAMES: Mapping[str, str | Promise] = {
    "enterprise": gettext_lazy("企业"),
    "handler": gettext_lazy("部门承办人"),
    "department_head": gettext_lazy("部门负责人"),
    "office": gettext_lazy("企业服务办公室"),
    "co_handler": gettext_lazy("协办部门"),
    "supervisor": gettext_lazy("督导组"),
    "registrar": gettext_lazy("登记人"),
    "official": gettext_lazy("看得到此件的工作人员"),
    "overseer": gettext_lazy("专班、督导组或责任领导"),
    "system": gettext_lazy("系统"),
}


@dataclass(frozen=True)
class Transition:
    """One verb: from which stages to which, who may use it, and what must be given."""

    verb: str
    label: str | Promise
    from_: tuple[Issue.Status, ...]
    to: Issue.Status | None  # None: the stage stays
    who: Mapping[str, P]  # relation to the case → the permission it takes
    needs: tuple[str, ...] = ()  # what must be given
    takes: tuple[str, ...] = ()  # what may be given besides
    tells: tuple[str, ...] = ()  # audiences of issues.limits.audiences
    public: bool = True  # the enterprise sees the event
    primary: bool = False  # the button to press next
    folded: bool = False  # seldom used: drawn behind the others, its form fetched when asked for
    hint: str | Promise = ""  # what happens
    elsewhere: bool = False  # begun on another page than the case's: no button and no address of its own

    @property
    def permission(self) -> P:
        """The permission of those who mainly use it."""
        return next(iter(self.who.values()))

    @property
    def permissions(self) -> frozenset[P]:
        """Every permission that opens it to somebody."""
        return frozenset(self.who.values())

    @property
    def by_system(self) -> bool:
        return "system" in self.who


T = Transition
L = gettext_lazy
TRANSITIONS: tuple[Transition, ...] = (
    T("register", L("登记"), (), S.REGISTERED, {"enterprise": P.APPEAL_SUBMIT, "registrar": P.ISSUE_REGISTER},
      needs=("enterprise", "category", "title", "text", "channel"),
      takes=("contact_name", "contact_phone", "project", "visit", "files"), tells=("office",)),
    T("dispatch", L("交办"), (S.REGISTERED, S.RETURNED), S.DISPATCHED, DISPATCHER, needs=("to",), takes=("note",),
      tells=("handlers",), primary=True, hint=L("交给主办部门,三项时限从交办起算。")),
    T("decline", L("不予受理"), (S.REGISTERED, S.RETURNED), S.DECLINED, DISPATCHER, needs=("reason",),
      tells=("enterprise", "registrar"), hint=L("不属于受理范围,理由会发给企业。")),
    T("accept", L("签收"), (S.DISPATCHED,), S.HANDLING, DEPARTMENT, takes=("handler",), tells=("enterprise",),
      primary=True, hint=L("确认由本部门承办;逾期不点视为签收。")),
    T("return", L("退回"), (S.DISPATCHED,), S.RETURNED, DEPARTMENT, needs=("kind", "reason"), tells=("office",),
      public=False, hint=L("交办后一个工作日内可退回一次;再次退回进入裁定。退回按部门统计。")),
    T("rule", L("裁定"), (S.ARBITRATION,), S.DISPATCHED, {"office": P.ISSUE_ARBITRATE}, needs=("to", "note"),
      tells=("handlers", "department_head"), public=False, primary=True, hint=L("指定主办部门,裁定后不得再退回。")),
    T("transfer", L("转办"), (*WITH_DEPARTMENT, S.REFERRED), None, DEPARTMENT,
      takes=("to", "handler", "note"), tells=("handler",), public=False, folded=True,
      hint=L("转给本部门另一位承办人,或本部门的下属单位;时限不变,照常计算。")),
    T("reassign", L("改派"), WITH_DEPARTMENT, S.DISPATCHED, DISPATCHER, needs=("to", "reason"),
      tells=("handlers", "department_head"), public=False, folded=True,
      hint=L("交给另一个部门主办,三项时限从改派起重新计算;原部门会收到通知,不计退回。")),
    T("reply", L("答复企业"), (S.HANDLING, S.WAITING, S.REFERRED), None, DEPARTMENT, needs=("text",), takes=("files",),
      tells=("enterprise",), hint=L("企业可见;第一次答复停止首次答复时限。")),
    T("ask", L("请企业补充"), (S.HANDLING,), S.WAITING, DEPARTMENT, needs=("text",), takes=("files",),
      tells=("enterprise",), hint=L("等待期间时限暂停。")),
    T("answer", L("补充说明"), (S.WAITING,), S.HANDLING,
      {"enterprise": P.APPEAL_RESPOND, "handler": P.ISSUE_HANDLE, "office": P.ISSUE_DISPATCH},
      needs=("text",), takes=("files",), tells=("handler",), primary=True, hint=L("提交后时限继续计算。")),
    T("supplement", L("补充情况"), (*BEFORE_HANDLING, S.HANDLING, S.REFERRED, S.RESOLVED), None, RESPONDENT,
      needs=("text",), takes=("files",), tells=("holder",), hint=L("随时可以补充文字或附件,不影响时限。")),
    T("withdraw", L("撤回诉求"), BEFORE_HANDLING, S.CLOSED, RESPONDENT,
      needs=("reason",), tells=("holder",), hint=L("部门签收前可以撤回,撤回后不再办理;以后需要可另行提交。")),
    T("request_extension", L("申请延期"), (S.HANDLING,), None, DEPARTMENT, needs=("days", "reason"),
      tells=("department_head",), public=False, hint=L("由部门负责人或专班审批,不能由申请人自己审批。")),
    T("approve_extension", L("同意延期"), (S.HANDLING, S.WAITING, S.REFERRED), None, APPROVER, takes=("note",),
      tells=("handler", "enterprise"), hint=L("办结期限按工作日顺延。")),
    T("refuse_extension", L("不同意延期"), (S.HANDLING, S.WAITING, S.REFERRED), None, APPROVER, needs=("note",),
      tells=("handler",), public=False),
    T("put_on_list", L("挂牌整改"), OPEN, None, LISTER, needs=("until", "reason"), tells=("handler", "department_head"),
      public=False, folded=True, hint=L("在台账和诉求页上醒目标出,到期前后照样预警;原有时限不变,企业看不到。")),
    T("take_off_list", L("摘牌"), OPEN, None, LISTER, needs=("reason",), tells=("handler", "department_head"),
      public=False, folded=True, hint=L("整改到位或不再需要时使用;销号时自动摘牌。")),
    T("invite", L("请部门协办"), (S.HANDLING, S.WAITING, S.REFERRED), None, WITH_OFFICE, needs=("to", "text", "days"),
      takes=("files", "mentions"), tells=("handler",), public=False, folded=True,
      hint=L("请别的部门提供意见或办理一部分,各有各的期限;办结仍由主办部门负责。")),
    T("co_reply", L("协办回复"), WITH_HELP, None, {"co_handler": P.ISSUE_HANDLE}, needs=("text",),
      takes=("files", "mentions"), tells=("handler",), public=False, primary=True,
      hint=L("只有工作人员看得到;回复后协办时限停止。")),
    T("withdraw_invitation", L("撤回协办"), WITH_HELP, None, WITH_OFFICE, needs=("to", "reason"),
      takes=("mentions",), public=False, folded=True, hint=L("不再需要这个部门协办;对方会收到通知。")),
    T("refer", L("向上级反映"), (S.HANDLING,), S.REFERRED, WITH_OFFICE, needs=("level", "body", "text"),
      takes=("document", "gap", "gap_title", "files"), tells=("enterprise", "handler", "office"), folded=True,
      hint=L("没有政策依据、本区定不了的,报市级以上。等待期间时限暂停;本件列入政策缺口,上报内容记在那里。"
             "企业只看到“已向上级反映”。")),
    T("answer_from_above", L("登记上级答复"), (S.REFERRED,), S.HANDLING, WITH_OFFICE, needs=("text",),
      takes=("document", "files"), tells=("enterprise", "handler"), primary=True,
      hint=L("回到在办,时限继续计算;答复内容记入政策缺口和内部备注,企业看不到原文。")),
    T("resolve", L("办结"), (S.HANDLING, S.REFERRED), S.RESOLVED, DEPARTMENT, needs=("resolution", "text"),
      takes=("basis", "level", "gap", "gap_title", "told_way", "told_on", "files"), tells=("enterprise", "registrar"),
      primary=True,
      hint=L("说明会发给企业,由企业确认后销号;尚未回复的协办随之结束。")),
    T("confirm", L("确认办结"), (S.RESOLVED,), S.CLOSED, RESPONDENT, needs=("rating",), takes=("tags", "comment"),
      tells=("handler",), primary=True, hint=L("确认并评分后销号。")),
    T("confirm_partly", L("部分解决"), (S.RESOLVED,), S.CLOSED, RESPONDENT, needs=("left", "rating"),
      takes=("tags", "comment"), tells=("handler", "department_head"),
      hint=L("写明还有什么没有解决:本件销号,没有解决的另立一件,交同一部门按新的时限办理。")),
    T("reject", L("不认可,重办"), (S.RESOLVED,), S.HANDLING, RESPONDENT, needs=("reason",),
      tells=("handler", "department_head"), hint=L("退回原部门重办,办结时限重新计算。")),
    T("close", L("代企业确认销号"), (S.RESOLVED,), S.CLOSED, {"office": P.ISSUE_CLOSE}, needs=("note",),
      tells=("handler", "enterprise"), hint=L("电话回访企业认可后使用,写明回访情况。")),
    T("reopen", L("重办"), (S.CLOSED,), S.HANDLING, {"office": P.ISSUE_CLOSE}, needs=("reason",),
      tells=("handler", "department_head", "enterprise"), hint=L("销号 90 天内可以重办,办结时限重新计算。")),
    T("refute", L("回访后重办"), (S.CLOSED,), S.HANDLING, {"office": P.CALL_RECORD}, needs=("reason",),
      tells=("handler", "department_head", "enterprise"), elsewhere=True,
      hint=L("回访认定没有真正解决:原部门重办,该次销号记为虚假销号。")),
    T("note", L("内部备注"), EVERY, None, {"official": P.ISSUE_NOTE}, needs=("text",), takes=("files", "mentions"),
      public=False, hint=L("企业看不到。写 @姓名,可以提醒看得到此件的同事。")),
    # What a case left unsolved, as a case of its own that the same department has from the start.
    T("follow_up", L("后续办理"), (), S.DISPATCHED, SYSTEM, tells=("handlers", "office")),
    # What a follow-up call found.
    T("called", L("回访"), (S.CLOSED,), None, SYSTEM, public=False),
    T("remind", L("催办"), (S.DISPATCHED, S.HANDLING), None, {"overseer": P.ISSUE_REMIND}, needs=("text",),
      tells=("handler", "department_head"), public=False, hint=L("通知承办人和部门负责人;同一件诉求一天一次。")),
    T("tag", L("标签"), EVERY, None, {"official": P.ISSUE_NOTE}, needs=("labels",), public=False, folded=True,
      hint=L("企业看不到;去掉勾选即去掉标签。")),
    # -- not twice: issues.actions.merging, linking, recurrence
    T("merge", L("并入主件"), UNRESOLVED, S.MERGED, DISPATCHER, needs=("into",), takes=("note",),
      tells=("enterprise", "registrar"),
      hint=L("与同类诉求合并办理,本件计时停止。同一企业的由此销号;其他企业的随主件办结,由各家自己确认。")),
    T("unmerge", L("撤销合并"), (S.MERGED, S.CLOSED), None, DISPATCHER, needs=("reason",),
      tells=("handlers", "enterprise"), hint=L("回到合并前的环节,合并期间不计时。主件办结后不能再撤销。")),
    T("split", L("拆分"), UNRESOLVED, None, {"office": P.ISSUE_DISPATCH, **DEPARTMENT}, needs=("title", "text"),
      takes=("category",), tells=("office", "enterprise"),
      hint=L("把另一件事拆成新的诉求,企业不变,另行交办、另计时限;本件继续办理。")),
    T("link", L("关联诉求"), EVERY, None, {"official": P.ISSUE_NOTE}, needs=("other", "relation"), takes=("note",),
      public=False, hint=L("两件诉求的页面互相可见,企业看不到。")),
    T("unlink", L("取消关联"), EVERY, None, {"official": P.ISSUE_NOTE}, needs=("link",), public=False),
    T("recur", L("认定再次发生"), EVERY, None, DISPATCHER, needs=("earlier",), takes=("note",), public=False,
      hint=L("同一企业同一事项销号后 180 天内再次发生:两件都作标记,前一件不再计为按时办结。")),
    T("unrecur", L("撤销再次发生"), EVERY, None, DISPATCHER, needs=("reason",), public=False),
    T("take_in", L("并入其他诉求"), EVERY, None, SYSTEM, tells=("handler",), public=False),
    T("let_go", L("撤销并入"), EVERY, None, SYSTEM, tells=("handler",), public=False),
    T("lead_news", L("合并办理进展"), (S.MERGED,), None, SYSTEM, tells=("enterprise",)),
    T("came_back", L("销号后再次发生"), (S.CLOSED,), None, SYSTEM, tells=("handler", "department_head"), public=False),
    T("came_back_not", L("撤销再次发生"), (S.CLOSED,), None, SYSTEM, tells=("handler", "department_head"),
      public=False),
    T("deem_accepted", L("视为签收"), (S.DISPATCHED,), S.HANDLING, SYSTEM),
    T("close_unconfirmed", L("逾期未确认,自动销号"), (S.RESOLVED,), S.CLOSED, SYSTEM, tells=("handler", "enterprise")),
    T("warn_yellow", L("黄牌预警"), OPEN, None, SYSTEM, public=False),
    T("warn_red", L("红牌预警"), OPEN, None, SYSTEM, public=False),
    T("escalate", L("红牌升级"), OPEN, None, SYSTEM, public=False),
    T("due_moved", L("期限调整"), OPEN, None, SYSTEM),
    # Written from the policy-gap register, on every case that waited for the policy.
    T("policy_news", L("政策进展"), EVERY, None, SYSTEM, tells=("enterprise",)),
)  # fmt: skip
_BY_VERB = {transition.verb: transition for transition in TRANSITIONS}
SECOND_RETURN_TO = S.ARBITRATION


# How far the enterprise is told a case has come: who disputes it inside is not its business.
PUBLIC_STATUS = {S.RETURNED: S.REGISTERED, S.ARBITRATION: S.REGISTERED}


def public_status(issue: Issue) -> Issue.Status:
    """The stage as the enterprise sees it."""
    status = S(issue.status)
    return PUBLIC_STATUS.get(status, status)


def find(verb: str) -> Transition:
    """The transition of a verb; KeyError for an unknown one."""
    return _BY_VERB[verb]
