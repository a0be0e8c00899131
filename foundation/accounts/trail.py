"""The slot where the audit trail plugs itself in: accounts stand below it and cannot import it."""

from collections.abc import Callable
from typing import Any

_recorder: Callable[..., Any] | None = None


def plug(recorder: Callable[..., Any]) -> None:
    global _recorder
    _recorder = recorder


def record(*, action: str, target: object, by: object, **data: Any) -> None:
    """Write an audit row; without a trail no account may change."""
    if _recorder is None:
        raise RuntimeError("No audit trail is installed.")
    _recorder(action=action, target=target, by=by, **data)
