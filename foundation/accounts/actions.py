"""Every write to accounts, departments and roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import Department, RoleGrant, User
from foundation.accounts.passwords import first_password, hash_of_first
from foundation.accounts.permissions import ADMIN_ROLES, Role
from foundation.accounts.trail import record, record_each


@transaction.atomic
def create_user(
    *, username: str, name: str, password: str | None, roles: Iterable[Role] = (), by: User | None, **fields: Any
) -> User:
    """A new account; without a password it cannot log in until one is set."""
    user = User(username=username, name=name, **fields)
    if password:
        validate_password(password, user)
    user.set_password(password)
    user.save()
    record(action="accounts.create_user", target=user, by=by, username=username)
    for role in roles:
        grant_role(user=user, role=role, by=by)
    return user


@transaction.atomic
def edit_user(
    *, user: User, version: int, by: User, oversees: Iterable[Department] | None = None, **fields: Any
) -> User:
    """Change a user's facts; refuses a stale `version`."""
    current = User.objects.select_for_update().get(pk=user.pk)
    if current.version != version:
        raise Stale(current)
    changes = {
        key: [_plain(getattr(current, key)), _plain(value)]
        for key, value in fields.items()
        if getattr(current, key) != value
    }
    for key, value in fields.items():
        setattr(current, key, value)
    current.version += 1
    current.save()
    if oversees is not None:
        current.oversees.set(oversees)
        changes["oversees"] = [department.code for department in current.oversees.all()]
    record(action="accounts.edit_user", target=current, by=by, changes=changes)
    return current


@transaction.atomic
def edit_own_profile(*, by: User, email: str, phone: str, notify_by_email: bool) -> User:
    """What people may change of themselves."""
    return edit_user(user=by, version=by.version, by=by, email=email, phone=phone, notify_by_email=notify_by_email)


@transaction.atomic
def prefer(*, by: User, key: str, value: Any) -> None:
    """Remember how a page is to look for this person; None forgets it."""
    user = User.objects.select_for_update().get(pk=by.pk)
    user.preferences = {name: kept for name, kept in (user.preferences | {key: value}).items() if kept is not None}
    user.save(update_fields=["preferences"])
    by.preferences = user.preferences
    record(action="accounts.prefer", target=user, by=by, **{key: value})


@transaction.atomic
def set_password(*, user: User, password: str, by: User, must_change: bool = False) -> None:
    validate_password(password, user)
    user.set_password(password)
    user.must_change_password = must_change
    user.save(update_fields=["password", "must_change_password"])
    record(action="accounts.set_password", target=user, by=by)


@transaction.atomic
def adopt_password(*, user: User, hashed: str, by: User) -> None:
    """Give an account the password its person chose before there was one; only the hash was kept."""
    user.password = hashed
    user.save(update_fields=["password"])
    record(action="accounts.set_password", target=user, by=by)


@transaction.atomic
def issue_first_passwords(*, users: Iterable[User], by: User | None) -> list[tuple[User, str]]:
    """New first passwords for those who have never logged in, to be handed out now: they are kept nowhere."""
    waiting = User.objects.active().filter(pk__in={user.pk for user in users}, last_login=None)
    issued = []
    for user in waiting.select_for_update(of=("self",)).select_related("department").order_by("department__path", "pk"):
        password = first_password()
        user.password, user.must_change_password = hash_of_first(password), True
        issued.append((user, password))
    people = [user for user, _password in issued]
    User.objects.bulk_update(people, ["password", "must_change_password"], batch_size=100)
    record_each(action="accounts.issue_first_password", targets=people, by=by)
    return issued


@transaction.atomic
def grant_role(*, user: User, role: Role, by: User | None) -> RoleGrant:
    """Give a role; nobody may hold two of the three administrator roles."""
    held = set(user.role_grants.values_list("role", flat=True))
    if role in held:
        raise Refused(f"{user.name}已经是{role.label}。", code="role_held")
    if role in ADMIN_ROLES and held & {str(admin) for admin in ADMIN_ROLES}:
        raise Refused(
            "系统管理员、安全管理员、审计员须由不同的人担任。请先收回已有的管理员角色。", code="separate_administrators"
        )
    try:
        with transaction.atomic():
            grant = RoleGrant.objects.create(user=user, role=role, granted_by=by)
    except IntegrityError as error:
        raise Refused("角色刚被别人改动过,请刷新后重试。", code="stale") from error
    _forget_roles(user)
    record(action="accounts.grant_role", target=user, by=by, role=role)
    return grant


@transaction.atomic
def revoke_role(*, user: User, role: Role, by: User) -> None:
    if user == by and role == Role.SECURITY_ADMIN:
        raise Refused("不能收回自己的安全管理员角色,请由另一位安全管理员操作。", code="own_role")
    deleted, _ = RoleGrant.objects.filter(user=user, role=role).delete()
    if not deleted:
        raise Refused(f"{user.name}没有这个角色。", code="role_not_held")
    _forget_roles(user)
    record(action="accounts.revoke_role", target=user, by=by, role=role)


@transaction.atomic
def save_department(*, department: Department, by: User | None) -> Department:
    """Create or change a department; the paths of everything below it follow."""
    created = department.pk is None
    if not created:
        _refuse_own_subtree(department)
        department.version += 1
    department.save()
    for child in department.children.select_related("parent"):
        child.parent = department
        _repath(child)
    record(
        action="accounts.create_department" if created else "accounts.edit_department",
        target=department,
        by=by,
        code=department.code,
        path=department.path,
        is_active=department.is_active,
    )
    return department


def _refuse_own_subtree(department: Department) -> None:
    above = department.parent
    while above is not None:
        if above.pk == department.pk:
            raise Refused("上级不能是本部门或其下属部门,请另选上级。", code="department_cycle")
        above = above.parent


def _repath(department: Department) -> None:
    department.save(update_fields=["path"])
    for child in department.children.all():
        child.parent = department
        _repath(child)


def _forget_roles(user: User) -> None:
    for cached in ("roles", "permissions"):
        user.__dict__.pop(cached, None)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int) else str(value)
