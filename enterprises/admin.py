"""Reference tables in the admin, to be looked up."""

from django.contrib import admin

from enterprises.models import Industry, Park, Pool
from foundation.accounts.admin import ReadOnlyAdmin


@admin.register(Industry)
class IndustryAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "level", "parent"]
    list_filter = ["level"]
    list_select_related = ["parent"]
    search_fields = ["code", "name"]


@admin.register(Park)
class ParkAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "department"]
    list_select_related = ["department"]


@admin.register(Pool)
class PoolAdmin(ReadOnlyAdmin):
    list_display = ["code", "name"]
