"""Elman's sequences [elman1990]: exclusive or in time, letters that announce each other, and simple sentences.

Each task is one long series in which every answer predicts the next element; nothing marks where a word or sentence
begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.core import Array, Measurement
from plausible.errors import is_whole, require
from plausible.tasks.overlap import DRAWN_AGAIN
from plausible.tasks.task import Recipe, Split, Task

PERIOD = 12  # steps over which errors are averaged by position, four triples

LETTERS = {  # consonant, vowel, interrupted, high, back, voiced
    "b": (1, 0, 1, 0, 0, 1),
    "d": (1, 0, 1, 1, 0, 1),
    "g": (1, 0, 1, 0, 1, 1),
    "a": (0, 1, 0, 0, 1, 1),
    "i": (0, 1, 0, 1, 0, 1),
    "u": (0, 1, 0, 1, 1, 1),
}
SYLLABLES = {"b": "ba", "d": "dii", "g": "guuu"}
SHOWN = 60  # letters of the test split whose errors are reported one by one

NOUNS = {
    "human": ("man", "woman", "boy", "girl"),
    "animal": ("cat", "mouse", "dog"),
    "aggressor": ("dragon", "monster", "lion"),
    "thing": ("book", "rock", "car"),
    "food": ("cookie", "bread", "sandwich"),
    "fragile": ("glass", "plate"),
}
VERBS = {
    "intransitive": ("think", "sleep", "exist"),
    "transitive": ("see", "chase", "like"),
    "moving": ("move", "break"),
    "perceiving": ("smell", "see"),
    "destroying": ("break", "smash"),
    "eating": ("eat",),
}
CATEGORIES = NOUNS | VERBS
TEMPLATES = (
    ("human", "eating", "food"),
    ("human", "perceiving", "thing"),
    ("human", "destroying", "fragile"),
    ("human", "intransitive"),
    ("human", "transitive", "human"),
    ("human", "moving", "thing"),
    ("human", "moving"),
    ("animal", "eating", "food"),
    ("animal", "transitive", "animal"),
    ("animal", "moving", "thing"),
    ("animal", "moving"),
    ("thing", "moving"),
    ("aggressor", "destroying", "fragile"),
    ("aggressor", "eating", "human"),
    ("aggressor", "eating", "animal"),
    ("aggressor", "eating", "food"),
)
WORDS = tuple(dict.fromkeys(word for words in CATEGORIES.values() for word in words))


def series(values: Array) -> Split:
    """A series, (time + 1, columns), as inputs and as the elements that follow, (time, 1, columns) both."""
    columns = values.astype(np.float32)[:, None, :]
    return Split(np.ascontiguousarray(columns[:-1]), np.ascontiguousarray(columns[1:]))


def positive(what: str, given: int, least: int = 1) -> None:
    """Raise `BadInput` unless `given` is a whole number of at least `least`."""
    good = is_whole(given) and given >= least
    require(good, what, given, f"a whole number of at least {least}")


def temporal_xor(rng: Generator, *, steps: int = 3000) -> Task:
    """Exclusive or in time [elman1990]: x and y (steps, 1, 1), bits and the bits that follow.

    Bits come in triples, two that are drawn and their exclusive or, so that every third can be predicted: the least
    possible normalised error is 2/3. The test split's squared error is reported by position, 0 to 11.

    Args:
        steps: of each split.

    Raises:
        BadInput: for fewer than three steps.
    """
    positive("steps", steps, 3)

    def draw() -> Split:
        pairs = rng.integers(2, size=(steps // 3 + 1, 2))
        triples = np.concatenate([pairs, pairs.sum(axis=1, keepdims=True) % 2], axis=1)
        return series(triples.reshape(-1, 1)[: steps + 1])

    recipe = Recipe(
        (2,), "logistic-squared", 100, 1, "sgd[rate=0.5,momentum=0.5]", "logistic", 1.0, "uniform", 1
    )
    train, validation, test = draw(), draw(), draw()
    report = partial(by_position, test)
    return Task("temporal-xor", train, validation, test, "values", recipe, report, DRAWN_AGAIN)


def by_position(test: Split, layers: list[Array]) -> Iterator[Measurement]:
    """The mean squared error by position in the series, modulo `PERIOD`."""
    squares = ((layers[-1] - test.y) ** 2).mean(axis=(1, 2))
    for position in range(min(PERIOD, len(squares))):
        yield Measurement("squared error", f"{position:02d}", float(squares[position::PERIOD].mean()))


def letter_prediction(rng: Generator, *, syllables: int = 1000) -> Task:
    """Letters that announce each other [elman1990]: x and y (letters, 1, 6), features and those of the next letter.

    Consonants b, d and g are drawn, and followed by the vowels of ba, dii and guuu. The vowels can be predicted, and
    that a consonant comes next, but not which one. The root mean squared error of the first letters of the test split
    is reported one by one, of all features and of "consonant" alone.

    Args:
        syllables: of each split; 3 letters long on average.

    Raises:
        BadInput: for fewer than two syllables.
    """
    positive("syllables", syllables, 2)

    def draw() -> str:
        return "".join(SYLLABLES["bdg"[which]] for which in rng.integers(3, size=syllables))

    texts = draw(), draw(), draw()
    splits = [series(np.array([LETTERS[letter] for letter in text])) for text in texts]
    recipe = Recipe((20,), "logistic-squared", 100, 1, "sgd[rate=0.1]", "logistic", 1.0, "uniform", 1)
    report = partial(by_letter, splits[2], texts[2])
    return Task("letter-prediction", splits[0], splits[1], splits[2], "values", recipe, report, DRAWN_AGAIN)


def by_letter(test: Split, text: str, layers: list[Array]) -> Iterator[Measurement]:
    """Root mean squared errors, letter by letter, and averaged over each letter wherever it is predicted."""
    squares = ((layers[-1] - test.y) ** 2)[:, 0]
    predicted = np.array(list(text[1:]))
    for letter in LETTERS:
        here = squares[predicted == letter]
        if len(here):
            yield Measurement("letter error", letter, float(np.sqrt(here.mean())))
    for place in range(min(SHOWN, len(squares))):
        where = f"{place:02d} {predicted[place]}"
        yield Measurement("error", where, float(np.sqrt(squares[place].mean())))
        yield Measurement("consonant error", where, float(np.sqrt(squares[place, 0])))


def simple_sentences(rng: Generator, *, sentences: int = 10_000) -> Task:
    """Simple sentences [elman1990]: x and y (words, 1, 29), one-hot words and those that follow.

    Sentences of two or three words, drawn from 16 templates over 12 categories of 29 words, follow each other without
    a mark. The exact likelihood of every next word is known (`likelihoods`). Reported are the root mean squared
    distance of answers to it, and the mean activity of hidden units at each word.

    The paper's vectors have 31 components, and its table lists the words only in part; these are the 29 words of its
    dendrogram.

    Args:
        sentences: of the train split; the others have a quarter as many.

    Raises:
        BadInput: for fewer than four sentences.
    """
    positive("sentences", sentences, 4)
    texts = [words(rng, n) for n in (sentences, sentences // 4, sentences // 4)]
    splits = [series(np.eye(len(WORDS))[text]) for text in texts]
    recipe = Recipe((150,), "softmax", 6, 1, "sgd[rate=0.1]", "logistic", 1.0, "uniform", 1)
    report = partial(by_word, texts[2])
    return Task("simple-sentences", splits[0], splits[1], splits[2], "classes", recipe, report, DRAWN_AGAIN)


def words(rng: Generator, sentences: int) -> NDArray[np.intp]:
    """Drawn sentences, one after the other, as places in `WORDS`."""
    places = []
    for template in rng.integers(len(TEMPLATES), size=sentences):
        for category in TEMPLATES[template]:
            places.append(WORDS.index(CATEGORIES[category][rng.integers(len(CATEGORIES[category]))]))
    return np.array(places)


def likelihoods(text: Sequence[int] | NDArray[np.intp]) -> Array:
    """P(next word | all words so far), (words, 29), after each word of a text that begins with a sentence.

    Exact, by filtering: the hidden state is (template, place in it), a word is an observation of it, and sentences are
    drawn independently.
    """
    places = [(which, place) for which, template in enumerate(TEMPLATES) for place in range(len(template))]
    emits = np.zeros((len(places), len(WORDS)))
    follows = np.zeros((len(places), len(places)))
    starts = np.array([float(place == 0) for _, place in places]) / len(TEMPLATES)
    for row, (which, place) in enumerate(places):
        category = CATEGORIES[TEMPLATES[which][place]]
        emits[row, [WORDS.index(word) for word in category]] = 1 / len(category)
        follows[row] = starts if place == len(TEMPLATES[which]) - 1 else np.eye(len(places))[row + 1]
    predicted, belief = np.empty((len(text), len(WORDS))), starts
    for t, word in enumerate(text):
        belief = belief * emits[:, word]
        belief = belief / belief.sum() @ follows
        predicted[t] = belief @ emits
    return predicted


def by_word(text: NDArray[np.intp], layers: list[Array]) -> Iterator[Measurement]:
    """The distance to the likelihoods, and the mean hidden activity at each word."""
    answer, hidden = layers[-1][:, 0], layers[0][:, 0]
    distance = answer - likelihoods(text)[: len(answer)]
    yield Measurement("error against likelihoods", "", float(np.sqrt((distance**2).mean())))
    for place, word in enumerate(WORDS):
        here = text[: len(hidden)] == place
        if here.any():
            for unit, value in enumerate(hidden[here].mean(axis=0)):
                yield Measurement("mean activity", f"{word} {unit}", float(value))
