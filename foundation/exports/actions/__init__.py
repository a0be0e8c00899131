"""Every write to exports: asked for, written, stopped, handed out, swept."""

from foundation.exports.actions.asking import cancel, hand_out, request_export
from foundation.exports.actions.running import run
from foundation.exports.actions.sweeping import sweep

__all__ = ["cancel", "hand_out", "request_export", "run", "sweep"]
