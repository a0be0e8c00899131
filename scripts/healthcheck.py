"""The health of one container: exit 0 when well. Usage: healthcheck.py web|worker|beat"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

BEAT_SILENCE = 600  # seconds; beat writes its schedule every three minutes


def web() -> bool:
    """The server answers; whether sweeps run and messages leave is no matter of its own (/readyz says it)."""
    with urllib.request.urlopen("http://127.0.0.1:8000/healthz", timeout=4) as answer:
        return bool(answer.status == 200)


def worker() -> bool:
    """The worker of this host answers a ping through the broker."""
    command = ["celery", "--app", "config", "inspect", "ping", "--timeout", "8"]
    command += ["--destination", f"celery@{os.uname().nodename}"]
    return subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 0


def beat() -> bool:
    """Beat has written its schedule lately."""
    folder = Path(os.environ.get("VAR_DIR", "/data"))
    written = [path.stat().st_mtime for path in folder.glob("beat-schedule*")]
    return bool(written) and time.time() - max(written) < BEAT_SILENCE


if __name__ == "__main__":
    try:
        well = {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]()
    except OSError as error:
        sys.exit(str(error))
    sys.exit(0 if well else 1)
