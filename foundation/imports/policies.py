"""What a batch does to objects that are there already: overwrite, fill only what is blank, or leave them alone."""

from __future__ import annotations

from typing import Any

from foundation.imports.models import Batch

Changes = dict[str, list[Any]]  # {name: [old, new]}
Policy = Batch.Policy


def divided(policy: str, changes: Changes, extra: str = "") -> tuple[Changes, Changes]:
    """The changes that the policy makes, and those it leaves undone; `extra` names the field of undeclared columns."""
    if policy == Policy.OVERWRITE:
        return changes, {}
    if policy == Policy.SKIP:
        return {}, changes
    made: Changes = {}
    kept: Changes = {}
    for name, (old, new) in changes.items():
        if name == extra:
            _divide_extra(name, old or {}, new, made, kept)
        else:
            (made if is_blank(old) else kept)[name] = [old, new]
    return made, kept


def _divide_extra(name: str, old: dict[str, Any], new: dict[str, Any], made: Changes, kept: Changes) -> None:
    """Undeclared columns are filled one by one: each heading is a field of its own."""
    differing = [heading for heading in new if old.get(heading) != new[heading]]
    added = {heading: new[heading] for heading in differing if is_blank(old.get(heading))}
    left = [heading for heading in differing if heading not in added]
    if added:
        made[name] = [old, {**old, **added}]
    if left:
        kept[name] = [{heading: old[heading] for heading in left}, {heading: new[heading] for heading in left}]


def is_blank(value: Any) -> bool:
    """Whether nothing is there; 0 and "no" are something."""
    if isinstance(value, list | tuple):
        return all(is_blank(part) for part in value)
    return value is None or value in ("", {})
