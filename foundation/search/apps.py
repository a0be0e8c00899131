from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "foundation.search"
    label = "search"
    verbose_name = "全文检索"
