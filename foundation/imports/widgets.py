"""What a column holds, for import and export alike: django-import-export widgets over the readers of `values`.

`read(cell)` gives a canonical value that JSON can carry (a day is ISO text, a decimal is text, a reference is a
primary key) with a note or None; `stored(value)` gives the same of what the database holds; `shown(value)` is for
people. A column over several database fields (an amount and its currency) has a list of them as its value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export import widgets

from foundation.imports import values
from foundation.imports.values import CellError, Note, Reading, match_key


class RosterWidget(widgets.Widget):
    """The base: a text of any length."""

    telling = False  # what it recognises can hardly be anything else, whatever the heading says

    def __init__(self, limit: int = 0) -> None:
        super().__init__()
        self.limit = limit

    def prepare(self, heading: str) -> None:
        """Called once before a file is read, with the heading as written there."""

    def read(self, cell: Any) -> Reading:
        return values.text(cell, self.limit)

    def recognises(self, cell: Any) -> bool:
        """Whether a cell that is not blank looks like this kind of column and no other."""
        return False

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
    """The name of a person or a body: no gaps between Chinese characters; `endings` tell what kind of body."""

    def __init__(self, limit: int = 0, endings: tuple[str, ...] = ()) -> None:
        super().__init__(limit)
        self.endings, self.telling = endings, bool(endings)

    def recognises(self, cell: Any) -> bool:
        return bool(self.endings) and isinstance(cell, str) and values.cleaned(cell).endswith(self.endings)

    def read(self, cell: Any) -> Reading:
        return values.name(cell, self.limit)


class Phone(RosterWidget):
    def recognises(self, cell: Any) -> bool:
        return values.is_mobile(cell)

    def read(self, cell: Any) -> Reading:
        return values.phone(cell, self.limit)


class CreditCode(RosterWidget):
    telling = True

    def recognises(self, cell: Any) -> bool:
        return isinstance(cell, str) and not values.is_doubtful_code(values.folded(cell).replace(" ", "").upper())

    def read(self, cell: Any) -> Reading:
        return values.credit_code(cell)


class Day(RosterWidget):
    def recognises(self, cell: Any) -> bool:
        return values.is_day(cell)

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

    def recognises(self, cell: Any) -> bool:
        return values.is_money(cell)

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

    def recognises(self, cell: Any) -> bool:
        return isinstance(cell, str) and match_key(values.cleaned(cell)) in self.meanings

    def read(self, cell: Any) -> Reading:
        return values.one_of(cell, self.meanings, "、".join(self.labels.values()))

    def shown(self, value: Any) -> str:
        return self.labels.get(value, value or "")


class Reference(RosterWidget):
    """A row of another table by any of its names; one that is not found stays blank and is kept as it was written.

    `rows()` yields (primary key, label, other words for it, or None where a row is shown but no longer to be named); a
    word that means two rows means none.
    """

    def __init__(self, rows: Callable[[], Iterable[tuple[Any, str, Iterable[str] | None]]], kind: str) -> None:
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
            if words is None:
                continue
            for word in {match_key(word) for word in (label, *words) if word}:
                if self.meanings.setdefault(word, key) != key:
                    ambiguous.add(word)
        for word in ambiguous:
            del self.meanings[word]
        self._loaded = True

    def recognises(self, cell: Any) -> bool:
        self.load()
        return isinstance(cell, str) and match_key(values.cleaned(cell)) in self.meanings

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

    def found_by_label(self) -> list[str]:
        """The labels that a cell may name, in their order."""
        self.load()
        return [label for key, label in self.labels.items() if self.meanings.get(match_key(label)) == key]

    def stored(self, value: Any) -> Any:
        return value

    def shown(self, value: Any) -> str:
        self.load()
        return "" if value is None else self.labels.get(value, str(value))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class Known(Reference):
    """A row of another table that must be there: a name that is not found refuses the row."""

    def read(self, cell: Any) -> Reading:
        value, note = super().read(cell)
        if note is not None:
            said = _("没有找到%(kind)s“%(value)s”，请核对写法，或先建好再导入")
            raise CellError(UNKNOWN, said % {"kind": self.kind, "value": values.cleaned(cell)[:40]})
        return value, None


class Several(RosterWidget):
    """Some of a number of words, with 、 or a comma between: the list of their keys in the order declared."""

    BETWEEN = re.compile(r"[、,，;；/|\s]+")

    def __init__(self, labels: dict[str, str], synonyms: dict[str, str] | None = None) -> None:
        super().__init__()
        self.labels = labels
        self.meanings = {match_key(label): key for key, label in labels.items()}
        self.meanings |= {match_key(word): key for word, key in (synonyms or {}).items()}

    def read(self, cell: Any) -> Reading:
        value, _note = values.text(cell)
        words = [word for word in self.BETWEEN.split(value or "") if word]
        found = {values.one_of(word, self.meanings, "、".join(self.labels.values()))[0] for word in words} - {None}
        return [key for key in self.labels if key in found] or None, None

    def shown(self, value: Any) -> str:
        return "、".join(self.labels.get(key, key) for key in value or ())


class Identifier(RosterWidget):
    """A number or name of an account, an office or a project: one word, wide signs made narrow."""

    def __init__(self, limit: int = 0, allowed: str = r"[\w.@+-]+", says: str | Promise = "") -> None:
        super().__init__(limit)
        self.allowed = re.compile(allowed)
        self.says = says or gettext_lazy("只能用文字、数字和 . _ - @ +，中间不留空格")

    def read(self, cell: Any) -> Reading:
        value = values.folded(cell)
        if values.is_blank(value):
            return None, None
        value, _note = values.text(value, self.limit)
        if not self.allowed.fullmatch(value):
            said = _("“%(value)s”%(says)s") % {"value": value[:40], "says": self.says}
            raise CellError("identifier", said)
        return value, None


class Whole(RosterWidget):
    """A whole number from nought to `most`."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def read(self, cell: Any) -> Reading:
        value = values.folded(cell)
        if values.is_blank(value):
            return None, None
        if not (value.isascii() and value.isdigit() and len(value) < 12 and int(value) <= self.most):
            said = _("“%(value)s”应为 0 至 %(most)s 的整数") % {"value": value[:40], "most": self.most}
            raise CellError("whole_number", said)
        return int(value), None

    def stored(self, value: Any) -> int | None:
        return value


class Email(RosterWidget):
    """An address for mail."""

    def read(self, cell: Any) -> Reading:
        value = values.folded(cell)
        if values.is_blank(value):
            return None, None
        try:
            validate_email(value)
        except ValidationError as error:
            raise CellError("email", _("“%(value)s”不是电子邮箱") % {"value": value[:40]}) from error
        return values.text(value, self.limit)


UNKNOWN = "unknown_reference"

__all__ = [
    "UNKNOWN",
    "CellError",
    "Choice",
    "CreditCode",
    "Day",
    "Email",
    "Identifier",
    "Known",
    "Money",
    "Name",
    "Phone",
    "Reference",
    "Several",
    "Text",
    "Whole",
    "YesNo",
]
