"""Private PostgreSQL, Redis and mail server on free loopback ports; each comes back after it was killed."""

from __future__ import annotations

import grp
import json
import os
import pwd
import signal
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path

import redis

from scripts.processes import Child, free_port, stop_all, wait_until
from scripts.services import HOST, as_postgres, connect, postgres_answers, redis_answers, server_binary


class Server:
    """A server that can be killed outright and started again on its port with its data."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder, self.port = name, folder, free_port()
        folder.mkdir(parents=True)
        self.child: Child | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = self.folder.parent / f"{self.name}.log"
        self.child = Child(self.name, self.command(), log=log, env=os.environ, cwd=self.folder)
        if not wait_until(self.answers, 60):
            raise RuntimeError(f"{self.name} did not start:\n{self.child.tail()}")

    def kill(self) -> None:
        """End it and all its children without a word."""
        assert self.child
        self.child.signal_group(signal.SIGKILL)
        self.child.process.wait()

    def stop(self) -> None:
        if self.child:
            self.child.signal_group(signal.SIGINT)
            stop_all([self.child])


class Postgres(Server):
    """PostgreSQL with what is committed on disk, as in production."""

    def __init__(self, folder: Path) -> None:
        super().__init__("postgres", folder)
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, grp.getgrnam("postgres").gr_gid)
        initdb = [server_binary("initdb") or "initdb", "--pgdata", f"{folder}/data", "--username", "postgres"]
        initdb += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        subprocess.run([*as_postgres(), *initdb], check=True, stdout=subprocess.DEVNULL, cwd=folder)

    @property
    def url(self) -> str:
        return f"postgres://postgres@{HOST}:{self.port}/liaison"

    def command(self) -> list[str]:
        # A killed process loses nothing that the system has taken: only a power cut would need fsync.
        serve = [server_binary("postgres") or "postgres", "-D", f"{self.folder}/data", "-p", str(self.port)]
        return [*as_postgres(), *serve, "-c", "unix_socket_directories=", "-h", HOST, "-c", "fsync=off"]

    def answers(self) -> bool:
        return postgres_answers(self.port)

    def create_database(self) -> None:
        server = connect(self.port)
        with server.cursor() as cursor:
            cursor.execute("CREATE DATABASE liaison")
        server.close()

    def kill(self) -> None:
        """The postmaster and what it had started."""
        super().kill()
        pid = self.folder / "data" / "postmaster.pid"
        number = int(pid.read_text().split()[0]) if pid.exists() else 0
        if number:
            _kill_if_there(number)
            pid.unlink()  # who takes orphans in may not have buried it yet, and the next start would see it alive


class Redis(Server):
    """Redis with an append-only file, as the compose file runs it."""

    def __init__(self, folder: Path) -> None:
        super().__init__("redis", folder)

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def command(self) -> list[str]:
        serve = ["redis-server", "--port", str(self.port), "--bind", HOST, "--dir", str(self.folder), "--save", ""]
        return [*serve, "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"]

    def answers(self) -> bool:
        return redis_answers(self.port)

    def client(self) -> redis.Redis:
        return redis.Redis(HOST, self.port)

    def forget(self) -> None:
        """Lose the append-only file; only while it is down."""
        subprocess.run(["rm", "-rf", str(self.folder / "appendonlydir")], check=True)


def _kill_if_there(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


# -- mail -------------------------------------------------------------------------------------------------------------


class Mail(socketserver.ThreadingTCPServer):
    """An SMTP server that writes down every message before it says that it has it; it can be made to hang."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, record: Path) -> None:
        super().__init__((HOST, 0), _Session)
        self.record, self.lock = record, threading.Lock()
        self.hanging = threading.Event()

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that is killed in the middle of a message is what the rig is for."""

    def keep(self, recipient: str, message: str) -> None:
        headers = HeaderParser().parsestr(message)
        line = {"message_id": headers["Message-ID"], "to": recipient, "at": datetime.now(UTC).isoformat()}
        with self.lock, self.record.open("a") as out:
            out.write(json.dumps(line) + "\n")


class _Session(socketserver.StreamRequestHandler):
    """As much of SMTP as a client that sends plain mail uses (RFC 5321)."""

    server: Mail

    def handle(self) -> None:
        self._say("220 ready")
        recipient = ""
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            while self.server.hanging.is_set():
                time.sleep(0.2)
            word = line[:4].upper()
            if word == "RCPT":
                recipient = line.partition("<")[2].rstrip(">")
            if word == "DATA":
                self._say("354 go on")
                self.server.keep(recipient, self._message())
            self._say("221 bye" if word == "QUIT" else "250 ok")
            if word == "QUIT":
                return

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())

    def _message(self) -> str:
        """What comes before the lone dot; ConnectionError where the client is gone before it."""
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b".\n"):
            if not line:
                raise ConnectionError("the client is gone")
            lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
        return "\n".join(lines)


@contextmanager
def mail_server(record: Path) -> Iterator[Mail]:
    """A mail server on a free port, for as long as the run."""
    with Mail(record) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
