"""The clock of a visit duty: what its levels mean, and who is told of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.clocks.explaining import Explanations
from foundation.clocks.kinds import ClockKind, Owner, Raised
from foundation.clocks.levels import YELLOW
from foundation.clocks.localtime import month_end
from foundation.clocks.mirrors import mirror
from foundation.clocks.models import Ladder
from foundation.notices.actions import Message, notify_many
from foundation.notices.digests import gather, listed
from liaison.models import Assignment, VisitDuty

KIND = "visit"
AUDIENCES = {
    "officer": gettext_lazy("服务专员"),
    "department_head": gettext_lazy("部门负责人"),
    "lead_official": gettext_lazy("责任领导"),
    "office": gettext_lazy("企业服务办公室"),
    "supervisor": gettext_lazy("督导组"),
}


def refresh(clock_ids: list[int]) -> None:
    """Copy level and due instant onto the duties of these clocks."""
    mirror(VisitDuty, clock_ids, {"level": "level", "due_at": "due_at"})


def announce(raised: list[Raised]) -> int:
    """Tell the audiences of each new warning; a constant number of queries for the batch."""
    owners = {warning.owner_id for warning in raised}
    duties = VisitDuty.objects.select_related("enterprise", "officer", "department").in_bulk(owners)
    ladders = Ladder.objects.in_bulk({warning.ladder_id for warning in raised})
    people = Audiences(duties.values())
    told: dict[Reader, list[Found]] = defaultdict(list)
    for warning in raised:
        duty = duties.get(warning.owner_id)
        if duty is not None and duty.cancelled_at is None:
            keys = ladders[warning.ladder_id].tells(warning.level)
            for recipient in sorted(people.of(duty, keys)):
                told[Reader(recipient, _tone(warning), duty.month)].append((warning, duty))
    reasons = Explanations(warning.clock_id for warning in raised)
    return notify_many(gather(told, one=partial(_message, reasons), many=_digest))


class Reader(NamedTuple):
    """Somebody who is told of the duties of a month."""

    user_id: int
    tone: str
    month: date


Found = tuple[Raised, VisitDuty]


@dataclass
class Audiences:
    """Who stands behind an audience key for each duty of a batch; every key is looked up once."""

    duties: Iterable[VisitDuty]
    _cache: dict[str, object] = field(default_factory=dict)

    def of(self, duty: VisitDuty, keys: Iterable[str]) -> set[int]:
        """The people behind these keys for one duty; a key nobody knows is nobody."""
        found: set[int] = set()
        for key in keys:
            lookup = getattr(self, f"_{key}", None)
            found |= lookup(duty) if lookup else set()
        return found

    def _officer(self, duty: VisitDuty) -> set[int]:
        return {duty.officer_id} if duty.officer.is_active else set()

    def _department_head(self, duty: VisitDuty) -> set[int]:
        """The heads of the officer's department, or of the nearest one above it that has a head."""
        if duty.department is None:
            return set()
        above = [path for path in self._heads() if duty.department.path.startswith(path)]
        return self._heads()[max(above, key=len)] if above else set()

    def _heads(self) -> dict[str, set[int]]:
        if "heads" not in self._cache:
            heads: dict[str, set[int]] = {}
            holders = User.objects.with_role(Role.DEPARTMENT_HEAD).filter(department__isnull=False)
            for pk, path in holders.values_list("pk", "department__path"):
                heads.setdefault(path, set()).add(pk)
            self._cache["heads"] = heads
        return self._cache["heads"]  # type: ignore[return-value]

    def _lead_official(self, duty: VisitDuty) -> set[int]:
        if "leads" not in self._cache:
            wanted = [duty.enterprise_id for duty in self.duties]
            leads = Assignment.objects.active().filter(
                kind=Assignment.Kind.LEAD_OFFICIAL, enterprise_id__in=wanted, user__is_active=True
            )
            self._cache["leads"] = {enterprise: {user} for enterprise, user in leads.values_list("enterprise", "user")}
        return self._cache["leads"].get(duty.enterprise_id, set())  # type: ignore[attr-defined]

    def _office(self, _duty: VisitDuty) -> set[int]:
        return self._holders(Role.OFFICE)

    def _supervisor(self, _duty: VisitDuty) -> set[int]:
        return self._holders(Role.SUPERVISOR)

    def _holders(self, role: Role) -> set[int]:
        if role not in self._cache:
            self._cache[role] = set(User.objects.with_role(role).values_list("pk", flat=True))
        return self._cache[role]  # type: ignore[return-value]


def _tone(warning: Raised) -> str:
    """Yellow, or red: what comes after red says the same."""
    return "yellow" if warning.level == YELLOW else "red"


def _message(reasons: Explanations, reader: Reader, found: Found) -> Message:
    """The words of one warning for one person; the officer is led to the form, others to the list."""
    warning, duty = found
    last = month_end(duty.month)
    words = {"enterprise": duty.enterprise.name, "month": duty.month.month, "officer": duty.officer.name}
    if warning.level == YELLOW:
        subject = _("%(enterprise)s %(month)d 月还没有走访") % words
        body = _("请在 %(day)s 前完成走访并登记。") % {"day": last.isoformat()}
    else:
        subject = _("%(enterprise)s %(month)d 月走访超期未完成") % words
        body = _("服务专员 %(officer)s 未在 %(day)s 前登记走访。") % (words | {"day": last.isoformat()})
    return Message(
        recipient_id=reader.user_id,
        kind=f"visit.{reader.tone}",
        subject=subject,
        body=f"{body}\n{reasons.text(warning.clock_id, warning.at)}",
        url=_address(duty, reader.user_id),
        key=f"warning-{warning.warning_id}",
        concerns=[duty.pk],
    )


def _digest(reader: Reader, many: Sequence[Found]) -> Message:
    """The words of many warnings of one month for one person."""
    words = {"count": len(many), "month": reader.month.month, "day": month_end(reader.month).isoformat()}
    if reader.tone == "yellow":
        subject = _("%(count)d 户企业 %(month)d 月还没有走访,请在 %(day)s 前完成") % words
    else:
        subject = _("%(count)d 户企业 %(month)d 月走访超期未完成") % words
    lines = (f"{duty.enterprise.name}({duty.officer.name})" for _warning, duty in many)
    warnings = [warning.warning_id for warning, _duty in many]
    return Message(
        recipient_id=reader.user_id,
        kind=f"visit.{reader.tone}",
        subject=subject,
        body=listed(lines, len(many)),
        url=f"{reverse('liaison:visits')}?view=duties&month={reader.month:%Y-%m}",
        key=f"warnings-{warnings[0]}",
        about=warnings,
        concerns=[duty.pk for _warning, duty in many],
    )


def _address(duty: VisitDuty, recipient: int) -> str:
    if recipient == duty.officer_id:
        return f"{reverse('liaison:visit_new')}?enterprise={duty.enterprise_id}"
    return f"{reverse('liaison:visits')}?view=duties&month={duty.month:%Y-%m}&enterprise={duty.enterprise_id}"


def owners(user: Any, duty_ids: Iterable[int]) -> dict[int, Owner]:
    """Those of these duties that this person may see."""
    duties = VisitDuty.objects.visible_to(user).filter(pk__in=duty_ids).select_related("enterprise")
    return {
        duty.pk: Owner(
            _("%(enterprise)s %(month)d 月走访") % {"enterprise": duty.enterprise.name, "month": duty.month.month},
            f"{reverse('liaison:visits')}?view=duties&month={duty.month:%Y-%m}&enterprise={duty.enterprise_id}",
        )
        for duty in duties
    }


VISIT_CLOCK = ClockKind(KIND, gettext_lazy("走访任务"), refresh=refresh, announce=announce, owners=owners)
