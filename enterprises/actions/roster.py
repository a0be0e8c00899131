"""Every write to enterprises, their contacts, parks and pools, except by import."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enterprises.codes import checked_code
from enterprises.models import Contact, Enterprise, Park, Pool
from enterprises.successors import refuse_merged, standing
from enterprises.versions import apply, locked, plain, save
from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record


@transaction.atomic
def create_enterprise(
    *, by: User, credit_code: str, accept_doubtful: bool = False, pools: Iterable[Pool] = (), **facts: Any
) -> Enterprise:
    """Put an enterprise on the roster."""
    code, doubtful = checked_code(credit_code, accept_doubtful=accept_doubtful)
    _refuse_taken(code)
    enterprise = Enterprise(credit_code=code, code_doubtful=doubtful, **facts)
    save(enterprise, _taken(code))
    enterprise.pools.set(pools)
    record(action="enterprises.create", target=enterprise, by=by, credit_code=code, doubtful=doubtful)
    return enterprise


@transaction.atomic
def edit_enterprise(
    *,
    enterprise: Enterprise,
    version: int | None,
    by: User,
    accept_doubtful: bool = False,
    pools: Iterable[Pool] | None = None,
    **facts: Any,
) -> Enterprise:
    """Change an enterprise's facts; refuses a stale `version`."""
    current = locked(enterprise, version)
    refuse_merged(current)
    changes: dict[str, Any] = {}
    if "credit_code" in facts:
        changes |= _change_code(current, facts.pop("credit_code"), accept_doubtful)
    changes |= apply(current, facts)
    if pools is not None:
        changes |= _change_pools(current, pools)
    if not changes:
        return current
    current.version += 1
    save(current, _taken(current.credit_code))
    record(action="enterprises.edit", target=current, by=by, changes=changes)
    return current


def _change_code(enterprise: Enterprise, text: str, accept_doubtful: bool) -> dict[str, Any]:
    if text == enterprise.credit_code:
        return {}
    code, doubtful = checked_code(text, accept_doubtful=accept_doubtful)
    if code != enterprise.credit_code:
        _refuse_taken(code)
    return apply(enterprise, {"credit_code": code, "code_doubtful": doubtful})


def _refuse_taken(code: str) -> None:
    holder = Enterprise.objects.filter(credit_code=code).select_related("merged_into").first()
    if holder is not None and holder.merged_into is not None:
        raise Refused(
            _("信用代码 %(code)s 是%(name)s的，它已并入%(into)s，请直接修改那家企业的资料。")
            % {"code": code, "name": holder.name, "into": holder.merged_into.name},
            code="credit_code_taken",
        )
    if holder is not None:
        raise _taken(code)


def _taken(code: str) -> Refused:
    return Refused(
        _("信用代码 %(code)s 已属于名册里的另一家企业，请直接修改那家企业的资料。") % {"code": code},
        code="credit_code_taken",
    )


def _change_pools(enterprise: Enterprise, pools: Iterable[Pool]) -> dict[str, Any]:
    before = sorted(pool.code for pool in enterprise.pools.all())
    wanted = list(pools)
    after = sorted(pool.code for pool in wanted)
    if before == after:
        return {}
    enterprise.pools.set(wanted)
    return {"pools": [before, after]}


# -- Contacts ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_contact(*, enterprise: Enterprise, by: User, **facts: Any) -> Contact:
    """A new person to call; the first one is the primary one."""
    enterprise = standing(enterprise)
    contact = Contact(enterprise=enterprise, **facts)
    if enterprise.contacts.filter(name=contact.name, phone=contact.phone).exists():
        raise Refused(_("%(name)s(同一号码)已经是这家企业的联系人。") % {"name": contact.name}, code="contact_exists")
    if not enterprise.contacts.filter(is_primary=True).exists():
        contact.is_primary = True
    _one_primary(contact)
    contact.save()
    record(action="enterprises.add_contact", target=enterprise, by=by, contact=contact.pk, name=contact.name)
    return contact


@transaction.atomic
def edit_contact(*, contact: Contact, version: int | None, by: User, **facts: Any) -> Contact:
    """Change a contact; refuses a stale `version`."""
    locked(contact.enterprise, None)
    current = locked(contact, version)
    changes = apply(current, facts)
    if not changes:
        return current
    _one_primary(current)
    current.version += 1
    current.save()
    record(
        action="enterprises.edit_contact",
        target=current.enterprise,
        by=by,
        contact=current.pk,
        changed=sorted(changes),  # which facts, not the numbers: the trail is read by more people than the phones are
    )
    return current


@transaction.atomic
def remove_contact(*, contact: Contact, by: User) -> None:
    """Strike a contact off; the trail keeps the name."""
    enterprise = locked(contact.enterprise, None)
    record(action="enterprises.remove_contact", target=enterprise, by=by, contact=contact.pk, name=contact.name)
    contact.delete()


def _one_primary(contact: Contact) -> None:
    if contact.is_primary:
        others = Contact.objects.filter(enterprise=contact.enterprise, is_primary=True).exclude(pk=contact.pk)
        others.update(is_primary=False)


def reveal_phone(*, contact: Contact, by: User) -> str:
    """The whole number, for a person who may see it; the trail keeps who looked."""
    record(action="enterprises.reveal_phone", target=contact.enterprise, by=by, contact=contact.pk, name=contact.name)
    return contact.phone


def record_export(*, by: User, rows: int, filters: dict[str, Any]) -> None:
    """A list has left the portal: who took how many rows, and which."""
    record(action="enterprises.export", target=by, by=by, rows=rows, filters=filters)


# -- Parks and pools --------------------------------------------------------------------------------------------------


@transaction.atomic
def save_park(*, by: User, park: Park | None = None, version: int | None = None, **facts: Any) -> Park:
    """Create or change a park; refuses a stale `version`."""
    current = locked(park, version) if park else Park()
    if park is None:
        changes: dict[str, Any] = {name: plain(value) for name, value in facts.items()}
        for name, value in facts.items():
            setattr(current, name, value)
    else:
        changes = apply(current, facts)
        current.version += 1
    save(current, Refused(_("这个园区代码或名称已经用过，请换一个。"), code="park_taken"))
    record(
        action="enterprises.edit_park" if park else "enterprises.create_park", target=current, by=by, changes=changes
    )
    return current


@transaction.atomic
def create_pool(*, by: User, code: str, name: str) -> Pool:
    """A new cultivation pool."""
    pool = Pool(code=code, name=name)
    save(pool, Refused(_("这个培育库代码或名称已经用过，请换一个。"), code="pool_taken"))
    record(action="enterprises.create_pool", target=pool, by=by, code=code)
    return pool
