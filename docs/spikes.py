"""What spiking rules reach on tasks, and what an example takes, as blocks of docs/spiking.md: read by `docs.pages`."""

from __future__ import annotations

from collections.abc import Mapping

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
from plausible.report.published import rows
from plausible.study.intervals import mean_interval
from plausible.study.statistics import PERCENT
from plausible.study.study import find

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
CHANCE = 10.0  # per cent of MNIST
WHOLE = {"goupy2024": "groups, MNIST", "neftci2017": "mnist", "mozafari2018": "MNIST"}  # by study, its runs
ASKED = 95.0  # per cent of MNIST, of spikes with a teacher


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


def near_chance(table: pd.DataFrame) -> str:
    """Which rules tell less of the part of MNIST than twice what chance does, on which side of it, in a sentence."""
    table = source(table, both=False)
    ends = last(table[table.metric == "accuracy"])
    ways = {TUNED.format("mnist"): "tuned", MNIST: "as on digits"}
    means = ends[ends["data"].isin(ways)].groupby(["name", "data"]).value.mean()
    said = []
    for name in sorted({str(name) for name, _ in means[means < 2 * CHANCE].index}):
        there = {way: ends[(ends.name == name) & (ends["data"] == data)].value for data, way in ways.items()}
        found = [f"{way} {spanned(values)}, {side(values)}" for way, values in there.items() if len(values)]
        said.append(f"`{name}` {'; '.join(found)}")
    return f"Chance tells {CHANCE:g} % of MNIST. Near it after so few images: {'. '.join(said) or 'no rule'}."


def side(values: pd.Series[float]) -> str:
    """Where the 95 % interval of a mean lies beside chance."""
    found = mean_interval(values.to_numpy(), PERCENT)
    if found.low > CHANCE:
        return "above it"
    return "below it" if found.high < CHANCE else "not told from it"


def taught(tables: Mapping[str, pd.DataFrame]) -> str:
    """What rules with a teacher tell of all of MNIST in the reduced settings of their own studies, a row for each.

    Args:
        tables: of the studies that `WHOLE` names, in long form.
    """
    head = ["study", "scale", "ours, per cent", "n", "held against", "verdict", "what differs"]
    lines = [head, ["---", "---", "---:", "---:", "---:", "---", "---"]]
    well = 0
    for name, runs in WHOLE.items():
        study = find(name)
        place = next(at for at, one in enumerate(study.published) if one.runs == runs)
        one, row = study.published[place], rows(study, tables[name])[place]
        values, large = one.ours(tables[name]), one.ours(tables[name][tables[name].scale == "paper"])
        well += bool(len(values)) and float(sum(values) / len(values)) >= ASKED
        scale = "`paper`" if large else "`long`" if len(values) else words.NOTHING
        against = f"{row.published} ({row.kind})"
        lines.append([f"`{name}`", scale, row.ours, row.n, against, row.verdict, row.differs])
    said = (
        f"With a teacher, and all of MNIST, {well} of {len(WHOLE)} come to {ASKED:g} % of the test images or more on "
        "average, in reduced settings of their own studies. The 3,000 images above, seen once, are another setting, in "
        "which no number says what a rule reaches on all of them."
    )
    return "\n".join([said, "", *("| " + " | ".join(line) + " |" for line in lines)])


def spanned(values: pd.Series[float]) -> str:
    """The mean with its 95 % interval."""
    found = mean_interval(values.to_numpy(), PERCENT)
    return words.span(found.estimate, found.low, found.high, ".1f")


def interval(ends: pd.DataFrame, name: str, data: str) -> str:
    """The mean over seeds after the last pass with its 95 % interval, and a dash where nothing was run.

    A rule that was not tuned where others were is told so.
    """
    mine = ends[(ends.name == name) & (ends["data"] == data)]
    if not len(mine):
        return words.NOTHING
    said = spanned(mine.value)
    return said if mine.tuned.all() or "tuned" not in ACCURACIES[data] else f"{said} (not tuned)"


def mean(values: pd.Series[float]) -> str:
    """Three digits of the mean, and a dash where there is none."""
    if not len(values):
        return words.NOTHING
    middle = float(values.mean())
    return f"{middle:,.0f}" if middle >= 100 else f"{middle:.3g}"
