"""The forms on a page, read from its HTML as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Form:
    """Where a form goes, what it carries unchanged, and the names of what a person types into it."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def filled(self, **changed: Any) -> dict[str, Any]:
        """What would be sent, with some values changed."""
        return self.values | changed


class _Reader(HTMLParser):
    """Collects forms with inputs, selects (the first real choice) and text areas."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.named: dict[str, Form] = {}
        self.open: Form | None = None
        self.select: str | None = None
        self.area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.open)
            if "id" in given:
                self.named[given["id"]] = self.open
            return
        form = self.named.get(given.get("form", ""), self.open)
        if form is None:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            self._input(form, name, given)
        elif tag == "textarea" and name:
            self.area = name
            form.values.setdefault(name, [""])
            form.typed.append(name)
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and (given.get("value") or "selected" in given):
            if self.select not in form.values or "selected" in given:
                form.values[self.select] = [given.get("value", "")]
        elif tag == "button" and name and given.get("type", "submit") == "submit":
            form.values.setdefault(name, [given.get("value", "")])

    def _input(self, form: Form, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind == "file":
            form.files.append(name)
        elif kind in ("checkbox", "radio"):
            if "checked" in given or name not in form.values:
                form.values[name] = [given.get("value", "on")]
        else:
            form.values[name] = [given.get("value", "")]
            if kind != "hidden":
                form.typed.append(name)

    def handle_data(self, data: str) -> None:
        if self.area and self.open:
            self.open.values[self.area] = [data.strip("\n")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None


def forms_of(html: str) -> list[Form]:
    """Every form on the page."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms
