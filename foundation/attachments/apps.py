from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "foundation.attachments"
    label = "attachments"
    verbose_name = "附件"
