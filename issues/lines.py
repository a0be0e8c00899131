"""The ledger's lines as HTML, drawn in Python: fifty of them in a template cost more than everything around them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from foundation.ui import text
from issues.ledger import Row

LINE = """<tr>
<td><a class="proof-link" href="{base}{pk}/proof/" title="{why}"
 hx-get="{base}{pk}/proof/" hx-target="closest tr" hx-swap="afterend"><span class="lv {shape}">{words}</span></a></td>
<td class="full"><span class="s">{number}</span><a class="ttl" href="{base}{pk}/">{title}</a></td>
<td>{enterprise}<div class="s">{place}</div></td>
<td class="nowrap">{department}<div class="s">{category}</div></td>
<td><span class="tag">{stage}</span></td>
<td class="nowrap"><span class="s">{limit}</span>
<span class="bar" aria-hidden="true"><i class="w-{percent} {tone}"></i></span></td>
<td class="n s"><time datetime="{iso}" title="{exact}">{last}</time></td>
</tr>
"""


def lines(rows: Iterable[Row]) -> SafeString:
    """One table row per case; every text is escaped."""
    base, why, now = reverse("issues:list"), escape(_("看逐日计算")), text.local(timezone.now())
    return mark_safe("".join(_line(row, base, why, now) for row in rows))  # noqa: S308 - escaped in _line


def _line(row: Row, base: str, why: str, now: datetime) -> str:
    moment = text.local(row.last_event_at)
    return LINE.format(
        base=base,
        why=why,
        pk=row.pk,
        shape=row.shape,
        words=escape(row.words),
        number=escape(row.number),
        title=escape(row.title),
        enterprise=escape(row.enterprise),
        place=escape(row.place),
        department=escape(row.department),
        category=escape(row.category),
        stage=escape(row.stage),
        limit=escape(row.limit),
        percent=row.percent,
        tone=row.tone,
        iso=moment.isoformat(),
        exact=text.exact(moment),
        last=escape(text.ago(moment, now)),
    )
