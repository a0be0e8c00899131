"""The pools from which every text draws, besides the company's own words."""

from config.demo import district

_ROADS = tuple(sorted({road for roads in district.ROADS.values() for road in roads}))
_LABELS = tuple(unit.short or unit.name for unit in (*district.DEPARTMENTS[4:], *district.TOWNS))

POOLS: dict[str, tuple[str, ...]] = {
    "road": _ROADS,
    "bank": district.BANKS,
    "village": district.VILLAGES,
    "park": tuple(unit.name for unit in district.PARKS),
    "town": tuple(unit.name for unit in district.TOWNS),
    "other": _LABELS,
    "wait": ("3", "5", "5", "7", "10"),
}
