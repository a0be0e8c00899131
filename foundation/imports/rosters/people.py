"""The roster of people: accounts with their departments and roles, without passwords until a sheet is printed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.errors import Refused
from foundation.accounts.models import RoleGrant, User
from foundation.accounts.permissions import ADMIN_ROLES, ROLE_NAMES, Permission, Role
from foundation.audit.actions import Act, record_many
from foundation.imports import registry
from foundation.imports.resources import CHUNK, Entry, RosterField, RosterResource, Stored
from foundation.imports.rosters.departments import active_departments
from foundation.imports.values import CellError, Reading
from foundation.imports.widgets import Email, Identifier, Known, Name, Phone, Several, Text

MOST = 3_000  # people in one file: so many first passwords are made while somebody waits


class Roles(Several):
    """Roles by their Chinese names; one of the three administrators at most."""

    def read(self, cell: Any) -> Reading:
        keys, note = super().read(cell)
        if len(set(keys or ()) & set(ADMIN_ROLES)) > 1:
            raise CellError("separate_administrators", _("系统管理员、安全管理员、审计员须由不同的人担任，只能选一个"))
        return keys, note


_SYNONYMS = {
    "服务专员": Role.CADRE, "干部": Role.CADRE, "承办人": Role.HANDLER, "联络员": Role.HANDLER,
    "负责人": Role.DEPARTMENT_HEAD, "部门领导": Role.DEPARTMENT_HEAD, "区领导": Role.LEADER, "办公室": Role.OFFICE,
    "专班": Role.OFFICE, "督导": Role.SUPERVISOR, "企业": Role.ENTERPRISE,
}  # fmt: skip


class PersonResource(RosterResource):
    """People by staff number, or where a row has none by account; the number is the account of a new one without."""

    key = "staff_number"
    alternative = "username"
    title = gettext_lazy("人员名册")
    unit = gettext_lazy("人")
    list_url = "accounts:users"
    detail_url = "accounts:user"
    permission = Permission.USER_EDIT
    opens_accounts = True
    examples = {
        "staff_number": "GX0123", "name": "张伟", "title_": "科长", "phone": "13800000000", "email": "zhang@example.cn",
        "roles": "联系干部、部门承办人",
    }  # fmt: skip

    staff_number = RosterField(
        "工号",
        "人员编号 干部编号 职工号 员工编号 工作证号 人员工号",
        widget=Identifier(limit=30),
        hint=gettext_lazy("工号和账号至少填写一个"),
    )
    username = RosterField(
        "账号",
        "用户名 登录名 登录账号 登录账户",
        widget=Identifier(limit=60),
        hint=gettext_lazy("留空则以工号为账号，建好后不能改"),
    )
    name = RosterField("姓名", "名字 干部姓名 人员姓名", widget=Name(limit=40), required=True)
    department = RosterField(
        "部门",
        "单位 所在单位 所在部门 所属部门 所属单位 工作单位 部门名称 单位名称 部门代码",
        widget=Known(active_departments, "部门"),
        sources=["department_id"],
    )
    title_ = RosterField("职务", "岗位 职务职级 现任职务", widget=Text(limit=60), sources=["title"])
    phone = RosterField(
        "手机", "手机号 手机号码 联系电话 电话 联系方式 移动电话", widget=Phone(limit=30), sensitive=True
    )
    email = RosterField("电子邮箱", "邮箱 邮件 电子邮件 邮件地址 email e-mail", widget=Email(limit=254))
    roles = RosterField(
        "角色",
        "系统角色 用户角色 角色权限",
        widget=Roles({str(role): ROLE_NAMES[role] for role in Role}, {w: str(r) for w, r in _SYNONYMS.items()}),
        related=True,
        hint=gettext_lazy("填写后以此为准，没有列出的角色会收回；留空不改动"),
    )

    class Meta:
        model = User
        fields = ("staff_number", "username", "name", "department", "title_", "phone", "email", "roles")

    def completed(self, found: list[Stored]) -> list[Stored]:
        """With the roles each holds."""
        held: dict[Any, set[str]] = defaultdict(set)
        grants = RoleGrant.objects.filter(user__in=[stored.pk for stored in found])
        for user, role in grants.values_list("user_id", "role"):
            held[user].add(role)
        for stored in found:
            stored.values["roles"] = [str(role) for role in Role if role in held[stored.pk]] or None
        return found

    # -- Judging ------------------------------------------------------------------------------------------------------

    def identity(self, values: dict[str, Any]) -> Hashable:
        return values.get("username")

    def settle(self, rows: Sequence[Entry]) -> None:
        """Give new people an account; refuse accounts of others, and giving up one's own administration."""
        if len(rows) > MOST:
            message = _("人员名册一次最多导入 %(most)s 行，请分成几个文件。")
            raise Refused(message % {"most": MOST}, code="too_many_rows")
        for row in rows:
            if row.found is None and not row.values.get("username"):
                row.values["username"] = row.values.get("staff_number")
                if not row.values["username"] and not row.errors:
                    row.refuse(self.fields["staff_number"].heading, "required", _("工号和账号至少填写一个"))
        names = {row.values["username"] for row in rows if row.values.get("username")}
        owners = {stored.values["username"]: stored for stored in self.stored_by("username", names)}
        numbers: dict[str, str] = {}  # of new people: staff number → account
        accounts: dict[str, str | None] = {}  # and the other way round
        for row in rows:
            if not row.errors:
                self._settle_account(row, owners.get(row.values.get("username") or ""))
            if not row.errors and row.found is None:
                self._refuse_mixed_up(row, numbers, accounts)
            if not row.errors and row.found is not None:
                self._refuse_own_role(row, row.found)

    def _settle_account(self, row: Entry, owner: Stored | None) -> None:
        """An account belongs to one person and keeps its name."""
        number, username = row.values.get("staff_number"), row.values.get("username")
        heading = self.fields["username"].heading
        if row.found is not None:
            if username and username != row.found.values["username"]:
                said = _("%(name)s的账号是“%(is)s”，账号不能通过导入改名")
                detail = {"name": row.found.label, "is": row.found.values["username"]}
                row.refuse(heading, "username_fixed", said % detail)
        elif owner is not None and owner.values["staff_number"] is None:
            row.found = owner
        elif owner is not None:
            said = _("账号“%(username)s”已属于工号 %(number)s 的%(name)s")
            detail = {"username": username, "number": owner.values["staff_number"], "name": owner.label}
            row.refuse(heading, "username_taken", said % detail)
        elif number is None:
            row.values.pop("staff_number", None)

    def _refuse_mixed_up(self, row: Entry, numbers: dict[str, str], accounts: dict[str, str | None]) -> None:
        """Two new people of one file cannot share a number or an account."""
        number, username = row.values.get("staff_number"), row.values["username"]
        if number and numbers.setdefault(number, username) != username:
            said = _("工号 %(number)s 在本文件里另有一行，账号却不同") % {"number": number}
            row.refuse(self.fields["staff_number"].heading, "number_twice", said)
        elif number and (accounts.setdefault(username, number) or number) != number:
            said = _("账号“%(username)s”在本文件里另有一行，工号却不同") % {"username": username}
            row.refuse(self.fields["username"].heading, "username_twice", said)

    def _refuse_own_role(self, row: Entry, found: Stored) -> None:
        if self._gives_up_own(found.pk, found.values["roles"], row.values.get("roles")):
            row.refuse(self.fields["roles"].heading, "own_role", str(_OWN_ROLE))

    def _gives_up_own(self, key: Any, before: list[str] | None, after: list[str] | None) -> bool:
        admin = Role.SECURITY_ADMIN
        own = self.by is not None and key == self.by.pk
        return own and after is not None and admin in (before or ()) and admin not in after

    # -- Writing ------------------------------------------------------------------------------------------------------

    def derived(self, columns: dict[str, list[Any]], suspects: set[Any]) -> dict[str, Sequence[Any]]:
        """Nobody can log in yet: the first password comes with the sheet, and must be changed."""
        count = len(columns["username"])
        return {"password": [make_password(None) for _ in range(count)], "must_change_password": [True] * count}

    def insert_related(self, keys: Sequence[Any], columns: dict[str, list[Any]]) -> None:
        """What creating each account on its page writes: the roles, and a row of the trail for each act."""
        roles = columns.get("roles") or [None] * len(keys)
        people = [
            User(pk=key, username=username, name=name)
            for key, username, name in zip(keys, columns["username"], columns["name"], strict=True)
        ]
        acts = []
        for person, given in zip(people, roles, strict=True):
            acts.append(Act("accounts.create_user", person, {"username": person.username}))
            acts += [Act("accounts.grant_role", person, {"role": role}) for role in given or ()]
        self._grant([(key, role) for key, given in zip(keys, roles, strict=True) for role in given or ()])
        record_many(acts, by=self.by)

    def change_related(self, changes: Sequence[tuple[Any, dict[str, Any], dict[str, Any]]]) -> None:
        """Grant and revoke until each person holds exactly the new roles."""
        acts, granted = [], []
        for key, new, known in changes:
            if "roles" not in new:
                continue
            before, after = set(known["roles"] or ()), set(new["roles"] or ())
            if self._gives_up_own(key, known["roles"], new["roles"] or []):
                raise Refused(f"{_OWN_ROLE}。", code="own_role")
            person = User(pk=key, name=known["name"])
            gone, fresh = sorted(before - after), sorted(after - before)
            if gone:
                RoleGrant.objects.filter(user=key, role__in=gone).delete()
            granted += [(key, role) for role in fresh]
            acts += [Act("accounts.revoke_role", person, {"role": role}) for role in gone]
            acts += [Act("accounts.grant_role", person, {"role": role}) for role in fresh]
        self._grant(granted)
        if acts:
            record_many(acts, by=self.by)

    def _grant(self, grants: Sequence[tuple[Any, str]]) -> None:
        rows = [RoleGrant(user_id=user, role=role, granted_by=self.by) for user, role in grants]
        RoleGrant.objects.bulk_create(rows, batch_size=500)

    # -- Undo ---------------------------------------------------------------------------------------------------------

    def is_as_created(self, stored: Stored, values: dict[str, Any]) -> bool:
        same_roles = stored.values["roles"] == values.get("roles")
        return same_roles and super().is_as_created(stored, {"roles": stored.values["roles"], **values})

    def owned_relations(self) -> Sequence[str]:
        return ("role_grants",)

    def remove(self, keys: Sequence[Any]) -> None:
        """Delete accounts that nobody ever used, each with a row of the trail."""
        acts = []
        for start in range(0, len(keys), CHUNK):
            people = User.objects.filter(pk__in=keys[start : start + CHUNK]).order_by("pk")
            acts += [Act("accounts.remove_user", person, {"username": person.username}) for person in people]
        record_many(acts, by=self.by)
        super().remove(keys)


_OWN_ROLE = gettext_lazy("不能收回自己的安全管理员角色，请由另一位安全管理员操作")


registry.register("users", PersonResource)
