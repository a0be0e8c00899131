"""What the ledger can be narrowed by; shared by its pages, its export and the dashboard's links."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import django_filters
from django.db.models import Q, QuerySet
from django.forms import ModelChoiceField, Select
from django.forms.utils import flatatt
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enterprises.models import Park
from foundation.accounts.models import Department
from foundation.clocks.localtime import end_of_day, start_of_day
from foundation.clocks.models import Clock, Level
from foundation.notices.models import Notice
from issues import timing
from issues.models import Category, Handling, Issue
from issues.telling import digest_key

LEVELS = {
    "normal": Q(level=Level.NORMAL),
    "yellow": Q(level=Level.YELLOW),
    "red": Q(level__in=[Level.RED, Level.ESCALATED]),
}


SHOWN_FOR = 60  # seconds
_shown: dict[str, tuple[float, Offer]] = {}


class Offer(NamedTuple):
    """The options of a filter: key and label, and drawn."""

    rows: list[tuple[Any, str]]
    drawn: str


class OfferedSelect(Select):
    """A choice whose options were drawn before: only the chosen one is marked."""

    offer: Offer

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = f'<option value="{escape(value)}"' if value not in (None, "") else ""
        drawn = self.offer.drawn.replace(chosen, f"{chosen} selected", 1) if chosen else self.offer.drawn
        given = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>{}</select>', name, given, mark_safe(drawn))  # noqa: S308 - escaped


def offered(name: str, field: ModelChoiceField) -> Offer:
    """The options, read once a minute: they are shown on every page; the one that is used is looked up."""
    kept = _shown.get(name)
    if kept is None or kept[0] < time.monotonic():
        rows: list[tuple[Any, str]] = [("", gettext("%(label)s 全部") % {"label": field.label})]
        rows += [(row.pk, str(row)) for row in field.queryset]
        drawn = format_html_join("", '<option value="{}">{}</option>', rows)
        kept = _shown[name] = (time.monotonic() + SHOWN_FOR, Offer(rows, drawn))
    return kept[1]


class DayRange(django_filters.DateFromToRangeFilter):
    """Two days, both included, against an instant: Shanghai's days."""

    def filter(self, rows: QuerySet, value: slice | None) -> QuerySet:
        if value and value.start:
            rows = rows.filter(**{f"{self.field_name}__gte": start_of_day(value.start.date())})
        if value and value.stop:
            rows = rows.filter(**{f"{self.field_name}__lt": end_of_day(value.stop.date())})
        return rows


class IssueFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("编号、标题或企业"), method="search", max_length=80)
    department = django_filters.ModelChoiceFilter(label=_("主办部门"), queryset=Department.objects.active())
    category = django_filters.ModelChoiceFilter(label=_("类别"), queryset=Category.objects.all())
    level = django_filters.ChoiceFilter(
        label=_("预警"),
        choices=[("normal", _("正常")), ("yellow", _("黄牌")), ("red", _("红牌"))],
        method="by_level",
    )
    status = django_filters.ChoiceFilter(label=_("环节"), choices=Issue.Status.choices, empty_label=_("环节 全部"))
    park = django_filters.ModelChoiceFilter(label=_("园区"), field_name="enterprise__park", queryset=Park.objects.all())
    town = django_filters.ModelChoiceFilter(
        label=_("镇街"),
        field_name="enterprise__town",
        queryset=Department.objects.active().filter(kind=Department.Kind.TOWN),
    )
    channel = django_filters.ChoiceFilter(
        label=_("来源渠道"), choices=Issue.Channel.choices, empty_label=_("来源渠道 全部")
    )
    due_on = django_filters.DateFilter(label=_("到期日"), method="by_due")
    registered = DayRange(label=_("登记日期"), field_name="registered_at")
    closed = DayRange(label=_("销号日期"), field_name="closed_at")
    told = django_filters.NumberFilter(label=_("消息"), method="by_digest")

    class Meta:
        model = Issue
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._only_where_asked("told")
        for name, field in self.form.fields.items():
            if isinstance(field, ModelChoiceField):
                _offer(name, field)

    def _only_where_asked(self, name: str) -> None:
        """No field for what only a message's link asks for; asked for, it is named without what the message says."""
        if asked := self.data.get(name):
            self.form.fields[name].widget = Select(choices=[(asked, _("所提到的诉求"))])
        else:
            del self.form.fields[name]

    def by_digest(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        """The cases that one of the person's own messages told of, all at once."""
        mine = Notice.objects.visible_to(self.request.user).filter(key=digest_key(value))
        warnings = [warning_id for about in mine.values_list("about", flat=True) for warning_id in about]
        clocks = Clock.objects.filter(kind__in=timing.KEYS, warnings__in=warnings)
        return rows.filter(pk__in=Handling.objects.filter(pk__in=clocks.values("owner_id")).values("issue_id"))

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Every word in the number, the title or the enterprise's name."""
        for word in value.split():
            rows = rows.filter(
                Q(number__icontains=word) | Q(title__icontains=word) | Q(enterprise__name__icontains=word)
            )
        return rows

    def by_level(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(LEVELS[value], closed_at__isnull=True)

    def by_due(self, rows: QuerySet, name: str, value) -> QuerySet:
        return rows.filter(due_at__gt=start_of_day(value), due_at__lte=end_of_day(value))


def _offer(name: str, field: ModelChoiceField) -> None:
    """The remembered options instead of a query."""
    offer = offered(name, field)
    widget = OfferedSelect(choices=offer.rows)
    widget.offer, widget.is_required = offer, False
    field.empty_label, field.widget = offer.rows[0][1], widget
