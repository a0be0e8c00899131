"""The portal's processes: two web servers, two workers, two beats, each started again as soon as it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from scripts.processes import Child, free_port, http_status, stop_all, wait_until

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
EVERY = 0.3  # seconds between two looks at the processes
UP = {"worker": b" ready.", "beat": b"beat: Starting..."}  # what a process says once it works


class Portal:
    """The processes of one run; a killed one is back within a second, as a container's restart policy has it."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.ports = {"web1": free_port(), "web2": free_port()}
        self.env = {**os.environ, **env, "PYTHONPATH": str(ROOT)}
        self.children: dict[str, Child] = {}
        self.begins: dict[str, int] = {}  # where in its log each process has begun
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports.values()]

    def commands(self) -> dict[str, list[str]]:
        web = [f"{BIN}/gunicorn", "config.wsgi:application", "--worker-class", "gthread", "--workers", "1"]
        web += ["--threads", "6", "--timeout", "60", "--no-control-socket"]
        worker = [f"{BIN}/celery", "--app", "config", "worker", "--pool", "prefork", "--concurrency", "2"]
        beat = [f"{BIN}/celery", "--app", "config", "beat", "--pidfile=", "--loglevel", "INFO"]
        return {
            **{name: [*web, "--bind", f"127.0.0.1:{port}"] for name, port in self.ports.items()},
            **{name: [*worker, "--hostname", f"{name}@rig", "--loglevel", "INFO"] for name in ("worker1", "worker2")},
            **{name: [*beat, "--schedule", f"{self.folder}/{name}"] for name in ("beat1", "beat2")},
        }

    def manage(self, *words: str) -> str:
        """Run one management command to its end; its output."""
        ran = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.env, capture_output=True, text=True
        )
        if ran.returncode:
            raise RuntimeError(f"manage.py {' '.join(words)} failed:\n{ran.stdout}\n{ran.stderr}")
        return ran.stdout

    def start(self) -> None:
        """Start everything, and wait until both web servers answer."""
        for name in self.commands():
            self._start(name)
        if not wait_until(self.at_work, 90):
            raise RuntimeError("\n".join(child.tail() for child in self.children.values()))
        self._keeper.start()

    def answers(self) -> bool:
        return all(http_status(f"{url}/healthz") == 200 for url in self.urls)

    def at_work(self) -> bool:
        """Whether every process has come up since it was last started."""
        return self.answers() and all(
            said in (self.folder / f"{kind}{number}.log").read_bytes()[self.begins[f"{kind}{number}"] :]
            for kind, said in UP.items()
            for number in (1, 2)
        )

    def signal(self, name: str, number: int, *, group: bool = True) -> None:
        """Signal one process, with what it started."""
        child = self.children[name]
        child.signal_group(number) if group else child.signal(number)

    def pool_children(self, name: str) -> list[int]:
        """The processes a worker has started."""
        pid = self.children[name].process.pid
        listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout
        return [int(line) for line in listed.split()]

    def stop(self) -> None:
        self._ended.set()
        self._keeper.join()
        stop_all(self.children.values())

    def _start(self, name: str) -> None:
        log = self.folder / f"{name}.log"
        self.begins[name] = log.stat().st_size if log.exists() else 0
        self.children[name] = Child(name, self.commands()[name], log=log, env=self.env, cwd=ROOT)

    def _keep(self) -> None:
        while not self._ended.wait(EVERY):
            for name, child in list(self.children.items()):
                if child.exit_code is not None:
                    child.signal_group(9)
                    self._start(name)
