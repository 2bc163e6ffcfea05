"""Features found by spikes and timing beside rules that send errors back: test accuracy, and what an image costs."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import whiskers
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT, mean_interval

READ = {"votes": "votes of named neurons", "likelihood": "likelihood of counts", "linear": "linear read-out"}
SPIKING = ("#E69F00", "#CC79A7")  # after learning, and before


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table."""
    accuracy = (table.metric == "accuracy") & (table.split == "test")
    work = table.metric.isin(["events per example", "multiply-adds per example"])
    found = table[(accuracy | work) & (table.status == "done")].copy()
    found["data"] = option(found, "rule_task").fillna(found.task)
    found["learned"] = option(found, "rule_images")
    return found[["data", "rule", "learned", "seed", "metric", "split", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Test error of every way to read spikes and of every rate rule; error against the work of learning an image.

    Args:
        table: of the study `spiking`, in long form.
    """
    table = source(table)
    tasks = list(dict.fromkeys(table.data)) or ["digits"]
    with sheet(10, 3.8 * len(tasks)) as figure:
        grid = figure.subplots(len(tasks), 2, squeeze=False)
        for (left, right), task in zip(grid, tasks, strict=True):
            draw_task(left, right, table[table.data == task])
            left.set_title(f"{task}: test error")
            right.set_title(f"{task}: error against work")
        return captioned(
            figure,
            f"n = {count(table.seed.nunique(), 'seed')}, 100 hidden units; bars: 95 % interval of the mean; work: "
            "synaptic events of spiking networks, multiply-adds of rate networks, for one image that is learned",
        )


def entries(table: pd.DataFrame) -> list[tuple[str, str, str, pd.Series[float], float]]:
    """(label, colour, marker, test errors in per cent, work of learning an image) of everything in a task's table."""
    found = []
    spiking = table[table.learned.notna()]
    for learned, mine in spiking.groupby("learned"):
        words = "STDP" if learned else "before learning"
        events = mine[(mine.metric == "events per example") & (mine.split == "train")].value.mean()
        for name, label in READ.items():
            errors = 100 * (1 - mine[(mine.metric == "accuracy") & (mine.layer.astype(str) == name)].value)
            found.append(
                (f"{words}: {label}", SPIKING[not learned], "o^s"[list(READ).index(name)], errors, events)
            )
    rates = table[table.learned.isna()]
    for rule, (colour, marker) in style(list(dict.fromkeys(rates.rule))).items():
        mine = rates[rates.rule == rule]
        work = mine[mine.metric == "multiply-adds per example"].value.mean()
        found.append((rule, colour, marker, 100 * (1 - mine[mine.metric == "accuracy"].value), work))
    return found


def draw_task(left: Axes, right: Axes, table: pd.DataFrame) -> None:
    """Both panels of a task."""
    drawn = [entry for entry in entries(table) if len(entry[3])]
    for place, (_, colour, marker, errors, work) in enumerate(drawn):
        found = mean_interval(errors.to_numpy(), PERCENT)
        bar = {"fmt": marker, "color": colour, "capsize": 3, "markersize": 5}
        left.errorbar(found.estimate, place, xerr=whiskers(found), **bar)
        right.errorbar(work, found.estimate, yerr=whiskers(found), **bar)
    left.set_yticks(range(len(drawn)), [label for label, *_ in drawn], fontsize=7)
    left.invert_yaxis()
    left.set(xlabel="%", xlim=(0, None))
    right.set(xlabel="synaptic events, or multiply-adds, an image", ylabel="%", ylim=(0, None), xscale="log")
