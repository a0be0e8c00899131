"""Every write to enterprises and to who speaks for them, except by import."""

from enterprises.actions.registering import approve_registration, forget_registrations, refuse_registration, register
from enterprises.actions.roster import (
    add_contact,
    create_enterprise,
    create_pool,
    edit_contact,
    edit_enterprise,
    record_export,
    remove_contact,
    reveal_phone,
    save_park,
)
from enterprises.actions.staff import admit_colleague, invite_colleague, name_admin, suspend_colleague, unname_admin

__all__ = [
    "add_contact",
    "admit_colleague",
    "approve_registration",
    "create_enterprise",
    "create_pool",
    "edit_contact",
    "edit_enterprise",
    "forget_registrations",
    "invite_colleague",
    "name_admin",
    "record_export",
    "refuse_registration",
    "register",
    "remove_contact",
    "reveal_phone",
    "save_park",
    "suspend_colleague",
    "unname_admin",
]
