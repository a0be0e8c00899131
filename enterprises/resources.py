"""The enterprise roster: its columns, the headings they go by, and where they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import models
from django.db.models import FilteredRelation, Q
from django.utils.translation import gettext_lazy as _

from enterprises import duplicates, successors
from enterprises.models import Contact, Enterprise, Industry, Park
from foundation.accounts.models import Department
from foundation.imports import bulk, registry
from foundation.imports.candidates import Resemblance
from foundation.imports.lines import Remark
from foundation.imports.resources import CHUNK, Entry, RosterField, RosterResource, Stored
from foundation.imports.values import is_doubtful_code
from foundation.imports.widgets import Choice, CreditCode, Day, Money, Name, Phone, Reference, Text, YesNo

BODIES = ("公司", "厂", "企业", "集团", "合作社", "事务所", "合伙）", "合伙)", "商行", "经营部", "中心", "商店", "店")
Names = Iterator[tuple[Any, str, Sequence[str]]]


def industries() -> Names:
    """By code with or without the section's letter; by name at the finest level that has it."""
    names: dict[str, str] = {}
    rows = list(Industry.objects.order_by("level", "code").values_list("code", "name"))
    for code, name in rows:
        names[name] = code
    for code, name in rows:
        bare = code[1:]
        words = [code, bare, f"{bare} {name}", f"{bare}{name}", f"{code}{name}"] if bare else [code]
        yield code, f"{code} {name}", words + ([name] if names[name] == code else [])


def towns() -> Names:
    """By full or short name, with or without what kind of place it is."""
    found = Department.objects.filter(kind=Department.Kind.TOWN).values_list("pk", "name", "short_name")
    for key, name, short in found:
        bare = {_bare(name), _bare(short)} - {""}
        yield key, name, [short, *bare, f"{name}人民政府", f"{name}办事处", f"{name}街道办事处"]


def _bare(name: str) -> str:
    for ending in ("街道办事处", "人民政府", "办事处", "街道", "镇", "乡"):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return ""


def parks() -> Names:
    for key, name, code in Park.objects.values_list("pk", "name", "code"):
        yield key, name, [code]


class EnterpriseResource(RosterResource):
    """Enterprises by credit code, or where a row has none by a name that is one enterprise's alone."""

    key = "credit_code"
    alternative = "name"
    extra = "extra"
    missing_field = "roster_missing_since"
    missing_batch = "roster_missing_batch"
    full_scope = ("town", "park")
    resemblance = Resemblance("name", within="town", core=duplicates.core, alike=duplicates.alike)
    title = _("企业名册")
    unit = _("家")
    list_url = "enterprises:list"
    detail_url = "enterprises:detail"
    examples = {
        "name": "青岭精密机械有限公司", "credit_code": "913601110000000000", "legal_representative": "张伟",
        "established_on": "2015-03-02", "registered_capital": "500", "contact_name": "李娜",
        "contact_title": "办公室主任", "contact_phone": "13800000000", "address": "青岭区工业大道 1 号",
    }  # fmt: skip

    name = RosterField(
        "企业名称",
        "单位名称 名称 单位详细名称 企业（单位）名称 企业（集团）名称 公司名称 企业全称"
        " 市场主体名称 经营主体名称 主体名称 纳税人名称",
        widget=Name(limit=120, endings=BODIES),
        required=True,
    )
    credit_code = RosterField(
        "统一社会信用代码",
        "信用代码 社会信用代码 统一信用代码 统一代码 企业代码 纳税人识别号 社会信用代码（纳税人识别号）"
        " 注册号/统一社会信用代码 统一社会信用代码/注册号",
        widget=CreditCode(),
        required=True,
    )
    industry = RosterField(
        "行业",
        "行业代码 行业名称 所属行业 行业类别 国民经济行业 国民经济行业代码 行业门类 行业小类",
        widget=Reference(industries, "行业"),
        sources=["industry_id"],
    )
    park = RosterField(
        "园区", "所属园区 所在园区 产业园区 开发区", widget=Reference(parks, "园区"), sources=["park_id"]
    )
    town = RosterField(
        "镇街",
        "乡镇 街道 镇（街道） 乡镇街道 乡镇（街道） 所属镇街 所属乡镇 所属街道 所在镇街 属地 属地镇街",
        widget=Reference(towns, "镇街"),
        sources=["town_id"],
    )
    tier = RosterField(
        "分级",
        "企业分级 企业等级 分类分级",
        widget=Choice(Enterprise.Tier, {"骨干企业": "backbone", "骨干": "backbone", "一般": "general"}),
    )
    is_above_scale = RosterField(
        "是否规上", "规上 规上企业 是否规模以上 是否规上企业 规模以上 是否四上 是否四上企业", widget=YesNo()
    )
    operating_condition = RosterField(
        "经营状况",
        "经营情况 生产经营状况 生产经营情况 运行状况",
        widget=Choice(
            Enterprise.Condition,
            {"良好": "good", "好": "good", "正常": "fair", "较差": "difficult", "差": "difficult"},
        ),
    )
    is_monitoring_point = RosterField("监测点", "是否监测点 是否为监测点", widget=YesNo())
    enterprise_type = RosterField(
        "企业类型", "企业性质 单位类型 市场主体类型 登记注册类型 经济类型", widget=Text(limit=80)
    )
    legal_representative = RosterField(
        "法定代表人",
        "法人代表 法人 法定代表人姓名 法人代表姓名 法人姓名 负责人 法定代表人（负责人）",
        widget=Name(limit=80),
    )
    established_on = RosterField(
        "成立日期", "注册日期 成立时间 注册时间 登记日期 设立日期 开业日期 开业时间", widget=Day()
    )
    registered_capital = RosterField(
        "注册资本",
        "注册资金 注册资本金 注册资本总额",
        widget=Money(),
        sources=["registered_capital", "capital_currency"],
    )
    business_scope = RosterField("经营范围", "主营业务 经营业务范围 主营范围", widget=Text(limit=20_000))
    address = RosterField(
        "地址",
        "注册地址 企业地址 单位地址 住所 经营地址 详细地址 通讯地址 企业住所 经营场所",
        widget=Text(limit=300),
    )
    contact_name = RosterField(
        "联系人",
        "企业联系人 联系人姓名 联络员 企业联络员",
        widget=Name(limit=40),
        sources=["primary_contact__name"],
        related=True,
    )
    contact_title = RosterField(
        "联系人职务", "职务", widget=Text(limit=60), sources=["primary_contact__title"], related=True
    )
    contact_phone = RosterField(
        "联系电话",
        "联系人电话 电话 手机 手机号 手机号码 联系方式 移动电话 企业电话",
        widget=Phone(limit=30),
        sources=["primary_contact__phone"],
        related=True,
        sensitive=True,
    )

    class Meta:
        model = Enterprise
        fields = (  # in the order of an export
            "name", "credit_code", "industry", "park", "town", "tier", "is_above_scale", "operating_condition",
            "is_monitoring_point", "enterprise_type", "legal_representative", "established_on", "registered_capital",
            "business_scope", "address", "contact_name", "contact_title", "contact_phone",
        )  # fmt: skip

    def stock(self) -> models.QuerySet:
        """Enterprises, each with its primary contact."""
        primary = FilteredRelation("contacts", condition=Q(contacts__is_primary=True))
        return Enterprise._base_manager.annotate(primary_contact=primary)

    def stored_by(self, name: str, keys: Iterable[Any], *, lock: bool = False) -> Iterator[Stored]:
        """Those merged away are found too, by a name only where the one they went into has another."""
        found = list(super().stored_by(name, keys, lock=lock))
        if name == self.alternative and (into := successors.of(one.pk for one in found)):
            listed = {one.pk for one in found}
            found = [one for one in found if into.get(one.pk) not in listed]
        yield from found

    def settle(self, rows: Sequence[Entry]) -> None:
        """A row about an enterprise that was merged into another is about that other one.

        The code and name by which it was found are no news about the survivor.
        """
        super().settle(rows)
        into = successors.of(row.found.pk for row in rows if row.found is not None)
        if not into:
            return
        stock = {one.pk: one for one in self.stored_by_pk(sorted(set(into.values())))}
        for row in rows:
            if row.found is not None and row.found.pk in into:
                said = _("%(name)s已并入%(into)s，本行按后者处理，名称和信用代码不变")
                old, row.found = row.found, stock[into[row.found.pk]]
                names = {"name": old.label, "into": row.found.label}
                row.notes.append(Remark(self.fields["name"].heading, "merged", str(said) % names))
                for field in ("name", "credit_code"):
                    row.values.pop(field, None)

    def roster_members(self) -> models.QuerySet:
        """Enterprises that were struck off or moved away are missing from every roster."""
        return Enterprise._base_manager.filter(is_active=True)

    def derived(self, columns: dict[str, list[Any]], suspects: set[Any]) -> dict[str, Sequence[Any]]:
        """A code that fails its check character is kept and marked."""
        return {"code_doubtful": [code in suspects and is_doubtful_code(code) for code in columns["credit_code"]]}

    def following(self, new: dict[str, Any]) -> dict[str, Any]:
        """A code that was taken over says itself whether it is doubtful."""
        return {"code_doubtful": is_doubtful_code(new["credit_code"])} if "credit_code" in new else {}

    def insert_related(self, keys: Sequence[Any], columns: dict[str, list[Any]]) -> None:
        """The primary contact of each enterprise that was given one."""
        blank = [None] * len(keys)
        given = zip(keys, *(columns.get(name) or blank for name in _CONTACT), strict=True)
        self._insert_contacts([row for row in given if row[1] or row[2] or row[3]])

    def _insert_contacts(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """From (enterprise, name, title, phone)."""
        if rows:
            owners, names, titles, phones = zip(*rows, strict=True)
            columns = {"enterprise": owners, "title": titles, "phone": phones, "is_primary": [True] * len(rows)}
            bulk.insert(Contact, {**columns, "name": [name or NAMELESS for name in names]}, len(rows), keys=False)

    def change_related(self, changes: Sequence[tuple[Any, dict[str, Any], dict[str, Any]]]) -> None:
        """Keep the primary contact: create, change, or remove it where an undo leaves nothing of it."""
        fresh, changed, gone = [], [], []
        for key, new, known in changes:
            if not any(name in new for name in _CONTACT):
                continue
            contact = {field: new[name] if name in new else known[name] for name, field in _CONTACT.items()}
            if not any(contact.values()):
                gone.append(key)
            elif any(known[name] for name in _CONTACT):
                changed.append((key, contact))
            else:
                fresh.append((key, *contact.values()))
        self._insert_contacts(fresh)
        self._change_contacts(changed)
        for start in range(0, len(gone), CHUNK):
            Contact._base_manager.filter(is_primary=True, enterprise__in=gone[start : start + CHUNK]).delete()

    def _change_contacts(self, changed: Sequence[tuple[Any, dict[str, Any]]]) -> None:
        wanted = dict(changed)
        for start in range(0, len(changed), CHUNK):
            part = [key for key, _contact in changed[start : start + CHUNK]]
            contacts = list(Contact._base_manager.filter(is_primary=True, enterprise__in=part))
            for contact in contacts:
                for field, value in wanted[contact.enterprise_id].items():
                    setattr(contact, field, value or (NAMELESS if field == "name" else ""))
            Contact._base_manager.bulk_update(contacts, list(_CONTACT.values()), batch_size=200)

    def dependents(self, keys: Sequence[Any]) -> bulk.Dependents:
        """What points at these enterprises; the one contact that the import wrote does not count."""
        found = super().dependents(keys)
        for start in range(0, len(keys), CHUNK):
            added = Contact._base_manager.filter(enterprise__in=keys[start : start + CHUNK], is_primary=False)
            for key, contact in added.order_by("pk").values_list("enterprise_id", "pk"):
                found[key][Contact].append(contact)
        return found

    def owned_relations(self) -> Sequence[str]:
        """The contact it wrote, and what a search for duplicates noted of it."""
        pairs = ("duplicatepair_first", "duplicatepair_second", "notduplicate_first", "notduplicate_second")
        return ("contacts", *pairs)


_CONTACT = {"contact_name": "name", "contact_title": "title", "contact_phone": "phone"}
NAMELESS = "联系人"  # what one is called of whom only the phone is known


registry.register("enterprises", EnterpriseResource)
