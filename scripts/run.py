"""Start the whole portal on this machine: database, demo district, web server, worker and beat.

Called by `make run`. Everything it keeps lives in var/ (or VAR_DIR). Environment variables override
what it would choose: PORT, DATABASE_URL, CELERY_BROKER_URL, SECRET_KEY, DEMO_PASSWORD (or a file
with it: SECRET_KEY_FILE, DEMO_PASSWORD_FILE), DEMO_OPTIONS ("--issues 100000"), ALLOWED_HOSTS, VAR_DIR.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.processes import Child, http_status, port_is_free, stop_all, wait_until

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
ACCOUNTS = (
    ("enterprise", "企业用户"),
    ("cadre", "联系干部"),
    ("handler", "部门承办人"),
    ("department_head", "部门负责人"),
    ("leader", "责任领导"),
    ("office", "企业服务办公室"),
    ("supervisor", "督导组"),
    ("system_admin", "系统管理员"),
    ("security_admin", "安全管理员"),
    ("auditor", "审计员"),
)
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


class Failed(Exception):
    """Why the portal could not start or go on, in one sentence."""


def say(text: str = "") -> None:
    """Print one line of progress at once."""
    print(text, flush=True)


def given_secret(name: str) -> str | None:
    """A secret from the environment, or from the file that NAME_FILE names."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name) or None


def keep(var: Path, name: str, value: str) -> str:
    """Write a secret into var/, for the owner's eyes only."""
    with open(os.open(var / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(value)
    return value


def kept(var: Path, name: str) -> str | None:
    """A secret kept in var/ by an earlier start."""
    return (var / name).read_text().strip() if (var / name).exists() else None


def secret_key(var: Path) -> str:
    """The key that signs sessions: given, kept or fresh."""
    return given_secret("SECRET_KEY") or kept(var, "secret_key") or keep(var, "secret_key", secrets.token_urlsafe(50))


def fresh_password() -> str:
    """A password a person can type."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))


def environment(var: Path, port: int) -> dict[str, str]:
    """What every child process is started with."""
    defaults = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "0",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "CSRF_TRUSTED_ORIGINS": f"http://localhost:{port},http://127.0.0.1:{port}",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "PYTHONUNBUFFERED": "1",
    }
    chosen = {
        "SECRET_KEY": secret_key(var),
        "DEMO_PASSWORD": given_secret("DEMO_PASSWORD") or kept(var, "demo_password") or "",
        "VAR_DIR": str(var),
        "PORT": str(port),
    }
    return defaults | os.environ | chosen


def only_one(var: Path) -> TextIO:
    """Hold the lock that keeps a second portal away from the same data."""
    lock = (var / "run.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Failed(f"The portal already runs with the data in {var}. Stop it first.") from None
    return lock


def manage(env: dict[str, str], *words: str) -> None:
    """Run one management command, its output on our console."""
    ran = subprocess.run([PYTHON, "manage.py", *words], cwd=ROOT, env=env)
    if ran.returncode:
        raise Failed(f"`manage.py {' '.join(words)}` failed (see above).")


def database_is_empty(env: dict[str, str]) -> bool:
    """Whether the database has no account yet."""
    code = (
        "import django; django.setup(); from django.contrib.auth import get_user_model as user;"
        "print(user()._base_manager.exists())"
    )
    ran = subprocess.run([PYTHON, "-c", code], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    if ran.returncode:
        raise Failed("The database could not be read (see above).")
    return ran.stdout.split()[-1] == "False"


def prepare(env: dict[str, str], var: Path) -> None:
    """Bring the database up to date, and fill an empty one."""
    say("[run] bringing the database up to date")
    manage(env, "migrate", "--no-input", "--verbosity", "0")
    if database_is_empty(env):
        say("[run] loading the demo district (under a minute)")
        env["DEMO_PASSWORD"] = keep(var, "demo_password", env["DEMO_PASSWORD"] or fresh_password())
        manage(env, "demo", *shlex.split(env.get("DEMO_OPTIONS", "")))
    else:
        say("[run] the database has data: kept as it is")
        renew_passwords(env, var)


def renew_passwords(env: dict[str, str], var: Path) -> None:
    """When DEMO_PASSWORD says another password than last time, let the demo accounts have it."""
    old, new = kept(var, "demo_password"), env["DEMO_PASSWORD"]
    if old is None or old == new:
        return
    words = [PYTHON, "scripts/demo_passwords.py", *(name for name, _ in ACCOUNTS)]
    ran = subprocess.run(words, cwd=ROOT, env=env | {"OLD_PASSWORD": old})
    if ran.returncode:
        raise Failed("The demo accounts could not get the password in DEMO_PASSWORD (see above).")
    keep(var, "demo_password", new)


def commands(var: Path, port: int) -> dict[str, list[str]]:
    """The command of the web server, and of the worker with its beat."""
    web = [PYTHON, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "60"]
    web += ["--no-control-socket", "--access-logfile", "-"]
    worker = [PYTHON, "-m", "celery", "--app", "config", "worker", "--beat", "--pool", "threads"]
    worker += ["--concurrency", "2", "--schedule", str(var / "beat-schedule")]
    worker += ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return {"web": web, "worker": worker}


def check(children: list[Child]) -> None:
    """Fail when a child has ended by itself."""
    for child in children:
        if child.exit_code is not None:
            say(child.tail())
            raise Failed(
                f"The {child.name} process ended by itself with exit code {child.exit_code}; everything "
                f"is stopped. Its log: {child.log}"
            )


def wait_for_answer(children: list[Child], port: int, seconds: float = 60) -> None:
    """Wait until the web server answers."""

    def answered() -> bool:
        check(children)
        return http_status(f"http://127.0.0.1:{port}/healthz") == 200

    if not wait_until(answered, seconds, every=0.5):
        say(children[0].tail())
        raise Failed(f"The web server did not answer within {seconds:.0f} seconds (log above).")


def announce(env: dict[str, str], var: Path, port: int) -> None:
    """Print the address, the accounts and the password."""
    say()
    say(f"  The portal runs at  http://127.0.0.1:{port}/")
    say(f"  Password of every demo account:  {env['DEMO_PASSWORD'] or '(as it was set; none is kept here)'}")
    for name, title in ACCOUNTS:
        say(f"    {name:<16} {title}")
    say(f"  Data and logs are in {var}")
    say("  Ctrl-C stops everything.")
    say()


def serve(env: dict[str, str], var: Path, port: int) -> None:
    """Run until a signal comes or a child ends."""
    say("[run] starting the web server, the worker and beat")
    children: list[Child] = []
    try:
        for name, command in commands(var, port).items():
            children.append(Child(name, command, log=var / f"log/{name}.log", env=env, cwd=ROOT))
        wait_for_answer(children, port)
        announce(env, var, port)
        while True:
            check(children)
            time.sleep(0.5)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        say("[run] stopping")
        stop_all(children)
        say("[run] stopped")


def stop(_number: int, _frame: object) -> None:
    """Turn a signal into the exit that cleans up."""
    raise SystemExit(0)


def chosen_port() -> int:
    """PORT, checked."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Failed(f"PORT must be a number from 1 to 65535, not {text!r}.")
    if not port_is_free(int(text)):
        raise Failed(f"Port {text} is taken by another program. Choose another: PORT=8001 make run")
    return int(text)


def main() -> None:
    """Start, and stay until told to stop; what is written is for the owner alone."""
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        port = chosen_port()
        var = Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve()
        var.mkdir(parents=True, exist_ok=True)
        lock = only_one(var)
        env = environment(var, port)
        prepare(env, var)
        serve(env, var, port)
        lock.close()
    except Failed as why:
        sys.exit(f"[run] {why}")


if __name__ == "__main__":
    main()
