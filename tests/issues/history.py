"""Cases that departments brought to their end, in bulk: a small history to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

from enterprises.models import Park
from foundation.accounts.models import Department
from issues.models import Category, Issue
from issues.suggesting.features import Facts
from tests.issues.factories import District, sh

SAID: dict[str, Sequence[str]] = {
    "supply": ("变压器扩容申请没有进展", "厂区频繁停电影响生产", "用电报装迟迟不批", "专线供电线路老化跳闸"),
    "logistics": ("货车通行证到期需要续办", "货车白天限行无法进厂", "公交站点离厂区太远", "厂门口道路货车停车困难"),
    "finance": ("贷款续贷被银行拒绝", "担保费太高融资困难", "账款拖欠请协调付款", "银行抽贷资金链紧张"),
}
_numbers = count(1)


def sample(category: str, place: int, **facts: str) -> Facts:
    said = SAID[category][place % len(SAID[category])]
    return Facts(said, f"我司{said},已影响订单交付,请协调解决。", **facts)


def samples(size: int) -> list[tuple[Facts, str]]:
    """Cases of three classes in turn."""
    keys = list(SAID)
    return [(sample(keys[n % 3], n // 3), keys[n % 3]) for n in range(size)]


def handled_cases(district: District, size: int, by_category: dict[str, Department], park: Park | None = None) -> None:
    """Closed cases of three categories in turn, each handled by the department named for it."""
    if park:
        district.enterprise.park = park
        district.enterprise.save(update_fields=["park"])
    categories = {one.code: one for one in Category.objects.filter(code__in=by_category)}
    codes = list(by_category)
    cases = []
    for n in range(size):
        code = codes[n % len(codes)]
        told, at = sample(code, n // len(codes)), sh("2026-08-03 09:00") + timedelta(hours=n)
        cases.append(
            Issue(
                number=f"QL-2025-{next(_numbers):05d}",
                title=told.title,
                text=told.text,
                category=categories[code],
                enterprise=district.enterprise,
                channel=Issue.Channel.PORTAL,
                registered_at=at,
                registered_by=district.speaker,
                last_event_at=at,
                status=Issue.Status.CLOSED,
                department=by_category[code],
                resolution=Issue.Resolution.SOLVED,
                resolved_at=at,
                resolved_by=district.handler,
                closing=Issue.Closing.CONFIRMED,
                closed_at=at,
            )
        )
    Issue.objects.bulk_create(cases)
