"""Filters as a sentence: which are on, in words, and the address without each of them."""

from collections.abc import Iterable
from typing import NamedTuple

from django.forms import BaseForm, BoundField
from django.http import QueryDict

TRANSIENT = ("page",)


class Chip(NamedTuple):
    """One active filter."""

    label: str
    value: str
    url: str


def chips(form: BaseForm, query: QueryDict) -> list[Chip]:
    """A chip per active filter of a GET form, each with the address that drops it."""
    found = []
    for field in form:
        names = parameter_names(field)
        values = [value for name in names for value in query.getlist(name) if value.strip()]
        if values and not field.is_hidden:
            found.append(Chip(str(field.label), words(field, values), without(query, names)))
    return found


def parameter_names(field: BoundField) -> list[str]:
    """The query parameters a field reads: several for a range."""
    suffixes = getattr(field.field.widget, "suffixes", None)  # django-filter's ranges
    if suffixes:
        return [f"{field.html_name}_{suffix}" for suffix in suffixes]
    parts = getattr(field.field.widget, "widgets_names", None)  # Django's own
    if parts:
        return [f"{field.html_name}{part}" for part in parts]
    return [field.html_name]


def words(field: BoundField, values: Iterable[str]) -> str:
    """The chosen values as people read them: a choice by its label, a range with a dash."""
    choices = {str(key): str(label) for key, label in flat(getattr(field.field.widget, "choices", []))}
    shown = [choices.get(value, value) for value in values]
    joiner = "–" if len(parameter_names(field)) > 1 else "、"
    return joiner.join(shown)


def flat(choices: Iterable) -> Iterable[tuple]:
    """Choices with the option groups opened."""
    for key, label in choices:
        if isinstance(label, (list, tuple)):
            yield from flat(label)
        else:
            yield key, label


def without(query: QueryDict, names: Iterable[str]) -> str:
    """The query string without these parameters, and back on the first page; never empty."""
    rest = query.copy()
    for name in (*names, *TRANSIENT):
        rest.pop(name, None)
    return f"?{rest.urlencode()}"


def kept(query: QueryDict, form: BaseForm) -> list[tuple[str, str]]:
    """Parameters the filter form must carry along although it has no field for them."""
    own = {name for field in form for name in parameter_names(field)} | set(TRANSIENT)
    return [(key, value) for key in query if key not in own for value in query.getlist(key)]
