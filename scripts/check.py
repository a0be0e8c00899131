"""Everything `make check` asks of the code; each check prints one line, a failed one its output too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SOURCES = ("foundation", "enterprises", "projects", "liaison", "issues", "supervision", "config")
ICON = re.compile(
    r"""\{%\s*icon\s+["']([\w-]+)["']|\bicon\s*[=:]\s*["']([\w-]+)["']|["']icon["']:\s*["']([\w-]+)["']"""
)
ADDRESS = re.compile(r"https?://")

PRODUCTION = {
    "SECRET_KEY": "".join(chr(33 + i * 7 % 90) for i in range(70)),
    "DEBUG": "0",
    "HTTPS": "1",
    "ALLOWED_HOSTS": "portal.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://portal.example.org",
    "SITE_URL": "https://portal.example.org",
    "CELERY_BROKER_URL": "redis://redis:6379/0",
}


def tracked(*patterns: str) -> list[str]:
    """Files of these patterns that git knows or would take in."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.splitlines() if (ROOT / name).exists()]


def command(*words: str, env: dict[str, str] | None = None) -> str:
    """Run a tool of the virtual environment; its output when it fails, nothing when it passes."""
    first, *rest = words
    ran = subprocess.run(
        [str(BIN / first), *rest],
        cwd=ROOT,
        env=os.environ | (env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return "" if ran.returncode == 0 else ran.stdout or f"exit code {ran.returncode}"


def lint() -> str:
    """Ruff's rules."""
    return command("ruff", "check", "--output-format", "concise", ".")


def layout() -> str:
    """Ruff's formatting."""
    return command("ruff", "format", "--check", "--output-format", "concise", ".")


def templates() -> str:
    """Djade's formatting of templates."""
    files = tracked("templates/*.html", "templates/**/*.html")
    return command("djade", "--check", "--target-version", "5.2", *files) if files else ""


def types() -> str:
    """Mypy with the Django and DRF plug-ins."""
    return command("mypy", env=PRODUCTION | {"VAR_DIR": tempfile.gettempdir() + "/liaison-check"})


def floors() -> str:
    """Nothing imports upward."""
    return command("lint-imports", "--no-cache")


def migrations() -> str:
    """Every model change has its migration."""
    return with_settings("manage.py", "makemigrations", "--check", "--dry-run")


def deployment() -> str:
    """Django's deployment check, with the environment of production; a warning fails."""
    return with_settings("manage.py", "check", "--deploy", "--fail-level", "WARNING")


def with_settings(*words: str) -> str:
    """Run a management command in the environment of production, in a folder of its own."""
    with tempfile.TemporaryDirectory() as var:
        return command("python", *words, env=PRODUCTION | {"VAR_DIR": var})


def icons() -> str:
    """Every icon asked for by name is in the sprite."""
    known = set((ROOT / "scripts/icons.txt").read_text().split())
    missing = []
    for name in tracked("templates/*", "templates/**/*", *(f"{source}/*" for source in SOURCES)):
        if name.endswith((".html", ".py")):
            found = {next(filter(None, groups)) for groups in ICON.findall((ROOT / name).read_text())}
            missing += [f"{name}: no icon {icon!r} in scripts/icons.txt" for icon in sorted(found - known)]
    return "\n".join(missing)


def lock_files() -> str:
    """Lock files name versions and hashes, never an address."""
    found = []
    for name in [*tracked("requirements/*"), "package-lock.json"]:
        lines = (ROOT / name).read_text().splitlines()
        found += [f"{name}:{n}: {line.strip()}" for n, line in enumerate(lines, 1) if ADDRESS.search(line)]
    return "\n".join(found)


CHECKS = (types, migrations, deployment, lint, layout, templates, floors, icons, lock_files)


def timed(check: Callable[[], str]) -> tuple[str, float]:
    """What a check says, and the seconds it took."""
    begun = time.monotonic()
    return check(), time.monotonic() - begun


def main() -> int:
    """Run every check, two at a time, and sum up."""
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        running = [(check, pool.submit(timed, check)) for check in CHECKS]
        for check, result in running:
            said, seconds = result.result()
            failed += bool(said)
            print(f"[check] {'FAILED' if said else 'ok    '} {check.__name__:<12} {seconds:5.1f} s  {check.__doc__}")
            if said:
                print(said.rstrip(), flush=True)
    print(f"[check] {failed} of {len(CHECKS)} checks failed" if failed else "[check] all checks pass")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
