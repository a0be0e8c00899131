"""How a case comes in and is given to a department."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from enterprises.models import Enterprise, EnterpriseStaff
from enterprises.successors import standing
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Permission
from foundation.attachments.held import Held
from foundation.clocks.localtime import now
from issues import lifecycle, numbers, titles
from issues.actions import recurrence
from issues.actions.base import Turn, act, cleaned, take_up, with_note
from issues.actions.drafts import end_draft
from issues.actions.merging import decline_with, followers_of
from issues.limits import timing
from issues.models import AppealDraft, Category, CategoryRule, Handling, Issue, NumberSeries
from issues.suggesting import suggestions
from issues.suggesting.suggestions import Advice
from liaison.models import Visit
from projects.models import Project


@transaction.atomic
def register(
    *,
    by: User,
    enterprise: Enterprise,
    category: Category,
    title: str,
    text: str,
    channel: str,
    contact_name: str = "",
    contact_phone: str = "",
    project: Project | None = None,
    visit: Visit | None = None,
    files: Sequence[UploadedFile] = (),
    submission_key: uuid.UUID | None = None,
) -> Issue:
    """Take a case in and number it; the same submission key gives the same case, however often it is sent."""
    at = now()
    # The enterprise before the series, as a visit does it: its row is locked by the new case's foreign key anyway.
    enterprise = standing(enterprise, no_key=True)
    _check_origin(by, enterprise, channel, project, visit)
    if not category.is_active:
        raise Refused(_("类别“%(name)s”已停用,请另选类别。") % {"name": category.name}, code="invalid_category")
    series = numbers.lock_series(at)
    if submission_key and (known := _known(submission_key, by)):
        return known
    issue = Issue(
        title=cleaned(title, label=_("标题"), limit=80),
        text=cleaned(text, label=_("内容")),
        category=category,
        enterprise=enterprise,
        project=project,
        visit=visit,
        channel=channel,
        contact_name=cleaned(contact_name, label=_("联系人"), limit=40, needed=False),
        contact_phone=cleaned(contact_phone, label=_("联系电话"), limit=30, needed=False),
        submission_key=submission_key or uuid.uuid4(),
    )
    before = recurrence.look_back(issue, at)
    end_draft(issue.submission_key, by)
    done = enter(issue, by=by, at=at, series=series, files=files)
    recurrence.mark(done, before, at)
    return done


@transaction.atomic
def send_draft(*, draft: AppealDraft, by: User, version: int | None = None) -> Issue:
    """The draft as it stands becomes a case of the person's enterprise, with the files it keeps."""
    current = AppealDraft.objects.select_related("category").filter(pk=draft.pk, owner=by).first()
    staff = EnterpriseStaff.objects.filter(user=by).select_related("enterprise").first()
    if current is None:
        raise Refused(_("这份草稿已提交或删除。"), code="gone")
    if version is not None and version != current.version:
        raise Stale(current)
    if staff is None:
        raise Refused(_("您的账号还没有关联企业,请联系企业服务办公室。"), code="not_allowed")
    if current.category is None:
        raise Refused(_("请选择类别。"), code="missing_category")
    text = cleaned(current.text, label=_("内容"))
    return register(
        by=by,
        enterprise=staff.enterprise,
        category=current.category,
        title=current.title or titles.made_from(text),
        text=text,
        channel=Issue.Channel.PORTAL,
        contact_name=current.contact_name,
        contact_phone=current.contact_phone,
        files=[Held(row) for row in current.files],
        submission_key=current.key,
    )


def enter(
    issue: Issue,
    *,
    by: User,
    at: datetime,
    series: NumberSeries,
    files: Sequence[UploadedFile] = (),
    text: str = "",
    **data: Any,
) -> Issue:
    """Number a new case under the locked series and write its first event, which may say where it comes from."""
    issue.registered_at = issue.last_event_at = issue.last_public_event_at = at
    issue.registered_by, issue.version = by, 0
    issue.number = numbers.take(series)
    issue.save()
    turn = Turn(issue, by, lifecycle.find("register"), at)
    return turn.conclude(text=text, files=files, channel=str(issue.channel), **data)


def _known(key: uuid.UUID, by: User) -> Issue | None:
    """The case that was registered with this key before."""
    issue = Issue.objects.filter(submission_key=key).first()
    if issue and issue.registered_by_id != by.pk:
        raise Refused(_("这份表单已由别人提交,请重新打开登记页面填写。"), code="submission_taken")
    return issue


def _check_origin(by: User, enterprise: Enterprise, channel: str, project: Project | None, visit: Visit | None) -> None:
    """Refuse what this person may not register, or what does not belong together."""
    if channel not in Issue.Channel.values:
        raise Refused(_("请选择来源渠道。"), code="invalid_channel")
    own_side = by.may(Permission.APPEAL_SUBMIT)
    if not (own_side or by.may(Permission.ISSUE_REGISTER)):
        raise Refused(_("您不能登记诉求。请联系企业服务办公室。"), code="not_allowed")
    if channel == Issue.Channel.FOLLOW_UP:
        raise Refused(_("“后续办理”由系统在部分解决时登记,请改选实际来源。"), code="invalid_channel")
    if channel == Issue.Channel.CAUSE:
        raise Refused(_("共性问题在“重复诉求”里立,请改选实际来源。"), code="invalid_channel")
    if own_side != (channel == Issue.Channel.PORTAL):
        raise Refused(_("“企业端”渠道只用于企业自己提交,请改选实际来源。"), code="invalid_channel")
    if not _in_sight(by, enterprise, project, visit):
        raise Refused(_("您不能为这家企业登记诉求,请选择您联系的企业。"), code="not_allowed")
    if project and project.enterprise_id not in (None, enterprise.pk):
        raise Refused(_("项目“%(name)s”不属于这家企业。") % {"name": project.name}, code="invalid_project")
    if visit and visit.enterprise_id not in (None, enterprise.pk):
        raise Refused(_("这次走访不是对这家企业的走访。"), code="invalid_visit")


def _in_sight(by: User, enterprise: Enterprise, project: Project | None, visit: Visit | None) -> bool:
    """Whether this person serves the enterprise, visited it, or serves its project."""
    if visit is not None and visit.by_id == by.pk:
        return True
    if Enterprise.objects.visible_to(by).filter(pk=enterprise.pk).exists():
        return True
    return project is not None and Project.objects.visible_to(by).filter(pk=project.pk).exists()


@act
def dispatch(*, issue: Issue, to: Department, by: User, note: str = "", version: int | None = None) -> Issue:
    """Give the case to a department; its limits start now."""
    turn = take_up(issue, "dispatch", by=by, version=version)
    note = cleaned(note, label=_("交办意见"), limit=1000, needed=False)
    advice = suggestions.for_issue(turn.issue)
    give_to(turn, to, advice)
    done = turn.conclude(department=to.label, round=turn.current.round, **suggestions.told(advice, to))
    return with_note(turn, note) if note else done


@act
def rule(*, issue: Issue, to: Department, by: User, note: str, version: int | None = None) -> Issue:
    """Decide a disputed case: the department named must take it, and may not return it."""
    turn = take_up(issue, "rule", by=by, version=version)
    note = cleaned(note, label=_("裁定意见"), limit=1000)
    turn.issue.binding = True
    give_to(turn, to)
    return turn.conclude(text=note, department=to.label, round=turn.current.round)


@act
def decline(*, issue: Issue, by: User, reason: str, version: int | None = None) -> Issue:
    """Close a case that is not the district's to handle; the enterprise reads why."""
    turn = take_up(issue, "decline", by=by, version=version)
    reason = cleaned(reason, label=_("理由"), limit=1000)
    followers = followers_of(turn.issue)
    turn.issue.closing, turn.issue.closed_at = Issue.Closing.DECLINED, turn.at
    done = turn.conclude(text=reason)
    decline_with(turn, followers, reason)
    return done


def give_to(turn: Turn, to: Department, advice: Advice | None = None) -> None:
    """Open the department's turn under the category's rule and start its clocks."""
    issue = turn.issue
    if not to.is_active or to.kind == Department.Kind.DISTRICT:
        raise Refused(_("不能交给“%(name)s”,请选择在用的部门。") % {"name": to.name}, code="invalid_department")
    if issue.rule is None:
        issue.rule = CategoryRule.objects.select_related("ladder").filter(category=issue.category).first()
    if issue.rule is None:
        raise Refused(
            _("类别“%(name)s”还没有时限规则,请先在规则页设置。") % {"name": issue.category.name}, code="no_rule"
        )
    issue.department, issue.handler = to, None
    turn.handling = Handling.objects.create(
        issue=issue,
        department=to,
        suggested=advice.first.department if advice and advice.learned and advice.first else None,
        round=issue.handlings.count() + 1,
        dispatched_at=turn.at,
    )
    timing.start_turn(turn.current, turn.rule, by=turn.user)
