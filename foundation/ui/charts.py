"""A chart as data: what the browser draws and what the table beside it says, from one source."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["bar", "hbar", "line", "heat", "pie"]
Tone = Literal["", "light", "red", "green", "grey"]


@dataclass(frozen=True)
class Series:
    """One row of values; `urls` lead from each mark to its rows."""

    name: str
    values: list[float | int | None]
    urls: list[str | None] = field(default_factory=list)
    kind: Literal["", "bar", "line"] = ""
    tone: Tone = ""

    def url(self, index: int) -> str | None:
        """Where the mark at this place leads, if anywhere."""
        return self.urls[index] if index < len(self.urls) else None


@dataclass(frozen=True)
class Chart:
    """A chart that says its period and its source."""

    id: str
    title: str
    categories: list[str]
    series: list[Series]
    kind: Kind = "bar"
    unit: str = ""
    period: str = ""
    source: str = ""
    stacked: bool = False

    def spec(self) -> dict[str, Any]:
        """What charts.js reads."""
        return {
            "kind": self.kind,
            "title": self.title,
            "unit": self.unit,
            "stacked": self.stacked,
            "categories": [str(name) for name in self.categories],
            "series": [
                {
                    "name": str(one.name),
                    "values": list(one.values),
                    "urls": [one.url(i) for i in range(len(one.values))],
                    "kind": one.kind,
                    "tone": one.tone,
                }
                for one in self.series
            ],
        }

    @property
    def heads(self) -> list[str]:
        """The columns of the table; a heat map keeps its own shape, all others list their categories downwards."""
        return [str(name) for name in self.categories] if self.kind == "heat" else [str(s.name) for s in self.series]

    def rows(self) -> list[tuple[str, list[tuple[float | int | None, str | None]]]]:
        """The table: a name, and its values with their links."""
        if self.kind == "heat":
            return [(str(s.name), [(value, s.url(i)) for i, value in enumerate(s.values)]) for s in self.series]
        return [
            (str(name), [(one.values[i], one.url(i)) for one in self.series]) for i, name in enumerate(self.categories)
        ]

    @property
    def empty(self) -> bool:
        """True when there is nothing to draw."""
        return not any(value for one in self.series for value in one.values)
