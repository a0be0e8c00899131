"""Enterprises with their parks, pools, contacts and accounts."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from config.demo import district
from config.demo.builder.world import World, at
from config.demo.companies import Companies, Company
from enterprises.models import Contact, Enterprise, EnterpriseStaff, Industry, Park, Pool
from foundation.accounts.models import RoleGrant, User
from foundation.accounts.permissions import Role

POOLS = (
    ("xiaoshenggui", "小升规培育库"),
    ("gaoxin", "高新技术企业培育库"),
    ("zhuanjing", "专精特新培育库"),
    ("shangshi", "上市后备企业库"),
)

LARGE = 100  # from how many enterprises on some stand in the roster twice
TWICE = (("澜州市{}", "有限公司"), ("{}", "有限责任公司"), ("澜州市{}", "有限责任公司"))


def build(world: World, password_hash: str) -> None:
    """The roster, and for every enterprise an account that speaks for it."""
    rng = world.rng("roster")
    world.companies = Companies(world.rng("companies"), world.today).generate(world.size.enterprises)
    if world.size.enterprises >= LARGE:
        world.companies[-len(TWICE) :] = _entered_twice(world.companies)
    _industries(world.companies)
    parks = _parks(world)
    world.enterprises = [_enterprise(world, company, parks, rng) for company in world.companies]
    Enterprise.objects.bulk_create(world.enterprises, batch_size=500)
    begun = at(world.begins_on, 10)
    Enterprise.objects.update(created_at=begun, updated_at=begun)
    _contacts(world)
    _pools(world, rng)
    _speakers(world, password_hash)


def _entered_twice(companies: list[Company]) -> list[Company]:
    """The last companies as second records of some before them, under names that the search for duplicates knows."""
    pairs = zip(TWICE, companies[LARGE // 2 :], companies[-len(TWICE) :], strict=False)
    return [
        again._replace(
            name=write.format(first.name.replace("有限公司", ending)),
            town=first.town,
            park=first.park,
            legal_person=first.legal_person,
            address=first.address,
            contacts=first.contacts,
        )
        for (write, ending), first, again in pairs
    ]


def _industries(companies: list[Company]) -> None:
    """The classes in use, where the installation does not know them yet."""
    known = set(Industry.objects.values_list("code", flat=True))
    wanted = {company.industry.code: company.industry for company in companies}
    Industry.objects.bulk_create(
        [Industry(code=code, name=found.title, level=4) for code, found in wanted.items() if code not in known]
    )


def _parks(world: World) -> dict[str, Park]:
    parks = [Park(code=unit.code, name=unit.name, department=world.departments[unit.code]) for unit in district.PARKS]
    return {park.code: park for park in Park.objects.bulk_create(parks)}


def _enterprise(world: World, company: Company, parks: dict[str, Park], rng: Random) -> Enterprise:
    return Enterprise(
        credit_code=company.credit_code,
        name=company.name,
        industry_id=company.industry.code,
        park=parks.get(company.park),
        town=world.departments[company.town],
        tier=company.tier,
        is_above_scale=company.above_scale,
        operating_condition=company.condition,
        is_monitoring_point=company.above_scale and rng.random() < 0.08,
        enterprise_type=company.kind,
        legal_representative=company.legal_person,
        established_on=company.founded,
        registered_capital=Decimal(company.capital),
        capital_currency="人民币",
        business_scope=company.scope,
        address=company.address,
    )


def _contacts(world: World) -> None:
    Contact.objects.bulk_create(
        [
            Contact(
                enterprise=enterprise,
                name=contact.name,
                title=contact.position,
                phone=contact.phone,
                email=contact.email,
                is_primary=contact.primary,
            )
            for enterprise, company in zip(world.enterprises, world.companies, strict=True)
            for contact in company.contacts
        ],
        batch_size=1000,
    )


def _pools(world: World, rng: Random) -> None:
    pools = Pool.objects.bulk_create([Pool(code=code, name=name) for code, name in POOLS])
    through = Enterprise.pools.through
    rows = []
    for enterprise in world.enterprises:
        if not enterprise.is_above_scale and rng.random() < 0.12:
            rows.append(through(enterprise=enterprise, pool=pools[0]))
        elif enterprise.tier in ("key", "backbone", "cultivation") and rng.random() < 0.4:
            rows.append(through(enterprise=enterprise, pool=rng.choice(pools[1:])))
    through.objects.bulk_create(rows, batch_size=1000)


def _speakers(world: World, password_hash: str) -> None:
    """One account an enterprise; that of the first one is the demo account."""
    users = []
    for number, company in enumerate(world.companies):
        contact = company.contacts[0]
        user = User(
            username=company.credit_code.lower() if number else str(Role.ENTERPRISE),
            name=contact.name,
            title=f"{company.short}{contact.position}",
            phone=contact.phone,
            email="" if number else f"{Role.ENTERPRISE}@qingling.example",
        )
        if number:
            user.set_unusable_password()
        else:
            user.password = password_hash
        users.append(user)
    User.objects.bulk_create(users, batch_size=500)
    RoleGrant.objects.bulk_create([RoleGrant(user=user, role=Role.ENTERPRISE) for user in users], batch_size=1000)
    EnterpriseStaff.objects.bulk_create(
        [
            EnterpriseStaff(user=user, enterprise=firm, is_admin=True)
            for user, firm in zip(users, world.enterprises, strict=True)
        ],
        batch_size=1000,
    )
    world.accounts[str(Role.ENTERPRISE)] = users[0]
    world.speakers = {firm.pk: user for firm, user in zip(world.enterprises, users, strict=True)}
