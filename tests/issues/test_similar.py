"""What is suggested while a case is typed: an enterprise its own cases, the office the district's."""

from __future__ import annotations

import random

import pytest

from foundation.search import actions as search
from issues.models import IssueLink
from issues.repeats import likeness, similar
from issues.repeats.likeness import Said
from tests.issues import factories

pytestmark = pytest.mark.django_db
TITLE, TEXT = "货车夜间通行证到期", "我司有 12 台货车的通行证本月到期,请协调续办。"


@pytest.fixture
def other(district):
    """The same matter of another enterprise."""
    return factories.register(district, **factories.elsewhere(name="青山铸造有限公司"))


def test_an_enterprise_is_shown_its_own_and_never_anothers(client, district, other):
    mine = factories.register(district)
    search.catch_up()
    client.force_login(district.speaker)
    for typed in ({"title": TITLE}, {"title": "", "text": TEXT}):
        text = client.post("/appeals/similar/", typed).content.decode()
        assert mine.number in text
        assert other.number not in text
        assert other.enterprise.name not in text


def test_that_many_ask_is_all_that_is_said_of_others(client, district):
    for _ in range(5):
        factories.register(district, **factories.elsewhere())
    search.catch_up()
    client.force_login(district.speaker)
    text = client.post("/appeals/similar/", {"title": TITLE}).content.decode()
    assert "同类诉求" in text
    assert "QL-" not in text


def test_the_office_is_shown_the_whole_districts(client, district, other):
    mine = factories.register(district)
    search.catch_up()
    client.force_login(district.office)
    text = client.post("/issues/similar/", {"title": TITLE, "enterprise": district.enterprise.pk}).content.decode()
    assert mine.number in text
    assert other.number in text
    assert "本企业" in text


def test_a_like_case_is_joined_from_the_page_of_a_case(client, district, other):
    mine = factories.dispatched(district)
    search.catch_up()
    client.force_login(district.office)
    assert other.number in client.get(f"/issues/{mine.pk}/similar/").content.decode()
    client.post(f"/issues/{mine.pk}/link/", {"other": other.number, "relation": "relates"})
    assert IssueLink.objects.get().target == other
    client.force_login(district.handler)
    assert other.number not in client.get(f"/issues/{mine.pk}/similar/").content.decode()
    assert client.get(f"/issues/{other.pk}/similar/").status_code == 404


@pytest.mark.parametrize(
    "title", ["", "货", "\x00", "\ud800\ud800\ud800\ud800", "<script>alert(1)</script>", "x" * 9000, "'\"&|()!:*"]
)
def test_whatever_is_typed_breaks_nothing(client, district, title):
    factories.register(district)
    search.catch_up()
    client.force_login(district.office)
    answer = client.post("/issues/similar/", **factories.typed(title=title, enterprise="x" * 40))
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()


@pytest.mark.parametrize("seed", range(8))
def test_the_likest_are_those_that_comparing_all_with_everything_they_say_would_find(district, seed):
    draw = random.Random(seed)

    def words(least, most):
        return "".join(draw.choices("货车夜间通行证到期续办限电用工融资", k=draw.randint(least, most)))

    factories.register(district)
    said = Said.of(words(4, 9), words(0, 40))
    told = [similar.Told(pk, words(2, 9), words(0, 40)) for pk in range(60)]
    every = [(likeness.likeness(said, Said.of(one.title, one.text), similar.weights()), one.pk) for one in told]
    best = sorted((-score, -pk) for score, pk in every if score >= similar.LEAST)[: similar.SHOWN]
    assert similar.likest(said, told, typed=False) == [(-score, -pk) for score, pk in best]
