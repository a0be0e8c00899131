"""What is looked at in a case: the words of its text, and where and what the enterprise is."""

from __future__ import annotations

from dataclasses import dataclass

TEXT_READ = 6000  # characters; the longest case has 5,080
MARK = "\x1f"  # begins every feature that is not a word: no word holds it


@dataclass(frozen=True)
class Facts:
    """One case as far as its department or category can be told from it."""

    title: str
    text: str
    category: str = ""  # code; left out where the category itself is asked for
    park: str = ""  # id
    town: str = ""  # id
    industry: str = ""  # code

    def features(self) -> list[str]:
        """The words, those of the title twice, and the facts."""
        spoken = words(self.title)
        return [*spoken, *spoken, *words(self.text), *self._marks()]

    def _marks(self) -> list[str]:
        given = (("c", self.category), ("p", self.park), ("t", self.town), ("i", self.industry[:2]))
        return [f"{MARK}{kind}{value}" for kind, value in given if value]

    @property
    def place(self) -> str:
        """The park, or else the town: which neighbours a case is counted with."""
        return f"p{self.park}" if self.park else f"t{self.town}" if self.town else ""


def words(text: str) -> list[str]:
    """The words of two and more characters, numbers left out; whatever was typed, it does not fail."""
    import rjieba  # its dictionary is read at the first use

    readable = text[:TEXT_READ].encode("utf-8", "ignore").decode()
    return [word for word in map(str.lower, rjieba.cut(readable)) if len(word) > 1 and word.isalpha()]


def is_word(feature: str) -> bool:
    return not feature.startswith(MARK)
