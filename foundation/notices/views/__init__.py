"""The pages of messages: one's own, and the office's over all."""

from foundation.notices.views.choices import choices
from foundation.notices.views.inbox import acknowledge, inbox, open_notice, read_all
from foundation.notices.views.manage import rules, unacknowledged
from foundation.notices.views.sending import sending, settle

__all__ = ["acknowledge", "choices", "inbox", "open_notice", "read_all", "rules", "sending", "settle", "unacknowledged"]
