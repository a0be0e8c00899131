"""The real data that may lie beside the repository; a test that reads it skips, saying so, where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("LIAISON_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
ABSENT = "no shared data folder here (set LIAISON_DATA)"


def shared_file(name: str) -> Path:
    """A file of the folder."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{ABSENT}: {name}")
    return path
