"""The table as a page of the documentation."""

from __future__ import annotations

from issues.lifecycle.table import (
    EVERY,
    OPEN,
    REOPEN_WITHIN,
    RETURN_WITHIN,
    SECOND_RETURN_TO,
    TRANSITIONS,
    UNRESOLVED,
    WHO_NAMES,
    Transition,
)
from issues.models import Issue


def document() -> str:
    """The page docs/lifecycle.md."""
    return f"""# The life of an issue

Written by `manage.py lifecycle` from `issues/lifecycle/table.py`, the table that the code executes; a test keeps it
current.
A department may return a case within {RETURN_WITHIN} working day after dispatch, and never after a ruling.
An extension is not decided by the person who asked for it. A case may be reopened within {REOPEN_WITHIN} days after
closing. Whoever does not see a case cannot do anything with it.

{table()}"""


def table() -> str:
    """The transitions as a Markdown table."""
    head = "| 动作 | 名称 | 从 | 到 | 谁 | 必填 | 可填 | 企业可见 | 告知 |\n|---|---|---|---|---|---|---|---|---|\n"
    return head + "".join(f"| {' | '.join(_cells(t))} |\n" for t in TRANSITIONS)


def _cells(t: Transition) -> tuple[str, ...]:
    target = str(t.to.label) if t.to else "不变"
    if t.verb == "return":
        target += f"(再次退回:{SECOND_RETURN_TO.label})"
    if t.verb == "merge":
        target += f"(同一企业:{Issue.Status.CLOSED.label})"
    if t.verb == "unmerge":
        target = "合并前的环节"
    return (
        f"`{t.verb}`",
        str(t.label),
        _from(t.from_),
        target,
        "、".join(str(WHO_NAMES[who]) for who in t.who),
        " ".join(f"`{name}`" for name in t.needs),
        " ".join(f"`{name}`" for name in t.takes),
        "是" if t.public else "否",
        " ".join(f"`{name}`" for name in t.tells),
    )


def _from(statuses: tuple[Issue.Status, ...]) -> str:
    if statuses == EVERY:
        return "任何环节"
    if statuses == OPEN:
        return "未销号的任何环节"
    if statuses == UNRESOLVED:
        return "未办结的任何环节"
    return "、".join(str(status.label) for status in statuses) or "(新建)"
