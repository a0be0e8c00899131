"""The categories, limits and ladders that a fresh installation starts with; the office changes them by new versions."""

from __future__ import annotations

from typing import Any, NamedTuple

from foundation.accounts.models import User
from foundation.clocks.actions import ensure_ladder
from foundation.clocks.models import Ladder
from issues.models import Category, CategoryRule

LADDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "issue": (
        "诉求预警",
        {
            "yellow_days": 2,
            "short_limit": 5,
            "short_yellow_days": 1,
            "escalate_after": 3,
            "tell_yellow": ["handler"],
            "tell_red": ["department_head", "lead_official"],
            "tell_escalated": ["office", "supervisor"],
        },
    ),
    "issue.confirm": (
        "企业确认提醒",
        {
            "yellow_days": 2,
            "short_limit": 5,
            "short_yellow_days": 1,
            "escalate_after": None,
            "tell_yellow": ["enterprise"],
            "tell_red": ["enterprise", "handler"],
            "tell_escalated": [],
        },
    ),
    "call": (
        "回访时限",
        {
            "yellow_days": 1,
            "short_limit": 5,
            "short_yellow_days": 1,
            "escalate_after": 3,
            "tell_yellow": ["office"],
            "tell_red": ["office"],
            "tell_escalated": ["office", "supervisor"],
        },
    ),
}


class Default(NamedTuple):
    """One category: its limit to resolve in working days, and how an enterprise recognises it."""

    code: str
    name: str
    resolve_days: int
    hint: str


CATEGORIES = (
    Default("supply", "要素保障", 10, "用电、用水、用气、用地和厂房"),
    Default("finance", "融资服务", 10, "贷款、担保、续贷和账款拖欠"),
    Default("approval", "项目审批", 10, "立项、规划、施工许可、环评和竣工验收"),
    Default("labour", "人才用工", 10, "招工、人才引进、住房和子女入学"),
    Default("subsidy", "政策兑现", 15, "奖励补助的申报、审核和拨付"),
    Default("inspection", "涉企检查", 5, "检查频次、重复检查和行政处罚"),
    Default("tax", "税费征管", 8, "申报、退税、发票和社保费"),
    Default("surroundings", "周边环境", 8, "道路、排水、照明、治安和环境卫生"),
    Default("property", "不动产登记", 10, "权证办理、历史遗留和抵押登记"),
    Default("access", "市场准入", 5, "开办、变更、许可和备案"),
    Default("law", "法治保障", 15, "合同纠纷、执行、知识产权和劳动争议"),
    Default("logistics", "物流交通", 8, "货车通行、停车、公交和运输"),
    Default("other", "其他", 10, "不知道选哪一类时选这里,专班会代为归类"),
)


def install_defaults(by: User | None = None) -> int:
    """Make what is missing, and leave alone what is there; returns how many categories were made."""
    for key, (name, rule) in LADDERS.items():
        ensure_ladder(key=key, name=name, by=by, **rule)
    return install_categories(Category, CategoryRule, Ladder)


def install_categories(category_model: Any, rule_model: Any, ladder_model: Any) -> int:
    """The categories with their first rules; takes the models, so that a migration may call it."""
    ladder = ladder_model.objects.filter(key="issue").order_by("-version").first()
    made = 0
    for place, default in enumerate(CATEGORIES, start=1):
        category, created = category_model.objects.get_or_create(
            code=default.code, defaults={"name": default.name, "hint": default.hint, "sort_order": place * 10}
        )
        if not rule_model.objects.filter(category=category).exists():
            rule_model.objects.create(category=category, version=1, resolve_days=default.resolve_days, ladder=ladder)
        made += created
    return made
