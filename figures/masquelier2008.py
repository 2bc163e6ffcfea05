"""A neuron that finds a repeating pattern, after [masquelier2008]: latency by discharge, criterion, weights."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import not_run
from plausible.printing.words import count
from plausible.study.columns import option, parts

JUDGED = ("hits", "false alarms", "mean latency", "found")
PUBLISHED = 0.96  # of patterns found


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: latencies of one seed, and the verdict of all."""
    drawn = table.metric.isin([*JUDGED, "weight"]) | ((table.metric == "latency") & (table.seed == 0))
    found = table[drawn & (table.status == "done")]
    return found[["rule", "seed", "epoch", "metric", "split", "layer", "value"]].rename(
        columns={"epoch": "at"}
    )


def draw(table: pd.DataFrame) -> Figure:
    """Latency of each output spike; mean latency and false alarms by seed; mean weights; other inputs.

    Args:
        table: of the study `masquelier2008`, in long form.
    """
    everything = source(table)
    alone = everything.rule.map(lambda rule: [*parts(rule)] == ["seconds"])
    seconds = option(everything, "rule_seconds").where(alone)
    table = everything[seconds == seconds.max()]
    others = everything[seconds != seconds.max()]
    with sheet(13.5, 3.6) as figure:
        left, middle, right, last = figure.subplots(1, 4, width_ratios=(3, 2, 1, 2))
        draw_others(last, others[others.metric.isin(JUDGED)])
        spikes = table[table.metric == "latency"]
        for split, colour, label in (
            ("out", "#D55E00", "outside the pattern (0)"),
            ("in", "#0072B2", "within"),
        ):
            part = spikes[spikes.split == split]
            left.plot(part["at"], part.value, ".", color=colour, markersize=2, label=label)
        left.set(
            title="Latency of every output spike, one seed", xlabel="discharge", ylabel="ms", ylim=(-2, 52)
        )
        verdict = table[table.metric.isin(JUDGED)].pivot_table(
            index=["rule", "seed"], columns="metric", values="value"
        )
        if len(verdict):
            draw_verdict(middle, verdict)
            left.legend(fontsize=7, markerscale=4)
        weights = table[table.metric == "weight"]
        for place, layer in enumerate(("pattern", "others")):
            values = weights[weights.layer.astype(str) == layer].value
            right.plot([place] * len(values), values, "o", color="#0072B2", alpha=0.5, markersize=4)
        right.set_xticks([0, 1], ["pattern", "others"])
        right.set(title="Mean weight of inputs", ylabel="w", xlim=(-0.5, 1.5), ylim=(0, None))
        shares = verdict.get("found", pd.Series(dtype=float))
        words = (
            f"found in {shares.sum():.0f} of {count(len(shares), 'run')} (more than 98 % hits, no false alarm, mean "
            f"latency below 10 ms); published: more than {100 * PUBLISHED - 1:.0f} %; {table.rule.iloc[0]}, last third"
            if len(shares)
            else "nothing done yet"
        )
        return captioned(figure, words)


def draw_others(axes: Axes, table: pd.DataFrame) -> None:
    """Patterns answered with other inputs, a mark per seed: a dot if the pattern counts as found, else a cross."""
    names = [*dict.fromkeys(table.rule)]
    for place, rule in enumerate(names):
        mine = table[table.rule == rule].pivot_table(index="seed", columns="metric", values="value")
        for found, marker in ((1.0, "o"), (0.0, "x")):
            part = mine[mine.found == found]
            axes.plot(100 * part.hits, [place] * len(part), marker, color="#0072B2", markersize=5, alpha=0.7)
    others = [{name: cell for name, cell in parts(rule).items() if name != "seconds"} for rule in names]
    labels = [",".join(f"{name} {cell}" for name, cell in each.items()) or "as published" for each in others]
    axes.set_yticks(range(len(names)), labels, fontsize=7)
    axes.invert_yaxis()
    for_seconds = f", {parts(names[0])['seconds']} s" if names else ""
    axes.set(title=f"Other inputs{for_seconds}", xlabel="patterns answered (%); crosses: not found")
    not_run(axes, table)


def draw_verdict(axes: Axes, verdict: pd.DataFrame) -> None:
    """Mean latency against hits, a mark per seed; a cross where a spike came outside the pattern."""
    for alarms, marker, label in ((False, "o", "no false alarm"), (True, "x", "false alarms")):
        part = verdict[(verdict["false alarms"] > 0) == alarms]
        axes.plot(
            part["mean latency"], 100 * part.hits, marker, color="#0072B2", linestyle="none", label=label
        )
    axes.axvline(10, color="black", linewidth=0.8, linestyle="--")
    axes.axhline(98, color="black", linewidth=0.8, linestyle="--")
    axes.set(title="Every seed, last third", xlabel="mean latency (ms)", ylabel="patterns answered (%)")
    axes.legend(fontsize=7)
