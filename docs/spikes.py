"""What spiking rules reach on tasks, and what an example takes, as a block of docs/spiking.md: read by `docs.pages`."""

from __future__ import annotations

import pandas as pd

from figures.spikes_on_tasks import (
    BESIDE,
    CLOTHES,
    EVENTS,
    MNIST,
    ONCE,
    PLANE,
    SPIKES,
    SPLIT,
    TIME,
    TUNED,
    last,
    numbered,
    ordered,
    source,
)
from plausible.printing import words
from plausible.study.intervals import mean_interval
from plausible.study.statistics import PERCENT

ACCURACIES = {  # by data, the head of its column
    SPLIT: "digits, tuned",
    TUNED.format("mnist"): "MNIST, tuned",
    MNIST: "MNIST, as on digits",
    TUNED.format(CLOTHES): "Fashion-MNIST, tuned",
    ONCE.format(CLOTHES): "Fashion-MNIST, as on digits",
    TUNED.format(PLANE): "yin-yang once, tuned",
    PLANE: "yin-yang, ten passes",
}
TAKEN = {SPIKES: "spikes", EVENTS: "synaptic events", TIME: "processor, ms"}


def spikes(table: pd.DataFrame) -> str:
    """A row for each rule, the best on digits first: test accuracy in per cent, and what an image of MNIST takes."""
    table = source(table, both=False)
    ends = last(table[table.metric == "accuracy"])
    taken = table[table["data"] == MNIST]
    names = ordered(ends[ends["data"] == SPLIT])
    names = [*(name for name in names if name not in BESIDE), *(name for name in names if name in BESIDE)]
    heads = [numbered(said, ends[ends["data"] == data]) for data, said in ACCURACIES.items()]
    head = ["rule", *heads, *TAKEN.values()]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for name in names:
        scores = [interval(ends, name, data) for data in ACCURACIES]
        costs = [mean(taken[(taken.name == name) & (taken.metric == metric)].value) for metric in TAKEN]
        lines.append([f"`{name}`", *scores, *costs])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def interval(ends: pd.DataFrame, name: str, data: str) -> str:
    """The mean over seeds after the last pass with its 95 % interval, and a dash where nothing was run.

    A rule that was not tuned where others were is told so.
    """
    mine = ends[(ends.name == name) & (ends["data"] == data)]
    if not len(mine):
        return words.NOTHING
    found = mean_interval(mine.value.to_numpy(), PERCENT)
    said = words.span(found.estimate, found.low, found.high, ".1f")
    return said if mine.tuned.all() or "tuned" not in ACCURACIES[data] else f"{said} (not tuned)"


def mean(values: pd.Series[float]) -> str:
    """Three digits of the mean, and a dash where there is none."""
    if not len(values):
        return words.NOTHING
    middle = float(values.mean())
    return f"{middle:,.0f}" if middle >= 100 else f"{middle:.3g}"
