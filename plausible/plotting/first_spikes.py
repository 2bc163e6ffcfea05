"""What figures of first spikes draw: accuracy by epoch, and receptive fields of on-centre less off-centre weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, listed
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.style import STYLES
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT

ACROSS = 10  # fields in a row


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of a study's table: test accuracy on digits, and fields of the first seed, to three places."""
    done = table[(table.status == "done") & table.metric.isin(["accuracy", "field"])].copy()
    done["data"], done["kind"] = (
        option(done, "rule_task"),
        option(done, "rule_rule").astype(str).str.split("[").str[0],
    )
    done["neurons"] = option(done, "rule_hidden")
    done["value"] = done.value.round(3)
    found = done[done["data"] == "digits"]
    return found[["kind", "neurons", "seed", "epoch", "metric", "layer", "value"]]


def drawn(table: pd.DataFrame, names: Mapping[str, str], said: str) -> Figure:
    """Test accuracy on digits against epochs, and fields of every rule.

    Args:
        table: of a study, in long form.
        names: of rules, in words.
        said: what the finding is of, in words.
    """
    table = source(table)
    kinds = [kind for kind in names if kind in {*table.kind}] or [*names][:1]
    with sheet(COLUMN, 1.6 + 0.75 * len(kinds)) as figure:
        top, below = stacked(figure, 1.5, 0.7 * len(kinds))
        (way,) = panels(top, 1, 1)
        scores = table[table.metric == "accuracy"]
        for kind in kinds:
            part = scores[(scores.kind == kind) & widest(scores)]
            band(way, part.assign(value=100 * part.value), *STYLES[kind], names[kind], bounds=PERCENT)
        way.set(title="Digits: test accuracy", xlabel="epochs", ylabel="%", ylim=(60, 100))
        not_run(way, scores)
        for axes, kind in zip(panels(below, len(kinds), 1), kinds, strict=True):
            fields = table[(table.metric == "field") & (table.kind == kind) & widest(table)]
            draw_fields(axes, fields, names[kind])
        seeds = scores.seed.nunique()
        caption = f"digits of 8 x 8 pixels; {count(seeds, 'seed')}; {spread(seeds)}; fields: one seed, "
        caption += "weights of on-centre inputs less those of off-centre ones, white above 0"
        return finished(figure, finding(scores, names, said), caption, way)


def widest(table: pd.DataFrame) -> pd.Series[bool]:
    """Which rows are of the largest layer of their rule; all, where no size is told."""
    sizes = table.neurons.fillna(0)
    largest = sizes.groupby(table.kind).transform("max")
    return sizes == largest


def finding(scores: pd.DataFrame, names: Mapping[str, str], said: str) -> str:
    """Mean test accuracy after the last epoch, rule by rule."""
    last = scores[(scores.epoch == scores.groupby("kind").epoch.transform("max")) & widest(scores)]
    means = 100 * last.groupby("kind").value.mean()
    told = [f"{name} {means[kind]:.1f} %" for kind, name in names.items() if kind in means.index]
    return f"{said}: {listed(told)}" if told else NOTHING_YET


def draw_fields(axes: Axes, table: pd.DataFrame, title: str) -> None:
    """Fields side by side, each as a square image."""
    axes.set(title=title, xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(False)
    neurons = sorted({int(name) for name in table.layer})[: 2 * ACROSS]
    if neurons:
        side = int(np.ceil(np.sqrt(table.epoch.max() + 1)))
        image = np.full((-(-len(neurons) // ACROSS) * (side + 1), ACROSS * (side + 1)), np.nan)
        for place, neuron in enumerate(neurons):
            mine = table[table.layer.astype(int) == neuron]
            field = np.full(side * side, np.nan)
            field[mine.epoch.astype(int)] = mine.value  # the place of a pixel stands in the column of epochs
            row, column = (part * (side + 1) for part in divmod(place, ACROSS))
            image[row : row + side, column : column + side] = field.reshape(side, side)
        most = max(float(np.nanmax(np.abs(image))), 1e-9)
        axes.imshow(image, cmap="gray", vmin=-most, vmax=most, interpolation="nearest", aspect="equal")
    not_run(axes, table)
