"""The two tasks of [rumelhart1986]: a symmetry detector, and two family trees."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Measurement
from plausible.errors import is_whole, require
from plausible.tasks.task import Recipe, Split, Task

COUPLES = ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9))  # husband and wife
CHILDREN = {0: (4, 7), 2: (6, 9), 6: (10, 11)}  # of the couple of this husband
FAMILIES = (
    ("Christopher", "Penelope", "Andrew", "Christine", "Arthur", "Margaret", "James", "Victoria", "Charles",
     "Jennifer", "Colin", "Charlotte"),
    ("Roberto", "Maria", "Pierro", "Francesca", "Emilio", "Gina", "Marco", "Lucia", "Tomaso",
     "Angela", "Alfonso", "Sophia"),
)  # fmt: skip
MEN = frozenset((0, 2, 4, 6, 8, 10))
RELATIONS = (
    "father", "mother", "husband", "wife", "son", "daughter", "uncle", "aunt", "brother", "sister", "nephew", "niece",
)  # fmt: skip


def symmetry(rng: Generator, *, bits: int = 6) -> Task:
    """The symmetry detector [rumelhart1986]: x (2 ** bits, bits) and y (..., 1), whether x reads the same backwards.

    All patterns are shown, so that the three splits are the same, and nothing is drawn from `rng`. Two hidden units can
    do it, with weights that are opposite on either side of the middle, and in a ratio of 1 : 2 : 4.

    Args:
        bits: of a pattern.

    Raises:
        BadInput: for bits that are not an even number from 2 to 12.
    """
    require(is_whole(bits) and bits in range(2, 13, 2), "bits", bits, "an even number from 2 to 12")
    x = np.array([*product((0, 1), repeat=bits)], np.float32)
    y = (x == x[:, ::-1]).all(axis=1, keepdims=True).astype(np.float32)
    split = Split(x, y)
    recipe = Recipe((2,), "logistic-squared", 1425, len(x), "sgd[rate=0.1,momentum=0.9]", "logistic")
    all_of_them = "all patterns are learned"
    return Task("symmetry", split, split, split, "classes", recipe, partial(share_right, y), all_of_them)


def family_trees(rng: Generator, *, held_out: int = 4) -> Task:
    """Two isomorphic family trees [rumelhart1986]: x (100 | 100 | 4, 36), person and relation, y (..., 24), who it is.

    104 facts such as (Colin, aunt) → Jennifer and Margaret, one-hot persons beside one-hot relations; some held out are
    drawn from `rng`; the validation split is the train split. Reported: the share of facts all of whose answers are on
    the right side of one half.

    Args:
        held_out: facts of the test split.

    Raises:
        BadInput: for a number of facts that is not from 1 to 100.
    """
    good = is_whole(held_out) and 1 <= held_out <= 100
    require(good, "held_out", held_out, "a whole number from 1 to 100")
    known = facts()
    x = np.zeros((len(known), 36), np.float32)
    y = np.zeros((len(known), 24), np.float32)
    for row, ((person, relation), others) in enumerate(known.items()):
        x[row, person] = x[row, 24 + RELATIONS.index(relation)] = 1
        y[row, [*others]] = 1
    order = rng.permutation(len(known))
    train, test = (Split(x[part], y[part]) for part in (order[held_out:], order[:held_out]))
    recipe = Recipe((12, 12, 6), "logistic-squared", 1500, 200, "sgd[rate=0.01,momentum=0.9]", "logistic")
    few = "the validation split is the train split, as of 104 facts none is left for it"
    return Task("family-trees", train, train, test, "values", recipe, partial(share_right, test.y), few)


def facts() -> dict[tuple[int, str], set[int]]:
    """By (person, relation), those of the 24 persons who are that to that person."""
    answers: dict[tuple[int, str], set[int]] = {}
    for family in range(len(FAMILIES)):
        for person in range(12):
            for relation, others in relatives(person).items():
                if others:
                    answers[12 * family + person, relation] = {12 * family + other for other in others}
    return answers


def relatives(person: int) -> dict[str, set[int]]:
    """By relation, the relatives of one of the twelve persons of a family."""
    spouse = {a: b for pair in COUPLES for a, b in (pair, pair[::-1])}
    parents = {child: (man, spouse[man]) for man, children in CHILDREN.items() for child in children}

    def children(of: int) -> set[int]:
        return set(CHILDREN.get(of if of in MEN else spouse.get(of, -1), ()))

    def siblings(of: int) -> set[int]:
        return set().union(*(children(parent) for parent in parents.get(of, ()))) - {of}

    wed = {spouse[person]} if person in spouse else set()
    elders = set().union(*(siblings(parent) for parent in parents.get(person, ())))
    elders |= {spouse[elder] for elder in elders if elder in spouse}
    beside = siblings(person) | set().union(*(siblings(other) for other in wed))
    younger = set().union(*(children(other) for other in beside))
    pairs = {
        ("father", "mother"): set(parents.get(person, ())),
        ("husband", "wife"): wed,
        ("son", "daughter"): children(person),
        ("uncle", "aunt"): elders,
        ("brother", "sister"): siblings(person),
        ("nephew", "niece"): younger,
    }
    return {
        name: {other for other in others if (other in MEN) == (place == 0)}
        for names, others in pairs.items()
        for place, name in enumerate(names)
    }


def share_right(y: Array, layers: list[Array]) -> Iterator[Measurement]:
    """The share of examples all of whose answers are on the right side of one half."""
    yield Measurement("right", "", float(((layers[-1] > 0.5) == (y > 0.5)).all(axis=1).mean()))
