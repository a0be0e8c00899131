from django.apps import AppConfig


class HeartbeatsConfig(AppConfig):
    name = "foundation.heartbeats"
    label = "heartbeats"
    verbose_name = "后台进程"
