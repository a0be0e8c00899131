"""Enterprises in the API: the roster with its parks, who speaks for them, and who asks to."""

from __future__ import annotations

from typing import Any

from enterprises.api.accounts import EnterpriseStaffViewSet, RegistrationViewSet
from enterprises.api.roster import EnterpriseViewSet, ParkViewSet

__all__ = ["register"]


def register(router: Any) -> None:
    """Add these resources to the API."""
    router.register("enterprises", EnterpriseViewSet, basename="enterprise")
    router.register("parks", ParkViewSet, basename="park")
    router.register("enterprise-staff", EnterpriseStaffViewSet, basename="enterprise-staff")
    router.register("registrations", RegistrationViewSet, basename="registration")
