"""What every verb shares: taking up a case under lock, and writing down what was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Permission, Role
from foundation.attachments.actions import attach_all
from foundation.audit.actions import record
from foundation.clocks.localtime import now
from issues import lifecycle, unread
from issues.actions.attention import acted
from issues.actions.endings import end_with
from issues.lifecycle import Case, Transition
from issues.limits import timing
from issues.limits.audiences import Subject
from issues.mentions import kept, resolve
from issues.models import CategoryRule, Event, Handling, Issue
from issues.telling import tell

# Written by the clocks' refresh alone.
MIRRORED = ("level", "due_at", "clock_kind", "clock_started_at", "due_provisional")
OWN_FIELDS = [
    field.name for field in Issue._meta.concrete_fields if not field.primary_key and field.name not in MIRRORED
]
TEXT_LIMIT = 5000
P = ParamSpec("P")


class Turn(Case):
    """A case taken up for one verb: locked, up to date, and allowed."""

    def __init__(self, issue: Issue, by: User | None, transition: Transition, at: datetime) -> None:
        super().__init__(issue, by)
        self.transition = transition
        self.at = at
        self.left: Subject | None = None  # the case as it lies, or lay, with another department to be told

    @property
    def current(self) -> Handling:
        """The department's running turn: there is one wherever the table lets its verbs be used."""
        assert self.handling is not None
        return self.handling

    @property
    def rule(self) -> CategoryRule:
        """The limits the case started with."""
        assert self.issue.rule is not None
        return self.issue.rule

    def conclude(
        self,
        *,
        text: str = "",
        status: Issue.Status | None = None,
        files: Sequence[UploadedFile] = (),
        also_tells: Sequence[str] = (),
        mentions: Sequence[User] = (),
        **data: Any,
    ) -> Issue:
        """Move the case on and write the event, the audit row and the notices; returns the case as it stands.

        `also_tells` names audiences besides those of the table. Where the table takes `mentions`, those named in the
        text are told too.
        """
        issue, transition = self.issue, self.transition
        named = resolve(issue, text, mentions) if "mentions" in transition.takes else []
        if named:
            data["mentions"] = kept(named)
        issue.status = status or transition.to or issue.status
        issue.version += 1
        before = unread.last_said(issue, self.user) if self.user else self.at
        issue.last_event_at = self.at
        if transition.public:
            issue.last_public_event_at = self.at
        issue.save(update_fields=OWN_FIELDS)
        event = write_event(issue, transition, by=self.user, at=self.at, text=text, **data)
        if files:
            stored = attach_all(files=files, owner=issue, by=self.user, internal=not transition.public)
            event.data["files"] = [str(attachment.key) for attachment in stored]
            event.save(update_fields=["data"])
        tell(event, transition, *also_tells, mentioned={mention.user.pk for mention in named}, left=self.left)
        record(action=f"issues.{transition.verb}", target=issue, by=self.user, status=str(issue.status), **event.data)
        end_with(event, transition.label)
        if self.user:
            acted(issue=issue, by=self.user, before=before)
        issue.refresh_from_db(fields=MIRRORED)
        return issue


def act(write: Callable[P, Issue]) -> Callable[P, Issue]:
    """Make a function a verb on a case: one transaction, before which the case's clocks are brought up to now.

    So what time has brought stands even where the verb itself is then refused.
    """

    @wraps(write)
    def verb(*args: P.args, **kwargs: P.kwargs) -> Issue:
        issue = kwargs["issue"]
        assert isinstance(issue, Issue)
        if timing.is_behind(issue, now()):
            with transaction.atomic():
                timing.catch_up(locked(issue.pk), now())
        with transaction.atomic():
            return write(*args, **kwargs)

    return verb


def take_up(issue: Issue, verb: str, *, by: User, version: int | None) -> Turn:
    """Lock the case, raise what its clocks have reached, and refuse a stale version or what is not allowed now."""
    at = now()
    current = locked(issue.pk)
    if timing.catch_up(current, at):
        current = locked(issue.pk)
    if version is not None and version != current.version:
        raise Stale(current)
    turn = Turn(current, by, lifecycle.find(verb), at)
    obstacle = turn.obstacle(turn.transition)
    if obstacle is not None:
        raise obstacle
    return turn


def locked(pk: int) -> Issue:
    """The case's row, locked."""
    rows = Issue.objects.select_for_update(of=("self",))
    return rows.select_related("department", "handler", "category", "rule__ladder", "enterprise").get(pk=pk)


def with_note(turn: Turn, note: str) -> Issue:
    """Keep what is said among officials, with a verb of which the enterprise reads."""
    following = Turn(turn.issue, turn.user, lifecycle.find("note"), turn.at)
    return following.conclude(text=note)


def write_event(
    issue: Issue, transition: Transition, *, by: User | None, at: datetime, text: str = "", **data: Any
) -> Event:
    return Event.objects.create(
        issue=issue,
        at=at,
        verb=transition.verb,
        by=by,
        actor=actor_name(issue, by),
        text=text,
        internal=not transition.public,
        data=data,
    )


def actor_name(issue: Issue, by: User | None) -> str:
    """In whose name somebody acts on the timeline: the department, the enterprise, or the system."""
    if by is None:
        return _("系统")
    if by.may(Permission.APPEAL_SUBMIT):
        return issue.enterprise.name[:80]
    if by.department:
        return by.department.label
    return str(Role.OFFICE.label) if by.has_role(Role.OFFICE) else _("区工作人员")  # enterprises read no names here


def cleaned(text: str, *, label: object, limit: int = TEXT_LIMIT, needed: bool = True) -> str:
    """The text without surrounding space; refuses what is missing, too long or not storable."""
    text = str(text or "").strip()
    if needed and not text:
        raise Refused(_("请填写%(label)s。") % {"label": label}, code="missing_text")
    if len(text) > limit:
        raise Refused(
            _("%(label)s最多 %(limit)d 字,现在是 %(length)d 字,请删减。")
            % {"label": label, "limit": limit, "length": len(text)},
            code="invalid_too_long",
        )
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Refused(_("%(label)s里有无法保存的字符,请重新输入。") % {"label": label}, code="invalid_text")
    return text


def chosen(value: str, choices: Any, *, label: object) -> str:
    """The value, refused unless it is one of the choices."""
    if value not in choices.values:
        raise Refused(_("请选择%(label)s。") % {"label": label}, code="invalid_choice")
    return value


def check_handler(department: Department | None, handler: User) -> None:
    """Refuse anybody who cannot handle a case of this department."""
    near = department and handler.department and department.path.startswith(handler.department.path)
    if not near or not handler.may(Permission.ISSUE_HANDLE):
        raise Refused(_("%(name)s不是本部门的承办人,请另选承办人。") % {"name": handler.name}, code="invalid_handler")
