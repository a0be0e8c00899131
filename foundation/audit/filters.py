"""What the audit list can be narrowed by."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foundation.audit.models import AuditRow


class AuditFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("操作人或对象"), method="search")
    action = django_filters.CharFilter(label=_("操作"), lookup_expr="istartswith")
    at = django_filters.DateFromToRangeFilter(label=_("日期"))

    class Meta:
        model = AuditRow
        fields: list[str] = []

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(Q(actor_label__icontains=value) | Q(target_label__icontains=value))
