"""Every write to attachments: taken in, held for a form, scanned, released, swept."""

from foundation.attachments.actions.keeping import discard_kept, keep_for, let_go
from foundation.attachments.actions.orphans import sweep_orphans
from foundation.attachments.actions.releasing import release
from foundation.attachments.actions.scanning import scan, scan_waiting
from foundation.attachments.actions.storing import MOST_HELD, attach, attach_all, drop, hold
from foundation.attachments.actions.sweeping import sweep_held

__all__ = [
    "MOST_HELD",
    "attach",
    "attach_all",
    "discard_kept",
    "drop",
    "hold",
    "keep_for",
    "let_go",
    "release",
    "scan",
    "scan_waiting",
    "sweep_held",
    "sweep_orphans",
]
