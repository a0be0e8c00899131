from django.apps import AppConfig


class FrontDoorConfig(AppConfig):
    name = "config"
    verbose_name = "政企直通"
