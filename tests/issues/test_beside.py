"""A case beside the list, and the list as a board."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issues import actions
from issues.desk import board
from issues.models import Issue
from tests.issues import factories
from tests.issues.factories import make_enterprise, make_speaker

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true", "HX-Current-URL": "http://testserver/issues/?view=intake"}


def text_of(response):
    return response.content.decode()


class TestPreview:
    def test_it_holds_the_facts_the_last_events_and_the_next_verb(self, client, district):
        issue = factories.register(district)
        client.force_login(district.office)
        text = text_of(client.get(f"/issues/{issue.pk}/preview/", headers=PART))
        assert "<html" not in text
        assert issue.text in text and district.enterprise.name in text
        assert f'action="/issues/{issue.pk}/dispatch/?back=intake"' in text
        sent = {"to": district.bureau.pk, "note": "", "version": issue.version}
        assert client.post(f"/issues/{issue.pk}/dispatch/?back=intake", sent).url == "/issues/?view=intake"

    def test_without_scripts_it_is_the_page(self, client, district):
        issue = factories.register(district)
        client.force_login(district.office)
        assert client.get(f"/issues/{issue.pk}/preview/").url == f"/issues/{issue.pk}/"

    def test_nobody_previews_what_they_do_not_see(self, client, district):
        other = make_enterprise()
        hidden = factories.register(district, enterprise=other, by=make_speaker(other))
        client.force_login(district.handler)
        assert client.get(f"/issues/{hidden.pk}/preview/", headers=PART).status_code == 404

    @pytest.mark.parametrize("address", ["", "x", "http://[", "http://t/?view=%00", "http://t/?view=nonsense"])
    def test_an_odd_address_of_the_list_leads_back_to_the_first_tab(self, client, district, address):
        issue = factories.register(district)
        client.force_login(district.office)
        text = text_of(client.get(f"/issues/{issue.pk}/preview/", headers=PART | {"HX-Current-URL": address}))
        assert "?back=open" in text

    def test_queries_do_not_grow_with_the_timeline(self, client, district):
        issue = factories.handling(district)
        client.force_login(district.handler)
        counts = []
        for _ in range(2):
            client.get(f"/issues/{issue.pk}/preview/", headers=PART)
            with CaptureQueriesContext(connection) as seen:
                client.get(f"/issues/{issue.pk}/preview/", headers=PART)
            counts.append(len(seen))
            for n in range(6):
                actions.note(issue=issue, by=district.handler, text=f"备注 {n}")
        assert counts[0] == counts[1]


class TestBoard:
    def test_every_open_stage_has_a_lane_with_its_count_and_first_cards(self, client, district, monkeypatch):
        monkeypatch.setattr(board, "CARDS", 2)
        for make in factories.STAGES.values():
            make(district)
        for _ in range(2):
            factories.register(district)
        client.force_login(district.office)
        lanes = {lane.status: lane for lane in client.get("/issues/board/").context["lanes"]}
        waiting = Issue.objects.filter(status="registered").count()
        assert (lanes["registered"].count, len(lanes["registered"].cards)) == (waiting, 2)
        assert lanes["registered"].more == waiting - 2 > 0
        assert lanes["handling"].count == 1
        assert "closed" not in lanes
        closed = client.get("/issues/board/?view=closed").context["lanes"]
        assert {"closed", "declined"} <= {lane.status for lane in closed}

    def test_the_filters_of_the_ledger_narrow_it_and_lead_on(self, client, district, monkeypatch):
        monkeypatch.setattr(board, "CARDS", 1)
        for title in ("用电增容", "用电报装", "别的事"):
            factories.register(district, title=title)
        client.force_login(district.office)
        page = client.get("/issues/board/?view=open&q=用电")
        assert page.context["total"] == 2
        more = f"/issues/?{page.context['rest']}&status=registered"
        assert more.replace("&", "&amp;") in text_of(page)
        assert len(client.get(more).context["page"]) == 2

    def test_queries_are_the_same_for_one_case_and_many(self, client, district):
        client.force_login(district.office)
        counts = []
        for wanted in (1, 4):
            while Issue.objects.count() < wanted:
                factories.dispatched(district)
            client.get("/issues/board/")
            with CaptureQueriesContext(connection) as seen:
                client.get("/issues/board/")
            counts.append(len(seen))
        assert counts[0] == counts[1]
