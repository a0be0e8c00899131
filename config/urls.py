"""Every address of the portal."""

from django.urls import include, path

from config import health
from config.workbench import workbench
from enterprises.views import registrations
from foundation.accounts.admin import admin_urls
from foundation.search.views import search

urlpatterns = [
    path("", workbench, name="workbench"),
    path("search/", search, name="search"),
    path("register/", registrations.register, name="register"),
    path("register/<uuid:key>/", registrations.register_status, name="register_status"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin_urls()),
    path("api/", include("config.api")),
    path("accounts/", include("foundation.accounts.urls")),
    path("audit/", include("foundation.audit.urls")),
    path("notices/", include("foundation.notices.urls")),
    path("calendar/", include("foundation.clocks.urls")),
    path("attachments/", include("foundation.attachments.urls")),
    path("exports/", include("foundation.exports.urls")),
    path("imports/", include("foundation.imports.urls")),
    path("enterprises/", include("enterprises.urls")),
    path("projects/", include("projects.urls")),
    path("", include("liaison.urls")),
    path("", include("issues.urls")),
    path("supervision/", include("supervision.urls")),
]
