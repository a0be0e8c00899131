"""App configuration."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Template tags and page helpers."""

    name = "foundation.ui"
    label = "ui"
