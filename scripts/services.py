"""Run the test suite against PostgreSQL, Redis and a browser, so that nothing may skip.

Uses the servers at 127.0.0.1:5432 (user postgres, no password) and 127.0.0.1:6379 where they answer;
otherwise starts private ones from Debian's packages, in a temporary folder and on free ports, and
stops them afterwards. As root it installs the packages it misses.
"""

from __future__ import annotations

import grp
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psycopg2
import redis
from psycopg2 import sql

from scripts.processes import Child, free_port, stop_all, wait_until

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
CLAIM = 2 * 60 * 60  # seconds after which a killed run gives its Redis database back
CJK_FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(f"[services] {text}", flush=True)


# -- Packages ---------------------------------------------------------------------------------------------------------


def server_binary(name: str) -> str | None:
    """A server's program: on the path, or where Debian keeps PostgreSQL's."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def missing_packages() -> list[str]:
    """Debian packages whose program or file is not here."""
    wanted = {
        "chromium": shutil.which("chromium"),
        "fonts-noto-cjk": CJK_FONT.exists(),
        "docker-compose": shutil.which("docker-compose"),
        "postgresql": server_binary("postgres"),  # the fault rig has servers of its own
        "redis-server": shutil.which("redis-server"),
    }
    return [name for name, there in wanted.items() if not there]


def install_packages() -> None:
    """Install what is missing, or say what to install."""
    names = missing_packages()
    if not names:
        return
    if os.geteuid() or not shutil.which("apt-get"):
        sys.exit(f"[services] Please install these packages first: {' '.join(names)}")
    say(f"installing {' '.join(names)}")
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    with tempfile.TemporaryFile("w+") as log:
        for step in (["update"], ["install", "--yes", "--no-install-recommends", *names]):
            ran = subprocess.run([*quiet, *step], env=env, stdout=log, stderr=subprocess.STDOUT)
            if ran.returncode:
                log.seek(0)
                sys.stderr.write(log.read())
                sys.exit("[services] apt-get failed (see above).")


# -- Servers ----------------------------------------------------------------------------------------------------------


def connect(port: int) -> psycopg2.extensions.connection:
    """A connection to the server's own database."""
    connection = psycopg2.connect(host=HOST, port=port, user="postgres", dbname="postgres", connect_timeout=3)
    connection.autocommit = True
    return connection


def postgres_answers(port: int) -> bool:
    """Whether PostgreSQL lets the user postgres in there."""
    try:
        connect(port).close()
    except psycopg2.OperationalError:
        return False
    return True


def redis_answers(port: int) -> bool:
    """Whether Redis answers there without a password."""
    try:
        with redis.Redis(HOST, port, socket_connect_timeout=2, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def as_postgres() -> list[str]:
    """The words before a command that PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


@contextmanager
def postgres() -> Iterator[int]:
    """The port of a PostgreSQL server."""
    if postgres_answers(5432):
        say("PostgreSQL: the one at port 5432")
        yield 5432
        return
    port = free_port()
    say(f"PostgreSQL: a private one at port {port}")
    with tempfile.TemporaryDirectory(prefix="liaison-pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, grp.getgrnam("postgres").gr_gid)
        initdb, server = server_binary("initdb"), server_binary("postgres")
        assert initdb and server
        create = [initdb, "--pgdata", f"{folder}/data", "--username", "postgres", "--auth", "trust"]
        create += ["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        subprocess.run([*as_postgres(), *create], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        serve = [server, "-D", f"{folder}/data", "-p", str(port), "-k", str(folder), "-h", HOST, "-c", "fsync=off"]
        child = Child("postgres", [*as_postgres(), *serve], log=folder / "postgres.log", env=os.environ, cwd=folder)
        try:
            if not wait_until(lambda: postgres_answers(port), 60):
                sys.exit(f"[services] PostgreSQL did not start:\n{child.tail()}")
            yield port
        finally:
            child.signal_group(signal.SIGINT)
            stop_all([child])


def claimed_index() -> int | None:
    """An empty database of the Redis at port 6379, taken before anybody else can take it; None where none is free."""
    if redis_answers(6379):
        for index in range(15, 0, -1):
            with redis.Redis(HOST, 6379, index) as client:
                if not client.dbsize() and client.set("taken-by-tests", os.getpid(), nx=True, ex=CLAIM):
                    return index
    return None


@contextmanager
def redis_url() -> Iterator[str]:
    """The address of an empty Redis database that is ours alone, emptied again afterwards."""
    index = claimed_index()
    if index is not None:
        say(f"Redis: database {index} of the one at port 6379")
        try:
            yield f"redis://{HOST}:6379/{index}"
        finally:
            redis.Redis(HOST, 6379, index).flushdb()
        return
    port = free_port()
    say(f"Redis: a private one at port {port}")
    with tempfile.TemporaryDirectory(prefix="liaison-redis-") as name:
        command = ["redis-server", "--port", str(port), "--bind", HOST, "--save", "", "--dir", name]
        child = Child("redis", command, log=Path(name) / "redis.log", env=os.environ, cwd=ROOT)
        try:
            if not wait_until(lambda: redis_answers(port), 30):
                sys.exit(f"[services] Redis did not start:\n{child.tail()}")
            yield f"redis://{HOST}:{port}/0"
        finally:
            stop_all([child])


@contextmanager
def database_url(port: int) -> Iterator[str]:
    """The address of a database name of our own; whatever the tests made from it is dropped afterwards."""
    name = f"liaison_{secrets.token_hex(4)}"
    try:
        yield f"postgres://postgres@{HOST}:{port}/{name}"
    finally:
        connection = connect(port)
        with connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"%{name}%"])
            for (left,) in cursor.fetchall():
                cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(left)))
        connection.close()


# What starts whole portals of its own comes first and by itself: its waits should not depend on the other tests.
PARTS = (["tests/services"], ["tests", "--ignore=tests/services"])


def suite(words: list[str], database: str, broker: str) -> int:
    """Run the tests; the exit code of the first run that fails."""
    env = os.environ | {"DATABASE_URL": database, "CELERY_BROKER_URL": broker, "LIAISON_SERVICES": "1"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # to rewrite every assert anew costs each process ten seconds
    for part in [words] if words else PARTS:
        command = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "loadgroup", *part]
        say(f"running {' '.join(part)} on PostgreSQL and Redis")
        if code := subprocess.run(command, cwd=ROOT, env=env).returncode:
            return code
    return 0 if words else faults()


def faults() -> int:
    """The fault rig in its short form, on servers of its own."""
    say("breaking a portal of its own for two minutes")
    return subprocess.run([sys.executable, "-m", "faults"], cwd=ROOT).returncode


def main(words: list[str]) -> int:
    """Servers up, suite, servers down."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    install_packages()
    with ExitStack() as stack:
        port = stack.enter_context(postgres())
        broker = stack.enter_context(redis_url())
        database = stack.enter_context(database_url(port))
        return suite(words, database, broker)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
