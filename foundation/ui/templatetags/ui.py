"""The portal's template tags; built into every template by the settings."""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.core.cache import cache
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from foundation.ui import forms as widgets
from foundation.ui import text
from foundation.ui.charts import Chart
from foundation.ui.filters import chips, kept
from foundation.ui.tabs import fold

register = template.Library()

LEVELS = {
    "0": "n", "1": "y", "2": "r", "3": "r",
    "normal": "n", "yellow": "y", "red": "r", "escalated": "r",
    "paused": "p", "waiting": "p", "done": "g", "stopped": "g",
}  # fmt: skip
RING = 2 * 3.14159265 * 30  # circumference of the ring's circle, r = 30

register.filter("mask_phone", text.mask_phone)
register.filter("num", text.number)


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; decoration unless a label is given."""
    href = f"{static('vendor/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.simple_tag
def level(key: object, words: str) -> SafeString:
    """A warning level as shape, word and colour."""
    name = str(getattr(key, "value", key))
    return format_html('<span class="lv {}">{}</span>', LEVELS.get(name, name or "n"), words)


@register.simple_tag
def bar(percent: object, tone: str = "", label: str = "") -> SafeString:
    """A thin bar, 0–100; the label is read aloud and shown on hover."""
    width = bounded(percent)
    if not label:
        return format_html('<span class="bar" aria-hidden="true"><i class="w-{} {}"></i></span>', width, tone)
    return format_html(
        '<span class="bar" role="img" aria-label="{}" title="{}"><i class="w-{} {}"></i></span>',
        label, label, width, tone,
    )  # fmt: skip


def bounded(percent: object) -> int:
    """A whole percentage between 0 and 100; nonsense is 0."""
    try:
        return max(0, min(100, round(float(percent))))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0


@register.simple_tag
def stack(parts: Iterable[Any], label: str = "", width: int = 190) -> SafeString:
    """A bar of parts that share 100: each a dict or object with label and value."""
    drawn, left = [], 0.0
    for index, part in enumerate(parts):
        value = max(0.0, float(read(part, "value") or 0))
        drawn.append((f"{left:.2f}", f"{value:.2f}", index % 6 + 1, f"{read(part, 'label')} {value:g}"))
        left += value
    marks = format_html_join("", '<rect x="{}" y="0" width="{}" height="9" class="s{}"><title>{}</title></rect>', drawn)
    words = label or "、".join(row[3] for row in drawn)
    return format_html(
        '<svg class="stack" role="img" aria-label="{}" viewBox="0 0 100 9" width="{}" height="9"'
        ' preserveAspectRatio="none">{}</svg>',
        words, width, marks,
    )  # fmt: skip


def read(part: Any, name: str) -> Any:
    """A key of a dict, or an attribute."""
    return part.get(name) if isinstance(part, dict) else getattr(part, name, None)


@register.simple_tag
def ring(done: int | None, total: int | None, label: str = "") -> SafeString:
    """n of N as a ring."""
    done, total = done or 0, total or 0
    share = min(1.0, done / total) if total else 0.0
    return format_html(
        '<svg class="ring" role="img" aria-label="{}" viewBox="0 0 74 74" width="74" height="74">'
        '<circle class="rest" cx="37" cy="37" r="30"></circle>'
        '<circle class="done" cx="37" cy="37" r="30" transform="rotate(-90 37 37)" stroke-dasharray="{} {}"></circle>'
        '<text x="37" y="43" text-anchor="middle">{}/{}</text></svg>',
        label or f"{done} / {total}", f"{share * RING:.1f}", f"{RING:.1f}", done, total,
    )  # fmt: skip


def timed(value: date | datetime | None, words: str) -> SafeString | str:
    """The words in a <time> that shows the exact moment on hover."""
    if not value:
        return "—"
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), text.exact(value), words)


@register.filter
def when(value: datetime | None) -> SafeString | str:
    """2 小时前, with the exact time on hover."""
    if not value or not isinstance(value, datetime):
        return day(value)
    moment = text.local(value)
    return timed(moment, text.ago(moment, text.local(timezone.now())))


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """11-23, with the full date on hover."""
    return timed(value, text.day(value))


@register.filter
def daytime(value: datetime | None) -> SafeString | str:
    """11-09 09:14, with the full time on hover."""
    return timed(value, text.daytime(value))


@register.filter
def dash(value: Any) -> Any:
    """— where there is nothing."""
    return "—" if value in (None, "") else value


@register.simple_tag
def crumbs(*pairs: Any) -> SafeString:
    """Label, address, label, address, …, last label: the way to this page."""
    steps = list(pairs)
    last = steps.pop() if len(steps) % 2 else ""
    links = [(resolved(steps[i + 1]), steps[i]) for i in range(0, len(steps), 2)]
    items = format_html_join("", '<li><a href="{}">{}</a></li>', links)
    tail = format_html('<li aria-current="page">{}</li>', last) if last != "" else ""
    return format_html('<nav class="crumbs" aria-label="当前位置"><ol>{}{}</ol></nav>', items, tail)


def resolved(address: str) -> str:
    """An address as it is, or the address of a URL name."""
    if "/" in str(address):
        return str(address)
    try:
        return reverse(str(address))
    except NoReverseMatch:
        return "/"


@register.inclusion_tag("parts/tabs.html")
def tabs(items: Iterable[Any], label: str = "视图", room: float = 0) -> dict[str, Any]:
    """Saved views with their counts; with `room`, in em, what does not fit stands behind “更多”."""
    shown, folded = fold(list(items), room) if room else (items, [])
    return {"items": shown, "folded": folded, "label": label}


@register.inclusion_tag("parts/pages.html", takes_context=True)
def pages(context: Context, page: Page, unit: str = "条", parameter: str = "page") -> dict[str, Any]:
    """Which rows these are of how many, and the way to the others."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    query = context["request"].GET.copy()
    query.pop(parameter, None)
    rest = query.urlencode()
    return {
        "page": page,
        "unit": unit,
        "numbers": list(numbers) if page.paginator.num_pages > 1 else [],
        "gap": page.paginator.ELLIPSIS,
        "prefix": f"?{rest}&{parameter}=" if rest else f"?{parameter}=",
    }


@register.inclusion_tag("parts/empty.html")
def empty(title: str, hint: str = "", url: str = "", action: str = "", icon: str = "inbox") -> dict[str, Any]:
    """What would fill this list, and the way to begin."""
    return {"title": title, "hint": hint, "url": url, "action": action, "icon": icon}


@register.inclusion_tag("parts/kpi.html")
def kpi(label: str, value: Any, **more: Any) -> dict[str, Any]:
    """A figure with its unit, sub line (numerator / denominator), change and link."""
    return {"label": label, "value": value, **more}


@register.simple_tag(takes_context=True)
def filters(context: Context, source: Any, primary: str = "", keep: int = 0) -> SafeString:
    """A GET form (or what has one): the first fields in line, the rest folded away, what is on as chips.

    With `keep` one address's bar is drawn once in so many seconds; for forms that are the same for everybody.
    """
    request = context["request"]

    def draw() -> SafeString:
        return render_to_string("parts/filters.html", _filter_bar(request, getattr(source, "form", source), primary))

    if not keep:
        return draw()
    address = hashlib.sha256(request.get_full_path().encode(errors="surrogatepass")).hexdigest()
    drawn: SafeString = cache.get_or_set(f"filters:{address}", draw, keep)  # type: ignore[assignment]
    return drawn


def _filter_bar(request: HttpRequest, form: BaseForm, primary: str) -> dict[str, Any]:
    names = [name.strip() for name in primary.split(",") if name.strip()] or [field.name for field in form][:4]
    shown = [form[name] for name in names if name in form.fields]
    for bound in shown:
        widgets.name_empty(bound.field, str(bound.label))
    return {
        "form": form,
        "shown": shown,
        "folded": [field for field in form if field.name not in names and not field.is_hidden],
        "chips": chips(form, request.GET),
        "kept": kept(request.GET, form),
        "path": request.path,
    }


@register.simple_tag(takes_context=True)
def sort(context: Context, key: str, label: str, parameter: str = "sort") -> SafeString:
    """A column heading that sorts by this key, and the other way round when it already does."""
    query = context["request"].GET.copy()
    now = query.get(parameter, "")
    query.pop("page", None)
    query[parameter] = f"-{key}" if now == key else key
    arrow = {key: " ↑", f"-{key}": " ↓"}.get(now, "")
    spoken = {key: "，升序", f"-{key}": "，降序"}.get(now, "")
    return format_html(
        '<a class="sort" href="?{}" title="按{}排序{}">{}<span aria-hidden="true">{}</span></a>',
        query.urlencode(), label, spoken, label, arrow,
    )  # fmt: skip


@register.inclusion_tag("parts/chart.html")
def chart(figure: Chart) -> dict[str, Any]:
    """A chart the browser draws, with the same figures as a table one click away."""
    return {"chart": figure, "spec": figure.spec(), "spec_id": f"chart-{figure.id}"}


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField, label: str | None = None) -> dict[str, Any]:
    """A form field: label, required mark, widget, help and error."""
    return {"field": bound, "label": label}


@register.inclusion_tag("parts/form.html")
def fields(form: BaseForm) -> dict[str, Any]:
    """Every field of a form, after what is wrong with the form as a whole."""
    return {
        "form": form,
        "errors": form.non_field_errors(),
        "fields": [(bound, "") for bound in form.visible_fields()],
        "hidden_fields": form.hidden_fields(),
    }


@register.inclusion_tag("parts/errors.html")
def errors(form: BaseForm) -> dict[str, Any]:
    """What is wrong, at the top of a form."""
    return {"form": form, "errors": form.non_field_errors()}


@register.simple_tag
def widget(bound: BoundField, **attrs: Any) -> SafeString:
    """The input itself, in the portal's look."""
    own = bound.field.widget
    widgets.refine(own, str(bound.label))
    given = {key: value for key, value in attrs.items() if value not in (None, "")}
    name = widgets.css_class(own)
    if bound.errors:
        name = f"{name} is-invalid".strip()
    if name:
        given["class"] = name
    return bound.as_widget(attrs=given)


@register.filter
def widget_kind(bound: BoundField) -> str:
    """choices, check, file or plain: how the field is laid out."""
    return widgets.layout(bound.field.widget)


@register.filter
def initial(name: object) -> str:
    """The first character of a name, for the round avatar."""
    return str(name or "").strip()[:1] or "·"
