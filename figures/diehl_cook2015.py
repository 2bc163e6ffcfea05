"""Digits told by neurons that learn by STDP alone [diehl2015]: fields, accuracy on the way, confusion."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, dots, not_run, spread
from plausible.plotting.scales import thousands
from plausible.plotting.style import OTHERS, VIOLET
from plausible.study.columns import option, parts
from plausible.study.statistics import PERCENT

PUBLISHED = {100: 82.9, 400: 87.0, 1600: 91.9, 6400: 95.0}  # per cent; but for the last, from memory
WAY = "accuracy while learning"
USUAL = "published rates"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table; of weights, those of one seed of the best setting, to four places."""
    done = table[table.status == "done"]
    weights = (done.metric == "weight") & (done.seed == 0) & (done.rule == best(done))
    found = done[done.metric.isin(["accuracy", "confusion", WAY]) | weights].copy()
    found["value"] = found.value.round(4)
    found["neurons"] = option(found, "rule_neurons")
    return found[["rule", "neurons", "seed", "epoch", "metric", "layer", "value"]].rename(
        columns={"epoch": "at"}
    )


def words(rule: str) -> str:
    """A setting in words: neurons, and what is not as published."""
    options = parts(rule)
    others = [f"{name} {options[name]}" for name in ("potentiation", "tau_theta", "stdp") if name in options]
    changed = ", ".join(other for other in others if other != "stdp triplet")
    return f"{options['neurons']} neurons, {changed or USUAL}"


def called(rules: list[str]) -> dict[str, str]:
    """Settings by their numbers of neurons alone, where these tell them apart; in brackets with what is changed."""
    short = {rule: words(rule).partition(", ") for rule in rules}
    several = [neurons for neurons, *_ in short.values()]
    return {
        rule: neurons if several.count(neurons) == 1 else f"{neurons} ({changed})"
        for rule, (neurons, _, changed) in short.items()
    }


def best(table: pd.DataFrame) -> str:
    """The setting with the highest mean test accuracy."""
    told = table[table.metric == "accuracy"] if len(table) else table
    return str(told.groupby("rule").value.mean().idxmax()) if len(told) else ""


def draw(table: pd.DataFrame) -> Figure:
    """Receptive fields; accuracy against images and against neurons; confusion.

    Args:
        table: of the study `diehl_cook2015`, in long form.
    """
    table = source(table)
    scores = table[table.metric == "accuracy"]
    looks = dict(zip(sorted({*scores.rule}), OTHERS, strict=False))
    with sheet(COLUMN, 3.3) as figure:
        (fields, confusion), (way, sizes) = figure.subplots(2, 2, height_ratios=(6, 5))
        chosen = table[table.rule == best(table)]
        draw_fields(fields, chosen[chosen.metric == "weight"])
        draw_confusion(confusion, chosen[chosen.metric == "confusion"])
        draw_way(way, table[table.metric == WAY], looks)
        usual = draw_sizes(sizes, scores, looks)
        counted = scores.groupby("rule", observed=True).value.count()
        names = called([*map(str, counted.index)])
        seeds = ", ".join(f"{n} of {names[str(rule)]}" for rule, n in counted.items())
        marks = (
            "crosses: published, from memory but for the largest"
            if usual
            else "published: at other rates, not drawn"
        )
        note = f"MNIST, 10,000 test images; seeds: {seeds}" if seeds else "MNIST"
        caption = f"{note}; {spread(*counted)}; fields and answers: the best setting; {marks}"
        return finished(figure, finding(scores), caption, way)


def finding(scores: pd.DataFrame) -> str:
    """Test accuracy by setting, in the order of neurons."""
    means = scores.groupby(["neurons", "rule"], observed=True).value.mean()
    names = called([str(rule) for _, rule in means.index])
    told = [f"{100 * value:.1f} % with {names[str(rule)]}" for (_, rule), value in means.items()]
    return f"STDP without labels tells test digits: {', '.join(told)}" if told else NOTHING_YET


def draw_fields(axes: Axes, table: pd.DataFrame) -> None:
    """Weights of up to 100 neurons of one seed, 14 x 14 means of four pixels."""
    axes.set(title="Receptive fields, one seed", xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(False)
    neurons = sorted({int(name) for name in table.layer})
    if neurons:
        side = int(np.ceil(np.sqrt(len(neurons))))
        sheet = np.full((side * 15, side * 15), np.nan)
        for place, neuron in enumerate(neurons):
            mine = table[table.layer.astype(int) == neuron]
            field = np.zeros(196)
            field[mine["at"].astype(int)] = mine.value
            row, column = divmod(place, side)
            sheet[row * 15 : row * 15 + 14, column * 15 : column * 15 + 14] = field.reshape(14, 14)
        axes.imshow(sheet, cmap="viridis", interpolation="nearest")
    not_run(axes, table)


def draw_way(axes: Axes, table: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> None:
    """Accuracy on the images that are being learned."""
    for rule, look in looks.items():
        part = table[table.rule == rule]
        band(axes, part.assign(value=100 * part.value), *look, words(rule), against="at", bounds=PERCENT)
    axes.set(title="While learning", xlabel="images", ylabel="accuracy (%)", ylim=(0, 100))
    thousands(axes)
    not_run(axes, table)


def draw_sizes(axes: Axes, table: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> bool:
    """Test accuracy against neurons; whether some were run as published, and stand beside the published ones."""
    usual = False
    for rule, look in looks.items():
        part = table[table.rule == rule]
        neurons = int(part.neurons.iloc[0])
        dots(axes, np.log2(neurons), 100 * part.value.to_numpy(), look, PERCENT, level=False)
        if USUAL in words(rule) and neurons in PUBLISHED:
            usual = True
            axes.plot(np.log2(neurons), PUBLISHED[neurons], "x", color=VIOLET, markersize=4)
    sizes = sorted(table.neurons.unique())
    axes.set_xticks(np.log2(sizes), [f"{n:g}" for n in sizes])
    axes.set(title="Test", xlabel="neurons", ylabel="accuracy (%)")
    axes.margins(x=0.3)
    not_run(axes, table)
    return usual


def draw_confusion(axes: Axes, table: pd.DataFrame) -> None:
    """Answers by digit, in per cent of the digit's images, over seeds."""
    axes.set(title="Answers (%)", xlabel="answer", ylabel="digit", xticks=range(10), yticks=range(10))
    axes.grid(False)
    if len(table):
        true, said = (table.layer.str.split("-", expand=True)[side].astype(int) for side in (0, 1))
        matrix = np.zeros((10, 10))
        np.add.at(matrix, (true, said), table.value)
        matrix *= 100 / matrix.sum(axis=1, keepdims=True).clip(1)
        axes.imshow(matrix, cmap="Blues", vmin=0, vmax=100)
        for (row, column), value in np.ndenumerate(matrix):
            if value >= 2:
                axes.text(column, row, f"{value:.0f}", ha="center", va="center", fontsize=6,
                          color="white" if value > 50 else "black")  # fmt: skip
    not_run(axes, table)
