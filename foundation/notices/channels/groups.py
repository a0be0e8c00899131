"""The chat groups whose robots may be told: they stand in the settings, because their addresses are secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

RED = ("issue.warn_red", "issue.escalate", "visit.red")  # what a group hears unless it says otherwise
KNOWN = {"key", "name", "channel", "url", "secret", "department", "kinds"}


@dataclass(frozen=True)
class Group:
    """One robot: the district's, or of a department with everything below it."""

    key: str
    name: str
    channel: str
    url: str
    secret: str = ""
    department: str = ""  # code; empty: the district
    kinds: tuple[str, ...] = RED

    def hears(self, kind: str, path: str) -> bool:
        """Whether it is told what an official of the department at `path` is told."""
        if not any(kind == known or kind.startswith(f"{known}.") for known in self.kinds):
            return False
        return not self.department or self.department in path.rstrip("/").split("/")


def groups() -> dict[str, Group]:
    """Every group of the settings by its key."""
    return {group.key: group for group in map(_group, settings.WEBHOOK_GROUPS)}


def check(channels: Iterable[str]) -> None:
    """Refuse settings that could not be sent to."""
    keys = [_group(raw) for raw in settings.WEBHOOK_GROUPS]
    if len({group.key for group in keys}) < len(keys):
        raise ImproperlyConfigured("WEBHOOK_GROUPS: every group needs a key of its own.")
    if wrong := {group.channel for group in keys} - set(channels):
        raise ImproperlyConfigured(f"WEBHOOK_GROUPS: no channel {', '.join(sorted(wrong))}.")


def _group(raw: dict[str, Any]) -> Group:
    if missing := {"key", "channel", "url"} - set(raw):
        raise ImproperlyConfigured(f"WEBHOOK_GROUPS: a group lacks {', '.join(sorted(missing))}.")
    if unknown := set(raw) - KNOWN:
        raise ImproperlyConfigured(f"WEBHOOK_GROUPS: unknown {', '.join(sorted(unknown))}.")
    if not str(raw["url"]).startswith(("https://", "http://")):
        raise ImproperlyConfigured("WEBHOOK_GROUPS: an address begins with https:// or http://.")
    return Group(**{"name": raw["key"], **raw, "kinds": tuple(raw.get("kinds", RED))})
