"""Learning from handled cases, without a database: what is told apart, how it is kept, and what it withstands."""

from __future__ import annotations

import csv
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issues.suggesting import learning
from issues.suggesting.features import Facts, words
from issues.suggesting.model import Damaged, Model, unpack
from tests.effort import examples
from tests.issues.history import sample, samples
from tests.shared_data import shared_file

HOSTILE = [
    "",
    " ",
    "😀" * 40,
    "电" * 5000,
    "变压器\x00扩容",
    "\ud800停电",
    "<script>alert(1)</script>",
    "12345 67",
    "𠮷野家",
]


@pytest.fixture(scope="module")
def model() -> Model:
    return learning.learn(samples(120))


def test_a_text_is_told_by_its_words(model):
    best, *_others = model.guess(Facts("车间变压器要扩容", "供电容量不够,经常停电。"))
    assert best.key == "supply" and best.probability > 0.6
    assert {"变压器", "扩容"} & set(best.words)


def test_only_what_is_asked_for_is_guessed_and_becomes_no_likelier(model):
    told = sample("finance", 0)
    everything = {guess.key: guess.probability for guess in model.guess(told)}
    among = model.guess(told, frozenset({"supply", "logistics"}))
    assert {guess.key for guess in among} == {"supply", "logistics"}
    assert all(guess.probability == everything[guess.key] for guess in among)


def test_a_text_of_unknown_words_gets_no_guess(model):
    assert model.guess(Facts("珊瑚礁潮汐", "浮游生物")) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_was_typed_it_answers_or_says_nothing(model, text):
    guesses = model.guess(Facts(text, text))
    assert all(0 <= guess.probability <= 1 for guess in guesses)


@settings(max_examples=examples(40), deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_words_of_any_text_are_words(text):
    assert all(len(word) > 1 and word.isalpha() for word in words(text))


def test_it_answers_as_the_library_does(model):
    """Plain Python gives the probabilities that scikit-learn's own pipeline gives."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier

    vectorizer = TfidfVectorizer(analyzer=list, min_df=2, sublinear_tf=True)
    told = [facts.features() for facts, _key in samples(120)]
    matrix = vectorizer.fit_transform(told)
    classifier = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=30, average=True, random_state=0)
    classifier.fit(matrix, [key for _facts, key in samples(120)])
    asked = Facts("货车限行", "银行贷款与停电都有")
    expected = dict(
        zip(classifier.classes_, classifier.predict_proba(vectorizer.transform([asked.features()]))[0], strict=True)
    )
    assert {g.key: pytest.approx(g.probability, abs=1e-4) for g in model.guess(asked)} == expected


def test_two_classes_are_told_apart_too():
    two = learning.learn([pair for pair in samples(180) if pair[1] != "finance"])
    assert two.guess(sample("supply", 1))[0].key == "supply"
    assert two.guess(sample("logistics", 1))[0].key == "logistics"


@pytest.mark.parametrize(
    "given", [samples(learning.LEAST_ROWS - 1), [(sample("supply", n), "supply") for n in range(150)], []]
)
def test_too_little_history_teaches_nothing(given):
    with pytest.raises(learning.TooLittle):
        learning.learn(given)


def test_accuracy_is_measured_on_the_newest_cases_and_beside_the_majority():
    older, newest = learning.split(samples(150))
    assert (len(older), len(newest)) == (120, 30)
    newest = [(newest[0][0], "nobody learned this"), *newest[1:]]
    found = learning.measure(learning.learn(older), older, newest, lambda facts: "finance")
    assert (found.held_back, found.first, found.third) == (30, 29, 29)
    assert found.majority in (9, 10)
    assert found.rule == sum(key == "finance" for _facts, key in newest)
    assert [(key, len(places)) for key, _guess, places in found.confused] == [("nobody learned this", 1)]
    assert found.is_useful


def test_what_is_kept_reads_back_the_same(model):
    again = unpack(model.pack())
    told = sample("logistics", 2)
    assert again.guess(told) == model.guess(told)


def _changed(packed: bytes, **parts: object) -> bytes:
    return zlib.compress(json.dumps(json.loads(zlib.decompress(packed)) | parts).encode())


def test_bytes_that_are_no_model_are_refused(model):
    packed = model.pack()
    damaged = [b"", b"\x80\x04.", packed[:-9], packed[:40] + b"!" + packed[41:], zlib.compress(b"[]")]
    damaged += [_changed(packed, classes=["a"]), _changed(packed, weights="%%"), _changed(packed, format=9)]
    damaged += [_changed(packed, bias=[float("nan")] * 3), _changed(packed, bias=["1", "2", "3"])]
    for bad in damaged:
        with pytest.raises(Damaged):
            unpack(bad)


def test_real_messages_are_told_three_times_better_than_by_the_majority():
    """495 labelled messages, five fixed folds: the most frequent label has 21 %."""
    path = shared_file("messages/labelled_495.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [(Facts(row["title"], row["text"]), row["label"]) for row in csv.DictReader(file)]
    labels = [label for _facts, label in rows]
    majority = max(labels.count(label) for label in set(labels)) / len(rows)
    right = 0
    for fold in range(5):
        held = [pair for place, pair in enumerate(rows) if place % 5 == fold]
        rest = [pair for place, pair in enumerate(rows) if place % 5 != fold]
        right += learning.measure(learning.learn(rest), rest, held, lambda facts: "").first
    assert right / len(rows) >= 3 * majority, f"{right / len(rows):.3f} against {majority:.3f}"
