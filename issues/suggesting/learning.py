"""Learning a model from handled cases, and measuring it on later ones that it has not seen."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from issues.suggesting.features import Facts
from issues.suggesting.model import Model, history_of

LEAST_ROWS = 100  # below this, nothing is learned
LEAST_OF_CLASS = 5  # rarer classes are not learned; held-back cases of theirs count as missed
HELD_BACK = 0.2  # the newest part, on which the rest is tried
FEATURES_MAX = 8000
SURE = 0.4  # a first guess below this is not shown as one

Sample = tuple[Facts, str]


@dataclass
class Accuracy:
    """How guesses did on cases that were held back."""

    held_back: int = 0
    first: int = 0  # the first guess was right
    third: int = 0  # one of the first three was
    majority: int = 0  # always guessing the most frequent class would have been
    rule: int = 0  # the fixed rule would have been
    sure: int = 0  # cases with a first guess worth showing
    sure_right: int = 0
    by_class: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # cases, found, guessed at all
    confused: list[tuple[str, str, list[int]]] = field(default_factory=list)  # class, guess, places of the cases

    @property
    def is_useful(self) -> bool:
        """Whether the guesses beat both the most frequent class and the rule."""
        return self.first > max(self.majority, self.rule)


class TooLittle(Exception):
    """There is not enough history to learn from."""


def split(samples: Sequence[Sample]) -> tuple[Sequence[Sample], Sequence[Sample]]:
    """The older part to learn from, and the newest to be tried on; samples come oldest first."""
    cut = round(len(samples) * (1 - HELD_BACK))
    return samples[:cut], samples[cut:]


def learn(samples: Sequence[Sample]) -> Model:
    """The model of these samples; TooLittle where they are few, or all of one class."""
    sizes = Counter(key for _facts, key in samples)
    kept = [sample for sample in samples if sizes[sample[1]] >= LEAST_OF_CLASS]
    if len(samples) < LEAST_ROWS or len({key for _facts, key in kept}) < 2:
        raise TooLittle
    from sklearn.feature_extraction.text import TfidfVectorizer  # a second and 100 MB: only where something is learned
    from sklearn.linear_model import SGDClassifier

    vectorizer = TfidfVectorizer(analyzer=list, min_df=2, sublinear_tf=True, max_features=FEATURES_MAX)
    matrix = vectorizer.fit_transform(facts.features() for facts, _key in kept)
    # Averaged logistic regression: on held-back cases what it calls 80 % is right in about 80 %.
    classifier = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=30, average=True, random_state=0)
    classifier.fit(matrix, [key for _facts, key in kept])
    weights, bias = classifier.coef_, classifier.intercept_
    if len(classifier.classes_) == 2:
        weights, bias = [-weights[0], weights[0]], [-bias[0], bias[0]]
    return Model(
        classes=[str(key) for key in classifier.classes_],
        features={str(name): int(place) for name, place in vectorizer.vocabulary_.items()},
        rarity=[float(value) for value in vectorizer.idf_],
        weights=array("f", (float(row[place]) for place in range(matrix.shape[1]) for row in weights)),
        bias=[float(value) for value in bias],
        history=history_of(samples),
    )


def measure(
    model: Model, learned: Sequence[Sample], held_back: Sequence[Sample], rule: Callable[[Facts], str]
) -> Accuracy:
    """How the model, the most frequent class and the rule do on what was held back."""
    most = Counter(key for _facts, key in learned).most_common(1)[0][0]
    result = Accuracy(held_back=len(held_back))
    cases: Counter[str] = Counter()
    found: Counter[str] = Counter()
    guessed: Counter[str] = Counter()
    wrong: dict[tuple[str, str], list[int]] = {}
    for place, (facts, key) in enumerate(held_back):
        guesses = model.guess(facts)
        keys = [guess.key for guess in guesses]
        first = keys[0] if keys else ""
        cases[key] += 1
        guessed[first] += bool(first)
        result.majority += key == most
        result.rule += rule(facts) == key
        result.third += key in keys
        if guesses and guesses[0].probability >= SURE:
            result.sure += 1
            result.sure_right += first == key
        if first == key:
            result.first += 1
            found[key] += 1
        elif first:
            wrong.setdefault((key, first), []).append(place)
    result.by_class = {key: (count, found[key], guessed[key]) for key, count in cases.most_common()}
    ordered = sorted(wrong.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    result.confused = [(key, first, places) for (key, first), places in ordered]
    return result
