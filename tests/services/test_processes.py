"""Web server, worker and beat as separate processes on PostgreSQL and Redis, as the compose file runs them."""

import json
import os
import urllib.request

import pytest

from scripts.processes import http_status, stop_all, wait_until
from tests.services.deployment import deployed

pytestmark = pytest.mark.services

OVERDUE = """
    UPDATE clocks_clock
       SET due_at = now() - interval '1 minute', yellow_at = now() - interval '1 day',
           escalate_at = now() + interval '9 days', next_change_at = now() - interval '1 minute', level = 0
     WHERE id = (SELECT id FROM clocks_clock
                  WHERE kind LIKE 'issue%%' AND next_change_at IS NOT NULL AND level < 2 ORDER BY id LIMIT 1)
 RETURNING id
"""
ENQUEUE = """
from django.contrib.auth import get_user_model
from django.utils import timezone
from foundation.notices.models import Delivery, Notice
from foundation.notices.tasks import deliver
someone = get_user_model().objects.get(username="handler")
notice = Notice.objects.create(recipient=someone, kind="test", subject="s", key="by-hand", created_at=timezone.now())
Delivery.objects.create(notice=notice, next_attempt_at=timezone.now(), urgent=True)
deliver.delay()
"""
AGAIN = "from foundation.notices.tasks import deliver; deliver.delay()"


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with deployed(tmp_path_factory.mktemp("portal")) as running:
        yield running


def get(portal, path):
    """GET through the imagined TLS proxy."""
    request = urllib.request.Request(portal.url + path, headers={"X-Forwarded-Proto": "https"})
    return urllib.request.urlopen(request, timeout=20)


def test_health_and_readiness_answer(portal):
    assert http_status(f"{portal.url}/healthz") == 200
    assert http_status(f"{portal.url}/readyz") == 200


def test_the_sign_in_page_comes_with_fingerprinted_static_files_that_are_served(portal):
    page = get(portal, "/accounts/login/").read().decode()
    stylesheets = [part.split('"')[0] for part in page.split('href="') if ".css" in part.split('"')[0]]
    assert stylesheets
    for address in stylesheets:
        answer = get(portal, address)
        assert answer.status == 200 and "immutable" in answer.headers["Cache-Control"]


def test_an_enqueued_task_is_done_by_the_worker(portal):
    """A broker may lose a message to a worker that is just starting; what counts is that telling again is enough."""
    sent = "SELECT state FROM notices_delivery d JOIN notices_notice n ON n.id = d.notice_id WHERE n.key = 'by-hand'"
    shell = ("python", "manage.py", "shell", "--verbosity", "0", "-c")
    portal.run(*shell, ENQUEUE)
    for _ in range(5):
        if wait_until(lambda: portal.query(sent) == [("sent",)], 10):
            break
        portal.run(*shell, AGAIN)
    assert wait_until(lambda: portal.query(sent) == [("sent",)], 40), portal.children["worker"].tail(40)
    assert "Task foundation.notices.tasks.deliver[" in portal.children["worker"].tail(400)


def test_beat_sweeps_the_clocks_and_an_overdue_issue_turns_red(portal):
    [(clock,)] = portal.query(OVERDUE)
    raised = "SELECT count(*) FROM clocks_warning WHERE clock_id = %s AND level = 2"
    assert wait_until(lambda: portal.query(raised, clock) == [(1,)], 90, every=1), portal.children["worker"].tail(40)
    [(level,)] = portal.query("SELECT level FROM clocks_clock WHERE id = %s", clock)
    assert level == 2


def test_worker_and_sweep_leave_signs_of_life_and_the_portal_is_ready(portal):
    signs = "SELECT count(*) FROM heartbeats_heartbeat WHERE at > now() - interval '3 minutes' AND (kind, name) IN %s"
    sweep = ("task", "foundation.clocks.tasks.sweep")
    assert wait_until(lambda: portal.query(signs, (sweep,)) == [(1,)], 90, every=1)
    workers = "SELECT count(*) FROM heartbeats_heartbeat WHERE kind = 'worker' AND at > now() - interval '3 minutes'"
    assert portal.query(workers) == [(1,)]
    assert http_status(f"{portal.url}/readyz") == 200


def test_the_escalate_command_prints_one_json_object_and_finds_nothing_left_to_do(portal):
    portal.run("python", "manage.py", "escalate", "--json")
    again = json.loads(portal.run("python", "manage.py", "escalate", "--json"))
    assert (again["yellow"], again["red"], again["escalated"]) == (0, 0, 0)


def test_each_container_s_health_check_passes_for_worker_and_beat(portal):
    portal.run("python", "scripts/healthcheck.py", "worker")
    assert wait_until(lambda: any((portal.folder / "data").glob("beat-schedule*")), 20)
    portal.run("python", "scripts/healthcheck.py", "beat")


def test_a_stop_signal_ends_every_process_and_leaves_nobody_behind(portal):
    children = list(portal.children.values())
    stop_all(children, grace=30)
    assert [child.exit_code for child in children] == [0, 0, 0]
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.killpg(child.process.pid, 0)
