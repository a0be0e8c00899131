from django.apps import AppConfig


class LiaisonConfig(AppConfig):
    name = "liaison"
    verbose_name = "联系服务"

    def ready(self) -> None:
        """Plug into the pages, scopes and clocks of the floors below."""
        from django.urls import reverse

        from enterprises import officers
        from enterprises.models import Enterprise
        from foundation.accounts.querysets import grant_sight
        from foundation.attachments.owners import register_owner
        from foundation.clocks import kinds
        from foundation.search import kinds as search
        from foundation.ui import badges
        from liaison import merging, notices, sight
        from liaison.badges import owed_visits
        from liaison.clocks import VISIT_CLOCK
        from liaison.models import Visit
        from liaison.panels import register_panels
        from liaison.queries.team import officer_choices, officers_by_enterprise, served_by, unserved
        from liaison.search import VISITS
        from projects.models import Project

        kinds.register(VISIT_CLOCK)
        notices.register()
        merging.register()
        grant_sight(Enterprise, sight.of_enterprises)
        grant_sight(Project, sight.of_projects)
        register_owner(Visit, page=lambda _user, pk: reverse("liaison:visit", args=[pk]))
        search.register(VISITS)
        badges.register("visits", owed_visits)
        register_panels()
        officers.register(officers.Officers(officer_choices, served_by, unserved, officers_by_enterprise))
