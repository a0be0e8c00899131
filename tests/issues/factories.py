"""A small district for the tests of issues, and cases brought to any stage through the real verbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import count
from typing import Any
from urllib.parse import urlencode

from enterprises.models import Enterprise, EnterpriseStaff
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from foundation.clocks.localtime import SHANGHAI, today
from issues import actions
from issues.models import Category, Issue
from liaison.models import Assignment
from tests.accounts.factories import DepartmentFactory, UserFactory, root

_numbers = count(1)
MONDAY = "2026-11-09 10:00"  # an ordinary working week follows


def sh(text: str) -> datetime:
    """An instant in Shanghai time: sh("2026-11-09 10:02")."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def make_enterprise(**facts: Any) -> Enterprise:
    """An enterprise on the register."""
    number = next(_numbers)
    given = {"credit_code": f"91{number:016d}", "name": f"第{number}电子有限公司"}
    return Enterprise.objects.create(**given | facts)


def make_speaker(enterprise: Enterprise, **facts: Any) -> User:
    """An account on the enterprise's side."""
    user = UserFactory(roles=[Role.ENTERPRISE], department=None, **facts)
    EnterpriseStaff.objects.create(user=user, enterprise=enterprise)
    return user


@dataclass
class District:
    """Everybody a case meets, with one handling department and another one."""

    bureau: Department
    other_bureau: Department
    enterprise: Enterprise
    speaker: User
    office: User
    handler: User
    head: User
    other_handler: User
    cadre: User
    lead: User
    supervisor: User
    category: Category

    @cached_property
    def colleague(self) -> User:
        """Another handler of the bureau, for the tests that ask for one."""
        return UserFactory(roles=[Role.HANDLER], department=self.bureau, name="同事")

    @property
    def everybody(self) -> list[User]:
        return [
            self.speaker,
            self.office,
            self.handler,
            self.head,
            self.other_handler,
            self.cadre,
            self.lead,
            self.supervisor,
        ]


def make_district() -> District:
    """The people, with the enterprise's lead official and service officer assigned."""
    bureau, other = DepartmentFactory(name="区交通局"), DepartmentFactory(name="区城管局")
    enterprise = make_enterprise()
    cadre = UserFactory(roles=[Role.CADRE], name="服务专员")
    lead = UserFactory(roles=[Role.LEADER], name="责任领导", department=root())
    for kind, user in ((Assignment.Kind.SERVICE_OFFICER, cadre), (Assignment.Kind.LEAD_OFFICIAL, lead)):
        Assignment.objects.create(kind=kind, enterprise=enterprise, user=user, started_on=date(2026, 1, 5))
    return District(
        bureau=bureau,
        other_bureau=other,
        enterprise=enterprise,
        speaker=make_speaker(enterprise, name="企业经办人"),
        office=UserFactory(roles=[Role.OFFICE], name="专班"),
        handler=UserFactory(roles=[Role.HANDLER], department=bureau, name="承办人"),
        head=UserFactory(roles=[Role.DEPARTMENT_HEAD], department=bureau, name="负责人"),
        other_handler=UserFactory(roles=[Role.HANDLER], department=other, name="别局承办人"),
        cadre=cadre,
        lead=lead,
        supervisor=UserFactory(roles=[Role.SUPERVISOR], name="督导"),
        category=Category.objects.get(code="supply"),
    )


def register(district: District, **facts: Any) -> Issue:
    """A case submitted by the enterprise."""
    given = {
        "by": district.speaker,
        "enterprise": district.enterprise,
        "category": district.category,
        "title": "货车夜间通行证到期",
        "text": "我司有 12 台货车的通行证本月到期,请协调续办。",
        "channel": Issue.Channel.PORTAL,
    }
    return actions.register(**given | facts)


def elsewhere(**facts: Any) -> dict[str, Any]:
    """What makes a case another enterprise's: `register(district, **elsewhere())`."""
    enterprise = make_enterprise(**facts)
    return {"enterprise": enterprise, "by": make_speaker(enterprise)}


def typed(**fields: Any) -> dict[str, Any]:
    """What a browser sends for these fields, lone surrogates included: `client.post(url, **typed(title="…"))`."""
    body = urlencode(fields, errors="surrogatepass")
    return {"data": body, "content_type": "application/x-www-form-urlencoded"}


def dispatched(district: District, to: Department | None = None) -> Issue:
    return actions.dispatch(issue=register(district), to=to or district.bureau, by=district.office)


def handling(district: District) -> Issue:
    return actions.accept(issue=dispatched(district), by=district.handler)


def waiting(district: District) -> Issue:
    return actions.ask(issue=handling(district), by=district.handler, text="请补充车辆清单。")


def referred(district: District) -> Issue:
    facts = {"level": "city", "body": "市交通局", "text": "通行证有效期由市里规定,建议延长至一年。"}
    return actions.refer(issue=handling(district), by=district.handler, **facts)


def resolve(district: District, issue: Issue, **facts: Any) -> Issue:
    given = {"resolution": Issue.Resolution.SOLVED, "text": "已续办全部通行证。", "basis": "货车通行管理办法第六条"}
    if facts.get("resolution") == Issue.Resolution.CANNOT:
        given |= {"told_way": "phone", "told_on": today()}
    return actions.resolve(issue=issue, by=district.handler, **given | facts)


def resolved(district: District) -> Issue:
    return resolve(district, handling(district))


def closed(district: District) -> Issue:
    return actions.confirm(issue=resolved(district), by=district.speaker, rating=5)


def returned(district: District) -> Issue:
    return actions.send_back(
        issue=dispatched(district), by=district.handler, kind="not_ours", reason="不属于我局职责。"
    )


def arbitration(district: District) -> Issue:
    again = actions.dispatch(issue=returned(district), to=district.other_bureau, by=district.office)
    return actions.send_back(issue=again, by=district.other_handler, kind="other_lead", reason="应由交通部门办理。")


def declined(district: District) -> Issue:
    return actions.decline(issue=register(district), by=district.office, reason="属于法院受理范围。")


def merged(district: District) -> Issue:
    """A case that follows another enterprise's."""
    lead = register(district, **elsewhere())
    return actions.merge(issue=dispatched(district), into=lead, by=district.office)


STAGES = {
    Issue.Status.REGISTERED: register,
    Issue.Status.DISPATCHED: dispatched,
    Issue.Status.RETURNED: returned,
    Issue.Status.ARBITRATION: arbitration,
    Issue.Status.HANDLING: handling,
    Issue.Status.WAITING: waiting,
    Issue.Status.REFERRED: referred,
    Issue.Status.RESOLVED: resolved,
    Issue.Status.MERGED: merged,
    Issue.Status.CLOSED: closed,
    Issue.Status.DECLINED: declined,
}
