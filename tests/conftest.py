"""Fixtures every folder may use: a live portal, a browser on it, and the rule that nothing skips with services."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client

from tests import effort, grouping, migrated
from tests.restoring import Restorer
from tests.shared_data import ABSENT

SERVICES = os.environ.get("LIAISON_SERVICES") == "1"
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}

effort.load_profile()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, skip what needs absent services, and let no test lose the installed rows."""
    for item in items:
        names = getattr(item, "fixturenames", [])
        if "browser" in names:
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("services") and not SERVICES:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL and Redis: make test-services"))
        _keep_installed_rows(item, names)


def _keep_installed_rows(item: pytest.Item, names: list[str]) -> None:
    """A test that commits for real ends with every table emptied: bring back what the migrations installed."""
    marker = item.get_closest_marker("django_db")
    options = dict(marker.kwargs) if marker else {}
    if options.get("transaction") or {"transactional_db", "live_server"} & set(names):
        item.add_marker(pytest.mark.django_db(**options | {"transaction": True, "serialized_rollback": True}), False)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Spread the tests over the processes one by one, but for the modules that build a world once."""
    return grouping.scheduler(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool, django_db_modify_db_settings: None, django_db_blocker: Any) -> bool:
    """Whether the test database is there already: a copy of the one migrated before, where that is a file."""
    with django_db_blocker.unblock():
        return migrated.lay(connections["default"]) or django_db_keepdb


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database, whose installed rows come back in milliseconds."""
    with django_db_blocker.unblock():
        for connection in connections.all():
            connection.creation.deserialize_db_from_string = Restorer(connection).restore  # type: ignore[method-assign]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """With the services nothing may skip but what reads real data that lies outside the repository."""
    report = yield
    return _no_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """The same for a whole module that skips itself."""
    report = yield
    return _no_skip(report)


def _no_skip(report: Any) -> Any:
    excused = hasattr(report, "wasxfail") or ABSENT in str(report.longrepr)
    if SERVICES and report.skipped and not excused:
        report.longrepr = f"skipped although the services are there: {report.longrepr}"
        report.outcome = "failed"
    return report


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """A rolled-back test leaves no row behind, and no count of rows either."""
    cache.clear()


# -- Browser ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium, one per test process."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not executable:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    shared = {alias: connections[alias] for alias in connections}
    with sync_playwright() as playwright:
        # From here on Playwright's event loop counts as running in this thread: Django would refuse the
        # database, and would give the tests with a browser other connections than those without.
        patch = pytest.MonkeyPatch()
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        for alias, connection in shared.items():
            connections[alias] = connection
        yield playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        patch.undo()


@pytest.fixture
def live_portal(live_server: Any) -> Any:
    """The portal on a port of its own; `.url` is its address."""
    return live_server


@pytest.fixture
def open_page(browser: Any, live_portal: Any) -> Iterator[Callable[..., Any]]:
    """Open further pages, each in a session of its own; a script error or a CSP breach fails the test."""
    contexts, breaches = [], []

    def listen(message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            breaches.append(message.text)

    def open_one(**options: Any) -> Any:
        options = {"viewport": DESKTOP, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"} | options
        context = browser.new_context(base_url=live_portal.url, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: breaches.append(str(error)))
        page.on("console", listen)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not breaches, breaches


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    """A desktop page, 1366 pixels wide, nobody signed in."""
    return open_page()


@pytest.fixture
def phone_page(open_page: Callable[..., Any]) -> Any:
    """A phone-sized page with touch, nobody signed in."""
    return open_page(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)


@pytest.fixture
def sign_in(live_portal: Any) -> Callable[[Any, Any], None]:
    """Sign a user in on a page without going through the form: `sign_in(page, user)`."""

    def do(page: Any, user: Any) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_portal.url}])

    return do


@pytest.fixture
def assert_accessible() -> Callable[[Any], None]:
    """Fail with axe-core's own words when the page shown breaks a rule: `assert_accessible(page)`."""

    def check(page: Any) -> None:
        from axe_playwright_python.sync_playwright import Axe

        results = Axe().run(page)
        assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"

    return check
