"""Digits told by neurons that learn by STDP alone [diehl2015]: fields, accuracy on the way, confusion."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band, whiskers
from plausible.plotting.style import OTHERS
from plausible.study.columns import option, parts
from plausible.study.statistics import PERCENT, mean_interval

PUBLISHED = {100: 82.9, 400: 87.0, 1600: 91.9, 6400: 95.0}  # per cent; but for the last, from memory
WAY = ("accuracy while learning", "repetitions a slot")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table; of weights, those of one seed of the best setting, to four places."""
    done = table[table.status == "done"]
    weights = (done.metric == "weight") & (done.seed == 0) & (done.rule == best(done))
    found = done[done.metric.isin(["accuracy", "confusion", *WAY]) | weights].copy()
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
    return f"{options['neurons']} neurons, {changed or 'published rates'}"


def best(table: pd.DataFrame) -> str:
    """The setting with the highest mean test accuracy."""
    return str(table[table.metric == "accuracy"].groupby("rule").value.mean().idxmax()) if len(table) else ""


def draw(table: pd.DataFrame) -> Figure:
    """Receptive fields; accuracy against images and against neurons; confusion.

    Args:
        table: of the study `diehl_cook2015`, in long form.
    """
    table = source(table)
    with sheet(11, 6.6) as figure:
        (fields, way), (sizes, confusion) = figure.subplots(2, 2)
        chosen = table[table.rule == best(table)]
        draw_fields(fields, chosen[chosen.metric == "weight"])
        draw_way(way, table[table.metric.isin(WAY)])
        draw_sizes(sizes, table[table.metric == "accuracy"])
        draw_confusion(confusion, chosen[chosen.metric == "confusion"])
        counted = table[table.metric == "accuracy"].groupby("rule").value.agg(["mean", "count"])
        seeds = "; ".join(
            f"{words(str(rule))}: {100 * row['mean']:.1f} %, n = {row['count']:.0f}"
            for rule, row in counted.iterrows()
        )
        seeds = (
            f"MNIST, 10,000 test images; {seeds}; fields and answers: the best setting"
            if seeds
            else "nothing done yet"
        )
        marks = (
            "crosses: published, from memory but for the largest; bands and bars: 95 % interval of the mean"
        )
        return captioned(figure, f"{seeds}\n{marks}")


def draw_fields(axes: Axes, table: pd.DataFrame) -> None:
    """Weights of up to 100 neurons of one seed, 14 x 14 means of four pixels."""
    axes.set(title="Receptive fields, one seed", xticks=[], yticks=[])
    axes.grid(False)
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


def draw_way(axes: Axes, table: pd.DataFrame) -> None:
    """Accuracy on the images that are being learned, and the share of slots that repeat one."""
    for (colour, marker), rule in zip(OTHERS, dict.fromkeys(table.rule), strict=False):
        for metric, line in zip(WAY, ("-", "--"), strict=True):
            part = table[(table.rule == rule) & (table.metric == metric)]
            if len(part):
                per_cent = part.assign(value=100 * part.value)
                band(
                    axes,
                    per_cent,
                    colour,
                    marker,
                    f"{metric}: {words(rule)}",
                    against="at",
                    line=line,
                    bounds=PERCENT,
                )
    axes.set(title="On the way", xlabel="images", ylabel="%", ylim=(0, 100))
    if len(table):
        axes.legend(fontsize=6)


def draw_sizes(axes: Axes, table: pd.DataFrame) -> None:
    """Test accuracy against neurons."""
    for (colour, marker), (rule, part) in zip(OTHERS, table.groupby("rule"), strict=False):
        found = mean_interval(100 * part.value.to_numpy(), PERCENT)
        axes.errorbar(
            part.neurons.iloc[0],
            found.estimate,
            whiskers(found),
            color=colour,
            marker=marker,
            capsize=3,
            label=words(str(rule)),
        )
    axes.plot(list(PUBLISHED), list(PUBLISHED.values()), color="black", marker="x", linestyle="none")
    axes.set(title="Test accuracy", xlabel="neurons", ylabel="%", xscale="log", ylim=(60, 100))
    axes.set_xticks(list(PUBLISHED), [str(n) for n in PUBLISHED])
    if len(table):
        axes.legend(fontsize=6, loc="lower right")


def draw_confusion(axes: Axes, table: pd.DataFrame) -> None:
    """Answers by digit, in per cent of the digit's images, over seeds."""
    axes.set(title="Answers", xlabel="answer", ylabel="digit", xticks=range(10), yticks=range(10))
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
