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
        from foundation.clocks import kinds as clock_kinds
        from foundation.exports import kinds as exports
        from foundation.search import kinds as search
        from issues import notices, panels, queries, sight, visits
        from issues.desk.export import LEDGER
        from issues.limits import clocks
        from issues.limits.call_clock import CALL_CLOCK
        from issues.models import Issue, IssueCluster, PolicyGapStep
        from issues.search import ISSUES
        from liaison import problems

        clocks.register()
        notices.register()
        clock_kinds.register(CALL_CLOCK)
        relations.register(Issue, "enterprise")
        relations.register(IssueCluster, "enterprise")
        panels.register()
        register_owner(Issue, page=sight.page_of)
        register_owner(PolicyGapStep)
        search.register(ISSUES)
        exports.register(LEDGER)
        grant_sight(Enterprise, sight.of_enterprises)
        problems.register_sink(
            choices=queries.category_choices,
            take=visits.take,
            listed=queries.listed_of_visit,
            open_counts=queries.open_counts,
        )
