"""What one file may cost, and how a refusal is said."""

from __future__ import annotations

import resource
from typing import Any

MEMORY = 1_000_000_000  # bytes of address space
DATA = 300_000_000  # bytes of private memory
SECONDS = 20  # of processor time
UNPACKED = 150_000_000  # bytes a zip container may declare
ENTRIES = 3_000
CELLS = 2_000_000
COLUMNS = 16_384
ROWS = 1_048_576
TEXT = 60_000_000  # characters answered
SHEETS, HEAD = 20, 60  # sheets of which a workbook's first rows are shown, and how many
CELL_TEXT = 32_767  # what a spreadsheet cell can hold


class Refused(Exception):
    """The file is not taken: a code the parent turns into a sentence, and its particulars."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def confine() -> None:
    """Bound this process; the kernel ends it where the parser would not."""
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_DATA, DATA),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
