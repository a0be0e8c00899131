"""Pages of a list: forgiving page numbers, a known or a bounded count, sorting by a white list."""

from collections.abc import Callable, Iterable, Mapping

from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZES = (20, 50, 100)
AT_MOST = 10_000  # rows that a long list is counted and paged to
COUNT_KEPT = 60  # seconds


class KnownCount(Paginator):
    """A paginator whose total was computed elsewhere; `more`: there are rows beyond it."""

    more = False

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


class LateJoined:
    """Ordered rows of which a window is found first, by keys alone; `read` then says what is read of it.

    So the hundredth page costs what an index costs, not what five thousand joined rows cost.
    """

    def __init__(self, rows: QuerySet, read: Callable[[QuerySet], QuerySet]) -> None:
        self.rows, self.read = rows, read

    def __getitem__(self, window: slice) -> QuerySet:
        keys = self.rows.values("pk")[window]
        shown = self.rows.model._default_manager.filter(pk__in=keys)
        return self.read(shown.order_by(*self.rows.query.order_by))

    def __len__(self) -> int:
        """How many there are, counted no further than one beyond `AT_MOST`."""
        return self.rows.order_by().values("pk")[: AT_MOST + 1].count()


def paginate_long(
    request: HttpRequest, rows: LateJoined, *, key: str, per_page: int = 50, count: int | None = None
) -> Page:
    """A page of what may be a million rows.

    A list of one page is counted by showing it; a longer one up to `AT_MOST`, and no sooner again than after
    `COUNT_KEPT` under the same key, unless its count is known anyway.
    """
    asked = request.GET.get("page") or "1"
    opening = list(rows[: per_page + 1]) if asked == "1" else None
    if opening is not None and len(opening) <= per_page:
        count = len(opening)
    if count is None:
        counted = cache.get_or_set(f"rows:{key}", lambda: len(rows), COUNT_KEPT)
        pages = KnownCount(rows, per_page, min(counted, AT_MOST))  # type: ignore[type-var, arg-type]
        pages.more = counted > AT_MOST  # type: ignore[operator]
    else:
        pages = KnownCount(rows, per_page, count)
    page = pages.get_page(asked)
    if opening is not None:
        page.object_list = opening[:per_page]
    return page


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
