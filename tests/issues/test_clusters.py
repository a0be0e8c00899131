"""Groups of cases about one thing: what is found, and what the office makes of them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.accounts.errors import Refused
from issues import actions
from issues.models import Issue, IssueCluster, IssueClusterCase, IssueLink
from issues.repeats import clusters
from tests.issues import factories
from tests.issues.factories import sh

pytestmark = pytest.mark.django_db
Kind, State = IssueCluster.Kind, IssueCluster.State
POWER = ("高温时段限电影响生产", "高温时段限电,影响生产线", "高温时段限电影响生产!", "高温时段多次限电影响生产")


@pytest.fixture
def four(district):
    """One complaint of four enterprises, each in its own words, among other matters."""
    factories.register(district)
    return [factories.register(district, title=title, **factories.elsewhere()) for title in POWER]


def found(district):
    actions.find_clusters(by=district.office)
    return list(IssueCluster.objects.current())


class TestFinding:
    def test_one_cause_of_several_enterprises(self, district, four):
        (group,) = found(district)
        assert (group.kind, group.size, group.enterprises, group.open_size) == (Kind.CAUSE, 4, 4, 4)
        assert (group.anchor, group.enterprise) == (four[0], None)
        assert {row.issue for row in group.cases.all()} == set(four)

    def test_one_enterprise_again_and_again(self, district):
        again = [factories.register(district, title=title) for title in POWER[:2]]
        (group,) = found(district)
        assert (group.kind, group.enterprise) == (Kind.ENTERPRISE, district.enterprise)
        assert {row.issue for row in group.cases.all()} == set(again)

    def test_two_enterprises_are_no_cause_yet(self, district, four):
        Issue.objects.filter(pk__in=[case.pk for case in four[2:]]).delete()
        assert found(district) == []

    def test_what_is_over_half_a_year_old_or_merged_away_is_left_out(self, district, four, clock):
        actions.merge(issue=four[3], into=four[0], by=district.office)
        actions.decline(issue=four[2], by=district.office, reason="不受理")
        assert found(district) == []
        clock.move_to(sh("2027-07-09 10:00"))
        assert found(district) == []

    def test_a_group_keeps_its_number_and_grows(self, district, four):
        (before,) = found(district)
        factories.register(district, title=POWER[0], **factories.elsewhere())
        (after,) = found(district)
        assert (after.pk, after.size) == (before.pk, 5)
        assert IssueClusterCase.objects.count() == 5

    def test_a_crowd_costs_no_more_queries(self, district, four):
        def queries():
            with CaptureQueriesContext(connection) as seen:
                actions.find_clusters(by=None)
            return len(seen)

        found(district)
        factories.register(district, title=POWER[0], **factories.elsewhere())
        few = queries()
        for _ in range(4):
            factories.register(district, title=POWER[0], **factories.elsewhere())
        assert queries() == few

    def test_titles_are_not_all_compared_with_all(self, district, monkeypatch):
        compared = []
        real = clusters.likeness.alike
        monkeypatch.setattr(clusters.likeness, "alike", lambda *given: compared.append(1) or real(*given))
        at = sh("2026-11-09 10:00")
        words = [f"{chr(0x4E00 + 7 * n)}{chr(0x5E00 + 5 * n)}{chr(0x6E00 + 3 * n)}问题" for n in range(300)]
        cases = [clusters.Facts(n, n, 1, title, at, True) for n, title in enumerate(words * 10)]
        groups = clusters.groups(cases)
        assert len(groups) == 300
        assert len(compared) < 300 * 300 / 2


class TestDeciding:
    def test_what_was_dismissed_is_not_brought_up_again_until_enough_is_new(self, district, four):
        (group,) = found(district)
        actions.dismiss_cluster(cluster=group, by=district.office, reason="不同线路")
        assert found(district) == []
        new = [factories.register(district, title=POWER[0], **factories.elsewhere()) for _ in range(3)]
        (again,) = found(district)
        assert {row.issue for row in again.cases.all()} == set(new)
        group.refresh_from_db()
        assert group.state == State.DISMISSED

    def test_it_may_be_looked_at_again(self, district, four):
        (group,) = found(district)
        actions.dismiss_cluster(cluster=group, by=district.office, reason="不同线路")
        actions.restore_cluster(cluster=group, by=district.office)
        assert [one.pk for one in found(district)] == [group.pk]

    def test_the_chosen_are_merged_all_or_none(self, district, four):
        (group,) = found(district)
        actions.decline(issue=four[3], by=district.office, reason="不受理")
        with pytest.raises(Refused, match=four[3].number):
            actions.merge_cluster(cluster=group, lead=four[0], issues=four[1:], by=district.office)
        assert not IssueLink.objects.exists()
        assert actions.merge_cluster(cluster=group, lead=four[0], issues=four[:3], by=district.office) == 2
        assert set(Issue.objects.filter(status="merged")) == set(four[1:3])

    def test_one_case_is_opened_for_the_cause_and_the_others_follow(self, district, four):
        (group,) = found(district)
        cause = actions.open_cause(
            cluster=group, enterprise=four[1].enterprise, title="区域错峰用电", text="请协调。", by=district.office,
            follow=True,
        )  # fmt: skip
        assert (cause.channel, cause.status, cause.enterprise) == ("cause", "registered", four[1].enterprise)
        assert set(IssueLink.objects.filter(kind="cause", target=cause).values_list("source", flat=True)) == {
            case.pk for case in four
        }
        stages = dict(Issue.objects.filter(pk__in=[case.pk for case in four]).values_list("pk", "status"))
        assert stages == {case.pk: "closed" if case == four[1] else "merged" for case in four}
        group.refresh_from_db()
        assert (group.state, group.cause) == (State.HANDLED, cause)
        assert found(district) == []

    def test_only_one_of_those_that_asked_stands_for_them(self, district, four):
        (group,) = found(district)
        with pytest.raises(Refused, match="代表"):
            actions.open_cause(
                cluster=group, enterprise=district.enterprise, title="用电", text="请协调。", by=district.office
            )
        assert not IssueLink.objects.exists()

    @pytest.mark.parametrize("who", ["handler", "supervisor", "speaker", "cadre"])
    def test_nobody_else_decides(self, district, four, who):
        (group,) = found(district)
        with pytest.raises(Refused, match="企业服务办公室"):
            actions.dismiss_cluster(cluster=group, by=getattr(district, who), reason="不是")


class TestPages:
    def test_from_the_list_to_a_merge(self, client, district, four):
        client.force_login(district.office)
        client.post("/issues/clusters/find/")
        page = client.get("/issues/clusters/")
        group = page.context["page"][0]
        text = client.get(f"/issues/clusters/{group.pk}/").content.decode()
        assert all(case.number in text for case in four)
        body = {"lead": four[0].pk, "issues": [case.pk for case in four[1:3]], "version": group.version}
        assert client.post(f"/issues/clusters/{group.pk}/merge/", body).status_code == 302
        assert Issue.objects.filter(status="merged").count() == 2

    def test_nothing_typed_is_lost(self, client, district, four):
        (group,) = found(district)
        client.force_login(district.office)
        url = f"/issues/clusters/{group.pk}"
        page = client.post(f"{url}/cause/", {"title": "区域用电", "text": "", "enterprise": four[0].enterprise_id})
        assert page.status_code == 422
        assert "区域用电" in page.content.decode()
        stale = client.post(f"{url}/dismiss/", {"reason": "线路不同", "version": 99})
        assert stale.status_code == 409
        assert "线路不同" in stale.content.decode()
        stranger = factories.register(district)
        body = {"lead": stranger.pk, "issues": [four[1].pk]}
        assert client.post(f"{url}/merge/", body).status_code == 422
        assert client.post(f"{url}/nonsense/", {}).status_code == 404
        assert client.get("/issues/clusters/999999/").status_code == 404

    @pytest.mark.parametrize("view", ["cause", "enterprise", "handled", "dismissed", "nonsense"])
    def test_empty_tabs_say_what_would_fill_them(self, client, district, view):
        client.force_login(district.office)
        assert "empty" in client.get(f"/issues/clusters/?view={view}").content.decode()
