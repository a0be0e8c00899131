"""The slot where the audit trail plugs itself in: accounts stand below it and cannot import it."""

from collections.abc import Callable, Iterable
from typing import Any

_recorder: Callable[..., Any] | None = None
_recorder_of_many: Callable[..., Any] | None = None


def plug(recorder: Callable[..., Any], of_many: Callable[..., Any]) -> None:
    global _recorder, _recorder_of_many
    _recorder, _recorder_of_many = recorder, of_many


def record(*, action: str, target: object, by: object, **data: Any) -> None:
    """Write an audit row; without a trail no account may change."""
    if _recorder is None:
        raise RuntimeError("No audit trail is installed.")
    _recorder(action=action, target=target, by=by, **data)


def record_each(*, action: str, targets: Iterable[object], by: object) -> None:
    """Write an audit row for each of many, at once."""
    if _recorder_of_many is None:
        raise RuntimeError("No audit trail is installed.")
    _recorder_of_many(action=action, targets=targets, by=by)
