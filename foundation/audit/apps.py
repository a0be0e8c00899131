from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "foundation.audit"
    label = "audit"
    verbose_name = "审计"

    def ready(self) -> None:
        from foundation.accounts import trail
        from foundation.audit.actions import record, record_each

        trail.plug(record, record_each)
