"""Background work of the clocks app."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from foundation.clocks import actions


@shared_task(acks_late=True)
def sweep() -> dict[str, Any]:
    """Sweep all clocks now; lost or repeated, it changes nothing that another would not."""
    return actions.sweep().as_json()
