"""The life of an issue: one table of transitions that the code obeys, the pages draw buttons from, the docs show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.models import EnterpriseStaff
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission as P
from foundation.clocks import calendar, deadlines, localtime
from issues.models import Extension, Handling, Issue

S = Issue.Status
OPEN = (S.REGISTERED, S.DISPATCHED, S.RETURNED, S.ARBITRATION, S.HANDLING, S.WAITING, S.RESOLVED)
EVERY = (*OPEN, S.CLOSED, S.DECLINED)
RETURN_WITHIN = 1  # working days after dispatch
REOPEN_WITHIN = 90  # calendar days after closing

DISPATCHER: Mapping[str, P] = {"office": P.ISSUE_DISPATCH}
DEPARTMENT: Mapping[str, P] = {"handler": P.ISSUE_HANDLE, "department_head": P.ISSUE_HANDLE}
APPROVER: Mapping[str, P] = {"department_head": P.ISSUE_APPROVE, "office": P.ISSUE_APPROVE}
RESPONDENT: Mapping[str, P] = {"enterprise": P.APPEAL_RESPOND}
SYSTEM: Mapping[str, P] = {"system": P.ANYONE}

WHO_NAMES: Mapping[str, str | Promise] = {
    "enterprise": gettext_lazy("企业"),
    "handler": gettext_lazy("部门承办人"),
    "department_head": gettext_lazy("部门负责人"),
    "office": gettext_lazy("企业服务办公室"),
    "registrar": gettext_lazy("登记人"),
    "official": gettext_lazy("看得到此件的工作人员"),
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
    tells: tuple[str, ...] = ()  # audiences of issues.audiences
    public: bool = True  # the enterprise sees the event
    primary: bool = False  # the button to press next
    hint: str | Promise = ""  # what happens

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
    T("return", L("退回"), (S.DISPATCHED,), S.RETURNED, DEPARTMENT, needs=("reason",), tells=("office",), public=False,
      hint=L("交办后一个工作日内可退回一次;再次退回进入裁定。")),
    T("rule", L("裁定"), (S.ARBITRATION,), S.DISPATCHED, {"office": P.ISSUE_ARBITRATE}, needs=("to", "note"),
      tells=("handlers", "department_head"), public=False, primary=True, hint=L("指定主办部门,裁定后不得再退回。")),
    T("reply", L("答复企业"), (S.HANDLING, S.WAITING), None, DEPARTMENT, needs=("text",), takes=("files",),
      tells=("enterprise",), hint=L("企业可见;第一次答复停止首次答复时限。")),
    T("ask", L("请企业补充"), (S.HANDLING,), S.WAITING, DEPARTMENT, needs=("text",), takes=("files",),
      tells=("enterprise",), hint=L("等待期间时限暂停。")),
    T("answer", L("补充说明"), (S.WAITING,), S.HANDLING,
      {"enterprise": P.APPEAL_RESPOND, "handler": P.ISSUE_HANDLE, "office": P.ISSUE_DISPATCH},
      needs=("text",), takes=("files",), tells=("handler",), primary=True, hint=L("提交后时限继续计算。")),
    T("request_extension", L("申请延期"), (S.HANDLING,), None, DEPARTMENT, needs=("days", "reason"),
      tells=("department_head",), public=False, hint=L("由部门负责人或专班审批,不能由申请人自己审批。")),
    T("approve_extension", L("同意延期"), (S.HANDLING, S.WAITING), None, APPROVER, takes=("note",),
      tells=("handler", "enterprise"), hint=L("办结期限按工作日顺延。")),
    T("refuse_extension", L("不同意延期"), (S.HANDLING, S.WAITING), None, APPROVER, needs=("note",),
      tells=("handler",), public=False),
    T("resolve", L("办结"), (S.HANDLING,), S.RESOLVED, DEPARTMENT, needs=("resolution", "text"),
      takes=("basis", "level", "gap", "gap_title", "files"), tells=("enterprise", "registrar"), primary=True,
      hint=L("说明会发给企业,由企业确认后销号。")),
    T("confirm", L("确认办结"), (S.RESOLVED,), S.CLOSED, RESPONDENT, needs=("rating",), takes=("comment",),
      tells=("handler",), primary=True, hint=L("确认并评分后销号。")),
    T("reject", L("不认可,重办"), (S.RESOLVED,), S.HANDLING, RESPONDENT, needs=("reason",),
      tells=("handler", "department_head"), hint=L("退回原部门重办,办结时限重新计算。")),
    T("close", L("代企业确认销号"), (S.RESOLVED,), S.CLOSED, {"office": P.ISSUE_CLOSE}, needs=("note",),
      tells=("handler", "enterprise"), hint=L("电话回访企业认可后使用,写明回访情况。")),
    T("reopen", L("重办"), (S.CLOSED,), S.HANDLING, {"office": P.ISSUE_CLOSE}, needs=("reason",),
      tells=("handler", "department_head", "enterprise"), hint=L("销号 90 天内可以重办,办结时限重新计算。")),
    T("note", L("内部备注"), EVERY, None, {"official": P.ISSUE_NOTE}, needs=("text",), takes=("files",), public=False,
      hint=L("企业看不到。")),
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


def available(issue: Issue, user: Any) -> list[Transition]:
    """What this user may do with the issue now, in the order of the table."""
    return at_hand(Case(issue, user))


def at_hand(case: Case) -> list[Transition]:
    """The same for a case whose facts may have been read before."""
    return [t for t in TRANSITIONS if not t.by_system and case.obstacle(t) is None]


def refuse_unless(issue: Issue, verb: str, user: Any) -> Transition:
    """The transition, or Refused with the reason; `user` None is the system."""
    transition = find(verb)
    obstacle = Case(issue, user).obstacle(transition)
    if obstacle is not None:
        raise obstacle
    return transition


class Case:
    """One issue before one user, with the facts that the conditions of the table ask for, each read once."""

    def __init__(self, issue: Issue, user: Any) -> None:
        self.issue = issue
        self.user = user

    def obstacle(self, transition: Transition) -> Refused | None:
        """Why this user may not do it now; None when nothing is in the way."""
        if not any(self._is(who, permission) for who, permission in transition.who.items()):
            return Refused(
                _("您不能对这件诉求“%(verb)s”:须由%(who)s办理。")
                % {"verb": transition.label, "who": _("或").join(str(WHO_NAMES[who]) for who in transition.who)},
                code="not_allowed",
            )
        if self.issue.status not in transition.from_:
            return Refused(
                _("诉求 %(number)s 现在是“%(status)s”,不能“%(verb)s”。请刷新页面查看最新进展。")
                % {
                    "number": self.issue.number,
                    "status": self.issue.get_status_display(),
                    "verb": transition.label,
                },
                code="wrong_status",
            )
        condition = CONDITIONS.get(transition.verb)
        return condition(self) if condition else None

    def _is(self, who: str, permission: P) -> bool:
        """Whether the user stands in this relation to the case and holds its permission."""
        if self.user is None or who == "system":
            return self.user is None and who == "system"
        return self.user.may(permission) and self._related(who)

    def _related(self, who: str) -> bool:
        if who == "enterprise":
            return self.issue.enterprise_id == self.own_enterprise_id
        if who in ("handler", "department_head"):
            return self.has_department
        if who == "office":
            return self.user.may(P.DISTRICT_SCOPE)
        return self.own_enterprise_id is None

    @cached_property
    def own_enterprise_id(self) -> int | None:
        """The enterprise this user speaks for, if any."""
        if not self.user.may(P.APPEAL_SUBMIT):
            return None
        return EnterpriseStaff.objects.filter(user=self.user).values_list("enterprise_id", flat=True).first()

    @cached_property
    def has_department(self) -> bool:
        """Whether the case lies with the user's department or one below it."""
        if self.issue.department is None or self.user.department is None:
            return False
        return self.issue.department.path.startswith(self.user.department.path)

    @cached_property
    def handling(self) -> Handling | None:
        """The turn that is running."""
        return self.issue.handlings.filter(ended_at__isnull=True).select_related("department").first()

    @cached_property
    def extensions(self) -> list[Extension]:
        """The requests made in the running turn."""
        return list(Extension.objects.filter(handling=self.handling)) if self.handling else []

    @property
    def open_request(self) -> Extension | None:
        return next((e for e in self.extensions if e.state == Extension.State.REQUESTED), None)

    @property
    def extension_left(self) -> int:
        """How many working days may still be granted in this turn."""
        granted = sum(e.days for e in self.extensions if e.state == Extension.State.APPROVED)
        return max(0, (self.issue.rule.extension_limit if self.issue.rule else 0) - granted)

    @property
    def return_until(self) -> datetime | None:
        """The instant at which the department's right to return ends."""
        if self.handling is None:
            return None
        return deadlines.due(self.handling.dispatched_at, RETURN_WITHIN, calendar.current()).at


def _may_return(case: Case) -> Refused | None:
    if case.issue.binding:
        return Refused(_("此件经专班裁定,不得再退回。请签收办理,确有困难可申请延期。"), code="binding")
    until = case.return_until
    if until is None or localtime.now() >= until:
        return Refused(_("已超过交办后一个工作日,不能再退回。请签收办理。"), code="return_too_late")
    return None


def _may_request(case: Case) -> Refused | None:
    if case.open_request:
        return Refused(_("已有一份延期申请待审批,请等审批后再申请。"), code="request_open")
    if case.extension_left == 0:
        return Refused(_("本件延期天数已用完,不能再延期。请按期办结。"), code="extension_used_up")
    return None


def _may_decide(case: Case) -> Refused | None:
    if case.open_request is None:
        return Refused(_("没有待审批的延期申请,可能已被别人审批。请刷新页面。"), code="no_request")
    if case.open_request.requested_by_id == case.user.pk:
        return Refused(_("不能审批自己提出的延期申请,请由部门负责人或专班审批。"), code="own_request")
    return None


def _may_reopen(case: Case) -> Refused | None:
    closed_at = case.issue.closed_at
    if closed_at is None or localtime.now() - closed_at > timedelta(days=REOPEN_WITHIN):
        return Refused(_("销号已超过 90 天,不能重办。请为企业登记一件新诉求。"), code="reopen_too_late")
    return None


CONDITIONS = {
    "return": _may_return,
    "request_extension": _may_request,
    "approve_extension": _may_decide,
    "refuse_extension": _may_decide,
    "reopen": _may_reopen,
}


def document() -> str:
    """The page docs/lifecycle.md."""
    return f"""# The life of an issue

Written by `manage.py lifecycle` from `issues/lifecycle.py`, the table that the code executes; a test keeps it current.
A department may return a case within {RETURN_WITHIN} working day after dispatch, and never after a ruling.
An extension is not decided by the person who asked for it. A case may be reopened within {REOPEN_WITHIN} days after
closing. Whoever does not see a case cannot do anything with it.

{table()}"""


def table() -> str:
    """The transitions as a Markdown table."""
    head = "| 动作 | 名称 | 从 | 到 | 谁 | 必填 | 可填 | 企业可见 | 告知 |\n|---|---|---|---|---|---|---|---|---|\n"
    return head + "".join(f"| {' | '.join(_cells(t))} |\n" for t in TRANSITIONS)


def _cells(t: Transition) -> tuple[str, ...]:
    target = str(t.to.label) if t.to else "不变"
    if t.verb == "return":
        target += f"(再次退回:{SECOND_RETURN_TO.label})"
    return (
        f"`{t.verb}`",
        str(t.label),
        _from(t.from_),
        target,
        "、".join(str(WHO_NAMES[who]) for who in t.who),
        " ".join(f"`{name}`" for name in t.needs),
        " ".join(f"`{name}`" for name in t.takes),
        "是" if t.public else "否",
        " ".join(f"`{name}`" for name in t.tells),
    )


def _from(statuses: tuple[Issue.Status, ...]) -> str:
    if statuses == EVERY:
        return "任何环节"
    if statuses == OPEN:
        return "未销号的任何环节"
    return "、".join(str(status.label) for status in statuses) or "(新建)"
