"""Features found by spikes and timing beside rules that send errors back: test accuracy, and what an image costs."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import FEW, dots, not_run, rows_named
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import BROWN, DARK, STYLES, style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT

READ = {"votes": "votes", "likelihood": "likelihood of counts", "linear": "linear read-out"}
SPIKING = (STYLES["diehl-cook"][0], BROWN)  # after learning, and before


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
    found = {task: [entry for entry in entries(table[table.data == task]) if len(entry[3])] for task in tasks}
    rows = [max(len(drawn), 2) for drawn in found.values()]
    with sheet(COLUMN, 0.5 * len(tasks) + 0.15 * sum(rows)) as figure:
        panels = figure.subplots(len(tasks), 1, height_ratios=rows, squeeze=False)[:, 0]
        for axes, (task, drawn) in zip(panels, found.items(), strict=True):
            draw_task(axes, drawn)
            axes.set_title(f"{task}: test error (%)")
            not_run(axes, table[table.data == task])
        n = table.seed.nunique()
        bars = "; bars: 95 % interval of the mean" if n >= FEW else ""
        caption = (
            f"{count(n, 'seed')}: small dots; larger marks: means{bars}; 100 hidden units; votes: of "
            "neurons that labels "
            "named; right: work of learning an image, synaptic events of spiking networks, multiply-adds of the others"
        )
        return finished(figure, finding(found), caption)


def finding(found: dict[str, list[tuple[str, str, str, pd.Series[float], float]]]) -> str:
    """The least errors of what was found by timing, before and after learning, and backprop's, task by task."""
    told = []
    for task, drawn in found.items():
        means = {label: errors.mean() for label, _, _, errors, _ in drawn}
        after, before = (
            [mean for label, mean in means.items() if label.startswith(head)] for head in ("STDP", "before")
        )
        if after and before and "backprop" in means:
            told.append(
                f"{min(before):.0f} and {min(after):.0f} % on {task} (backprop {means['backprop']:.0f} %)"
            )
    return f"Error of a spiking layer before and after STDP: {' and '.join(told)}" if told else INCOMPLETE


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


def draw_task(axes: Axes, drawn: list[tuple[str, str, str, pd.Series[float], float]]) -> None:
    """A row for every way to read spikes, and for every rule: its errors, and its work in numbers at the right."""
    for place, (_, colour, marker, errors, work) in enumerate(drawn):
        dots(axes, place, errors.to_numpy(), (colour, marker), PERCENT)
        axes.annotate(f"{work:,.0f}", (1, place), (3, 0), xycoords=("axes fraction", "data"), va="center_baseline",
                      textcoords="offset points", fontsize=6, color=DARK)  # fmt: skip
    rows_named(axes, [label for label, *_ in drawn])
    logarithmic(axes, "x")
