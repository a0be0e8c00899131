"""Invented people: names by the frequency of surnames, staff numbers, pinyin usernames, numbers nobody answers."""

from itertools import accumulate
from random import Random
from typing import NamedTuple

from pypinyin import Style, lazy_pinyin

# surname, its share of people in thousandths (approximate national order)
_SURNAMES = [
    "王72",
    "李72",
    "张68",
    "刘54",
    "陈45",
    "杨31",
    "黄22",
    "赵21",
    "吴20",
    "周19",
    "徐15",
    "孙15",
    "马13",
    "朱13",
    "胡12",
    "郭12",
    "何11",
    "林11",
    "高10",
    "罗10",
    "郑9",
    "梁9",
    "谢8",
    "宋8",
    "唐7",
    "许7",
    "韩7",
    "邓7",
    "冯7",
    "曹6",
    "彭6",
    "曾6",
    "肖6",
    "田6",
    "董5",
    "潘5",
    "袁5",
    "蔡5",
    "蒋5",
    "余5",
    "于5",
    "杜5",
    "叶5",
    "程5",
    "魏5",
    "苏5",
    "吕5",
    "丁4",
    "任4",
    "卢4",
    "姚4",
    "沈4",
    "钟4",
    "姜4",
    "崔4",
    "谭4",
    "陆4",
    "范4",
    "汪4",
    "廖4",
    "石4",
    "金4",
    "贾3",
    "夏3",
    "付3",
    "方3",
    "邹3",
    "熊3",
    "白3",
    "孟3",
    "秦3",
    "邱3",
    "侯3",
    "江3",
    "尹3",
    "薛3",
    "闫3",
    "段3",
    "雷3",
    "黎2",
    "史2",
    "龙2",
    "陶2",
    "贺2",
    "毛2",
    "郝2",
    "顾2",
    "龚2",
    "邵2",
    "万2",
    "覃2",
    "武2",
    "钱2",
    "戴2",
    "严2",
    "莫2",
    "孔2",
    "向2",
    "常2",
    "汤2",
    "欧阳1",
    "上官1",
    "诸葛1",
]
SURNAMES = tuple(item.rstrip("0123456789") for item in _SURNAMES)
_WEIGHTS = tuple(accumulate(int(item.lstrip("".join(SURNAMES))) for item in _SURNAMES))

_MEN = "伟强磊军勇杰涛超明刚平辉鹏华飞波斌宇浩凯健俊帆旭峰亮建国志文海林东洋成龙新天恒博毅晨昊松庆立永广德宏振"
_WOMEN = "芳娜敏静丽艳娟霞秀英玲桂燕红梅玉兰洁琳雪婷慧莹倩萍颖丹璐琴云莉欣怡佳蕾薇晶岚梦思雨雅春晓文君月"
_MENS_LINKS = "建志文海国永家嘉子俊世明新天宏德忠正学立光金振庆"
_WOMENS_LINKS = "晓春玉小秀思雨雅嘉美红云慧文佳金海"

RESERVED = frozenset(
    [
        "enterprise",
        "cadre",
        "handler",
        "department_head",
        "leader",
        "office",
        "supervisor",
        "system_admin",
        "security_admin",
        "auditor",
        "admin",
    ]
)


class Person(NamedTuple):
    """Somebody who does not exist."""

    name: str
    username: str
    staff_number: str
    phone: str
    email: str
    post: str


def name(rng: Random) -> str:
    """A Chinese name, two or three characters (four with a double surname)."""
    surname = rng.choices(SURNAMES, cum_weights=_WEIGHTS)[0]
    pool, links = (_WOMEN, _WOMENS_LINKS) if rng.random() < 0.42 else (_MEN, _MENS_LINKS)
    last = rng.choice(pool)
    if rng.random() < 0.22:
        return surname + last
    middle = rng.choice(links if rng.random() < 0.7 else pool)
    return surname + (middle + last if middle != last else last)


def phone(rng: Random) -> str:
    """An obviously fictitious mobile number: 100 opens no number range, so it can never ring."""
    return f"100{rng.randrange(10**8):08d}"


def pinyin(text: str) -> str:
    """Letters only, tones dropped, ü as v."""
    return "".join(lazy_pinyin(text, style=Style.NORMAL, errors="ignore")).replace("ü", "v")


class People:
    """Hands out people whose usernames and staff numbers never repeat."""

    def __init__(self, rng: Random, domain: str = "qingling.example"):
        self.rng = rng
        self.domain = domain
        self._taken: dict[str, int] = dict.fromkeys(RESERVED, 1)
        self._names: set[str] = set()
        self._number = 0

    def person(self, post: str = "") -> Person:
        """One more cadre."""
        given = self._fresh_name()
        username = self._username(given)
        self._number += 1
        number = f"QL{self._number:05d}"
        return Person(given, username, number, phone(self.rng), f"{username}@{self.domain}", post)

    def _fresh_name(self) -> str:
        for _ in range(40):
            given = name(self.rng)
            if given not in self._names:
                break
        self._names.add(given)
        return given

    def _username(self, given: str) -> str:
        base = pinyin(given)
        seen = self._taken.get(base, 0)
        self._taken[base] = seen + 1
        return base if not seen else f"{base}{seen + 1}"
