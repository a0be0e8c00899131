"""Amounts and numbers as the pages of enterprises and projects write them."""

from decimal import Decimal
from typing import Any

from django import template

register = template.Library()


@register.filter
def amount(value: Any) -> str:
    """6,018 or 6,018.5: grouped, without trailing zeros; — for None."""
    if value is None or value == "":
        return "—"
    figure = f"{Decimal(value):,f}"
    return figure.rstrip("0").rstrip(".") if "." in figure else figure


@register.filter
def wan(value: Any) -> str:
    """An amount in 万元 as people say it: 8,600 万元, 1.25 亿元."""
    if value is None or value == "":
        return "—"
    if Decimal(value) >= 10000:
        return f"{amount(round(Decimal(value) / 10000, 2))} 亿元"
    return f"{amount(round(Decimal(value), 2))} 万元"


@register.filter
def currency(value: str) -> str:
    """元 for renminbi, else the currency's own name."""
    return "元" if value in ("", "人民币", "CNY") else value


@register.filter
def dialable(phone: str) -> str:
    """A number for a tel: link, up to its first extension mark."""
    kept: list[str] = []
    for char in phone:
        if char.isdigit() or (char == "+" and not kept):
            kept.append(char)
        elif char not in "-() ":
            break
    return "".join(kept)
