from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnterprisesConfig(AppConfig):
    name = "enterprises"
    verbose_name = "企业"

    def ready(self) -> None:
        """Say what becomes of an enterprise's rows when it is merged into another, and show what was merged."""
        from enterprises import colleagues, history, merges, panels, relations
        from enterprises.models import (
            Contact,
            DuplicatePair,
            Enterprise,
            EnterpriseStaff,
            Merge,
            NotDuplicate,
            Registration,
        )
        from enterprises.search import ENTERPRISES
        from foundation.accounts.permissions import Permission
        from foundation.accounts.querysets import grant_sight
        from foundation.attachments.models import Attachment
        from foundation.attachments.owners import register_owner
        from foundation.audit.models import AuditRow
        from foundation.search import kinds as search

        relations.register(Contact, "enterprise", relations.Contacts())
        relations.register(EnterpriseStaff, "enterprise")
        relations.register(Registration, "enterprise")
        register_owner(Registration)
        relations.register(Enterprise.pools.through, "enterprise", relations.MovesUnlessTwin("pool_id"))
        relations.register(Attachment, "owner_id", type_field="owner_type")
        # What was merged into the loser leads to the survivor.
        relations.register(Enterprise, "merged_into", said=_("以前并入的企业"))
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
        grant_sight(AuditRow, history.sight)
        search.register(ENTERPRISES)
        panels.register(
            Enterprise,
            panels.Panel(
                key="merges",
                title=_("合并记录"),
                order=90,
                template="enterprises/panels/merges.html",
                context=merges.of_enterprise,
                permission=Permission.ENTERPRISE_VIEW,
                side=True,
            ),
        )
        panels.register(
            Enterprise,
            panels.Panel(
                key="staff",
                title=_("企业账号"),
                order=20,
                template="enterprises/panels/staff.html",
                context=colleagues.of_enterprise,
                permission=Permission.ENTERPRISE_EDIT,
                side=True,
            ),
        )
