from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "项目"

    def ready(self) -> None:
        """Show an enterprise's projects on its page, and let them move when it is merged into another."""
        from enterprises import relations
        from enterprises.models import Enterprise
        from enterprises.panels import Panel, register
        from foundation.accounts.permissions import Permission
        from foundation.search import kinds as search
        from projects.models import Project
        from projects.queries import of_enterprise
        from projects.search import PROJECTS

        relations.register(Project, "enterprise")
        search.register(PROJECTS)
        register(
            Enterprise,
            Panel(
                key="projects",
                title=_("项目"),
                order=40,
                template="projects/panels/of_enterprise.html",
                context=of_enterprise,
                permission=Permission.PROJECT_VIEW,
            ),
        )
