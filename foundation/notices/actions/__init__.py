"""Every write of notices and their outbox, as a verb."""

from foundation.notices.actions.choosing import choose
from foundation.notices.actions.reading import acknowledge, mark_read
from foundation.notices.actions.ruling import change_rule
from foundation.notices.actions.sending import drop, retry
from foundation.notices.actions.telling import Message, notify, notify_many

__all__ = ["Message", "acknowledge", "change_rule", "choose", "drop", "mark_read", "notify", "notify_many", "retry"]
