"""Tags in lists: the words of a row in the query of the row."""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, CharField, OuterRef, Subquery

from issues.models import IssueTag

LINE = "\n"  # what no name of a tag holds


class Lines(Aggregate):
    """Texts one below the other."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, CHR(10))"
    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "%(function)s(%(expressions)s, CHAR(10))"
        return super().as_sql(compiler, connection, function="GROUP_CONCAT", template=template, **context)


def names_of_row() -> Subquery:
    """The names of a case's tags as an expression; `names` reads them."""
    links = IssueTag.objects.filter(issue=OuterRef("pk")).order_by().values("issue")
    return Subquery(links.annotate(lines=Lines("tag__name")).values("lines"))


def names(lines: str | None) -> list[str]:
    """The names in order."""
    return sorted(lines.split(LINE)) if lines else []
