"""The processes of docker-compose.yml, started by hand on real PostgreSQL and Redis."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import yaml
from psycopg2 import sql

from scripts.processes import Child, free_port, http_status, stop_all, wait_until

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


class Deployment:
    """A portal of its own: database, folder, port, and whichever processes were started."""

    def __init__(self, folder: Path, database: str, broker: str) -> None:
        self.folder = folder
        self.database = database
        self.port = free_port()
        self.children: dict[str, Child] = {}
        self.compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
        for name in ("data", "collected"):
            (folder / name).mkdir()
        self.env = self._environment(broker)

    def _environment(self, broker: str) -> dict[str, str]:
        """The compose file's environment: secrets from files, HTTPS at the proxy."""
        kept = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "LANG": "C.UTF-8"}
        given = {"SECRET_KEY": secrets.token_urlsafe(50), "DATABASE_URL": self.database}
        for name, value in given.items():
            (self.folder / name).write_text(value)
            kept[f"{name}_FILE"] = str(self.folder / name)
        return kept | {
            "HOME": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "CELERY_BROKER_URL": broker,
            "ALLOWED_HOSTS": "127.0.0.1",
            "HTTPS": "1",
            "VAR_DIR": str(self.folder / "data"),
            "STATIC_ROOT": str(self.folder / "collected"),
            "DEMO_PASSWORD": secrets.token_urlsafe(12),
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, service: str) -> list[str]:
        """A service's command in the compose file, with our port and folder."""
        words = [DEFAULT.sub(r"\1", word) for word in self.compose[service]["command"]]
        words = [word.replace("0.0.0.0:8000", f"127.0.0.1:{self.port}") for word in words]
        return [word.replace("/data/", f"{self.folder}/data/") for word in words]

    def run(self, *words: str) -> str:
        """Run one command to its end; its output."""
        ran = subprocess.run(words, cwd=ROOT, env=self.env, capture_output=True, text=True)
        assert ran.returncode == 0, f"{' '.join(words)}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    def start(self, *services: str) -> None:
        """Start long-running services."""
        for name in services:
            log = self.folder / f"{name}.log"
            self.children[name] = Child(name, self.command(name), log=log, env=self.env, cwd=ROOT)

    def wait_until_ready(self) -> None:
        """Wait until the web server says it is ready."""
        ready = wait_until(lambda: http_status(f"{self.url}/readyz") == 200, 60)
        assert ready, self.children["web"].tail(40)

    def query(self, statement: str, *values: Any) -> list[tuple]:
        """One SQL statement on the portal's database."""
        with psycopg2.connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            rows = cursor.fetchall() if cursor.description else []
        connection.close()
        return rows


@contextmanager
def own_database() -> Iterator[str]:
    """The address of a fresh database on the suite's server; dropped afterwards."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    server = psycopg2.connect(parts._replace(path="/postgres").geturl())
    server.autocommit = True
    name = f"{parts.path.strip('/')}_hand_{secrets.token_hex(3)}"
    with server.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            server.close()


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """A migrated portal with a little data and every process running."""
    with own_database() as database:
        portal = Deployment(folder, database, os.environ["CELERY_BROKER_URL"])
        try:
            portal.run(*portal.command("migrate"))
            portal.run("python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
            portal.run("python", "manage.py", "demo", "--enterprises", "30", "--issues", "60", "--months", "2")
            portal.start("web", "worker", "beat")
            portal.wait_until_ready()
            yield portal
        finally:
            stop_all(portal.children.values())
