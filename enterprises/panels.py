"""Cards that other apps hang on a detail page: the page below knows nothing of who stands above."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise

from foundation.accounts.permissions import Permission


@dataclass(frozen=True)
class Panel:
    """One card: `context(obj, user)` gives its template what it shows; without `permission` it is not drawn."""

    key: str
    title: str | Promise
    order: int
    template: str
    context: Callable[[Any, Any], dict[str, Any]]
    permission: Permission
    side: bool = False  # in the narrow column on the right


@dataclass(frozen=True)
class Drawn:
    """A panel as this user sees it for this object."""

    panel: Panel
    html: str


_panels: dict[str, dict[str, Panel]] = defaultdict(dict)


def register(model: type[Model], panel: Panel) -> None:
    """Hang a panel on the detail pages of `model`; the same key replaces."""
    _panels[model._meta.label_lower][panel.key] = panel


def panels_of(model: type[Model], user: Any) -> list[Panel]:
    """The panels this user may see, in order."""
    allowed = [panel for panel in _panels[model._meta.label_lower].values() if user.may(panel.permission)]
    return sorted(allowed, key=lambda panel: (panel.order, panel.key))


def draw(obj: Model, request: HttpRequest) -> dict[str, list[Drawn]]:
    """The panels of one object as HTML, for the main and the side column."""
    drawn = [_drawn(panel, obj, request) for panel in panels_of(type(obj), request.user)]
    return {
        "main": [one for one in drawn if not one.panel.side],
        "side": [one for one in drawn if one.panel.side],
    }


def _drawn(panel: Panel, obj: Model, request: HttpRequest) -> Drawn:
    context: dict[str, Any] = {"panel": panel, "object": obj}
    context.update(panel.context(obj, request.user))
    return Drawn(panel, render_to_string(panel.template, context, request))
