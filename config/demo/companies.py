"""Invented enterprises: names, valid credit codes in a fictional area, capital, dates, addresses, scopes, contacts."""

from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from config.demo import district
from config.demo.industries import INDUSTRIES, SECTORS, WEIGHTS, Industry
from config.demo.people import name as person_name
from config.demo.people import phone

_FIRST = (
    "恒泰瑞宏鑫启明云蓝广源泰和嘉盛佳昌华博远德润景腾凌锐科捷卓信诚凯顺达兴裕隆丰永安康新汇聚众联创天正金海百千晨旭"
)
_LAST = "岳帆湾源丰图和创锋拓驰峰泽辰宇晟弘翔禾茂屹颂桥川野舟原洲坤衡越跃达通安耀途朗宸垚亿立森洋航铭格思诺迈蓝"
_BARRED = frozenset(
    [
        "恒丰",
        "恒达",
        "恒源",
        "恒安",
        "恒立",
        "恒洋",
        "宏图",
        "启明",
        "蓝湾",
        "云帆",
        "泰和",
        "广源",
        "瑞丰",
        "恒岳",
        "华达",
        "华宇",
        "华航",
        "华森",
        "海格",
        "海立",
        "海航",
        "海洋",
        "海源",
        "金洲",
        "天和",
        "天禾",
        "天源",
        "天洋",
        "天桥",
        "联创",
        "联通",
        "中原",
        "海思",
        "百度",
        "科达",
        "科思",
        "安达",
        "远洋",
        "顺丰",
        "顺达",
        "永安",
        "永辉",
        "新安",
        "新野",
        "新思",
        "新华",
        "明宇",
        "兴源",
        "信达",
        "信立",
        "达安",
        "德创",
        "德达",
        "金科",
        "金立",
        "华创",
        "博创",
        "博格",
        "博立",
        "创格",
        "创通",
        "腾达",
        "腾讯",
        "凯立",
        "润达",
        "嘉立",
        "鑫源",
        "泰达",
        "康达",
        "康泰",
        "华泽",
        "华峰",
        "广通",
    ]
)
# The enterprises of the design pictures, so that a demonstration and the documents speak of the same ones.
ANCHORS = (
    ("青岭精工机械有限公司", "C3484", "GXY"),
    ("恒岳新材料股份有限公司", "C3091", "GXY"),
    ("启明光电科技有限公司", "C3976", ""),
    ("云帆物流园管理有限公司", "G5920", "LGY"),
    ("蓝湾生物医药有限公司", "C2710", "YYY"),
    ("泰和铸造有限公司", "C3391", "GXY"),
    ("广源食品加工有限公司", "C1371", "CNY"),
    ("瑞丰粮油贸易有限公司", "F5121", "CNY"),
    ("宏图置业有限公司", "K7010", ""),
)
_BODY = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_TIERS = ("key", "backbone", "cultivation", "general")
_TITLES = ("总经理", "副总经理", "行政总监", "综合部经理", "办公室主任", "财务总监", "厂长", "人事行政经理")


class Contact(NamedTuple):
    """One person to call at an enterprise."""

    name: str
    position: str
    phone: str
    email: str
    primary: bool


class Company(NamedTuple):
    """One invented enterprise; capital in ten thousand yuan."""

    name: str
    short: str
    credit_code: str
    kind: str
    legal_person: str
    industry: Industry
    town: str
    park: str
    address: str
    capital: int
    founded: date
    scope: str
    staff: int
    above_scale: bool
    tier: str
    condition: str
    contacts: tuple[Contact, ...]


def organisation_code(body: str) -> str:
    """Eight characters of GB 11714 with their check character."""
    total = sum(w * int(c, 36) for w, c in zip(_ORG_WEIGHTS, body, strict=True))
    check = 11 - total % 11
    return body + {10: "X", 11: "0"}.get(check, str(check))


def credit_code(rng: Random, area: str = district.AREA_CODE) -> str:
    """A unified social credit code (GB 32100) with both check characters right."""
    body = "MA" + rng.choice("DEFGH") + "".join(rng.choice(_BODY) for _ in range(5))
    head = "91" + area + organisation_code(body)
    total = sum(w * _BODY.index(c) for w, c in zip(_CODE_WEIGHTS, head, strict=True))
    return head + _BODY[(31 - total) % 31]


class Companies:
    """Hands out companies whose names and codes never repeat; `today` bounds the founding dates."""

    def __init__(self, rng: Random, today: date):
        self.rng = rng
        self.today = today
        self._marks: set[str] = set(_BARRED)
        self._codes: set[str] = set()
        self._by_code = {industry.code: industry for industry in INDUSTRIES}

    def generate(self, count: int) -> list[Company]:
        """The companies of the design pictures first, then invented ones."""
        anchors = [self._company(*anchor) for anchor in ANCHORS[:count]]
        return anchors + [self._company() for _ in range(count - len(anchors))]

    def _company(self, name: str = "", code: str = "", park: str = "") -> Company:
        rng = self.rng
        industry = self._by_code[code] if code else rng.choices(INDUSTRIES, WEIGHTS)[0]
        anchored = bool(name)
        kind = "股份有限公司" if "股份" in name or rng.random() < 0.06 else "有限责任公司"
        name, short = (name, name[:4]) if anchored else self._name(industry, kind)
        park = park if anchored else self._park(industry)
        town = self._town(name, park, anchored)
        founded = self.today - timedelta(days=int(rng.triangular(800, 9000, 2600)))
        staff = max(4, int(rng.lognormvariate(4.0, 1.0)))
        above = anchored or self._above_scale(industry, staff)
        legal = person_name(rng)
        return Company(
            name=name,
            short=short,
            credit_code=self._credit_code(),
            kind=kind,
            legal_person=legal,
            industry=industry,
            town=town,
            park=park,
            address=self._address(town, park),
            capital=self._capital(staff),
            founded=founded,
            scope=self._scope(industry),
            staff=staff,
            above_scale=above,
            tier=self._tier(above, anchored),
            condition=rng.choices(("good", "fair", "difficult"), (46, 42, 12))[0],
            contacts=self._contacts(legal),
        )

    def _credit_code(self) -> str:
        while (code := credit_code(self.rng)) in self._codes:
            pass
        self._codes.add(code)
        return code

    def _name(self, industry: Industry, kind: str) -> tuple[str, str]:
        rng = self.rng
        mark = self._mark()
        word = rng.choice(industry.words)
        prefix = rng.choices(("", "青岭", "澜州"), (46, 40, 14))[0]
        tail = "股份有限公司" if kind.startswith("股份") else "有限公司"
        if rng.random() < 0.10 and not prefix:
            return f"{mark}{word}({rng.choice(('澜州', '青岭'))}){tail}", mark + word
        return f"{prefix}{mark}{word}{tail}", mark + word

    def _mark(self) -> str:
        rng = self.rng
        while True:
            mark = rng.choice(_FIRST) + rng.choice(_LAST)
            if len(self._marks) > 1600:
                mark += rng.choice(_LAST)
            if mark not in self._marks and mark[0] != mark[1]:
                self._marks.add(mark)
                return mark

    def _park(self, industry: Industry) -> str:
        sector = SECTORS[industry.sector]
        if not sector.manufacturing and self.rng.random() < 0.4:
            return ""
        return self.rng.choice(sector.parks) if self.rng.random() < 0.62 else ""

    def _town(self, name: str, park: str, anchored: bool) -> str:
        if park:
            return district.PARK_TOWN[park]
        if anchored:
            return "BLJ"
        return self.rng.choices([town.code for town in district.TOWNS], (16, 15, 13, 13, 11, 12, 9, 11))[0]

    def _address(self, town: str, park: str) -> str:
        rng = self.rng
        road = rng.choice(district.ROADS[town])
        place = f"{district.CITY}{district.NAME}{_TOWN_NAMES[town]}{road}{rng.randrange(1, 420)}号"
        if park:
            place += (
                f"{_PARK_NAMES[park]}{rng.randrange(1, 24)}号厂房" if rng.random() < 0.5 else f"({_PARK_NAMES[park]}内)"
            )
        return place

    def _capital(self, staff: int) -> int:
        rough = staff * self.rng.uniform(4, 40)
        step = 50 if rough < 1000 else 500
        return max(50, round(rough / step) * step)

    def _above_scale(self, industry: Industry, staff: int) -> bool:
        manufacturing = SECTORS[industry.sector].manufacturing
        return staff > (45 if manufacturing else 110)

    def _tier(self, above: bool, anchored: bool) -> str:
        if anchored:
            return "key"
        weights = (12, 24, 30, 34) if above else (1, 3, 22, 74)
        return self.rng.choices(_TIERS, weights)[0]

    def _scope(self, industry: Industry) -> str:
        products = "、".join(industry.products)
        verb = self.rng.choice(_SCOPE_VERBS[SECTORS[industry.sector].manufacturing])
        extra = self.rng.choice(_SCOPE_EXTRAS)
        return f"{products}{verb};{extra}(依法须经批准的项目,经相关部门批准后方可开展经营活动)"

    def _contacts(self, legal: str) -> tuple[Contact, ...]:
        rng = self.rng
        first = Contact(person_name(rng), rng.choice(_TITLES[1:]), phone(rng), "", True)
        if rng.random() < 0.55:
            return (first, Contact(legal, "法定代表人", phone(rng), "", False))
        return (first,)


_TOWN_NAMES = {town.code: town.name for town in district.TOWNS}
_PARK_NAMES = {park.code: park.name for park in district.PARKS}
_SCOPE_VERBS = {
    True: ("的研发、生产、销售", "制造、加工及销售", "设计、制造、安装、技术服务", "生产、销售及售后服务"),
    False: ("", "及相关技术咨询", "及配套服务"),
}
_SCOPE_EXTRAS = (
    "货物进出口;技术进出口",
    "普通货物仓储服务;国内贸易代理",
    "机械设备租赁;非居住房地产租赁",
    "技术服务、技术开发、技术咨询、技术转让",
    "再生资源回收(除生产性废旧金属)",
    "信息技术咨询服务;企业管理咨询",
    "包装材料销售;五金产品零售",
)
