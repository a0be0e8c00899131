"""The enterprise's side beyond its cases: a colleague, drafts begun, and a request for an account that waits."""

from __future__ import annotations

import uuid
from datetime import timedelta
from random import Random

from stdnum.cn import uscc

from config.demo.builder.world import World
from enterprises.models import EnterpriseStaff, Registration
from foundation.accounts.models import RoleGrant, User
from foundation.accounts.permissions import Role
from issues.models import AppealDraft, Category

DRAFTS = (
    ("labour", "", "春节后缺二十名熟练车工,招聘会来了两场都没招够,想请区里帮忙对接职业学校", 0.2),
    ("", "厂区门口夜间照明", "厂区东门外的路灯坏了三盏,夜班员工下班", 2.0),
)
REQUESTS = (
    ("青岭拓源环保设备有限公司", "周敏", "13907910021", "tuoyuan-zm"),
    ("青岭恒川包装制品厂", "吴国平", "13970890033", "hengchuan"),
)


def build(world: World) -> None:
    """All of it hangs on the demo account's enterprise, except the requests, whose people have no account yet."""
    rng, own = world.rng("side"), world.enterprises[0]
    _colleague(world, own.pk)
    speaker = world.accounts[str(Role.ENTERPRISE)]
    known = {category.code: category for category in Category.objects.all()}
    AppealDraft.objects.bulk_create(
        AppealDraft(
            owner=speaker,
            key=_key(rng),
            category=known.get(code),
            title=title,
            text=text,
            contact_name=speaker.name,
            contact_phone=speaker.phone,
            saved_at=world.now - timedelta(days=days),
        )
        for code, title, text, days in DRAFTS
    )
    requests = [(own_name, _code(number), *rest) for number, (own_name, *rest) in enumerate(REQUESTS)]
    for neighbour in world.enterprises[1:2]:  # one whose enterprise is on the roster already
        requests.append((neighbour.name, neighbour.credit_code, "郑晓燕", "13807910045", "zhengxy"))
    Registration.objects.bulk_create(
        Registration(
            key=_key(rng),
            enterprise_name=name,
            credit_code=code,
            person_name=person,
            phone=phone,
            username=username,
            submitted_at=world.now - timedelta(hours=5 + 17 * place),
        )
        for place, (name, code, person, phone, username) in enumerate(requests)
    )


def _colleague(world: World, enterprise_id: int) -> None:
    user = User(username="enterprise-2", name="林晓", title="行政专员", phone="13807910088")
    user.set_unusable_password()
    user.save()
    RoleGrant.objects.create(user=user, role=Role.ENTERPRISE)
    EnterpriseStaff.objects.create(user=user, enterprise_id=enterprise_id)


def _key(rng: Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def _code(number: int) -> str:
    """A sound credit code of the district that no enterprise of the demo has."""
    body = f"91360199MA9YYY{number:03d}"
    return body + uscc.calc_check_digit(body)
