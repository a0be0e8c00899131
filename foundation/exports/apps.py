from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "foundation.exports"
    label = "exports"
    verbose_name = "导出"

    def ready(self) -> None:
        """Say where its files lie."""
        from foundation.attachments.stored import register_stored
        from foundation.exports.models import Export

        register_stored(Export, "file", folder="exports")
