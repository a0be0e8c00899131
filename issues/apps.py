from django.apps import AppConfig


class IssuesConfig(AppConfig):
    name = "issues"
    verbose_name = "诉求"

    def ready(self) -> None:
        """Plug into the clocks, the files, the scope, the search and the visits of the floors below."""
        from enterprises import relations
        from enterprises.models import Enterprise
        from foundation.accounts.querysets import grant_sight
        from foundation.attachments.owners import register_owner
        from foundation.search import kinds as search
        from issues import clocks, panels, queries, sight, visits
        from issues.models import Issue, PolicyGapStep
        from issues.search import ISSUES
        from liaison import problems

        clocks.register()
        relations.register(Issue, "enterprise")
        panels.register()
        register_owner(Issue)
        register_owner(PolicyGapStep)
        search.register(ISSUES)
        grant_sight(Enterprise, sight.of_enterprises)
        problems.register_sink(
            choices=queries.category_choices,
            take=visits.take,
            listed=queries.listed_of_visit,
            open_counts=queries.open_counts,
        )
