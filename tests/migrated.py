"""A migrated database, made once for each state of the migrations and copied by every test process.

On SQLite it is a file in pytest's cache folder; on PostgreSQL a database named after DATABASE_URL's.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.apps import apps

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".pytest_cache" / "migrated"


def lay(connection: Any) -> bool:
    """Prepare the test database of this connection; whether it is there already."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor == "sqlite":
            shutil.copyfile(_file(), connection.settings_dict["TEST"]["NAME"])
        else:
            connection.settings_dict["TEST"]["TEMPLATE"] = _database(connection)
    return connection.vendor == "sqlite"


def _file() -> Path:
    kept = KEPT / f"{fingerprint()}.sqlite3"
    if not kept.exists():
        for old in KEPT.glob("*.sqlite3*"):
            old.unlink()
        making = KEPT / "making.sqlite3"
        _migrate(f"sqlite:///{making}")
        with closing(sqlite3.connect(making)) as made:
            made.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # everything into the one file
        making.rename(kept)
    return kept


def _database(connection: Any) -> str:
    family = f"{connection.settings_dict['NAME']}_migrated_"
    kept = f"{family}{fingerprint()}"
    making = f"{family}making"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [family])
        there = {name for (name,) in cursor.fetchall()}
        if kept not in there:
            for old in there:
                cursor.execute(f'DROP DATABASE "{old}"')
            cursor.execute(f'CREATE DATABASE "{making}"')
            _migrate(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{making}").geturl())
            cursor.execute(f'ALTER DATABASE "{making}" RENAME TO "{kept}"')
    return kept


def _migrate(url: str) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": url}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=env, check=True)


# -- What a migrated database depends on ------------------------------------------------------------------------------


def fingerprint() -> str:
    """A digest of the migrations, of whatever they import or read, and of Django's version."""
    digest = hashlib.sha256(django.__version__.encode())
    read = [*sources(), *(path for path in (ROOT / "fixtures").rglob("*") if path.is_file())]
    for path in sorted(read):
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def sources() -> set[Path]:
    """The settings, the apps' migrations, and every module of ours that these import, one through another."""
    found: set[Path] = set()
    ours = (Path(app.path) for app in apps.get_app_configs() if Path(app.path).is_relative_to(ROOT))
    waiting = [ROOT / "config" / "settings.py", *(one for app in ours for one in app.glob("migrations/*.py"))]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += imported(path)
    return found


def imported(path: Path) -> Iterator[Path]:
    """Our modules named in the imports of this one, wherever in it they stand."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
            module = ".".join([*above, *filter(None, [node.module])])
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            place = ROOT.joinpath(*name.split("."))
            yield from (one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file())
