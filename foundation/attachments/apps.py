from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "foundation.attachments"
    label = "attachments"
    verbose_name = "附件"

    def ready(self) -> None:
        """Say where its files lie."""
        from foundation.attachments.models import Attachment
        from foundation.attachments.stored import register_stored

        register_stored(Attachment, "file", "likeness", folder="attachments")
