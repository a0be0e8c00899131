"""Who may act for an enterprise, as its own page and the office's show it."""

from __future__ import annotations

from typing import Any

from enterprises.models import Enterprise, EnterpriseStaff

SHOWN = 5


def staff_of(enterprise: Enterprise, user: Any) -> list[EnterpriseStaff]:
    """Everybody with an account for this enterprise, those in use and the administrators first."""
    rows = EnterpriseStaff.objects.visible_to(user).filter(enterprise=enterprise).select_related("user")
    return list(rows.order_by("-user__is_active", "-is_admin", "pk"))


def of_enterprise(enterprise: Enterprise, user: Any) -> dict[str, Any]:
    """The card on the enterprise's page."""
    staff = staff_of(enterprise, user)
    return {"staff": staff[:SHOWN], "count": len(staff)}
