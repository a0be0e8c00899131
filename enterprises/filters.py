"""What the list of enterprises can be narrowed to; the page, the export and the API read the same."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enterprises import successors
from enterprises.models import Enterprise, Industry, Park, Pool
from enterprises.officers import officers
from foundation.accounts.models import Department

YES_NO = [("1", _("是")), ("0", _("否"))]
ACTIVE = [("no", _("已注销或迁出")), ("all", _("全部"))]
NO_OFFICER = "none"


def yes(value: str) -> bool:
    return value == "1"


def no(value: str) -> bool:
    return value == "0"


def search_words(rows: QuerySet[Enterprise], text: str) -> QuerySet[Enterprise]:
    """Every word in the name, the code or the legal representative's name, or in those of one merged into it."""
    for word in text.split()[:6]:
        said = Q(name__icontains=word) | Q(credit_code__icontains=word) | Q(legal_representative__icontains=word)
        rows = rows.filter(successors.bearing(said))
    return rows


def towns(request: Any) -> QuerySet[Department]:
    return Department.objects.filter(kind=Department.Kind.TOWN, is_active=True)


def officer_choices(request: Any) -> list[tuple[str, Any]]:
    """The officers there are, and "nobody"."""
    found = officers().choices(request.user) if request is not None else []
    return [(NO_OFFICER, _("未安排")), *((str(pk), name) for pk, name in found)] if found else []


class EnterpriseFilter(django_filters.FilterSet):
    """Reads ?q=…&town=… ; without ?active only those on the register."""

    q = django_filters.CharFilter(label=_("名称、信用代码、法定代表人"), method="by_words")
    town = django_filters.ModelChoiceFilter(label=_("镇街"), queryset=towns, empty_label=_("镇街 全部"))
    park = django_filters.ModelChoiceFilter(label=_("园区"), queryset=Park.objects.all(), empty_label=_("园区 全部"))
    condition = django_filters.ChoiceFilter(
        label=_("经营状况"),
        field_name="operating_condition",
        choices=Enterprise.Condition.choices,
        empty_label=_("经营状况 全部"),
    )
    section = django_filters.ModelChoiceFilter(
        label=_("行业门类"), queryset=Industry.objects.filter(level=1), method="by_section"
    )
    tier = django_filters.ChoiceFilter(label=_("分级"), choices=Enterprise.Tier.choices)
    above_scale = django_filters.TypedChoiceFilter(
        label=_("规上"), field_name="is_above_scale", choices=YES_NO, coerce=yes
    )
    monitoring = django_filters.TypedChoiceFilter(
        label=_("监测点"), field_name="is_monitoring_point", choices=YES_NO, coerce=yes
    )
    pool = django_filters.ModelChoiceFilter(label=_("培育库"), field_name="pools", queryset=Pool.objects.all())
    officer = django_filters.ChoiceFilter(label=_("服务专员"), choices=(), method="by_officer")
    doubtful = django_filters.TypedChoiceFilter(
        label=_("信用代码存疑"), field_name="code_doubtful", choices=YES_NO, coerce=yes
    )
    roster = django_filters.TypedChoiceFilter(
        label=_("不在最新名册"), field_name="roster_missing_since", choices=YES_NO, coerce=no, lookup_expr="isnull"
    )
    active = django_filters.ChoiceFilter(label=_("在册"), choices=ACTIVE, empty_label=_("在册"), method="unchanged")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = officer_choices(self.request)
        if choices:
            self.filters["officer"].extra["choices"] = choices
        else:
            del self.filters["officer"]

    def filter_queryset(self, queryset: QuerySet[Enterprise]) -> QuerySet[Enterprise]:
        rows = super().filter_queryset(queryset)
        active = self.form.cleaned_data.get("active")
        return rows if active == "all" else rows.filter(is_active=active != "no")

    def by_words(self, rows: QuerySet[Enterprise], name: str, value: str) -> QuerySet[Enterprise]:
        return search_words(rows, value)

    def by_section(self, rows: QuerySet[Enterprise], name: str, value: Industry) -> QuerySet[Enterprise]:
        return rows.filter(industry__code__startswith=value.code)

    def by_officer(self, rows: QuerySet[Enterprise], name: str, value: str) -> QuerySet[Enterprise]:
        source = officers()
        return rows.filter(source.unserved() if value == NO_OFFICER else source.served_by(int(value)))

    def unchanged(self, rows: QuerySet[Enterprise], name: str, value: str) -> QuerySet[Enterprise]:
        return rows
