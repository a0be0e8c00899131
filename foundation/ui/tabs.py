"""Which tabs stand in line and which fold away behind “更多”: decided on the server, so it needs no script."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

PADDING, COUNT_GAP, DIGIT, UNKNOWN = 2.0, 0.4, 0.58, 1.6  # widths in em, as in static/css/components.css


def width(tab: Any) -> float:
    """About how wide a tab is drawn, in em."""
    label = sum(1.0 if unicodedata.east_asian_width(letter) in "FW" else DIGIT for letter in str(tab["label"]))
    if tab.get("count") not in (None, ""):
        return PADDING + label + COUNT_GAP + DIGIT * len(f"{tab['count']:,}")
    return PADDING + label + (UNKNOWN if tab.get("later") else 0)


def fold(tabs: Sequence[Any], room: float) -> tuple[list[Any], list[Any]]:
    """Those in line and those behind “更多”: first the seldom used, then the last ones; never the open one."""
    shown, spent = list(tabs), sum(width(tab) for tab in tabs)
    for tab in [*(tab for tab in reversed(tabs) if tab.get("seldom")), *reversed(tabs)]:
        if spent <= room:
            break
        if tab in shown and not tab.get("active"):
            shown.remove(tab)
            spent -= width(tab)
    return shown, [tab for tab in tabs if tab not in shown]
