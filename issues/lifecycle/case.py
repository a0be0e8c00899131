"""One case before one user: what the table lets them do with it now, and why not the rest."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from enterprises.models import EnterpriseStaff
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission as P
from foundation.accounts.permissions import Role
from foundation.clocks import calendar, deadlines, localtime
from issues.lifecycle.table import REOPEN_WITHIN, RETURN_WITHIN, TRANSITIONS, WHO_NAMES, Transition
from issues.models import CoHandling, Extension, Handling, Issue, IssueLink

Kind = IssueLink.Kind


def available(issue: Issue, user: Any) -> list[Transition]:
    """What this user may do with the issue now, in the order of the table."""
    return at_hand(Case(issue, user))


def at_hand(case: Case) -> list[Transition]:
    """The same for a case whose facts may have been read before."""
    return [t for t in TRANSITIONS if not (t.by_system or t.elsewhere) and case.obstacle(t) is None]


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
        if who == "supervisor":
            return self.user.has_role(Role.SUPERVISOR)
        if who == "co_handler":
            return bool(self.own_helpings)
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
    def helpings(self) -> list[CoHandling]:
        """The departments that are asked to help and have not replied."""
        return list(self.issue.co_handlings.open().select_related("department"))

    @property
    def own_helpings(self) -> list[CoHandling]:
        """Those of them that are the user's department or below it."""
        own = self.user.department
        return [one for one in self.helpings if own and one.department.path.startswith(own.path)]

    @cached_property
    def extensions(self) -> list[Extension]:
        """The requests made in the running turn."""
        return list(Extension.objects.filter(handling=self.handling)) if self.handling else []

    @cached_property
    def links(self) -> list[IssueLink]:
        """The links of the case in either direction, each with when the case it points at was closed."""
        return list(IssueLink.objects.of(self.issue).annotate(target_closed_at=F("target__closed_at")))

    def link_out(self, kind: IssueLink.Kind) -> Any:
        """The link of a kind that this case points with, if any."""
        return next((x for x in self.links if x.kind == kind and x.source_id == self.issue.pk), None)

    @property
    def followers(self) -> list[int]:
        """The cases merged into this one."""
        return [x.source_id for x in self.links if x.kind == Kind.DUPLICATE and x.target_id == self.issue.pk]

    @property
    def loose_links(self) -> list[IssueLink]:
        """Those that people made and may take away again."""
        return [x for x in self.links if x.kind in (Kind.RELATES, Kind.CAUSE)]

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
    if case.issue.closing == Issue.Closing.WITHDRAWN:
        return Refused(_("这件诉求由企业在办理前撤回,没有可以重办的结果。请登记一件新诉求。"), code="withdrawn")
    if case.issue.closing == Issue.Closing.MERGED:
        return Refused(_("此件已并入同类诉求,请在主件上重办。"), code="merged")
    if closed_at is None or localtime.now() - closed_at > timedelta(days=REOPEN_WITHIN):
        return Refused(_("销号已超过 90 天,不能重办。请为企业登记一件新诉求。"), code="reopen_too_late")
    return None


def _may_take_back(case: Case) -> Refused | None:
    if not case.helpings:
        return Refused(_("没有等待回复的协办部门,可能已经回复。请刷新页面。"), code="no_invitation")
    return None


def _may_remind(case: Case) -> Refused | None:
    last = case.issue.reminded_at
    if last is not None and localtime.local_date(last) == localtime.today():
        return Refused(
            _("诉求 %(number)s 今天已催办过,明天可以再催。") % {"number": case.issue.number}, code="reminded"
        )
    return None


def _may_merge(case: Case) -> Refused | None:
    if case.followers:
        return Refused(_("已有诉求并入此件,请以它为主件,或先撤销那些合并。"), code="has_followers")
    return None


def _may_unmerge(case: Case) -> Refused | None:
    link = case.link_out(Kind.DUPLICATE)
    if link is None:
        return Refused(_("此件没有并入其他诉求。"), code="not_merged")
    if link.target_closed_at is not None:
        return Refused(_("主件已经销号,不能再撤销合并。企业还有意见的,请另行登记。"), code="lead_closed")
    return None


def _may_unlink(case: Case) -> Refused | None:
    return None if case.loose_links else Refused(_("此件没有可以取消的关联。"), code="no_link")


def _may_recur(case: Case) -> Refused | None:
    if case.link_out(Kind.RECURS):
        return Refused(_("此件已认定为再次发生,要改认另一件请先撤销。"), code="marked")
    return None


def _may_unrecur(case: Case) -> Refused | None:
    return None if case.link_out(Kind.RECURS) else Refused(_("此件没有认定为再次发生。"), code="not_marked")


def _may_list(case: Case) -> Refused | None:
    if case.issue.listed_until is not None:
        return Refused(_("此件已挂牌。要改期限,请先摘牌再重新挂牌。"), code="listed")
    return None


def _may_delist(case: Case) -> Refused | None:
    return Refused(_("此件没有挂牌。"), code="not_listed") if case.issue.listed_until is None else None


CONDITIONS = {
    "put_on_list": _may_list,
    "take_off_list": _may_delist,
    "remind": _may_remind,
    "withdraw_invitation": _may_take_back,
    "return": _may_return,
    "request_extension": _may_request,
    "approve_extension": _may_decide,
    "refuse_extension": _may_decide,
    "reopen": _may_reopen,
    "merge": _may_merge,
    "unmerge": _may_unmerge,
    "unlink": _may_unlink,
    "recur": _may_recur,
    "unrecur": _may_unrecur,
}
