from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ImportsConfig(AppConfig):
    name = "foundation.imports"
    label = "imports"
    verbose_name = "导入"

    def ready(self) -> None:
        """Say where its files lie, and find the rosters of the apps above and of the foundation."""
        from foundation.attachments.stored import register_stored
        from foundation.imports.models import Batch

        register_stored(Batch, "file", folder="imports")
        autodiscover_modules("resources")
        autodiscover_modules("rosters.people", "rosters.departments")
