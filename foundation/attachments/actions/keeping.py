"""Files that a draft keeps: they wait for a form that may be sent in a month, from another device."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction

from foundation.accounts.models import User
from foundation.attachments.actions.storing import discard
from foundation.attachments.models import Attachment


@transaction.atomic
def keep_for(*, form: uuid.UUID, files: Iterable[Attachment], by: User, only: bool = False) -> None:
    """Keep the person's own held files for the draft of a form; with `only` whatever else it kept is let go."""
    wanted = [one.pk for one in files]
    if only:
        let_go(form=form, by=by, but=wanted)
    Attachment.objects.held_by(by).filter(pk__in=wanted).update(held_for=form)


@transaction.atomic
def let_go(*, form: uuid.UUID, by: User, but: Iterable[int] = ()) -> None:
    """Keep them no longer: a form may take them now, or the sweep."""
    Attachment.objects.held_by(by).kept_for(form).exclude(pk__in=list(but)).update(held_for=None)


@transaction.atomic
def discard_kept(*, form: uuid.UUID, by: User) -> None:
    """Delete what the draft of a form keeps."""
    for row in Attachment.objects.held_by(by).kept_for(form).select_for_update():
        discard(row)
