"""The reference tables of the ledger, to look at; cases are no business of the administrators."""

from __future__ import annotations

from django.contrib import admin

from foundation.accounts.admin import ReadOnlyAdmin
from issues.models import Category, CategoryRule


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "default_department", "sort_order", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["default_department"]
    search_fields = ["code", "name"]


@admin.register(CategoryRule)
class CategoryRuleAdmin(ReadOnlyAdmin):
    list_display = [
        "category",
        "version",
        "accept_days",
        "reply_days",
        "resolve_days",
        "confirm_days",
        "extension_limit",
        "ladder",
        "created_at",
    ]
    list_filter = ["category"]
    list_select_related = ["category", "ladder"]
