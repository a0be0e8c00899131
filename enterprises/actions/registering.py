"""From a stranger's request to an account: taken in, decided by the office, forgotten in time."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from enterprises.actions.roster import create_enterprise
from enterprises.actions.staff import new_account, tie
from enterprises.codes import checked_code
from enterprises.models import Enterprise, Registration
from enterprises.successors import standing
from foundation.accounts import actions as accounts
from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission, Role
from foundation.attachments.actions import attach_all
from foundation.attachments.actions.storing import discard
from foundation.attachments.models import Attachment
from foundation.audit.actions import record
from foundation.audit.origin import current_ip
from foundation.clocks.localtime import now
from foundation.notices.actions import notify

State = Registration.State


@transaction.atomic
def register(
    *,
    by: User | None,
    key: uuid.UUID,
    credit_code: str,
    enterprise_name: str,
    person_name: str,
    phone: str,
    username: str,
    password: str,
    files: Sequence[UploadedFile] = (),
) -> Registration:
    """Take a request in; the same whether or not the enterprise or the login name is known here."""
    known = Registration.objects.filter(key=key).first()
    if known is not None:
        return known
    _check_rate()
    code, _doubtful = checked_code(credit_code)
    try:
        with transaction.atomic():
            request = Registration.objects.create(
                key=key,
                credit_code=code,
                enterprise_name=enterprise_name,
                person_name=person_name,
                phone=phone,
                username=username,
                password=make_password(password),
                submitted_at=now(),
                address=current_ip(),
            )
    except IntegrityError:  # the same form at the same moment
        return Registration.objects.get(key=key)
    attach_all(files=files, owner=request, by=by)
    record(action="enterprises.register", target=request, by=by, credit_code=code)
    _tell_office(request)
    return request


def _check_rate() -> None:
    """Refuse an address that asked too often within the hour."""
    recent = Registration.objects.filter(address=current_ip(), submitted_at__gt=now() - timedelta(hours=1))
    if recent.count() >= settings.REGISTRATIONS_PER_HOUR:
        raise Refused(
            _("这个网络地址一小时内的申请太多,请过一小时再试,或致电企业服务办公室。"), code="too_many_requests"
        )


def _tell_office(request: Registration) -> None:
    notify(
        to=User.objects.with_role(Role.OFFICE),
        kind="enterprise.registration",
        subject=_("企业账号申请:%(name)s") % {"name": request.enterprise_name},
        body=_("%(person)s 申请为 %(name)s(%(code)s)开通账号,请核对后审核。")
        % {"person": request.person_name, "name": request.enterprise_name, "code": request.credit_code},
        key=f"registration:{request.pk}",
        url=reverse("enterprises:registration", args=[request.pk]),
    )


@transaction.atomic
def approve_registration(
    *, registration: Registration, by: User, username: str, enterprise: Enterprise | None = None
) -> Registration:
    """Make the account, tied to this enterprise; without one, the enterprise is put on the roster first."""
    current = _undecided(registration, by)
    if enterprise is None:
        enterprise = create_enterprise(by=by, credit_code=current.credit_code, name=current.enterprise_name)
    enterprise = standing(enterprise)
    user = new_account(username=username, name=current.person_name, phone=current.phone, password=None, by=by)
    accounts.adopt_password(user=user, hashed=current.password, by=by)
    tie(user, enterprise, by=by, is_admin=False)
    current.enterprise, current.user, current.username = enterprise, user, username
    return _decided(current, State.APPROVED, by, enterprise=enterprise.credit_code, user=username)


@transaction.atomic
def refuse_registration(*, registration: Registration, by: User, reason: str) -> Registration:
    """Say no, and why: the applicant reads it."""
    current = _undecided(registration, by)
    reason = reason.strip()
    if not reason or len(reason) > 300 or "\x00" in reason:
        raise Refused(_("请填写理由,不超过 300 字,申请人会看到。"), code="missing_text")
    current.reason = reason
    return _decided(current, State.REFUSED, by, reason=reason)


def _undecided(registration: Registration, by: User) -> Registration:
    if not by.may(Permission.ENTERPRISE_EDIT):
        raise Refused(_("您不能审核企业账号申请。"), code="not_allowed")
    current = Registration.objects.select_for_update().get(pk=registration.pk)
    if current.state != State.PENDING:
        raise Refused(_("这份申请已经审核过(%(state)s)。") % {"state": current.get_state_display()}, code="decided")
    return current


def _decided(current: Registration, state: Registration.State, by: User, **data: str) -> Registration:
    """Write the decision down; what was only needed until then is forgotten."""
    current.state, current.decided_at, current.decided_by = state, now(), by
    current.password = current.address = ""
    current.save()
    record(action=f"enterprises.registration_{state}", target=current, by=by, **data)
    return current


@transaction.atomic
def forget_registrations(*, by: User | None, at: datetime | None = None) -> int:
    """Delete refused requests with their papers when their time is over; returns how many."""
    until = (at or now()) - timedelta(days=settings.REGISTRATION_KEEP_DAYS)
    old = list(Registration.objects.select_for_update().filter(state=State.REFUSED, decided_at__lt=until))
    for request in old:
        for paper in Attachment.objects.of(request):
            discard(paper)
        record(action="enterprises.forget_registration", target=request, by=by)
        request.delete()
    return len(old)
