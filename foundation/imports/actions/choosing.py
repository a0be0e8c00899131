"""What a batch shall do to objects that are there already, and whether it is the whole roster."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.audit.actions import record
from foundation.imports.actions.previewing import request_preview
from foundation.imports.models import Batch
from foundation.imports.registry import resource_for


@transaction.atomic
def choose_policy(*, batch: Batch, policy: str, is_full: bool, by: Any) -> None:
    """Set both and have the preview worked out again: what it shows is what a commit does."""
    refuse_unknown(batch.resource, policy, is_full)
    request_preview(batch=batch, by=by)
    Batch.objects.filter(pk=batch.pk).update(policy=policy, is_full=is_full)
    record(action="imports.policy", target=batch, by=by, policy=policy, is_full=is_full)


def refuse_unknown(resource: str, policy: str, is_full: bool) -> None:
    """Refused where there is no such policy, or where this roster knows no mark for what it does not name."""
    if policy not in Batch.Policy.values:
        raise Refused(_("没有“%(policy)s”这种导入方式。") % {"policy": policy[:40]}, code="unknown_policy")
    if is_full and not resource_for(resource).missing_field:
        raise Refused(_("这类名册不标记“不在最新名册”，不能作为完整名册导入。"), code="no_full_roster")
