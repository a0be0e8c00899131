"""What the ledger can be narrowed by; shared by its pages, its export and the dashboard's links."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import django_filters
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.forms import IntegerField, ModelChoiceField, Select
from django.forms.utils import flatatt
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enterprises.models import Park
from foundation.accounts.models import Department
from foundation.clocks import calendar
from foundation.clocks.localtime import end_of_day, start_of_day, today
from foundation.clocks.models import Clock, Level
from foundation.notices.models import Notice
from issues import ratings, unread
from issues.desk import spans
from issues.limits import timing
from issues.models import Category, CoHandling, Handling, Issue, IssueLink, IssueTag, Listing, Tag
from issues.returns import RETURNED_BEFORE
from issues.telling import digest_key

LEVELS = {
    "normal": Q(level=Level.NORMAL),
    "yellow": Q(level=Level.YELLOW),
    "red": Q(level__in=[Level.RED, Level.ESCALATED]),
}


TURNS = ("turn_of", "given", "returned", "again", "return_kind")
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
        if value is None or not self.field_name:
            return rows
        return rows.filter(within(self.field_name, value))


def within(field: str, days: slice) -> Q:
    """An instant between two days, both included; either may be left open."""
    found = Q()
    if days.start:
        found &= Q(**{f"{field}__gte": start_of_day(days.start.date())})
    if days.stop:
        found &= Q(**{f"{field}__lt": end_of_day(days.stop.date())})
    return found


class RecentDays(django_filters.ChoiceFilter):
    """Days said from today, against an instant: 近 7 天, 上月; the address keeps the word."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        words = format_lazy("{} {}", kwargs["label"], _("不限"))
        super().__init__(*args, choices=spans.CHOICES, empty_label=words, **kwargs)

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if value not in spans.SPANS:
            return rows
        first, last = spans.days_of(value, today())
        return rows.filter(
            **{f"{self.field_name}__gte": start_of_day(first), f"{self.field_name}__lt": end_of_day(last)}
        )


class WholeNumber(django_filters.NumberFilter):
    field_class = IntegerField


def falling_due(rows: QuerySet, key: str) -> QuerySet:
    """Open cases whose limit runs out within the days ahead that the word names, or has run out."""
    if key == "overdue":
        return rows.filter(closed_at__isnull=True, waiting_since__isnull=True, due_at__lte=start_of_day(today()))
    first, last = spans.due_within(key, today())
    return rows.filter(closed_at__isnull=True, due_at__gt=start_of_day(first), due_at__lte=end_of_day(last))


def overdue_by(rows: QuerySet, days: int) -> QuerySet:
    """Open cases whose limit ran out more than so many working days ago."""
    last = spans.overdue_since(days, today(), calendar.current())
    return rows.filter(closed_at__isnull=True, waiting_since__isnull=True, due_at__lte=end_of_day(last))


LINKED: dict[str, tuple[IssueLink.Kind, str]] = {
    "recurring": (IssueLink.Kind.RECURS, "source_id"),
    "came_back": (IssueLink.Kind.RECURS, "target_id"),
    "merged": (IssueLink.Kind.DUPLICATE, "source_id"),
    "lead": (IssueLink.Kind.DUPLICATE, "target_id"),
    "cause": (IssueLink.Kind.CAUSE, "target_id"),
}
LINKED_CHOICES = [
    ("recurring", _("再次发生的")),
    ("came_back", _("销号后又发生的")),
    ("merged", _("已并入别件的")),
    ("lead", _("有别件并入的")),
    ("cause", _("共性问题")),
]


def linked_as(rows: QuerySet, value: str) -> QuerySet:
    """The cases that are what the word says to another case."""
    kind, end = LINKED[value]
    return rows.filter(pk__in=IssueLink.objects.filter(kind=kind).values(end))


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
    label = django_filters.ModelChoiceFilter(label=_("标签"), queryset=Tag.objects.in_use(), method="by_label")
    links = django_filters.ChoiceFilter(
        label=_("关联"), choices=LINKED_CHOICES, empty_label=_("关联 不限"), method="by_links"
    )
    due = django_filters.ChoiceFilter(
        label=_("期限"), choices=spans.DUE_CHOICES, empty_label=_("期限 不限"), method="by_limit"
    )
    overdue_days = WholeNumber(label=_("逾期超过(工作日)"), method="by_overdue", min_value=0, max_value=500)
    registered_in = RecentDays(label=_("登记时间"), field_name="registered_at")
    resolution = django_filters.ChoiceFilter(label=_("办结类型"), choices=Issue.Resolution.choices)
    closing = django_filters.ChoiceFilter(label=_("销号方式"), choices=Issue.Closing.choices)
    rating = django_filters.ChoiceFilter(
        label=_("企业评价"), choices=[(grade.value, grade.label) for grade in ratings.GRADES]
    )
    tag = django_filters.ChoiceFilter(
        label=_("评价标签"), choices=[(tag.key, tag.label) for tag in ratings.TAGS.values()], method="by_tag"
    )
    registered = DayRange(label=_("登记日期"), field_name="registered_at")
    closed_in = RecentDays(label=_("销号时间"), field_name="closed_at")
    closed = DayRange(label=_("销号日期"), field_name="closed_at")
    due_on = django_filters.DateFilter(label=_("到期日"), method="by_due")
    unread = django_filters.ChoiceFilter(
        label=_("未读"), choices=[("1", _("只看未读"))], empty_label=_("未读 不限"), method="by_news"
    )
    listed = django_filters.ChoiceFilter(
        label=_("挂牌"),
        choices=[("on", _("挂牌中")), ("late", _("挂牌已逾期"))],
        method="by_listing",
        empty_label=_("挂牌 全部"),
    )
    helping = django_filters.ModelChoiceFilter(
        label=_("协办部门"), queryset=Department.objects.active(), method="by_help"
    )
    told = django_filters.NumberFilter(label=_("消息"), method="by_digest")
    # What the page of returns links to: all of them speak of one turn.
    turn_of = django_filters.ModelChoiceFilter(
        label=_("承办过的部门"), queryset=Department.objects.all(), method="later"
    )
    given = DayRange(label=_("交办日期"), field_name="")
    returned = DayRange(label=_("退回日期"), field_name="")
    again = django_filters.BooleanFilter(label=_("再次退回"), method="later")
    return_kind = django_filters.ChoiceFilter(label=_("退回类型"), choices=Handling.ReturnKind.choices, method="later")

    class Meta:
        model = Issue
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._only_where_asked("told")
        for name in TURNS:
            if not any(self.data.get(key) for key in (name, f"{name}_after", f"{name}_before")):
                self.form.fields.pop(name, None)
        for name, field in self.form.fields.items():
            if isinstance(field, ModelChoiceField):
                _offer(name, field)

    def _only_where_asked(self, name: str) -> None:
        """No field for what only a message's link asks for; asked for, it is named without what the message says."""
        if asked := self.data.get(name):
            self.form.fields[name].widget = Select(choices=[(asked, _("所提到的诉求"))])
        else:
            del self.form.fields[name]

    def by_listing(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(listed_until__lt=today()) if value == "late" else rows.filter(listed_until__isnull=False)

    def by_help(self, rows: QuerySet, name: str, value: Department) -> QuerySet:
        """The cases with which a department, or one below it, helps or helped."""
        asked = CoHandling.objects.filter(department__path__startswith=value.path)
        return rows.filter(pk__in=asked.exclude(ended=CoHandling.Ended.WITHDRAWN).values("issue_id"))

    def later(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        """Narrowed together with its like, in `filter_queryset`."""
        return rows

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """By columns, and by what one turn of the case was."""
        rows, asked = super().filter_queryset(queryset), self.form.cleaned_data
        turn = Q(department=asked["turn_of"]) if asked.get("turn_of") else Q()
        if asked.get("given"):
            turn &= within("dispatched_at", asked["given"]) & Q(is_redo=False)
        if asked.get("returned"):
            turn &= within("ended_at", asked["returned"]) & Q(ended=Handling.Ended.RETURNED)
        if asked.get("again"):
            turn &= RETURNED_BEFORE
        if asked.get("return_kind"):
            turn &= Q(return_kind=asked["return_kind"])
        return rows.filter(pk__in=Handling.objects.filter(turn).values("issue_id")) if turn else rows

    def by_digest(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        """The cases that one of the person's own messages told of, all at once."""
        mine = Notice.objects.visible_to(self.request.user).filter(key=digest_key(value))
        warnings = [warning_id for about in mine.values_list("about", flat=True) for warning_id in about]
        clocks = Clock.objects.filter(kind__in=timing.KEYS, warnings__in=warnings)
        turns = Handling.objects.filter(pk__in=clocks.values("owner_id"))
        helped = Clock.objects.filter(kind=timing.CO_HANDLING, warnings__in=warnings)
        asked = CoHandling.objects.filter(pk__in=helped.values("owner_id"))
        marked = Clock.objects.filter(kind=timing.LISTING, warnings__in=warnings)
        listed = Listing.objects.filter(pk__in=marked.values("owner_id"))
        return rows.filter(
            Q(pk__in=turns.values("issue_id"))
            | Q(pk__in=asked.values("issue_id"))
            | Q(pk__in=listed.values("issue_id"))
        )

    def by_news(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(unread.only(self.request.user))

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Every word in the number, the title or the enterprise's name."""
        for word in value.split():
            rows = rows.filter(
                Q(number__icontains=word) | Q(title__icontains=word) | Q(enterprise__name__icontains=word)
            )
        return rows

    def by_tag(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return with_tag(rows, value)

    def by_level(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(LEVELS[value], closed_at__isnull=True)

    def by_label(self, rows: QuerySet, name: str, value: Tag) -> QuerySet:
        return rows.filter(pk__in=IssueTag.objects.filter(tag=value).values("issue_id"))

    def by_links(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return linked_as(rows, value)

    def by_limit(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return falling_due(rows, value)

    def by_overdue(self, rows: QuerySet, name: str, value: int) -> QuerySet:
        return overdue_by(rows, value)

    def by_due(self, rows: QuerySet, name: str, value) -> QuerySet:
        return rows.filter(due_at__gt=start_of_day(value), due_at__lte=end_of_day(value))


def with_tag(rows: QuerySet, key: str) -> QuerySet:
    """Cases whose rating has the tag: looked for in the list as written, which both databases can do."""
    tagged = rows.filter(rated_at__isnull=False).annotate(tags_written=Cast("rating_tags", TextField()))
    return tagged.filter(tags_written__contains=f'"{key}"')


def _offer(name: str, field: ModelChoiceField) -> None:
    """The remembered options instead of a query."""
    offer = offered(name, field)
    widget = OfferedSelect(choices=offer.rows)
    widget.offer, widget.is_required = offer, False
    field.empty_label, field.widget = offer.rows[0][1], widget
