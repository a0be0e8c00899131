"""Django's own admin, for looking things up: read-only, and only for Permission.ADMIN_SITE.

Business rows change through the portal's actions; an admin that saved them would leave no trace in the trail.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _

from foundation.accounts.access import requires
from foundation.accounts.models import Department, RoleGrant, User
from foundation.accounts.permissions import Permission

WRITES = ("has_add_permission", "has_change_permission", "has_delete_permission")
OWN_PAGES = {"login": "accounts:login", "password_change": "accounts:password_change"}


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to look at, never to change."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def admin_urls(site: admin.AdminSite = admin.site) -> tuple[list[URLPattern | URLResolver], str, str]:
    """The admin's addresses, each declaring Permission.ADMIN_SITE; logging in and passwords stay the portal's.

    Whatever another package registered that could be written there is taken out.
    """
    for model, registered in list(site._registry.items()):
        if any(getattr(type(registered), name) is getattr(admin.ModelAdmin, name) for name in WRITES):
            site.unregister(model)
    site.site_header = site.site_title = _("后台查阅")
    site.index_title = _("基础数据(只读)")
    patterns, app, name = site.urls
    _declare(patterns)
    return patterns, app, name


def _declare(patterns: list[Any]) -> None:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _declare(pattern.url_patterns)
        elif pattern.name in OWN_PAGES:
            pattern.callback = requires(Permission.ADMIN_SITE)(_leads_to(OWN_PAGES[pattern.name]))
        else:
            pattern.callback = requires(Permission.ADMIN_SITE)(pattern.callback)
            pattern.callback.login_url = None  # the portal's own


def _leads_to(url_name: str) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        return redirect(url_name)

    return view


@admin.register(Department)
class DepartmentAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "kind", "parent", "is_active"]
    list_filter = ["kind", "is_active"]
    list_select_related = ["parent"]
    search_fields = ["code", "name", "short_name"]


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ["username", "name", "department", "title", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["department"]
    search_fields = ["username", "name"]
    fields = ["username", "name", "title", "department", "is_active", "date_joined"]


@admin.register(RoleGrant)
class RoleGrantAdmin(ReadOnlyAdmin):
    list_display = ["user", "role", "granted_at", "granted_by"]
    list_filter = ["role"]
    list_select_related = ["user", "granted_by"]
