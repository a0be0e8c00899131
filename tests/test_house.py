"""The rules of the house that no single app's tests can hold."""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.urls import URLPattern, get_resolver

from foundation.accounts.access import _is_api_view, declared_permission
from foundation.accounts.permissions import ROLE_PERMISSIONS, Permission, Role

FLOORS = ("foundation", "enterprises", "projects", "liaison", "issues", "supervision")
OURS = [model for model in apps.get_models() if model.__module__.split(".")[0] in FLOORS]
# One locked row each that hands out the next number; nobody reads them.
COUNTERS = {"audit.AuditHead", "issues.NumberSeries"}


@pytest.mark.parametrize("model", [m for m in OURS if m._meta.label not in COUNTERS], ids=lambda m: m._meta.label)
def test_every_model_says_who_may_see_its_rows(model):
    assert callable(getattr(model.objects, "visible_to", None))


def test_nobody_signed_in_sees_nothing(db):

    seen = [
        m._meta.label for m in OURS if m._meta.label not in COUNTERS and m.objects.visible_to(AnonymousUser()).exists()
    ]
    assert seen == []


def action_modules() -> list[ModuleType]:
    """The face of every app's writes: `actions.py`, or what an `actions/` package offers."""
    names = [f"{config.name}.actions" for config in apps.get_app_configs() if config.name.split(".")[0] in FLOORS]
    return [import_module(name) for name in names if find_spec(name)]


def takes_by(function: Any) -> bool:
    return "by" in inspect.signature(function).parameters


def verbs() -> list[tuple[str, inspect.Signature]]:
    """Every public function of the actions that says who acts."""
    return [
        (f"{module.__name__}.{name}", inspect.signature(function))
        for module in action_modules()
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__.startswith(module.__name__) and takes_by(function)
    ]


def test_the_house_has_many_verbs():
    assert len(verbs()) > 40


@pytest.mark.parametrize("name, signature", verbs(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_verb_takes_by_as_a_keyword(name, signature):
    assert signature.parameters["by"].kind is inspect.Parameter.KEYWORD_ONLY


def test_every_page_declares_its_permission():
    def views(patterns):
        for entry in patterns:
            if isinstance(entry, URLPattern):
                yield entry.callback
            else:
                yield from views(entry.url_patterns)

    silent = [
        view
        for view in views(get_resolver().url_patterns)
        if not _is_api_view(view) and not any(declared_permission(view, method) for method in ("GET", "POST"))
    ]
    assert silent == []


def test_every_permission_is_given_to_somebody_and_every_role_may_do_something():
    given = frozenset().union(*ROLE_PERMISSIONS.values())
    assert set(Permission) - given == {Permission.ANYONE, Permission.SIGNED_IN}
    assert set(ROLE_PERMISSIONS) == set(Role)
