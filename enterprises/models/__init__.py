"""The tables of enterprises: the roster with everything around it, and requests for accounts."""

from enterprises.models.registrations import Registration, RegistrationQuerySet
from enterprises.models.roster import (
    Contact,
    ContactQuerySet,
    DuplicatePair,
    Enterprise,
    EnterpriseQuerySet,
    EnterpriseStaff,
    EnterpriseStaffQuerySet,
    EveryoneSees,
    Industry,
    Merge,
    MergeQuerySet,
    NotDuplicate,
    Pair,
    PairQuerySet,
    Park,
    Pool,
)

__all__ = [
    "Contact",
    "ContactQuerySet",
    "DuplicatePair",
    "Enterprise",
    "EnterpriseQuerySet",
    "EnterpriseStaff",
    "EnterpriseStaffQuerySet",
    "EveryoneSees",
    "Industry",
    "Merge",
    "MergeQuerySet",
    "NotDuplicate",
    "Pair",
    "PairQuerySet",
    "Park",
    "Pool",
    "Registration",
    "RegistrationQuerySet",
]
