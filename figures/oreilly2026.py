"""The kinase rule of [oreilly2026]: calcium over a theta cycle, the window of a pair, what a step changes."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import not_run
from plausible.plotting.style import BLUE, GREEN, GREY, PURPLE, VERMILLION
from plausible.printing.words import count

TRACES = {"CaM": (GREY, ":"), "CaP": (BLUE, "-"), "CaD": (VERMILLION, "--")}
PAIRS = {"60 ms": (GREY, "s"), "110 ms": (GREEN, "^"), "160 ms": (PURPLE, "D")}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table."""
    metrics = ["calcium", "window", "change", "slope", "by spikes"]
    found = table[table.metric.isin(metrics) & (table.status == "done")]
    return found[["seed", "epoch", "metric", "layer", "value"]].rename(columns={"epoch": "at"})


def draw(table: pd.DataFrame) -> Figure:
    """Traces of calcium; changes by the delay of a pair; changes by steps of a rate, and by random spikes.

    Args:
        table: of the study `oreilly2026`, in long form.
    """
    table = source(table)
    with sheet(COLUMN, 3.4) as figure:
        grid = figure.add_gridspec(2, 2)
        calcium, steps = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
        window = figure.add_subplot(grid[1, :])
        for name, (colour, line) in TRACES.items():
            part = table[(table.metric == "calcium") & (table.layer.astype(str) == name)]
            calcium.plot(part["at"], part.value, color=colour, linestyle=line, label=name)
        calcium.set(title="A rate that steps at 150 ms", xlabel="ms", ylabel="calcium")
        change = table[table.metric == "change"]
        steps.plot(1000 * change["at"], change.value, color=BLUE, marker="o", label="by rates")
        random = table[table.metric == "by spikes"]
        unit = float(change.value[(change["at"] - 0.02).abs() < 1e-9].sum())
        for layer, at in (("constant", 0.0), ("step", 20.0)):
            part = random[random.layer.astype(str) == layer]
            label = "by spikes" if at else None
            steps.plot([at] * len(part), part.value * unit, "x", color=VERMILLION, label=label, zorder=3)
        steps.set(title="Change by a step", xlabel="step (Hz)", ylabel="ΔW")
        pairs = table[table.metric == "window"]
        for name, (colour, marker) in PAIRS.items():
            part = pairs[pairs.layer.astype(str) == name].sort_values("at")
            window.plot(part["at"], part.value, color=colour, marker=marker, label=f"first at {name}")
        window.axhline(0, color=GREY, linewidth=0.5)
        window.set(title="Change by a pair of spikes", xlabel="delay (ms)", ylabel="ΔW")
        for axes, part in ((calcium, table[table.metric == "calcium"]), (steps, change), (window, pairs)):
            not_run(axes, part)
        n = count(random.seed.nunique(), "seed")
        caption = (
            "a cycle of 200 ms, whose last 50 are the outcome; calcium of a neuron at 100 Hz that steps to 120; "
            f"changes by a step of the neuron after the synapse, at 100 Hz before; crosses: means over random spikes, "
            f"{n} of 100,000 pairs of trains; first: the spike of the neuron before"
        )
        return finished(figure, finding(table), caption, calcium, steps, window)


def finding(table: pd.DataFrame) -> str:
    """What a pair early in the cycle changes, and a late one, at no delay, and the slope of a step."""
    pairs, slope = (
        table[(table.metric == "window") & (table["at"] == 0)],
        table[table.metric == "slope"].value,
    )
    by = pairs.set_index(pairs.layer.astype(str)).value
    if len(slope) == 0 or not {"60 ms", "160 ms"} <= {*by.index}:
        return INCOMPLETE
    early, late = ("strengthens" if by[name] > 0 else "weakens" for name in ("60 ms", "160 ms"))
    return (
        f"A pair of spikes at 60 ms {early} a synapse and one at 160 ms {late} it; a step of a rate changes it by "
        f"{slope.iloc[0]:.3f} times its size"
    )
