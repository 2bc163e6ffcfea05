"""Strings of Reber's grammar, plain and embedded: every answer predicts the next symbol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Measurement
from plausible.tasks.elman import positive
from plausible.tasks.task import Recipe, Split, Task

SYMBOLS = "BTSPVXE"
GRAPH = {  # node: {symbol: next node}; two choices are equally likely
    0: {"B": 1},
    1: {"T": 2, "P": 3},
    2: {"S": 2, "X": 4},
    3: {"T": 3, "V": 5},
    4: {"X": 3, "S": 6},
    5: {"P": 4, "V": 6},
    6: {"E": 7},
}
END = 7
Draw: TypeAlias = Callable[[Generator], tuple[str, list[str]]]
ACTIVE = 0.3  # activity above which a symbol counts as predicted


def reber(rng: Generator, *, strings: int = 500) -> Task:
    """Strings of Reber's grammar [cleeremans1989]: x and y (time, strings, 7), one-hot symbols and those that follow.

    A string runs from B to E; where it has ended, answers do not count. Reported of the test split: "legal", the share
    of answers whose largest unit is a symbol that may follow, and "accepted", the share of strings all of whose
    symbols were predicted with an activity above 0.3.

    Args:
        strings: of each split.

    Raises:
        BadInput: if there is no string.
    """
    return make(rng, "reber", plain, strings, (15,), 60)


def embedded_reber(rng: Generator, *, strings: int = 1000) -> Task:
    """Strings of the embedded Reber grammar [hochreiter1997]: as `reber`, with one T or P to be remembered to the end.

    B, then T or P, then a string of Reber's grammar, then the same T or P, then E. Also reported of the test split:
    "remembered", the share of strings whose second last symbol was predicted, which needs a memory of all that is in
    between, 6 symbols or more; chance is a half.

    Args:
        strings: of each split.

    Raises:
        BadInput: if there is no string.
    """
    return make(rng, "embedded-reber", embedded, strings, (32,), 100)


def plain(rng: Generator) -> tuple[str, list[str]]:
    """A string, and the symbols that might have come after each of its own but the last."""
    node, string, legal = 0, "", []
    while node != END:
        choices = sorted(GRAPH[node])
        symbol = choices[rng.integers(len(choices))]
        if string:
            legal.append("".join(choices))
        string, node = string + symbol, GRAPH[node][symbol]
    return string, legal


def embedded(rng: Generator) -> tuple[str, list[str]]:
    """`plain` for the embedded grammar."""
    inner, legal = plain(rng)
    kept = "PT"[rng.integers(2)]
    return f"B{kept}{inner}{kept}E", ["PT", "B", *legal, kept, "E"]


def make(rng: Generator, name: str, draw: Draw, strings: int, hidden: tuple[int, ...], epochs: int) -> Task:
    """A task of `strings` drawn strings a split."""
    positive("strings", strings)
    drawn = [[draw(rng) for _ in range(strings)] for _ in range(3)]
    train, validation, test = (padded([string for string, _ in part]) for part in drawn)
    recipe = Recipe(hidden, "softmax", epochs, 20, "adam[rate=0.005]")
    report = partial(by_grammar, test, drawn[2])
    drawn_again = "strings are drawn from a grammar, and short ones come again"
    return Task(name, train, validation, test, "classes", recipe, report, drawn_again)


def padded(strings: list[str]) -> Split:
    """Strings side by side; where one has ended, its symbols and its mask are zeros."""
    steps = max(map(len, strings)) - 1
    x, y = np.zeros((2, steps, len(strings), len(SYMBOLS)), np.float32)
    mask = np.zeros((steps, len(strings)), np.float32)
    for which, string in enumerate(strings):
        places = [SYMBOLS.index(symbol) for symbol in string]
        t = np.arange(len(places) - 1)
        x[t, which, places[:-1]] = y[t, which, places[1:]] = mask[t, which] = 1
    return Split(x, y, mask)


def by_grammar(test: Split, drawn: list[tuple[str, list[str]]], layers: list[Array]) -> Iterator[Measurement]:
    """The shares "legal" and "accepted" of the predictions, and "remembered" for the embedded grammar."""
    answer = layers[-1]
    legal, accepted, remembered = [], [], []
    for which, (string, may) in enumerate(drawn):
        mine = answer[: len(may), which]
        legal += [SYMBOLS[best] in symbols for best, symbols in zip(mine.argmax(axis=1), may, strict=True)]
        followed = [mine[t, SYMBOLS.index(symbol)] for t, symbol in enumerate(string[1:])]
        accepted.append(min(followed) > ACTIVE)
        t, p = mine[-2, [SYMBOLS.index("T"), SYMBOLS.index("P")]]
        remembered.append((t > p) == (string[-2] == "T"))
    yield Measurement("legal", "", float(np.mean(legal)))
    yield Measurement("accepted", "", float(np.mean(accepted)))
    if all(string[1] == string[-2] for string, _ in drawn):  # the embedded grammar
        yield Measurement("remembered", "", float(np.mean(remembered)))
