"""Which rosters there are: the apps above declare them in their `resources` module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused

if TYPE_CHECKING:
    from foundation.imports.resources import RosterResource

_resources: dict[str, type[RosterResource]] = {}


def register(key: str, resource: type[RosterResource]) -> None:
    """Offer a roster under a key that batches keep; last come, last shown."""
    _resources[key] = resource


def resource_for(key: str) -> RosterResource:
    """A fresh resource; Refused where nobody declares that key any more."""
    try:
        return _resources[key]()
    except KeyError as error:
        raise Refused(_("没有名为“%(key)s”的名册。") % {"key": key}, code="unknown_roster") from error


def offered_to(user: Any) -> dict[str, str]:
    """{key: title} of the rosters that this person may bring in."""
    return {key: str(resource.title) for key, resource in _resources.items() if user.may(resource.permission)}


def opens_accounts(key: str) -> bool:
    """Whether a roster's objects are people who need first passwords."""
    return key in _resources and _resources[key].opens_accounts


def model_of(key: str) -> type[Model] | None:
    """What a roster's rows become; None where nobody declares that key any more."""
    return _resources[key]._meta.model if key in _resources else None


def titles() -> dict[str, str]:
    """{key: what people call the roster}."""
    return {key: str(resource.title) for key, resource in _resources.items()}
