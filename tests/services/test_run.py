"""`make run`: what it prints, what it keeps, and that it leaves nobody behind."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.processes import free_port, http_status, wait_until

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.services


class Run:
    """One start of scripts/run.py with a folder and a port of its own."""

    def __init__(self, var: Path, port: int, **more: str) -> None:
        self.var, self.port, self.output = var, port, var.parent / "output.txt"
        with self.output.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "scripts/run.py"],
                cwd=ROOT,
                env=environment(var) | {"PORT": str(port)} | more,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_until_announced(self) -> None:
        assert wait_until(lambda: "Ctrl-C" in self.said or self.process.poll() is not None, 120)
        assert self.process.poll() is None, self.said

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(40)


def environment(var: Path) -> dict[str, str]:
    """A person's environment: nothing of the test run in it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"VAR_DIR": str(var), "DEMO_OPTIONS": "--enterprises 10 --issues 20 --months 2"}


def processes_of(var: Path) -> list[str]:
    """Command lines of living processes that were started with this folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"VAR_DIR={var}\0".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def accounts_with_password(var: Path, password: str) -> int:
    """How many accounts of the embedded database have this password."""
    accounts = "User.objects.filter(username__in=['cadre', 'office'])"
    code = f"print(sum(user.check_password({password!r}) for user in {accounts}))"
    ran = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code],
        cwd=ROOT,
        env=environment(var) | {"SECRET_KEY": "for-this-command"},
        check=True,
        capture_output=True,
        text=True,
    )
    return int(ran.stdout.split()[-1])


@pytest.fixture(scope="module")
def var(tmp_path_factory) -> Path:
    """The folder that all starts here share; the first one fills it."""
    return tmp_path_factory.mktemp("run") / "var"


@pytest.fixture
def running(var):
    """The portal, started; ended the hard way when a test left it running."""
    run = Run(var, free_port())
    try:
        run.wait_until_announced()
        yield run
    finally:
        if run.process.poll() is None:
            run.stop()
    assert processes_of(var) == []


def test_it_answers_and_prints_the_address_the_accounts_and_a_password_kept_privately(running):
    assert http_status(f"http://127.0.0.1:{running.port}/healthz") == 200
    assert f"http://127.0.0.1:{running.port}/" in running.said
    for account in ("enterprise", "cadre", "handler", "department_head", "leader", "office", "supervisor", "auditor"):
        assert re.search(rf"^\s+{account}\s", running.said, re.MULTILINE)
    assert (running.var / "demo_password").read_text() in running.said
    for secret in ("demo_password", "secret_key"):
        assert (running.var / secret).stat().st_mode & 0o777 == 0o600


def test_a_stop_signal_ends_everything_and_the_next_start_keeps_the_data(running):
    password = (running.var / "demo_password").read_text()
    assert running.stop(signal.SIGINT) == 0
    assert processes_of(running.var) == []
    again = Run(running.var, running.port)
    again.wait_until_announced()
    assert "kept as it is" in again.said and password in again.said
    assert again.stop() == 0


def test_another_password_in_the_environment_is_given_to_the_demo_accounts(running):
    password = (running.var / "demo_password").read_text()
    running.stop()
    assert accounts_with_password(running.var, password) == 2
    again = Run(running.var, running.port, DEMO_PASSWORD="quite-another-one-7")
    again.wait_until_announced()
    again.stop()
    assert accounts_with_password(running.var, "quite-another-one-7") == 2


def test_when_a_child_ends_the_others_are_stopped_and_the_exit_code_says_so(running):
    [worker] = [
        pid for pid in children_of(running.process.pid) if b"celery" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(worker, signal.SIGKILL)
    assert running.process.wait(40) == 1
    assert "worker process ended by itself" in running.said


def children_of(pid: int) -> list[int]:
    """Process numbers of the direct children."""
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_killed_start_command_takes_its_children_with_it(running):
    running.stop(signal.SIGKILL)
    assert wait_until(lambda: processes_of(running.var) == [], 40), processes_of(running.var)


def test_a_second_start_on_the_same_data_is_refused_in_a_sentence(running):
    second = Run(running.var, free_port())
    assert second.process.wait(60) == 1
    assert "already runs" in second.said and "Traceback" not in second.said


def test_a_taken_port_is_said_in_a_sentence(var):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = Run(var, taken.getsockname()[1])
        assert run.process.wait(60) == 1
    assert "is taken by another program" in run.said and "Traceback" not in run.said
