"""What was learned, as plain numbers: it is kept as JSON, answers without any library, and nothing is unpickled."""

from __future__ import annotations

import json
import math
import sys
import zlib
from array import array
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from issues.suggesting.features import Facts, is_word

FORMAT = 1
UNPACKED_MAX = 64 * 1024 * 1024  # bytes
TELLING = 3  # words named as the reason
WEIGHTY = 0.2  # of the strongest word: what lifts less is no reason


class Damaged(Exception):
    """The stored bytes are no model."""


@dataclass(frozen=True)
class Guess:
    """One class, how likely it is (0–1), and the words that spoke for it most."""

    key: str
    probability: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A linear model over words weighed by rarity: for every class how much each word speaks for it."""

    classes: Sequence[str]
    features: Mapping[str, int]  # feature → its row in `weights`
    rarity: Sequence[float]
    weights: array[float]  # rows of len(classes)
    bias: Sequence[float]
    history: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # category and place → class → cases

    def guess(self, facts: Facts, among: frozenset[str] | None = None, limit: int = 3) -> list[Guess]:
        """The likeliest classes, best first; `among` leaves out all others, without making these likelier."""
        weighed = self._weighed(facts.features())
        if not any(is_word(feature) for feature in weighed):
            return []
        likely = self._probabilities(weighed)
        best = sorted(range(len(self.classes)), key=lambda k: -likely[k])
        kept = [k for k in best if among is None or self.classes[k] in among][:limit]
        return [Guess(self.classes[k], likely[k], self._telling(weighed, k)) for k in kept]

    def alike(self, facts: Facts, key: str) -> int:
        """How many earlier cases of the same category and place this class had."""
        return self.history.get(f"{facts.category}@{facts.place}", {}).get(key, 0)

    def _weighed(self, given: Sequence[str]) -> dict[str, float]:
        """Known features by how much they say of this case: often here, rare elsewhere; of length one together."""
        counted = Counter(feature for feature in given if feature in self.features)
        raw = {f: (1 + math.log(count)) * self.rarity[self.features[f]] for f, count in counted.items()}
        length = math.sqrt(sum(value * value for value in raw.values()))
        return {feature: value / length for feature, value in raw.items()} if length else {}

    def _probabilities(self, weighed: Mapping[str, float]) -> list[float]:
        width = len(self.classes)
        scores = list(self.bias)
        for feature, value in weighed.items():
            start = self.features[feature] * width
            for k, weight in enumerate(self.weights[start : start + width]):
                scores[k] += value * weight
        single = [_logistic(score) for score in scores]
        total = sum(single)
        return [one / total for one in single] if total else [1 / width] * width

    def _telling(self, weighed: Mapping[str, float], k: int) -> tuple[str, ...]:
        """The words that lift this class above the others."""
        width = len(self.classes)
        lift = {}
        for feature, value in weighed.items():
            if is_word(feature):
                start = self.features[feature] * width
                row = self.weights[start : start + width]
                lift[feature] = value * (row[k] - sum(row) / width)
        least = max(0.0, WEIGHTY * max(lift.values(), default=0.0))
        strongest = sorted((f for f in lift if lift[f] > least), key=lambda f: (-lift[f], f))
        return tuple(strongest[:TELLING])

    def pack(self) -> bytes:
        """As bytes to be stored."""
        body = {
            "format": FORMAT,
            "classes": list(self.classes),
            "features": sorted(self.features, key=self.features.__getitem__),
            "rarity": list(self.rarity),
            "weights": b64encode(_little_endian(self.weights).tobytes()).decode(),
            "bias": list(self.bias),
            "history": {key: dict(counts) for key, counts in self.history.items()},
        }
        return zlib.compress(json.dumps(body, ensure_ascii=False).encode())


def unpack(stored: bytes) -> Model:
    """The model of these bytes; Damaged where they are none."""
    try:
        return _read(stored)
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
        raise Damaged(str(error)) from error


def _read(stored: bytes) -> Model:
    body = json.loads(_inflated(stored))
    weights = array("f")
    weights.frombytes(b64decode(body["weights"], validate=True))
    weights = _little_endian(weights)
    names, classes = body["features"], body["classes"]
    fits = len(weights) == len(names) * len(classes) and len(body["bias"]) == len(classes)
    if body["format"] != FORMAT or not fits or len(body["rarity"]) != len(names):
        raise Damaged("its parts do not fit each other")
    if not all(map(math.isfinite, (*weights, *body["rarity"], *body["bias"]))):
        raise Damaged("it holds what is no number")
    places = {name: place for place, name in enumerate(names)}
    return Model(classes, places, body["rarity"], weights, body["bias"], body["history"])


def _inflated(stored: bytes) -> bytes:
    engine = zlib.decompressobj()
    found = engine.decompress(stored, UNPACKED_MAX)
    if engine.unconsumed_tail or not engine.eof:
        raise Damaged("it is cut short, or larger than any model")
    return found


def _little_endian(numbers: array[float]) -> array[float]:
    """The same numbers in the byte order of the file, and back."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers


def _logistic(score: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, score))))


def history_of(samples: Sequence[tuple[Facts, str]]) -> dict[str, dict[str, int]]:
    """Category and place → class → how many cases."""
    counted: dict[str, dict[str, Any]] = {}
    for facts, key in samples:
        if facts.category and facts.place:
            by_class = counted.setdefault(f"{facts.category}@{facts.place}", {})
            by_class[key] = by_class.get(key, 0) + 1
    return counted
