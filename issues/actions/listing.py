"""Listing an open case for rectification (挂牌), and taking it off the list."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.clocks.localtime import today
from issues.actions.base import act, cleaned, take_up
from issues.limits import timing
from issues.listings import end_listings
from issues.models import Issue, Listing

REASON_LIMIT = 300
LONGEST = timedelta(days=366)


@act
def put_on_list(*, issue: Issue, by: User, until: date, reason: str, version: int | None = None) -> Issue:
    """Mark the case before everybody, with a day until which it is to be put right; its limits stay as they are."""
    turn = take_up(issue, "put_on_list", by=by, version=version)
    reason = cleaned(reason, label=_("挂牌理由"), limit=REASON_LIMIT)
    if not today() < until <= today() + LONGEST:
        raise Refused(_("整改期限须在明天至一年以内,请重新选日期。"), code="invalid_date")
    listing = Listing.objects.create(issue=turn.issue, until=until, reason=reason, listed_at=turn.at, listed_by=by)
    timing.start_listing(listing, by=by)
    turn.issue.listed_until = until
    text = _("挂牌整改,期限 %(day)s:%(reason)s") % {"day": until.isoformat(), "reason": reason}
    return turn.conclude(text=text, until=until.isoformat())


@act
def take_off_list(*, issue: Issue, by: User, reason: str, version: int | None = None) -> Issue:
    """The case has been put right, or should not be listed any more."""
    turn = take_up(issue, "take_off_list", by=by, version=version)
    reason = cleaned(reason, label=_("摘牌理由"), limit=REASON_LIMIT)
    end_listings([turn.issue.pk], reason=reason, by=by, at=turn.at)
    turn.issue.listed_until = None
    return turn.conclude(text=reason)
