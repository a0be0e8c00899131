"""The ledger's lines as HTML, drawn in Python: fifty of them in a template cost more than everything around them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import date, datetime
from html import escape
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from foundation.clocks.localtime import local_date
from foundation.ui import text
from issues.desk import tags
from issues.desk.columns import Column
from issues.desk.ledger import Row
from issues.suggesting.suggestions import Advice

TICK = """<tr{mark} data-case="{pk}">
<td class="tick"><input type="checkbox" name="case" value="{pk}" aria-label="{pick} {number}"></td>
"""
# How the columns look that every row has the facts of; the others are plain text.
CELLS = {
    "level": """<td><a class="proof-link" href="{base}{pk}/proof/" title="{why}"
 hx-get="{base}{pk}/proof/" hx-target="closest tr" hx-swap="afterend"><span class="lv {shape}">{words}</span></a></td>
""",
    "title": """<td class="full"><span class="s">{number}</span>{listed}{tags}
<a class="ttl" href="{base}{pk}/">{new}{title}</a></td>
""",
    "enterprise": """<td>{enterprise}<div class="s">{place}</div></td>
""",
    "department": """<td class="nowrap c-department">{department}<div class="s">{category}</div></td>
""",
    "stage": """<td><span class="tag">{stage}</span></td>
""",
    "limit": """<td class="nowrap"><span class="s">{limit}</span>
<span class="bar" aria-hidden="true"><i class="w-{percent} {tone}"></i></span></td>
""",
    "last": """<td class="n s c-last"><time datetime="{iso}" title="{exact}">{last}</time></td>
""",
}
PLAIN = """<td class="more-column{side}">{{{key}}}</td>
"""


def lines(
    rows: Iterable[Row],
    columns: Iterable[Column],
    unread: Container[int] = (),
    advice: Mapping[int, Advice] | None = None,
) -> SafeString:
    """One table row per case, those with news marked; every text is escaped. `advice` says where a case might go."""
    columns = list(columns)
    template = TICK + "".join(_cell(column) for column in columns if not column.inside) + "</tr>\n"
    plain = [column for column in columns if column.say]
    base, now = reverse("issues:list"), text.local(timezone.now())
    fixed = {"base": base, "why": escape(_("看逐日计算")), "pick": escape(_("选中"))}
    new = {"mark": ' class="unread"', "new": f'<span class="visually-hidden">{escape(_("未读"))} </span>'}
    given = advice or {}
    marks = {True: new, False: {"mark": "", "new": ""}}
    drawn = (
        template.format(
            **fixed,
            **marks[row.pk in unread],
            **_facts(row, now),
            **_said(row, plain),
            department=_advised(given.get(row.pk), base, row.pk) or escape(row.department),
        )
        for row in rows
    )
    return mark_safe("".join(drawn))  # noqa: S308 - escaped in _facts and _said


def _cell(column: Column) -> str:
    return PLAIN.format(key=f"_{column.key}", side=" n" if column.number else "") if column.say else CELLS[column.key]


def _said(row: Row, plain: list[Column]) -> dict[str, str]:
    """The words of the columns that are plain text."""
    return {f"_{column.key}": escape(column.say(row.v)) for column in plain if column.say}


def _facts(row: Row, now: datetime) -> dict[str, Any]:
    """What the cells are filled with."""
    moment = text.local(row.last_event_at)
    return {
        "pk": row.pk,
        "shape": row.shape,
        "words": escape(row.words),
        "number": escape(row.number),
        "title": escape(row.title),
        "listed": listed_mark(row.v.get("listed_until"), local_date(now)),
        "tags": chips(row.v.get("tag_lines")),
        "enterprise": escape(row.enterprise),
        "place": escape(row.place),
        "category": escape(row.category),
        "stage": escape(row.stage),
        "limit": escape(row.limit),
        "percent": row.percent,
        "tone": row.tone,
        "iso": moment.isoformat(),
        "exact": text.exact(moment),
        "last": escape(text.ago(moment, now)),
    }


def listed_mark(until: date | None, day: date) -> str:
    """A flag with words for a case that is listed for rectification; nothing for others."""
    if until is None:
        return ""
    words = _("挂牌已逾期") if until < day else _("挂牌至 %(day)s") % {"day": f"{until:%m-%d}"}
    return f' <span class="tag listed">⚑ {escape(words)}</span>'


def chips(lines: str | None) -> str:
    """The tags of a row, small and without colour."""
    return "".join(f' <span class="tag">{escape(name)}</span>' for name in tags.names(lines)) if lines else ""


def _advised(advice: Advice | None, base: str, pk: int) -> str:
    """The suggested department as a link that opens the case with the form to hand it over."""
    if advice is None or advice.first is None:
        return ""
    first = advice.first
    words = _("建议 %(department)s · %(certainty)s") % {
        "department": first.department.label,
        "certainty": first.certainty,
    }
    address = escape(f"{base}{pk}/?open=dispatch&back=intake")
    return f'<a class="advised" href="{address}" title="{escape(first.because)}">{escape(words)}</a>'
