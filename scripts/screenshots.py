"""Take the pictures of the documentation from a running portal, as several roles, desktop and phone.

    scripts/screenshots.py [FOLDER] [--url http://127.0.0.1:8000] [--password …] [--only ledger]

The password is that of the demo accounts (`DEMO_PASSWORD`, or what `make run` printed into var/demo_password).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Shot:
    """One picture: as whom, of which page, and the first link to follow on it (a pattern of its address)."""

    name: str
    role: str
    path: str
    follow: str = ""
    phone: bool = False
    care: bool = False


SHOTS = (
    Shot("login", "", "/accounts/login/"),
    Shot("workbench-office", "office", "/"),
    Shot("workbench-handler", "handler", "/"),
    Shot("workbench-enterprise", "enterprise", "/"),
    Shot("ledger", "office", "/issues/"),
    Shot("board", "office", "/issues/board/"),
    Shot("clusters", "office", "/issues/clusters/", follow=r"^/issues/clusters/\d+/$"),
    Shot("call", "office", "/calls/", follow=r"^/calls/\d+/$"),
    Shot("issue", "handler", "/issues/?view=yellow", follow=r"^/issues/\d+/$"),
    Shot("issue-care", "handler", "/issues/?view=yellow", follow=r"^/issues/\d+/$", care=True),
    Shot("enterprises", "office", "/enterprises/"),
    Shot("enterprise", "office", "/enterprises/", follow=r"^/enterprises/\d+/$"),
    Shot("projects", "office", "/projects/"),
    Shot("visits", "cadre", "/visits/"),
    Shot("import", "office", "/imports/"),
    Shot("calendar", "office", "/calendar/"),
    Shot("supervision", "supervisor", "/supervision/"),
    Shot("ranking", "supervisor", "/supervision/ranking/"),
    Shot("accounts", "security_admin", "/accounts/users/"),
    Shot("audit", "auditor", "/audit/"),
    Shot("phone-workbench", "cadre", "/", phone=True),
    Shot("phone-ledger", "handler", "/issues/", phone=True),
    Shot("phone-issue", "handler", "/issues/?view=yellow", follow=r"^/issues/\d+/$", phone=True),
    Shot("phone-appeal", "enterprise", "/appeals/", follow=r"^/appeals/\d+/$", phone=True),
    Shot("phone-appeals", "enterprise", "/appeals/", phone=True),
)


def main() -> int:
    """Take the pictures; 0 when every page answered, 1 when some did not, 2 when none could be taken."""
    options = arguments()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        print("No chromium on this machine: apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 2
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            return take_all(browser, options)
    except Error as error:
        print(f"{options.url}: {error.message.splitlines()[0]}", file=sys.stderr)
        return 2


def take_all(browser: Any, options: argparse.Namespace) -> int:
    """Every picture asked for, one session per role; 0 when all were taken, 1 when some were not."""
    options.folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    sessions: dict[tuple[str, bool], Any] = {}
    for shot in SHOTS:
        if options.only and options.only not in shot.name:
            continue
        page = sessions.get((shot.role, shot.phone)) or signed_in(browser, shot, options)
        sessions[shot.role, shot.phone] = page
        failed += not take(page, shot, options)
    browser.close()
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--url", default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    parser.add_argument("--password", default=os.environ.get("DEMO_PASSWORD") or kept_password())
    parser.add_argument("--only", default="", help="pictures whose name contains this")
    return parser.parse_args()


def kept_password() -> str:
    """What the first start of the demo wrote down."""
    kept = Path(os.environ.get("VAR_DIR", ROOT / "var")) / "demo_password"
    return kept.read_text(encoding="utf-8").strip() if kept.exists() else ""


def signed_in(browser: Any, shot: Shot, options: argparse.Namespace) -> Any:
    """A page in a session of its own, signed in as the shot's role."""
    context = browser.new_context(
        base_url=options.url,
        viewport=PHONE if shot.phone else DESKTOP,
        has_touch=shot.phone,
        is_mobile=shot.phone,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    page = context.new_page()
    if shot.role:
        page.goto("/accounts/login/")
        page.fill("#id_username", shot.role)
        page.fill("#id_password", options.password)
        page.click("form.form button[type=submit]")
        if "/accounts/login/" in page.url:
            raise SystemExit(f"Could not log in as {shot.role}: is this the demo, and is the password right?")
    return page


def take(page: Any, shot: Shot, options: argparse.Namespace) -> bool:
    """Save one picture; says and returns False when the page is not there."""
    cookie = {"name": "care", "value": "1" if shot.care else "0", "url": options.url}
    page.context.add_cookies([cookie])
    answer = page.goto(shot.path)
    if answer.ok and shot.follow:
        addresses = page.eval_on_selector_all("main a[href]", "links => links.map(a => a.getAttribute('href'))")
        found = next((address for address in addresses if re.search(shot.follow, address)), None)
        answer = page.goto(found) if found else None
    if answer is None or not answer.ok:
        print(f"{shot.name}: {answer.status if answer else 'no link to follow'}", file=sys.stderr)
        return False
    page.wait_for_load_state("networkidle")
    page.screenshot(path=options.folder / f"{shot.name}.png")
    print(options.folder / f"{shot.name}.png")
    return True


if __name__ == "__main__":
    sys.exit(main())
