"""Rules, ladders and saved views."""

from __future__ import annotations

import pytest

from foundation.accounts.errors import Refused, Stale
from foundation.clocks import queries as clock_queries
from issues import actions
from issues.limits import timing
from issues.models import Category, CategoryRule, Issue, SavedView
from tests.issues import factories
from tests.issues.factories import District


def test_a_changed_rule_leaves_running_cases_alone(district: District):
    issue = factories.dispatched(district)
    rule = actions.change_rule(category=district.category, by=district.office, version=1, resolve_days=5)
    assert (rule.version, rule.resolve_days, rule.accept_days) == (2, 5, 1)
    assert Issue.objects.get(pk=issue.pk).rule.version == 1
    fresh = factories.dispatched(district)
    assert fresh.rule == rule
    assert clock_queries.running(timing.RESOLVE, fresh.handlings.get().pk).days == 5
    assert clock_queries.running(timing.RESOLVE, issue.handlings.get().pk).days == 10


def test_rules_refuse_nonsense_strangers_and_stale_versions(district: District):
    for limits in ({"resolve_days": 0}, {"resolve_days": 251}, {"pauses": 3}, {"accept_days": "x"}):
        with pytest.raises(Refused):
            actions.change_rule(category=district.category, by=district.office, **limits)
    with pytest.raises(Refused):
        actions.change_rule(category=district.category, by=district.handler, resolve_days=5)
    actions.change_rule(category=district.category, by=district.office, resolve_days=5)
    with pytest.raises(Stale):
        actions.change_rule(category=district.category, by=district.office, version=1, resolve_days=6)


def test_the_same_limits_make_no_new_version(district: District):
    actions.change_rule(category=district.category, by=district.office, resolve_days=10)
    assert CategoryRule.objects.filter(category=district.category).count() == 1


def test_a_changed_ladder_reaches_every_category_by_a_new_rule(district: District):
    ladder = actions.change_ladder(by=district.office, tell_yellow=["handler", "officer"], yellow_days=3)
    current = [CategoryRule.objects.filter(category=category).first() for category in Category.objects.all()]
    assert {(rule.ladder, rule.version) for rule in current} == {(ladder, 2)}
    with pytest.raises(Refused) as refusal:
        actions.change_ladder(by=district.office, tell_red=["everybody"])
    assert refusal.value.code == "invalid_audience"


def test_a_category_may_have_a_ladder_of_its_own_until_it_shares_again(district: District):
    category = district.category
    own = actions.set_own_ladder(category=category, by=district.office, version=1, yellow_days=4)
    assert (own.version, own.ladder.yellow_days, own.ladder.tell_yellow) == (2, 4, ["handler"])
    actions.change_ladder(by=district.office, yellow_days=3)
    rules = {rule.category.code: rule.ladder.yellow_days for rule in CategoryRule.objects.order_by("version")}
    assert (rules["supply"], rules["finance"]) == (4, 3)
    with pytest.raises(Stale):
        actions.set_own_ladder(category=category, by=district.office, version=1, yellow_days=5)
    with pytest.raises(Refused):
        actions.set_own_ladder(category=category, by=district.handler, yellow_days=5)
    assert actions.share_ladder(category=category, by=district.office).ladder.yellow_days == 3


def test_saved_views_are_ones_own(district: District):
    actions.save_view(by=district.office, name="本周到期", query="due=week")
    view = actions.save_view(by=district.office, name="本周到期", query="due=week&level=1")
    assert SavedView.objects.get().query == "due=week&level=1"
    assert not SavedView.objects.visible_to(district.supervisor).exists()
    with pytest.raises(Refused):
        actions.delete_view(view=view, by=district.supervisor)
    actions.delete_view(view=view, by=district.office)
    assert not SavedView.objects.exists()
