"""Who stands behind an audience key, for thousands of cases in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from enterprises.models import EnterpriseStaff
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from issues.models import Issue
from liaison.models import Assignment

# What a ladder may name.
AUDIENCES = {
    "handler": _("承办人(未定时为部门全体承办人)"),
    "department_head": _("部门负责人"),
    "lead_official": _("责任领导"),
    "officer": _("服务专员"),
    "office": _("企业服务办公室"),
    "supervisor": _("督导组"),
    "enterprise": _("企业"),
}
# What a transition may name besides.
HANDLERS, REGISTRAR, HOLDER = "handlers", "registrar", "holder"


class Subject(NamedTuple):
    """What of a case decides who hears of it."""

    pk: int
    number: str
    title: str
    department_id: int | None
    handler_id: int | None
    enterprise_id: int
    project_id: int | None
    registered_by_id: int
    channel: str

    @classmethod
    def of(cls, issue: Issue) -> Subject:
        return cls(*(getattr(issue, name) for name in cls._fields))


class Audiences:
    """The people around some cases; every kind of people is read once, when first asked for."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self.subjects = list(subjects)

    def people(self, subject: Subject, keys: Iterable[str]) -> set[int]:
        """The ids of everybody behind these keys for one case; ValueError for an unknown key."""
        return {user_id for key in keys for user_id in self._behind(subject, key)}

    def speaks_for_enterprise(self, subject: Subject, user_id: int) -> bool:
        """Whether this person stands on the enterprise's side."""
        return user_id in self._staff[subject.enterprise_id]

    def _behind(self, subject: Subject, key: str) -> Collection[int]:
        if key == "handler" and subject.handler_id in self._active_handlers:
            return (subject.handler_id,)
        if key in ("handler", HANDLERS):
            return self._nearest(subject.department_id, Role.HANDLER)
        if key == HOLDER:  # whoever has it now: the department's handler, or the office while no department has
            return self._behind(subject, "handler" if subject.department_id else "office")
        if key == "department_head":
            return self._nearest(subject.department_id, Role.DEPARTMENT_HEAD)
        if key in ("lead_official", "officer"):
            return self._holders(subject, key)
        if key == "enterprise":
            return self._staff[subject.enterprise_id]
        if key == REGISTRAR:
            return () if subject.channel == Issue.Channel.PORTAL else (subject.registered_by_id,)
        if key in ("office", "supervisor"):
            return self._everyone[Role(key)]
        raise ValueError(f"no audience {key!r}")

    def _holders(self, subject: Subject, key: str) -> Collection[int]:
        """Who serves the enterprise in this capacity; for a project's case, who serves the project too."""
        kind = Assignment.Kind.LEAD_OFFICIAL if key == "lead_official" else Assignment.Kind.SERVICE_OFFICER
        of_enterprise = self._assigned.get((kind, "enterprise", subject.enterprise_id), set())
        return of_enterprise | self._assigned.get((kind, "project", subject.project_id), set())

    def _nearest(self, department_id: int | None, role: Role) -> Collection[int]:
        """Those with this role in the department, or in the nearest one above it that has any."""
        path = self._paths.get(department_id, "")
        while path:
            if people := self._by_path[role].get(path):
                return people
            path = path.rstrip("/").rpartition("/")[0]
            path = f"{path}/" if path else ""
        return ()

    @cached_property
    def _paths(self) -> dict[int | None, str]:
        return dict(Department.objects.values_list("pk", "path"))

    @cached_property
    def _by_path(self) -> dict[Role, dict[str, set[int]]]:
        """Role → department path → people."""
        found: dict[Role, dict[str, set[int]]] = {}
        for role in (Role.HANDLER, Role.DEPARTMENT_HEAD):
            people: dict[str, set[int]] = defaultdict(set)
            for user_id, department_id in User.objects.with_role(role).order_by().values_list("pk", "department_id"):
                people[self._paths.get(department_id, "")].add(user_id)
            found[role] = dict(people)
        return found

    @cached_property
    def _active_handlers(self) -> set[int]:
        """Named handlers who still have an account."""
        named = {subject.handler_id for subject in self.subjects if subject.handler_id}
        return set(User.objects.active().filter(pk__in=named).order_by().values_list("pk", flat=True))

    @cached_property
    def _everyone(self) -> dict[Role, set[int]]:
        return {
            role: set(User.objects.with_role(role).order_by().values_list("pk", flat=True))
            for role in (Role.OFFICE, Role.SUPERVISOR)
        }

    @cached_property
    def _staff(self) -> dict[int, set[int]]:
        """Enterprise → the active accounts that speak for it."""
        enterprises = {subject.enterprise_id for subject in self.subjects}
        rows = EnterpriseStaff.objects.filter(enterprise_id__in=enterprises, user__is_active=True)
        found: dict[int, set[int]] = defaultdict(set)
        for enterprise_id, user_id in rows.values_list("enterprise_id", "user_id"):
            found[enterprise_id].add(user_id)
        return found

    @cached_property
    def _assigned(self) -> dict[tuple[str, str, int | None], set[int]]:
        """(kind, enterprise or project, its id) → the people who serve it now."""
        found: dict[tuple[str, str, int | None], set[int]] = defaultdict(set)
        for target in ("enterprise", "project"):
            wanted = {getattr(subject, f"{target}_id") for subject in self.subjects} - {None}
            if not wanted:
                continue
            active = Assignment.objects.active().filter(
                kind__in=[Assignment.Kind.LEAD_OFFICIAL, Assignment.Kind.SERVICE_OFFICER],
                user__is_active=True,
                **{f"{target}_id__in": wanted},
            )
            for kind, target_id, user_id in active.order_by().values_list("kind", f"{target}_id", "user_id"):
                found[kind, target, target_id].add(user_id)
        return found
