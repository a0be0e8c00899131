"""What a column holds, for import and export alike: django-import-export widgets over the readers of `values`.

`read(cell)` gives a canonical value that JSON can carry (a day is ISO text, a decimal is text, a reference is a
primary key) with a note or None; `stored(value)` gives the same of what the database holds; `shown(value)` is for
people. A column over several database fields (an amount and its currency) has a list of them as its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from import_export import widgets

from foundation.imports import values
from foundation.imports.values import CellError, Note, Reading, match_key


class RosterWidget(widgets.Widget):
    """The base: a text of any length."""

    def __init__(self, limit: int = 0) -> None:
        super().__init__()
        self.limit = limit

    def prepare(self, heading: str) -> None:
        """Called once before a file is read, with the heading as written there."""

    def read(self, cell: Any) -> Reading:
        return values.text(cell, self.limit)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return self.read(value)[0]

    def stored(self, value: Any) -> Any:
        return value or None

    def shown(self, value: Any) -> str:
        return "" if value is None else str(value)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return self.shown(self.stored(value))


class Text(RosterWidget):
    """Free text."""


class Name(RosterWidget):
    """The name of a person or a body: no gaps between Chinese characters."""

    def read(self, cell: Any) -> Reading:
        return values.name(cell, self.limit)


class Phone(RosterWidget):
    def read(self, cell: Any) -> Reading:
        return values.phone(cell, self.limit)


class CreditCode(RosterWidget):
    def read(self, cell: Any) -> Reading:
        return values.credit_code(cell)


class Day(RosterWidget):
    def read(self, cell: Any) -> Reading:
        return values.day(cell)

    def stored(self, value: Any) -> str | None:
        return value.isoformat() if value else None


class YesNo(RosterWidget):
    def read(self, cell: Any) -> Reading:
        return values.yes_no(cell)

    def stored(self, value: Any) -> bool | None:
        return value

    def shown(self, value: Any) -> str:
        return "" if value is None else values.plain(bool(value))


class Money(RosterWidget):
    """An amount in 万 with its currency: [decimal text, currency]."""

    PLACES = Decimal("0.0001")

    def __init__(self) -> None:
        super().__init__()
        self.unit = "万元"

    def prepare(self, heading: str) -> None:
        self.unit = values.unit_of_heading(heading)

    def read(self, cell: Any) -> Reading:
        money, note = values.money(cell, unit=self.unit)
        return (None, note) if money is None else ([str(money.amount.quantize(self.PLACES)), money.currency], note)

    def stored(self, value: Any) -> list[str] | None:
        amount, currency = value
        return None if amount is None else [str(Decimal(amount).quantize(self.PLACES)), currency or values.RENMINBI]

    def shown(self, value: Any) -> str:
        if value is None:
            return ""
        amount, currency = value
        figure = f"{Decimal(amount):,f}"
        figure = figure.rstrip("0").rstrip(".") if "." in figure else figure
        return _("%(amount)s(万%(currency)s)") % {
            "amount": figure,
            "currency": "元人民币" if currency == values.RENMINBI else currency,
        }


class Choice(RosterWidget):
    """One of a model's choices, by its label or another word for it."""

    def __init__(self, choices: type[models.TextChoices], synonyms: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.labels = {value: str(label) for value, label in choices.choices}
        self.meanings = {match_key(label): value for value, label in self.labels.items()}
        self.meanings |= {match_key(word): str(value) for word, value in (synonyms or {}).items()}

    def read(self, cell: Any) -> Reading:
        return values.one_of(cell, self.meanings, "、".join(self.labels.values()))

    def shown(self, value: Any) -> str:
        return self.labels.get(value, value or "")


class Reference(RosterWidget):
    """A row of another table by any of its names; one that is not found stays blank and is kept as it was written.

    `rows()` yields (primary key, label, other words for it); a word that means two rows means none.
    """

    def __init__(self, rows: Callable[[], Iterable[tuple[Any, str, Iterable[str]]]], kind: str) -> None:
        super().__init__()
        self.rows, self.kind = rows, kind
        self._loaded = False
        self.meanings: dict[str, Any] = {}
        self.labels: dict[Any, str] = {}

    def __deepcopy__(self, memo: Any) -> Reference:
        """A fresh one for each resource instance: what was loaded may be out of date."""
        return type(self)(self.rows, self.kind)

    def load(self) -> None:
        if self._loaded:
            return
        ambiguous = set()
        for key, label, words in self.rows():
            self.labels[key] = label
            for word in {match_key(word) for word in (label, *words) if word}:
                if self.meanings.setdefault(word, key) != key:
                    ambiguous.add(word)
        for word in ambiguous:
            del self.meanings[word]
        self._loaded = True

    def read(self, cell: Any) -> Reading:
        self.load()
        value, _note = values.text(cell)
        if value is None:
            return None, None
        key = self.meanings.get(match_key(value))
        if key is not None:
            return key, None
        message = _("没有找到%(kind)s“%(value)s”，原文保留在其他信息里") % {"kind": self.kind, "value": value[:40]}
        return None, Note(UNKNOWN, message, doubtful=True)

    def stored(self, value: Any) -> Any:
        return value

    def shown(self, value: Any) -> str:
        self.load()
        return "" if value is None else self.labels.get(value, str(value))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


UNKNOWN = "unknown_reference"

__all__ = [
    "UNKNOWN",
    "CellError",
    "Choice",
    "CreditCode",
    "Day",
    "Money",
    "Name",
    "Phone",
    "Reference",
    "Text",
    "YesNo",
]
