"""The arithmetic of scores: bounded, fair to small samples, and ranked without surprises."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from supervision.scoring import Figures, Part, Rule, Score, points_of, ranked, score_of, score_units, shrunk

RECKONINGS = ("rate", "inverse", "penalty", "mean")
D = Decimal


@st.composite
def figures(draw: st.DrawFn, best: int = 1) -> Figures:
    rows = draw(st.integers(0, 500))
    return Figures(D(draw(st.integers(0, rows * best))), rows)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    return Rule(
        "x",
        draw(st.sampled_from(RECKONINGS)),
        D(draw(st.integers(1, 100))),
        draw(st.integers(0, 20)),
        D(draw(st.integers(0, 10))),
    )


@given(rules(), figures(), figures())
def test_points_lie_between_nothing_and_full_marks(rule, own, district):
    points = points_of(rule, own, district)
    assert (points is None) == (own.denominator == 0)
    assert points is None or 0 <= points <= rule.points


@given(figures(best=5), figures(best=5), st.integers(1, 30))
def test_shrinking_moves_towards_the_district_and_never_past_it(own, district, minimum):
    if own.denominator == 0 or district.denominator == 0:
        return
    low, high = sorted([own.ratio, district.ratio])
    slack = D("1e-20")
    assert low - slack <= shrunk(own, district, minimum) <= high + slack
    if own.denominator >= minimum:
        assert shrunk(own, district, minimum) == own.ratio


def test_one_bad_rating_does_not_sink_a_department_below_the_minimum_sample():
    rule = Rule("satisfaction", "mean", D(20), minimum_sample=5)
    own, district = Figures(D(1), 1), Figures(D(450), 100)
    assert points_of(rule, own, district) == D("15.20")  # 20 × ((1 + 4 × 4.5) / 5) / 5


def test_each_reckoning_by_hand():
    own, district = Figures(D(3), 4), Figures(D(3), 4)
    assert points_of(Rule("a", "rate", D(20)), own, district) == D("15.00")
    assert points_of(Rule("a", "inverse", D(20)), own, district) == D("5.00")
    assert points_of(Rule("a", "penalty", D(10), penalty=D(2)), own, district) == D("4.00")
    assert points_of(Rule("a", "penalty", D(5), penalty=D(2)), own, district) == D("0.00")
    assert points_of(Rule("a", "mean", D(20)), Figures(D(9), 2), district) == D("18.00")


def test_what_does_not_count_is_left_out_of_both_sides():
    parts = [Part("a", D(1), 2, D(30), D(15)), Part("b", D(0), 0, D(70), None)]
    assert score_of(parts) == D("50.00")
    assert score_of(parts[1:]) is None


def test_equal_scores_share_a_rank_and_the_unscored_have_none():
    scores = [Score(n, [], None if value is None else D(value)) for n, value in enumerate([80, 90, None, 90, 70])]
    assert [(one.unit, one.rank) for one in ranked(scores)] == [(1, 1), (3, 1), (0, 3), (4, 4), (2, None)]


@given(st.dictionaries(st.integers(1, 30), figures(), max_size=12))
def test_more_done_never_ranks_lower(by_unit):
    rule = Rule("visits", "rate", D(20))
    scores = score_units([rule], {"visits": by_unit})
    counted = [one for one in scores if one.rank is not None]
    ratios = [by_unit[one.unit].ratio.quantize(D("0.0001")) for one in counted]
    assert all(first >= second - D("0.001") for first, second in pairwise(ratios))
