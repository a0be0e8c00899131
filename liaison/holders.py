"""Who may hold which part: the roles people need, and the words for a person."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import Department, User, UserQuerySet
from foundation.accounts.permissions import Permission, Role
from liaison.models import Assignment

Kind = Assignment.Kind
ROLES: dict[str, tuple[Role, ...]] = {
    Kind.LEAD_OFFICIAL: (Role.LEADER,),
    Kind.SERVICE_OFFICER: (Role.CADRE,),
    Kind.LIAISON_CONTACT: (Role.CADRE, Role.HANDLER, Role.DEPARTMENT_HEAD),
}


def people(kind: str) -> UserQuerySet:
    """The people to choose from for a part; none for the part that a department holds."""
    return User.objects.with_role(*ROLES.get(kind, ())).select_related("department")


def matching(kind: str, words: str) -> UserQuerySet:
    """The people to choose from whose name, account or staff number fits what was typed."""
    text = words.strip()
    # What the suggestions fill in reads 张伟(zhangwei): the account alone decides.
    if text.endswith((")", "）")) and "(" in (plain := text.replace("（", "(").replace("）", ")")):
        text = plain[plain.rindex("(") + 1 : -1].strip()
    exact = people(kind).filter(Q(name=text) | Q(username=text) | Q(staff_number=text))
    return exact.order_by("name", "username")


def suggestions(kind: str, words: str, limit: int = 12) -> UserQuerySet:
    """People whose name, account or staff number begins with what was typed so far."""
    text = words.replace("\x00", "").strip()
    if not text:
        return people(kind).none()
    found = Q(name__startswith=text) | Q(username__startswith=text) | Q(staff_number__startswith=text)
    return people(kind).filter(found).order_by("name", "username")[:limit]


def refuse_unfit(kind: str, holder: Any) -> None:
    """Refuse somebody who cannot hold this part."""
    wants_department = kind == Kind.RESPONSIBLE_DEPARTMENT
    if wants_department != isinstance(holder, Department):
        what = _("单位") if wants_department else _("人员")
        raise Refused(_("%(kind)s须是%(what)s,请重新选择。") % _words(kind, what=what), code="invalid_holder")
    if not holder.is_active:
        raise Refused(_("%(holder)s已停用,请另选。") % {"holder": holder}, code="invalid_holder")
    if isinstance(holder, User) and holder.has_role(Role.ENTERPRISE):
        raise Refused(_("%(holder)s是企业账号,不能担任%(kind)s。") % _words(kind, holder=holder), code="invalid_holder")
    if kind == Kind.SERVICE_OFFICER and not holder.may(Permission.VISIT_LOG):
        raise Refused(
            _("%(holder)s没有走访登记权限,不能担任服务专员。请先由安全管理员授予“联系干部”角色。") % {"holder": holder},
            code="invalid_holder",
        )


def _words(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": Kind(kind).label, **more}
