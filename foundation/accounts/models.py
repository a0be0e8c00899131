"""Departments in one tree, users, and the roles they hold."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from foundation.accounts.permissions import ADMIN_ROLES, ROLE_NAMES, Permission, Role, permissions_of
from foundation.accounts.querysets import ScopedQuerySet


class DepartmentQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> DepartmentQuerySet:
        """The names of departments are no secret to anyone who has an account."""
        return self.all() if getattr(user, "is_authenticated", False) and user.is_active else self.none()

    def active(self) -> DepartmentQuerySet:
        return self.filter(is_active=True)

    def under(self, *departments: Department) -> DepartmentQuerySet:
        """These departments and everything below them."""
        wanted = Q(pk__in=[])
        for department in departments:
            wanted |= Q(path__startswith=department.path)
        return self.filter(wanted)


class Department(models.Model):
    """A bureau, town/street or park of the district; the district itself is the root."""

    class Kind(models.TextChoices):
        DISTRICT = "district", "区"
        BUREAU = "bureau", "区直部门"
        TOWN = "town", "镇街"
        PARK = "park", "园区"

    code = models.SlugField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60, unique=True)
    short_name = models.CharField("简称", max_length=20, blank=True)
    kind = models.CharField("类型", max_length=10, choices=Kind, default=Kind.BUREAU)
    parent = models.ForeignKey(
        "self", verbose_name="上级", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField("路径", max_length=200, unique=True, editable=False)
    sort_order = models.PositiveSmallIntegerField("排序", default=100)
    is_active = models.BooleanField("在用", default=True)
    version = models.PositiveIntegerField(default=1)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        ordering = ["sort_order", "code"]
        verbose_name = verbose_name_plural = "部门"
        constraints = [
            models.CheckConstraint(
                name="department_only_root_has_no_parent",
                condition=Q(parent__isnull=False) | Q(kind="district"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.path = self.make_path()
        super().save(*args, **kwargs)

    def make_path(self) -> str:
        """`QL/GXJ/`: the codes from the root down; set it yourself before a bulk_create."""
        return f"{self.parent.path if self.parent else ''}{self.code}/"

    @property
    def label(self) -> str:
        return self.short_name or self.name

    def subtree(self) -> DepartmentQuerySet:
        """This department and all below it."""
        return Department.objects.under(self)


class UserQuerySet(ScopedQuerySet):
    sees_all = (Permission.DISTRICT_SCOPE, Permission.USER_VIEW, Permission.USER_EDIT)

    def scope(self, user: User) -> Q:
        own = Q(pk=user.pk)
        return own | Q(department__in=user.department_scope()) if user.department_id else own

    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def with_role(self, *roles: Role) -> UserQuerySet:
        """Active people who hold at least one of these roles."""
        return self.active().filter(pk__in=RoleGrant.objects.filter(role__in=roles).values("user_id"))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    pass


class User(AbstractBaseUser):
    """A person with an account; what they may do comes only from the roles granted."""

    username = models.CharField("账号", max_length=60, unique=True, error_messages={"unique": "这个账号已经有人使用。"})
    name = models.CharField("姓名", max_length=40)
    staff_number = models.CharField("工号", max_length=30, unique=True, null=True, blank=True)
    title = models.CharField("职务", max_length=60, blank=True)
    phone = models.CharField("手机", max_length=30, blank=True)
    email = models.EmailField("电子邮箱", blank=True)
    department = models.ForeignKey(
        Department, verbose_name="部门", null=True, blank=True, on_delete=models.PROTECT, related_name="staff"
    )
    oversees = models.ManyToManyField(Department, verbose_name="分管部门", blank=True, related_name="leaders")
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须改密码", default=False)
    notify_by_email = models.BooleanField("接收邮件提醒", default=True)
    date_joined = models.DateTimeField("建立时间", auto_now_add=True)
    # How pages are to look for this person, by key; on the row that every request reads anyway.
    preferences = models.JSONField("页面偏好", default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["department__sort_order", "username"]
        verbose_name = verbose_name_plural = "用户"

    def __str__(self) -> str:
        return self.name

    @cached_property
    def roles(self) -> frozenset[str]:
        """The keys of the roles held; read once per instance, so once per request."""
        return frozenset(self.role_grants.values_list("role", flat=True))

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        return permissions_of(self.roles)

    @property
    def role_names(self) -> list[str]:
        return [role.label for role in Role if role in self.roles]

    def has_role(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    def may(self, permission: str) -> bool:
        """Whether the roles held allow this."""
        if not self.is_active:
            return False
        return permission in (Permission.ANYONE, Permission.SIGNED_IN) or permission in self.permissions

    @cached_property
    def _scope_roots(self) -> list[Department]:
        roots = [self.department] if self.department else []
        if self.has_role(Role.LEADER):
            roots += list(self.oversees.all())
        return roots

    def department_scope(self) -> DepartmentQuerySet:
        """The departments whose work this person sees: their own with all below, and those a leader oversees."""
        return Department.objects.under(*self._scope_roots)

    # What Django's own admin asks of a user.
    @property
    def is_staff(self) -> bool:
        return self.may(Permission.ADMIN_SITE)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.may(Permission.ADMIN_SITE)

    def has_module_perms(self, app_label: str) -> bool:
        return self.may(Permission.ADMIN_SITE)


class RoleGrantQuerySet(ScopedQuerySet):
    sees_all = (Permission.USER_VIEW, Permission.USER_EDIT)

    def scope(self, user: User) -> Q:
        return Q(user=user)


class RoleGrant(models.Model):
    """One role held by one user."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants", verbose_name="用户")
    role = models.CharField("角色", max_length=20, choices=[(role.value, ROLE_NAMES[role]) for role in Role])
    granted_at = models.DateTimeField("授予时间", auto_now_add=True)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="授予人")

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "角色授予"
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="role_granted_once"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(role__in=[str(r) for r in ADMIN_ROLES]), name="one_administrator_role_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"
