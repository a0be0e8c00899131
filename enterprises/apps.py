from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "enterprises"
    verbose_name = "企业"

    def ready(self) -> None:
        """Say what becomes of an enterprise's rows when it is merged into another."""
        from enterprises import relations
        from enterprises.models import Contact, DuplicatePair, Enterprise, EnterpriseStaff, Merge, NotDuplicate
        from foundation.attachments.models import Attachment
        from foundation.audit.models import AuditRow

        relations.register(Contact, "enterprise", relations.Contacts())
        relations.register(EnterpriseStaff, "enterprise")
        relations.register(Enterprise.pools.through, "enterprise", relations.MovesUnlessTwin("pool_id"))
        relations.register(Attachment, "owner_id", type_field="owner_type")
        relations.register(Enterprise, "merged_into")  # what was merged into the loser leads to the survivor
        for model, field in (
            (Merge, "survivor"),
            (Merge, "loser"),
            (DuplicatePair, "first"),
            (DuplicatePair, "second"),
            (NotDuplicate, "first"),
            (NotDuplicate, "second"),
        ):
            relations.register(model, field, relations.Stays())
        relations.register(AuditRow, "target_id", relations.Stays(), type_field="target_type")
