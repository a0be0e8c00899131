from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ImportsConfig(AppConfig):
    name = "foundation.imports"
    label = "imports"
    verbose_name = "导入"

    def ready(self) -> None:
        """Find the rosters: those of the apps above in their `resources`, those of the foundation in `rosters`."""
        autodiscover_modules("resources")
        autodiscover_modules("rosters.people", "rosters.departments")
