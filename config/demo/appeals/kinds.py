"""What one category of appeals consists of."""

from functools import cached_property


class Topic:
    """A category: who handles it, its limit in working days, and the texts of its life."""

    def __init__(self, *, name, departments, days, appeals, steps, outcomes, policies, gaps, refusals, materials):
        self.name: str = name
        self.departments: tuple[str, ...] = tuple(departments.split())  # repeated codes are weights
        self.days: int = days
        self._appeals: str = appeals
        self.steps: tuple[str, ...] = steps
        self.outcomes: tuple[str, ...] = outcomes
        self.policies: tuple[str, ...] = policies
        self.gaps: tuple[tuple[str, str], ...] = gaps  # level, what is missing
        self.refusals: tuple[str, ...] = refusals
        self.materials: tuple[str, ...] = materials

    @cached_property
    def appeals(self) -> tuple[tuple[str, str], ...]:
        """The (title, body) templates."""
        pairs = (line.split("|", 1) for line in self._appeals.strip().splitlines())
        return tuple((title, body) for title, body in pairs)
