"""The policy-gap register: which case waits for which policy, what went upward, what came back, who was told.

Cases are locked before gaps, gaps in the order of their keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.attachments.actions import attach_all
from foundation.audit.actions import record
from foundation.clocks.localtime import now, today
from foundation.notices.actions import notify_many
from issues import gaps, lifecycle
from issues.actions.base import chosen, cleaned, write_event
from issues.actions.coming_back import bring_back, waiting_for
from issues.lifecycle import Case
from issues.limits.audiences import Audiences, Subject
from issues.models import Category, Issue, PolicyGap, PolicyGapCase, PolicyGapStep
from issues.telling import message

State, Kind = PolicyGap.State, PolicyGapStep.Kind
FACTS_LIMIT = 2000
TOLD_LIMIT = 1000


@transaction.atomic
def open_gap(*, by: User, title: str, category: Category, level: str, missing: str) -> PolicyGap:
    """Put a missing policy on the register before any case asks for it."""
    _check_may(by, Permission.POLICY_GAP_EDIT)
    return _opened(by, now(), **_facts(title, category, level, missing))


@transaction.atomic
def edit_gap(
    *, gap: PolicyGap, by: User, title: str, category: Category, level: str, missing: str, version: int | None = None
) -> PolicyGap:
    """Say better what is missing."""
    current = _taken(gap, "edit", by, version)
    facts = _facts(title, category, level, missing)
    before = {name: getattr(current, name) for name in facts}
    if before == facts:
        return current
    for name, value in facts.items():
        setattr(current, name, value)
    labels = [str(PolicyGap._meta.get_field(name).verbose_name) for name in facts if facts[name] != before[name]]
    changes = {name: [str(before[name]), str(facts[name])] for name in facts if facts[name] != before[name]}
    return _written(current, Kind.EDITED, by, text="、".join(labels), data={"changes": changes})


@transaction.atomic
def attach_case(*, issue: Issue, by: User, gap: PolicyGap | None = None, title: str = "") -> PolicyGap:
    """Say which missing policy a case waits for; without one, a gap of its own is made from the case."""
    _check_may(by, Permission.POLICY_GAP_ATTACH)
    case = Issue.objects.select_for_update(of=("self",)).select_related("category", "department").get(pk=issue.pk)
    if not (by.may(Permission.DISTRICT_SCOPE) or Case(case, by).has_department):
        raise Refused(_("只有主办部门和企业服务办公室能改这件诉求所归的政策缺口。"), code="not_allowed")
    if case.resolution != Issue.Resolution.NEEDS_POLICY:
        raise Refused(_("只有以“暂无政策依据”办结的诉求才归入政策缺口。"), code="wrong_resolution")
    return file_case(case, by=by, at=now(), gap=gap, title=title)


def file_case(
    issue: Issue,
    *,
    by: User,
    at: datetime,
    gap: PolicyGap | None = None,
    title: str = "",
    level: str = "",
    missing: str = "",
) -> PolicyGap:
    """The same for a case that is locked already; a case that has its gap keeps it unless another is named.

    A gap of its own is made in the words of its resolution, or in those given.
    """
    title = cleaned(title, label=_("政策缺口名称"), limit=80, needed=False)
    link = PolicyGapCase.objects.filter(issue=issue).select_related("gap").first()
    if gap is None and not title and link and link.gap.state in PolicyGap.ONGOING:
        return link.gap
    into = _ongoing(gap) if gap is not None else _opened_from(issue, by, at, title, level, missing)
    if link and link.gap_id == into.pk:
        return into
    facts: dict[str, Any] = {"gap": into, "attached_at": at, "attached_by": by, "told_at": None, "told_by": None}
    PolicyGapCase.objects.update_or_create(issue=issue, defaults=facts)
    record(action="issues.attach_case", target=into, by=by, issue=issue.number, before=str(link.gap_id) if link else "")
    return into


def drop_case(issue: Issue, *, by: User) -> None:
    """The case was resolved otherwise after all: it no longer waits for a policy."""
    for link in PolicyGapCase.objects.filter(issue=issue).select_related("gap"):
        record(action="issues.drop_case", target=link.gap, by=by, issue=issue.number)
        link.delete()


def note_letter(
    gap: PolicyGap,
    kind: PolicyGapStep.Kind,
    *,
    by: User,
    body: str,
    document: str,
    text: str,
    files: Sequence[UploadedFile] = (),
) -> PolicyGap:
    """Write down on the register what went upward for one of its cases, or came back; files belong to it."""
    current = PolicyGap.objects.select_for_update().get(pk=gap.pk)
    if current.state in PolicyGap.ONGOING:
        current.state = State.SENT if kind == Kind.SENT else State.ANSWERED
    return _written(current, kind, by, files=files, **_letter(body, today(), document, text))


@transaction.atomic
def send_upward(
    *,
    gap: PolicyGap,
    by: User,
    body: str,
    on: date,
    document: str = "",
    text: str = "",
    files: Sequence[UploadedFile] = (),
    version: int | None = None,
) -> PolicyGap:
    """Write down that the gap was reported to a higher level: to whom, when, under which number."""
    current = _taken(gap, "send", by, version)
    letter = _letter(body, on, document, text)
    current.state = State.SENT
    return _written(current, Kind.SENT, by, files=files, **letter)


@transaction.atomic
def record_answer(
    *,
    gap: PolicyGap,
    by: User,
    body: str,
    on: date,
    available: bool,
    document: str = "",
    text: str = "",
    files: Sequence[UploadedFile] = (),
    version: int | None = None,
) -> PolicyGap:
    """Write down what came back; `available` says that the policy now exists, and then it must be named.

    Cases that were referred upward and waited for it go on.
    """
    referred = waiting_for(gap)
    current = _taken(gap, "answer", by, version)
    letter = _letter(body, on, document, text)
    if available and not letter["document"]:
        raise Refused(_("政策已出台的,请写明文件名称或文号。"), code="missing_document")
    if not (letter["document"] or letter["text"]):
        raise Refused(_("请写明答复的文号或内容。"), code="missing_text")
    current.state = State.AVAILABLE if available else State.ANSWERED
    answered = _written(current, Kind.AVAILABLE if available else Kind.ANSWERED, by, files=files, **letter)
    bring_back(referred, by=by, body=letter["body"], document=letter["document"], text=letter["text"])
    return answered


@transaction.atomic
def close_gap(*, gap: PolicyGap, by: User, reason: str, version: int | None = None) -> PolicyGap:
    """Stop following a gap that no policy will fill; the reason is kept."""
    current = _taken(gap, "close", by, version)
    reason = cleaned(reason, label=_("理由"), limit=TOLD_LIMIT)
    current.state = State.CLOSED
    return _written(current, Kind.CLOSED, by, text=reason)


@transaction.atomic
def reopen_gap(*, gap: PolicyGap, by: User, reason: str, version: int | None = None) -> PolicyGap:
    """Follow it again: the policy does not reach far enough, or there is hope once more."""
    current = _taken(gap, "reopen", by, version)
    reason = cleaned(reason, label=_("理由"), limit=TOLD_LIMIT)
    current.state = State.OPEN
    return _written(current, Kind.REOPENED, by, text=reason)


@transaction.atomic
def merge_gaps(*, gap: PolicyGap, into: PolicyGap, by: User, version: int | None = None) -> PolicyGap:
    """Two names for the same gap: the cases go over, the merged one keeps its history and says where they went."""
    if gap.pk == into.pk:
        raise Refused(_("不能并入自己,请另选一条。"), code="invalid_gap")
    list(PolicyGap.objects.select_for_update().filter(pk__in=[gap.pk, into.pk]).order_by("pk"))
    current, stays = _taken(gap, "merge", by, version), _ongoing(into)
    moved = current.cases.update(gap=stays)
    current.state, current.merged_into = State.MERGED, stays
    _written(current, Kind.MERGED, by, text=_("并入“%(title)s”。") % {"title": stays.title}, data={"into": stays.pk})
    text = _("“%(title)s”及其诉求 %(count)d 件并入。") % {"title": current.title, "count": moved}
    return _written(stays, Kind.MERGED, by, text=text, data={"from": current.pk})


@transaction.atomic
def tell_enterprises(*, gap: PolicyGap, by: User, text: str, version: int | None = None) -> int:
    """Tell every enterprise that asked, once, that the policy has come; returns how many were told."""
    _check_may(by, Permission.POLICY_GAP_EDIT)
    text = cleaned(text, label=_("告知内容"), limit=TOLD_LIMIT)
    untold = PolicyGapCase.objects.filter(gap=gap, told_at__isnull=True)
    list(Issue.objects.select_for_update().filter(pk__in=untold.values("issue_id")).order_by("pk").values("pk"))
    current, at = _taken(gap, "tell", by, version), now()
    links = list(untold.select_related("issue__enterprise").order_by("issue__registered_at", "issue_id"))
    if not links:
        raise Refused(_("涉及的企业都已告知过,不必重复。"), code="all_told")
    untold.filter(pk__in=[link.pk for link in links]).update(told_at=at, told_by=by)
    enterprises = _tell([link.issue for link in links], by, at, text)
    _written(current, Kind.TOLD, by, text=text, data={"enterprises": enterprises, "cases": len(links)})
    return enterprises


def _tell(issues: list[Issue], by: User, at: datetime, text: str) -> int:
    """A public event on every case, and a message about its newest case to everybody who speaks for an enterprise."""
    transition = lifecycle.find("policy_news")
    newest = {}
    for issue in issues:
        newest[issue.enterprise_id] = (issue, write_event(issue, transition, by=by, at=at, text=text))
    Issue.objects.filter(pk__in=[issue.pk for issue in issues]).update(last_event_at=at, last_public_event_at=at)
    subjects = {pk: Subject.of(issue) for pk, (issue, _event) in newest.items()}
    audiences = Audiences(subjects.values())
    notify_many(
        [
            message(subjects[pk], event.verb, transition.label, text, key=f"issue:{issue.pk}:{event.pk}",
                    user_id=user_id, enterprise=True)
            for pk, (issue, event) in newest.items()
            for user_id in sorted(audiences.people(subjects[pk], transition.tells))
        ],
        at=at,
    )  # fmt: skip
    return len(newest)


# -- what they share --------------------------------------------------------------------------------------------------


def _check_may(by: User, permission: Permission) -> None:
    if not by.may(permission):
        raise Refused(_("您不能维护政策缺口台账,请联系企业服务办公室。"), code="not_allowed")


def _taken(gap: PolicyGap, verb: str, by: User, version: int | None) -> PolicyGap:
    """The gap, locked; refused where stale, or where its state does not let the verb be used."""
    _check_may(by, Permission.POLICY_GAP_EDIT)
    current = PolicyGap.objects.select_for_update(of=("self",)).select_related("category").get(pk=gap.pk)
    if version is not None and version != current.version:
        raise Stale(current)
    known = gaps.VERBS[verb]
    if current.state not in known.from_:
        raise Refused(
            _("这条政策缺口现在是“%(state)s”,不能“%(verb)s”。请刷新页面查看最新进展。")
            % {"state": current.get_state_display(), "verb": known.label},
            code="wrong_status",
        )
    return current


def _ongoing(gap: PolicyGap) -> PolicyGap:
    """The gap, locked; refused when it no longer takes cases in."""
    current = PolicyGap.objects.select_for_update().get(pk=gap.pk)
    if current.state not in PolicyGap.ONGOING:
        raise Refused(
            _("“%(title)s”现在是“%(state)s”,不能再归入。请另选一条,或以新名称列入。")
            % {"title": current.title, "state": current.get_state_display()},
            code="gap_ended",
        )
    return current


def _facts(title: str, category: Category, level: str, missing: str) -> dict[str, Any]:
    return {
        "title": cleaned(title, label=_("名称"), limit=80),
        "category": category,
        "level": chosen(level, Issue.PolicyLevel, label=_("所需政策层级")),
        "missing": cleaned(missing, label=_("缺什么政策"), limit=FACTS_LIMIT),
    }


def _letter(body: str, on: date, document: str, text: str) -> dict[str, Any]:
    """What is kept of a letter that went or came."""
    if on > today():
        raise Refused(_("日期不能晚于今天。"), code="invalid_date")
    return {
        "body": cleaned(body, label=_("对方单位"), limit=80),
        "on": on,
        "document": cleaned(document, label=_("文号或文件名称"), limit=120, needed=False),
        "text": cleaned(text, label=_("内容"), limit=FACTS_LIMIT, needed=False),
    }


def _opened_from(issue: Issue, by: User, at: datetime, title: str, level: str, missing: str) -> PolicyGap:
    """A gap of the case's own, in the words of the case."""
    missing = (missing or issue.resolution_text)[:FACTS_LIMIT]
    facts = _facts(title or issue.title, issue.category, level or issue.resolution_level, missing)
    return _opened(by, at, **facts)


def _opened(by: User, at: datetime, **facts: Any) -> PolicyGap:
    gap = PolicyGap.objects.create(opened_at=at, opened_by=by, last_step_at=at, **facts)
    PolicyGapStep.objects.create(gap=gap, kind=Kind.OPENED, at=at, by=by)
    record(action="issues.open_gap", target=gap, by=by, level=gap.level, category=gap.category.code)
    return gap


def _written(
    gap: PolicyGap,
    kind: PolicyGapStep.Kind,
    by: User,
    *,
    files: Sequence[UploadedFile] = (),
    data: dict[str, Any] | None = None,
    **step: Any,
) -> PolicyGap:
    """Save the gap with its next step, the files that came with it, and the audit row."""
    at = now()
    gap.version, gap.last_step_at = gap.version + 1, at
    gap.save()
    written = PolicyGapStep.objects.create(gap=gap, kind=kind, at=at, by=by, **step)
    if files:
        attach_all(files=files, owner=written, by=by, internal=True)
    facts = {name: str(value) for name, value in step.items() if value and name != "text"} | (data or {})
    record(action=f"issues.gap_{kind.value}", target=gap, by=by, state=str(gap.state), **facts)
    return gap
