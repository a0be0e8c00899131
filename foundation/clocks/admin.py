"""Read-only console for the system administrator: what the engine holds; every write goes through the actions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from foundation.clocks.models import CalendarYear, Clock, Ladder, Sweep, Warning


class ReadOnlyAdmin(admin.ModelAdmin):
    """Looks, never touches."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes by hand."""
        return False


@admin.register(CalendarYear)
class CalendarYearAdmin(ReadOnlyAdmin):
    """Loaded years."""

    list_display = ("year", "source", "loaded_at", "loaded_by")
    list_select_related = ("loaded_by",)


@admin.register(Ladder)
class LadderAdmin(ReadOnlyAdmin):
    """Ladders in all versions."""

    list_display = ("key", "version", "name", "yellow_days", "short_limit", "short_yellow_days", "escalate_after")


@admin.register(Clock)
class ClockAdmin(ReadOnlyAdmin):
    """Clocks; no count of the whole table, no related rows per line."""

    list_display = ("kind", "owner_id", "started_at", "due_on", "level", "next_change_at", "stopped_at")
    list_filter = ("kind", "level")
    show_full_result_count = False


@admin.register(Warning)
class WarningAdmin(ReadOnlyAdmin):
    """Warnings, newest first."""

    list_display = ("clock", "level", "due_at", "raised_at", "cleared_at")
    list_filter = ("level",)
    list_select_related = ("clock",)
    ordering = ("-raised_at",)
    show_full_result_count = False


@admin.register(Sweep)
class SweepAdmin(ReadOnlyAdmin):
    """What the sweeps raised."""

    list_display = ("at", "kind", "yellow", "red", "escalated", "notices")
    list_filter = ("kind",)
