"""The words of one company for the templates: its machines, trades, inputs, products."""

from __future__ import annotations

from random import Random

from config.demo import district
from config.demo.companies import Company
from config.demo.industries import SECTORS

_PARKS = {unit.code: unit.name for unit in district.PARKS}
_TOWNS = {unit.code: unit.name for unit in district.TOWNS}


def company_words(company: Company, rng: Random) -> dict[str, str]:
    """Values for the slots that depend on the company."""
    sector = SECTORS[company.industry.sector]
    return {
        "short": company.short,
        "machine": rng.choice(sector.machines),
        "trade": rng.choice(sector.trades),
        "input": rng.choice(sector.inputs),
        "product": rng.choice(company.industry.products),
        "park": _PARKS.get(company.park) or rng.choice(district.PARKS).name,
        "town": _TOWNS[company.town],
        "road": rng.choice(district.ROADS[company.town]),
        "staff": str(company.staff),
        "who": f"{company.contacts[0].name[0]}{company.contacts[0].position}",
    }


def month_words(year: int, month: int) -> dict[str, str]:
    """Values for the slots that depend on when it is said: this month, the last two, last year."""
    return {
        "m": str(month),
        "m1": str((month - 2) % 12 + 1),
        "m2": str((month - 3) % 12 + 1),
        "y1": str(year - 1),
        "next_quarter": ("一季度", "二季度", "三季度", "四季度", "明年一季度")[(month - 1) // 3 + 1],
    }
