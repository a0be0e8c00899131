"""Pages of a list: forgiving page numbers, a known count, sorting by a white list."""

from collections.abc import Iterable, Mapping

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZES = (20, 50, 100)


class KnownCount(Paginator):
    """A paginator whose total was computed elsewhere."""

    def __init__(self, object_list, per_page: int, count: int | None = None) -> None:
        super().__init__(object_list, per_page)
        if count is not None:
            self.__dict__["count"] = count


def paginate(
    request: HttpRequest,
    rows: QuerySet | Iterable,
    *,
    per_page: int = 50,
    count: int | None = None,
    parameter: str = "page",
) -> Page:
    """The page the address asks for; nonsense shows the first, too far shows the last."""
    source = rows if hasattr(rows, "__getitem__") else list(rows)
    pages = KnownCount(source, per_page, count)
    return pages.get_page(request.GET.get(parameter))


def ordering(
    request: HttpRequest, allowed: Mapping[str, str], default: str, parameter: str = "sort"
) -> tuple[str, ...]:
    """The order_by() fields for ?sort=-key; a key not in `allowed` falls back, and the key breaks ties."""
    asked = request.GET.get(parameter, "")
    key = asked.lstrip("-")
    field = allowed.get(key)
    if field is None:
        return (default, "-pk") if default.lstrip("-") not in ("pk", "id") else (default,)
    return (f"-{field}" if asked.startswith("-") else field, "-pk")
