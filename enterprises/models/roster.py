"""Enterprises of the district, where they stand, what they do, and who speaks for them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission, Role
from foundation.accounts.querysets import ScopedQuerySet


class EveryoneSees(ScopedQuerySet):
    """Reference data: no secret to anyone with an account."""

    def visible_to(self, user: Any) -> EveryoneSees:
        return self.all() if getattr(user, "is_authenticated", False) and user.is_active else self.none()


class Industry(models.Model):
    """A class of GB/T 4754-2017; level 1 is the section (A–T), level 4 the finest."""

    code = models.CharField("代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=80)
    level = models.PositiveSmallIntegerField("层级")
    parent = models.ForeignKey(
        "self", verbose_name="上级", null=True, on_delete=models.PROTECT, related_name="children"
    )

    objects = EveryoneSees.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = "行业"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Park(models.Model):
    """An industrial park, run by a department of the tree."""

    code = models.SlugField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60, unique=True)
    department = models.ForeignKey(Department, verbose_name="管理机构", on_delete=models.PROTECT, related_name="parks")
    version = models.PositiveIntegerField(default=1)

    objects = EveryoneSees.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = "园区"

    def __str__(self) -> str:
        return self.name


class Pool(models.Model):
    """A cultivation pool (小升规培育库, 上市后备 …)."""

    code = models.SlugField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60, unique=True)

    objects = EveryoneSees.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = "培育库"

    def __str__(self) -> str:
        return self.name


class EnterpriseQuerySet(ScopedQuerySet):
    sees_all = (Permission.DISTRICT_SCOPE, Permission.IMPORT_ROSTER)

    def scope(self, user: Any) -> Q:
        """Staff of the enterprise, and the town or park it lies in; assignments and issues widen this from above."""
        if user.has_role(Role.ENTERPRISE):
            return Q(pk__in=EnterpriseStaff.objects.filter(user=user).values("enterprise_id"))
        places = user.department_scope().filter(kind__in=[Department.Kind.TOWN, Department.Kind.PARK])
        return Q(town__in=places) | Q(park__department__in=places)

    def visible_to(self, user: Any) -> EnterpriseQuerySet:
        """What was merged into another enterprise is seen through that one alone."""
        return super().visible_to(user).standing()

    def standing(self) -> EnterpriseQuerySet:
        """Those that were not merged into another."""
        return self.filter(merged_into__isnull=True)

    def active(self) -> EnterpriseQuerySet:
        return self.filter(is_active=True)


class Enterprise(models.Model):
    """A registered enterprise, known by its unified social credit code."""

    class Tier(models.TextChoices):
        KEY = "key", "重点企业"
        BACKBONE = "backbone", "行业骨干"
        CULTIVATION = "cultivation", "重点培育"
        GENERAL = "general", "一般企业"

    class Condition(models.TextChoices):
        GOOD = "good", "较好"
        FAIR = "fair", "一般"
        DIFFICULT = "difficult", "困难"

    credit_code = models.CharField("统一社会信用代码", max_length=18)
    code_doubtful = models.BooleanField("代码校验未通过", default=False)
    name = models.CharField("企业名称", max_length=120)
    industry = models.ForeignKey(
        Industry,
        verbose_name="行业",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="enterprises",
        db_index=False,  # enterprise_industry
    )
    park = models.ForeignKey(
        Park, verbose_name="园区", null=True, blank=True, on_delete=models.PROTECT, related_name="enterprises"
    )
    town = models.ForeignKey(
        Department,
        verbose_name="镇街",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="enterprises",
        limit_choices_to={"kind": Department.Kind.TOWN},
        db_index=False,  # enterprise_town begins with it
    )
    tier = models.CharField("分级", max_length=12, choices=Tier, default=Tier.GENERAL)
    is_above_scale = models.BooleanField("规上", default=False)
    operating_condition = models.CharField("经营状况", max_length=10, choices=Condition, blank=True)
    is_monitoring_point = models.BooleanField("监测点", default=False)
    pools = models.ManyToManyField(Pool, verbose_name="培育库", blank=True, related_name="enterprises")
    enterprise_type = models.CharField("企业类型", max_length=80, blank=True)
    legal_representative = models.CharField("法定代表人", max_length=80, blank=True)
    established_on = models.DateField("成立日期", null=True, blank=True)
    registered_capital = models.DecimalField("注册资本(万元)", max_digits=16, decimal_places=4, null=True, blank=True)
    capital_currency = models.CharField("币种", max_length=10, blank=True)  # 人民币, 美元 … as the register says
    business_scope = models.TextField("经营范围", blank=True)
    address = models.CharField("地址", max_length=300, blank=True)
    extra = models.JSONField("其他信息", default=dict, blank=True)  # roster columns we have no field for
    is_active = models.BooleanField("在册", default=True)
    roster_missing_since = models.DateField("不在最新名册", null=True, blank=True)  # a full roster did not name it
    roster_missing_batch = models.ForeignKey(
        "imports.Batch",
        verbose_name="未列入的名册",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # batches are never deleted
    )
    merged_into = models.ForeignKey(
        "self",
        verbose_name="并入",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="merged",
        db_index=False,  # enterprise_merged holds the few that have one
    )
    created_at = models.DateTimeField("录入时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)
    version = models.PositiveIntegerField(default=1)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = verbose_name_plural = "企业"
        # Named here rather than on the fields: there each text would get a second index for LIKE, which nothing
        # uses and which makes a roster's import half as long again.
        indexes = [
            models.Index(fields=["name"], name="enterprise_name"),
            models.Index(fields=["industry"], name="enterprise_industry"),
            models.Index(fields=["town", "name"], name="enterprise_town"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="enterprise_merged"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["credit_code"], name="enterprise_code_once"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(is_active=False) & ~Q(merged_into=F("pk")),
                name="merged_enterprise_is_off_the_register",
            ),
            models.CheckConstraint(
                condition=Q(roster_missing_since__isnull=True, roster_missing_batch__isnull=True)
                | Q(roster_missing_since__isnull=False, roster_missing_batch__isnull=False),
                name="roster_missing_names_the_roster",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> str:
        """The park, or else the town."""
        return str(self.park or self.town or "")


class ContactQuerySet(ScopedQuerySet):
    sees_all = (Permission.DISTRICT_SCOPE, Permission.IMPORT_ROSTER)

    def scope(self, user: Any) -> Q:
        return Q(enterprise__in=Enterprise.objects.visible_to(user))


class Contact(models.Model):
    """A person to call at an enterprise; phones are shown whole only with Permission.PHONE_FULL."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="contacts", verbose_name="企业")
    name = models.CharField("姓名", max_length=40)
    title = models.CharField("职务", max_length=60, blank=True)
    phone = models.CharField("电话", max_length=30, blank=True)
    email = models.EmailField("电子邮箱", blank=True)
    is_primary = models.BooleanField("首要联系人", default=False)
    version = models.PositiveIntegerField(default=1)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["-is_primary", "pk"]
        verbose_name = verbose_name_plural = "联系人"
        constraints = [
            models.UniqueConstraint(fields=["enterprise"], condition=Q(is_primary=True), name="one_primary_contact")
        ]

    def __str__(self) -> str:
        return self.name


class EnterpriseStaffQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        return Q(user=user) | Q(enterprise__in=Enterprise.objects.visible_to(user))


class EnterpriseStaff(models.Model):
    """The tie between an account of the enterprise's side and its enterprise."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enterprise_staff", verbose_name="用户"
    )
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="staff", verbose_name="企业")
    is_admin = models.BooleanField("企业管理员", default=False)  # may let colleagues in and out

    objects = EnterpriseStaffQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "企业用户"

    def __str__(self) -> str:
        return f"{self.enterprise} {self.user}"


# -- Duplicates -------------------------------------------------------------------------------------------------------


class PairQuerySet(ScopedQuerySet):
    """Rows about two enterprises: for those who see both."""

    def scope(self, user: Any) -> Q:
        seen = Enterprise.objects.visible_to(user)
        return Q(first__in=seen) & Q(second__in=seen)


class Pair(models.Model):
    """Two enterprises in the order of their numbers, at most once."""

    first = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="%(class)s_first", db_index=False)
    second = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="%(class)s_second")

    objects = PairQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"

    @property
    def enterprises(self) -> tuple[Enterprise, Enterprise]:
        return self.first, self.second


def _pair_constraints(name: str) -> list[models.BaseConstraint]:
    return [
        models.UniqueConstraint(fields=["first", "second"], name=f"{name}_once"),
        models.CheckConstraint(condition=Q(first__lt=F("second")), name=f"{name}_in_order"),
    ]


class DuplicatePair(Pair):
    """Two enterprises that may be one, as the last search found them."""

    score = models.PositiveSmallIntegerField("可能性")  # percent
    reasons = models.JSONField("理由", default=list)  # keys of enterprises.duplicates.REASONS
    found_at = models.DateTimeField("发现时间")

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复"
        constraints = _pair_constraints("duplicate_pair")
        indexes = [models.Index(fields=["-score", "first", "second"], name="duplicate_likeliest")]


class NotDuplicate(Pair):
    """Two enterprises of which somebody said that they are not one."""

    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="判定人")

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = verbose_name_plural = "不是同一家"
        constraints = _pair_constraints("not_duplicate")


class MergeQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        return Q(survivor__in=Enterprise.objects.visible_to(user))

    def standing(self) -> MergeQuerySet:
        """Those not undone."""
        return self.filter(undone_at__isnull=True)


class Merge(models.Model):
    """One enterprise taken into another: what stood before, what was moved, and whether it was undone."""

    survivor = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="merges", verbose_name="保留的企业")
    loser = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="merged_by", verbose_name="并入的企业")
    at = models.DateTimeField("合并时间", db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="合并人")
    kept = models.JSONField(default=dict)  # facts of the survivor that changed: {field: [before, after]}
    lost = models.JSONField(default=dict)  # all facts of the loser as they were: {field: value}
    moves = models.JSONField(default=list)  # what became of the rows: see enterprises.merging.Moved
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="撤销人"
    )
    undo_left = models.JSONField(default=list)  # what an undo had to leave, in words

    objects = MergeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = verbose_name_plural = "企业合并"
        constraints = [
            models.UniqueConstraint(
                fields=["loser"], condition=Q(undone_at__isnull=True), name="merged_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_facts_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loser} → {self.survivor}"

    def moved(self, relation: str) -> dict[str, Any]:
        """What became of the rows of one relation: `moved`, `changed`, `stayed`."""
        nothing: dict[str, Any] = {"relation": relation, "moved": [], "changed": [], "stayed": []}
        return next((one for one in self.moves if one["relation"] == relation), nothing)
