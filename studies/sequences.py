"""How well do sequences come to be told apart, with exact errors through time, random ones, or the read-out alone?

Real ones: handwritten digits row by row, small and large, and vowels of nine speakers; and strings of the embedded Reber
grammar, of which the symbol that needs a long memory is reported by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from plausible.study.compare import SEQUENCE_RULES, Comparison
from plausible.study.study import Cell, Study

SMALL = {"digit-rows": 30, "japanese-vowels": 60, "embedded-reber": 60}  # and the epochs


def at(tasks: dict[str, int], rules: Sequence[str], seeds: int) -> list[Cell]:
    """Each task's own recipe, for so many epochs."""
    found: list[Cell] = []
    for task, epochs in tasks.items():
        found += Comparison(task, tuple(rules), seeds, epochs).runs()
    return found


def smoke() -> list[Cell]:
    """Seconds."""
    return at({"copy[sequences=20]": 1}, SEQUENCE_RULES, 2)


def fast() -> list[Cell]:
    """Minutes: the small tasks with three seeds, and the rows of MNIST for ten epochs, once."""
    return [*at(SMALL, SEQUENCE_RULES, 3), *at({"mnist-rows": 10}, ("bptt",), 1)]


def paper() -> list[Cell]:
    """Five seeds of everything, MNIST for 20 epochs; an hour."""
    return at({**SMALL, "mnist-rows": 20}, SEQUENCE_RULES, 5)


study = Study(
    "sequences",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    metrics=("accuracy", "legal", "accepted", "remembered", "gradient angle"),
)
