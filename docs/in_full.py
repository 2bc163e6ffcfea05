"""The papers of which a whole setting was run in full, and what came of each, for docs/published.md."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from plausible.study.published import VERDICTS

KEPT = [verdict for verdict in VERDICTS if verdict != "toy"]  # what is in another setting is no part of it
PAPERS = {  # by study, what was run, and what begins the names of its numbers
    "akrout2019": ("the released program's MNIST, 50 of its 400 epochs, all four rules", ""),
    "dellaferrera2022": ("the released program's MNIST, 100 epochs, all three rules", "as released"),
    "masquelier2008": (
        "450 s of an afferent pattern in noise, as a replication in Brian2 has it",
        "in 450 s",
    ),
    "scellier2017": ("the network of one hidden layer, 25 epochs of MNIST", "784-500-10, 25 epochs"),
    "song2020": ("its theorem, over whole courses of digits and MNIST", ""),
}


def in_full(beside: Callable[[str], pd.DataFrame]) -> tuple[list[str], list[list[str]]]:
    """A table, head and rows: each paper, what was run of it, the seeds, and how many numbers have which verdict."""
    rows = []
    for name, (what, words) in PAPERS.items():
        numbers = beside(name)
        mine = numbers[numbers.what.str.contains(words, regex=False) & (numbers.verdict != "toy")]
        seeds = mine.n[mine.n > 0]
        counts = [str((mine.verdict == verdict).sum()) for verdict in KEPT]
        rows.append([f"[{name}]", what, str(seeds.min()), *counts])
    return ["paper", "what was run in full", "seeds", *KEPT], rows
