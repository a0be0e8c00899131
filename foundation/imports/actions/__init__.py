"""Every write of an import, one verb each. A batch's state in the database says what is under way."""

from foundation.imports.actions.arranging import delete_mapping, remap, use_saved
from foundation.imports.actions.base import LOST, STUCK
from foundation.imports.actions.cancelling import cancel
from foundation.imports.actions.choosing import choose_policy
from foundation.imports.actions.committing import commit, request_commit, run_commit
from foundation.imports.actions.correcting import CellsRefused, confirm, correct, decide, withdraw
from foundation.imports.actions.handing_out import hand_out
from foundation.imports.actions.opening import open_batch
from foundation.imports.actions.passwords import issue_passwords
from foundation.imports.actions.previewing import preview, request_preview
from foundation.imports.actions.resuming import resume_stuck
from foundation.imports.actions.undoing import request_undo, run_undo, undo

__all__ = [
    "LOST",
    "STUCK",
    "CellsRefused",
    "cancel",
    "choose_policy",
    "commit",
    "confirm",
    "correct",
    "decide",
    "delete_mapping",
    "hand_out",
    "issue_passwords",
    "open_batch",
    "preview",
    "remap",
    "request_commit",
    "request_preview",
    "request_undo",
    "resume_stuck",
    "run_commit",
    "run_undo",
    "undo",
    "use_saved",
    "withdraw",
]
