"""Who may act for an enterprise: its own administrators let colleagues in and out, and so does the office."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from enterprises.models import Enterprise, EnterpriseStaff
from enterprises.successors import standing
from foundation.accounts import actions as accounts
from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.passwords import first_password
from foundation.accounts.permissions import Permission, Role
from foundation.audit.actions import record

MOST = 30  # accounts of one enterprise


@transaction.atomic
def invite_colleague(
    *, enterprise: Enterprise, by: User, name: str, phone: str, username: str, is_admin: bool = False
) -> tuple[EnterpriseStaff, str]:
    """An account for a colleague, and its first password: said once, to be changed at the first login."""
    enterprise = standing(enterprise)
    _check_may(by, enterprise)
    if enterprise.staff.count() >= MOST:
        raise Refused(_("一家企业最多 %(most)d 个账号。") % {"most": MOST}, code="too_many_staff")
    password = first_password()
    user = new_account(username=username, name=name, phone=phone, password=password, by=by, must_change_password=True)
    return tie(user, enterprise, by=by, is_admin=is_admin), password


def new_account(*, username: str, name: str, password: str | None, by: User, **facts: object) -> User:
    """An account on the enterprise's side; refused where the login name is taken."""
    if User.objects.filter(username__iexact=username).exists():
        raise _taken(username)
    try:
        with transaction.atomic():
            return accounts.create_user(
                username=username, name=name, password=password, roles=[Role.ENTERPRISE], by=by, **facts
            )
    except IntegrityError as error:
        raise _taken(username) from error


def _taken(username: str) -> Refused:
    return Refused(_("登录账号“%(name)s”已经有人使用,请换一个。") % {"name": username}, code="username_taken")


def tie(user: User, enterprise: Enterprise, *, by: User, is_admin: bool) -> EnterpriseStaff:
    """Let this account speak for the enterprise; the first one is its administrator whatever was asked."""
    first = not enterprise.staff.filter(is_admin=True, user__is_active=True).exists()
    staff = EnterpriseStaff.objects.create(user=user, enterprise=enterprise, is_admin=is_admin or first)
    record(action="enterprises.add_staff", target=enterprise, by=by, user=user.username, is_admin=staff.is_admin)
    return staff


@transaction.atomic
def suspend_colleague(*, staff: EnterpriseStaff, by: User) -> EnterpriseStaff:
    """Take the account out of use at once; what the person did stays under their name."""
    current = _taken_up(staff, by)
    _keep_one_admin(current)
    return _switch(current, by, active=False)


@transaction.atomic
def admit_colleague(*, staff: EnterpriseStaff, by: User) -> EnterpriseStaff:
    """Put a suspended account back into use."""
    return _switch(_taken_up(staff, by), by, active=True)


@transaction.atomic
def name_admin(*, staff: EnterpriseStaff, by: User) -> EnterpriseStaff:
    """Let a colleague manage the accounts too."""
    current = _taken_up(staff, by)
    if not current.user.is_active:
        raise Refused(_("%(name)s的账号已停用,请先恢复。") % {"name": current.user.name}, code="inactive")
    return _set_admin(current, by, True)


@transaction.atomic
def unname_admin(*, staff: EnterpriseStaff, by: User) -> EnterpriseStaff:
    """Take the management away again; the last one keeps it."""
    current = _taken_up(staff, by)
    _keep_one_admin(current)
    return _set_admin(current, by, False)


def _taken_up(staff: EnterpriseStaff, by: User) -> EnterpriseStaff:
    """The row as it stands, its enterprise locked, so that two administrators cannot put each other out."""
    enterprise = standing(staff.enterprise)
    current = EnterpriseStaff.objects.select_related("user").get(pk=staff.pk)
    current.enterprise = enterprise
    _check_may(by, enterprise)
    return current


def _check_may(by: User, enterprise: Enterprise) -> None:
    if by.may(Permission.ENTERPRISE_EDIT):
        return
    own = EnterpriseStaff.objects.filter(user=by, enterprise=enterprise, is_admin=True)
    if not (by.may(Permission.APPEAL_SUBMIT) and own.exists()):
        raise Refused(_("只有本企业的管理员和企业服务办公室能管理账号。"), code="not_allowed")


def _keep_one_admin(staff: EnterpriseStaff) -> None:
    others = staff.enterprise.staff.filter(is_admin=True, user__is_active=True).exclude(pk=staff.pk)
    if staff.is_admin and staff.user.is_active and not others.exists():
        raise Refused(
            _("%(name)s是本企业唯一的管理员,请先另设一位管理员。") % {"name": staff.user.name}, code="last_admin"
        )


def _switch(staff: EnterpriseStaff, by: User, *, active: bool) -> EnterpriseStaff:
    if staff.user.is_active != active:
        user = accounts.edit_user(user=staff.user, version=staff.user.version, by=by, is_active=active)
        staff.user = user
        action = "enterprises.admit_staff" if active else "enterprises.suspend_staff"
        record(action=action, target=staff.enterprise, by=by, user=user.username)
    return staff


def _set_admin(staff: EnterpriseStaff, by: User, is_admin: bool) -> EnterpriseStaff:
    if staff.is_admin != is_admin:
        staff.is_admin = is_admin
        staff.save(update_fields=["is_admin"])
        record(
            action="enterprises.set_staff_admin",
            target=staff.enterprise,
            by=by,
            user=staff.user.username,
            is_admin=is_admin,
        )
    return staff
