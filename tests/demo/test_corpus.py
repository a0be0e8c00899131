"""The corpus: deterministic, valid where a checker exists, and varied enough to read as different people's words."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from random import Random

import pytest
from stdnum.cn import uscc

from config.demo import district, speech, visits
from config.demo.appeals import BY_NAME, TOPICS, WEIGHTS, Topic
from config.demo.builder.script import LEVELS, Script
from config.demo.builder.texts import company_words, month_words
from config.demo.companies import Companies, Company
from config.demo.fitting import fitting
from config.demo.industries import INDUSTRIES, SECTORS
from config.demo.people import RESERVED, People
from config.demo.pools import POOLS
from config.demo.routing import PARK, TOWN, route
from config.demo.text import Filler, slots_of
from issues.defaults import CATEGORIES

TODAY = date(2026, 11, 20)
REGISTER = Path(__file__).parents[2] / "fixtures" / "gbt4754_2017.csv"


def companies(seed: int, count: int) -> list[Company]:
    return Companies(Random(seed), TODAY).generate(count)


def words(company: Company, rng: Random) -> dict[str, str]:
    return company_words(company, rng) | month_words(2026, 11)


def appeals(seed: int, count: int) -> list[tuple[str, str]]:
    rng = Random(seed)
    filler = Filler(rng, POOLS)
    firms = companies(seed, 300)
    told = []
    for _ in range(count):
        topic = rng.choices(TOPICS, WEIGHTS)[0]
        script = Script(topic, rng.randrange(len(topic.appeals)), filler, words(rng.choice(firms), rng))
        told.append(script.appeal("portal"))
    return told


def test_one_seed_gives_one_corpus():
    assert companies(1, 50) == companies(1, 50)
    assert companies(1, 50) != companies(2, 50)
    assert appeals(5, 40) == appeals(5, 40)
    assert appeals(5, 40) != appeals(6, 40)


def test_credit_codes_are_valid_unique_and_of_no_real_place():
    codes = [company.credit_code for company in companies(1, 3000)]
    assert all(uscc.is_valid(code) for code in codes)
    assert len(set(codes)) == len(codes)
    assert {code[2:8] for code in codes} == {district.AREA_CODE}
    assert district.AREA_CODE.startswith("99")


def test_names_of_companies_never_repeat():
    names = [company.name for company in companies(3, 3000)]
    assert len(set(names)) == len(names)


def test_most_companies_manufacture():
    made = sum(1 for company in companies(1, 1000) if company.industry.code.startswith("C"))
    assert 650 < made < 900


def test_a_thousand_cadres_have_accounts_of_their_own():
    people = People(Random(1))
    cadres = [people.person() for _ in range(1000)]
    usernames = {person.username for person in cadres}
    assert len(usernames) == len({person.staff_number for person in cadres}) == 1000
    assert all(username.isascii() and username.isalnum() for username in usernames)
    assert not usernames & RESERVED


def test_nobodys_telephone_can_ring():
    people = People(Random(2))
    phones = {people.person().phone for _ in range(300)}
    phones |= {contact.phone for company in companies(2, 100) for contact in company.contacts}
    assert all(phone.startswith("100") and len(phone) == 11 for phone in phones)


def test_every_industry_is_in_the_register():
    with REGISTER.open(encoding="utf-8-sig") as file:
        known = {row["code"]: row["name"].strip() for row in csv.DictReader(file)}
    assert {industry.code: industry.title for industry in INDUSTRIES}.items() <= known.items()


def test_the_district_has_departments_towns_and_parks():
    assert len(district.DEPARTMENTS) >= 28
    assert len(district.TOWNS) == 8
    assert len(district.PARKS) == 4
    assert len({unit.code for unit in district.UNITS}) == len(district.UNITS)
    assert len({unit.name for unit in district.UNITS}) == len(district.UNITS)


def test_topics_are_the_categories_of_an_installation():
    limits = {category.name: category.resolve_days for category in CATEGORIES}
    assert {topic.name: topic.days for topic in TOPICS}.items() <= limits.items()
    assert len(TOPICS) == len(WEIGHTS) >= 12


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_has_at_least_25_appeals_and_departments_to_give_them_to(topic: Topic):
    assert len({title for title, _ in topic.appeals}) >= 25
    assert len({body for _, body in topic.appeals}) >= 25
    assert set(topic.departments) <= {unit.code for unit in district.UNITS}
    assert {level for level, _ in topic.gaps} <= set(LEVELS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_slot_of_a_topic_can_be_filled(topic: Topic):
    rng = Random(1)
    filler = Filler(rng, POOLS)
    known = words(companies(1, 1)[0], rng)
    lines = [*topic.steps, *topic.outcomes, *topic.policies, *topic.refusals, *topic.materials]
    lines += [gap for _, gap in topic.gaps]
    for title, body in topic.appeals:
        told = dict(known)
        lines += [filler.fill(title, told), filler.fill(body, told)]
    for line in lines:
        filled = filler.fill(line, dict(known))
        assert "{" not in filled and "}" not in filled
        assert not slots_of(filled)


def test_every_line_spoken_can_be_filled():
    rng = Random(1)
    filler = Filler(rng, POOLS)
    told = dict.fromkeys(("title", "told", "step", "next", "material", "dept", "days", "outcome", "policy"), "甲")
    told |= {"gap": "乙", "refusal": "丙。"} | words(companies(1, 1)[0], rng)
    pools = [value for module in (speech, visits) for value in vars(module).values()]
    lines = [line for pool in pools if isinstance(pool, tuple) for line in pool if isinstance(line, str)]
    lines += [
        line for pool in (visits.FACTS, speech.COMMENTS, speech.TOLD_BY) for some in pool.values() for line in some
    ]
    assert len(lines) > 120
    for line in lines:
        assert "{" not in filler.fill(line, dict(told)), line


def test_three_thousand_appeals_read_differently():
    told = appeals(1, 3000)
    titles, texts = {title for title, _ in told}, {text for _, text in told}
    assert len(texts) > 2950
    assert len(titles) > 1200
    assert max(len(title) for title, _ in told) <= 80
    assert min(len(text) for _, text in told) >= 20


def test_a_name_drawn_in_the_title_is_the_same_in_the_text():
    filler = Filler(Random(4), POOLS)
    known: dict[str, str] = {}
    title = filler.fill("招工{n=20~120%10}人,{road}", known)
    assert filler.fill("共{n}人,在{road}", known) == f"共{known['n']}人,在{known['road']}"
    assert known["n"] in title and int(known["n"]) % 10 == 0


def test_words_about_an_appeal_speak_of_the_same_thing():
    places = {title: (topic, place) for topic in TOPICS for place, (title, _) in enumerate(topic.appeals)}
    topic, place = places["竣工联合验收缺少牵头单位"]
    assert any("联合验收" in line for line in fitting(topic, place).outcomes)
    topic, place = places["法院财产保全错误冻结账户"]
    assert fitting(topic, place).outcomes == ("错误冻结已解除,账户恢复正常",)


def test_appeals_go_to_the_department_whose_matter_they_are():
    places = {title: (topic, place) for topic in TOPICS for place, (title, _) in enumerate(topic.appeals)}
    assert route(*places["10 千伏专线增容申请受理后无进展,影响二期试产"]) == "GDG"
    assert route(*places["消防设计审查反复提出新意见"]) == "XFD"
    assert route(*places["{village}村民阻挠项目施工"]) == TOWN
    codes = {unit.code for unit in district.UNITS} | {TOWN, PARK}
    assert all(route(topic, place) in codes for topic in TOPICS for place in range(len(topic.appeals)))
    busy = {route(topic, place) for topic in TOPICS for place in range(len(topic.appeals))}
    assert len(busy) >= 24


def test_every_sector_of_an_industry_is_known():
    assert {industry.sector for industry in INDUSTRIES} == set(SECTORS)
    assert set(BY_NAME) == {topic.name for topic in TOPICS}
