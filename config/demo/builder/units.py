"""Departments and people: a thousand cadres, the enterprises' accounts come later."""

from __future__ import annotations

from random import Random

from config.demo import district
from config.demo.builder.world import Staff, World
from config.demo.people import People
from foundation.accounts.models import Department, RoleGrant, User
from foundation.accounts.permissions import Role

CADRES = 1000
HANDLERS = 3
HOME = "ZRJ"  # the department of the demo accounts handler and department_head
CADRE_HOME = "GXJ"  # of the demo account cadre
# The demo account leader oversees these.
OVERSEEN = ("ZRJ", "ZJJ", "JTJ", "CGJ", "BDC", "GXY")
_OVERSEEN = (
    ("FGW", "CZJ", "SHW"),
    ("SPJ", "SCJ", "JRB"),
    ("GXJ", "KJJ", "GDG", "CNY", "YYY"),
    ("SWJ", "LGY", "LGJ"),
    OVERSEEN,
    ("SLJ", "NYJ", "SWG", "SQZ", "QXZ"),
    ("JTY", "WJW", "RSJ"),
    ("SFJ", "GAF"),
    ("YJJ", "XFD", "RQG"),
    ("HBJ", "BLJ", "YTZ"),
)
_ACCOUNTS = (
    # role, department, name, post
    (Role.CADRE, CADRE_HOME, "周晓东", "运行科四级主任科员"),
    (Role.HANDLER, HOME, "林佳怡", "利用科科员"),
    (Role.DEPARTMENT_HEAD, HOME, "郑国平", "局长"),
    (Role.LEADER, "ZFB", "沈立群", district.LEADERS[4]),
    (Role.OFFICE, "QFB", "许雅琴", "诉求受理科科长"),
    (Role.SUPERVISOR, "DDZ", "高振宏", "督导二组组长"),
    (Role.SYSTEM_ADMIN, "ZFB", "何志远", "信息中心系统管理员"),
    (Role.SECURITY_ADMIN, "ZFB", "罗敏", "信息中心安全管理员"),
    (Role.AUDITOR, "ZFB", "唐海燕", "信息中心审计员"),
)


def build(world: World, hashed: str) -> None:
    """The tree of departments and everybody who works there."""
    _departments(world)
    people = People(world.rng("people"))
    users, roles, oversees = _accounts(world, hashed)
    for rank, units in enumerate(_OVERSEEN):
        if units is not OVERSEEN:
            users.append(_user(people, world.departments["ZFB"], district.LEADERS[rank]))
            roles.append({Role.LEADER})
            oversees[len(users) - 1] = units
    _everyone(world, people, users, roles)
    User.objects.bulk_create(users, batch_size=500)
    RoleGrant.objects.bulk_create(
        [RoleGrant(user=user, role=role) for user, held in zip(users, roles, strict=True) for role in sorted(held)],
        batch_size=1000,
    )
    for place, codes in oversees.items():
        users[place].oversees.set([world.departments[code] for code in codes if code in world.departments])
    User.objects.update(date_joined=world.now.replace(year=world.now.year - 2, day=1))
    _sort(world, users, roles)


def _departments(world: World) -> None:
    root = _department(district.DISTRICT, None, 0)
    root.save()
    world.departments[root.code] = root
    units = [unit for unit in district.UNITS if unit is not district.DISTRICT]
    rows = [_department(unit, root, order * 10) for order, unit in enumerate(units, 1)]
    Department.objects.bulk_create(rows)
    world.departments |= {row.code: row for row in rows}


def _department(unit: district.Unit, parent: Department | None, order: int) -> Department:
    row = Department(
        code=unit.code, name=unit.name, short_name=unit.short, kind=unit.kind, parent=parent, sort_order=order
    )
    row.path = row.make_path()
    return row


def _accounts(world: World, hashed: str) -> tuple[list[User], list[set[Role]], dict[int, tuple[str, ...]]]:
    """The demo accounts, one for each role but the enterprise's, all with the one password."""
    people = People(world.rng("accounts"))
    users: list[User] = []
    roles: list[set[Role]] = []
    for role, code, name, post in _ACCOUNTS:
        person = people.person(post)
        users.append(
            User(
                username=str(role),
                name=name,
                title=post,
                staff_number=f"QL9{len(users):04d}",
                phone=person.phone,
                email=f"{role}@qingling.example",
                department=world.departments[code],
                password=hashed,
            )
        )
        roles.append({role})
    world.accounts = {user.username: user for user in users}
    leader = next(place for place, user in enumerate(users) if user.username == Role.LEADER)
    return users, roles, {leader: OVERSEEN}


def _everyone(world: World, people: People, users: list[User], roles: list[set[Role]]) -> None:
    """Cadres until there are a thousand: a head and handlers in every department, the rest link enterprises."""
    rng = world.rng("cadres")
    for department in world.departments.values():
        if department.parent_id is None:
            continue
        named = {
            str(role) for user, held in zip(users, roles, strict=True) for role in held if user.department == department
        }
        for role, count in _needed(department.code, named):
            for _ in range(count):
                users.append(_user(people, department, _post(role, rng)))
                roles.append({role} if role in (Role.OFFICE, Role.SUPERVISOR) else {role, Role.CADRE})
    homes = [unit for unit in world.departments.values() if unit.parent_id and unit.code not in district.STAFF_UNITS]
    while len(users) < CADRES:
        users.append(_user(people, homes[len(users) % len(homes)], rng.choice(district.POSTS)))
        roles.append({Role.CADRE})


def _needed(code: str, named: set[str]) -> list[tuple[Role, int]]:
    """Which people a department still needs, given the demo accounts in it."""
    if code == "QFB":
        return [(Role.OFFICE, 5)]
    if code == "DDZ":
        return [(Role.SUPERVISOR, 4)]
    if code in district.STAFF_UNITS:
        return []
    head = 0 if Role.DEPARTMENT_HEAD in named else 1
    return [(Role.DEPARTMENT_HEAD, head), (Role.HANDLER, HANDLERS - (Role.HANDLER in named))]


def _post(role: Role, rng: Random) -> str:
    if role == Role.DEPARTMENT_HEAD:
        return "主要负责人"
    return "企业服务专员" if role == Role.HANDLER else rng.choice(district.POSTS)


def _user(people: People, department: Department, post: str) -> User:
    person = people.person(post)
    user = User(
        username=person.username,
        name=person.name,
        title=post,
        staff_number=person.staff_number,
        phone=person.phone,
        email=person.email,
        department=department,
    )
    user.set_unusable_password()
    return user


def _sort(world: World, users: list[User], roles: list[set[Role]]) -> None:
    """Remember who does what where."""
    by_department: dict[int, dict[str, list[User]]] = {}
    for user, held in zip(users, roles, strict=True):
        if Role.LEADER in held:
            world.leaders.append(user)
        elif Role.OFFICE in held:
            world.office.append(user)
        elif Role.SUPERVISOR in held:
            world.supervisors.append(user)
        elif user.department_id and not held & {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR}:
            _place(
                by_department.setdefault(user.department_id, {"head": [], "handler": [], "official": []}), user, held
            )
    for department_id, people in by_department.items():
        world.staff[department_id] = Staff(
            head=people["head"][0], handlers=people["handler"], officials=people["official"]
        )


def _place(people: dict[str, list[User]], user: User, held: set[Role]) -> None:
    if Role.DEPARTMENT_HEAD in held:
        people["head"].append(user)
    elif Role.HANDLER in held:
        people["handler"].append(user)
    else:
        people["official"].append(user)
