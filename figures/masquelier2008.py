"""A neuron that finds a repeating pattern, after [masquelier2008]: latency by discharge, criterion, weights."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import not_run, rows_named
from plausible.plotting.style import BLUE, VERMILLION
from plausible.printing.words import count
from plausible.study.columns import option, parts

JUDGED = ("hits", "false alarms", "mean latency", "found")
PUBLISHED = 0.95  # of patterns found, at least


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
    verdict = table[table.metric.isin(JUDGED)].pivot_table(
        index=["rule", "seed"], columns="metric", values="value", observed=True
    )
    verdict = verdict.reindex(columns=[*JUDGED])
    with sheet(COLUMN, 3.3) as figure:
        grid = figure.add_gridspec(2, 2, height_ratios=(3, 4))
        latency, last = figure.add_subplot(grid[0, :]), figure.add_subplot(grid[1, 1])
        middle = figure.add_subplot(grid[1, 0])
        draw_latency(latency, table[table.metric == "latency"])
        draw_verdict(middle, verdict)
        draw_others(last, others[others.metric.isin(JUDGED)])
        weights = table[table.metric == "weight"].groupby("layer", observed=True).value.mean()
        told = ", ".join(f"{value:.2f} of {name}" for name, value in weights.items())
        setting = f"{seconds.max():g} s, judged by the last third" if len(table) else "no run"
        caption = (
            f"{count(len(verdict), 'seed')}, {setting}; found: more than 98 % of patterns answered, no "
            "false alarm, mean "
            f"latency below 10 ms (dashed); published: more than {100 * PUBLISHED:.0f} % found; "
            "crosses: not found, "
            f"or false alarms; mean weights of inputs: {told or 'none'}"
        )
        return finished(figure, finding(verdict), caption)


def finding(verdict: pd.DataFrame) -> str:
    """In how many runs the pattern was found, and the latency there."""
    if not verdict.found.notna().any():
        return NOTHING_YET
    latency = verdict["mean latency"][verdict.found == 1].mean()
    told = f"{verdict.found.sum():.0f} of {count(len(verdict), 'run')}"
    return f"STDP finds the repeating pattern in {told}, and answers it after {latency:.1f} ms on average"


def draw_latency(axes: Axes, spikes: pd.DataFrame) -> None:
    """The latency of every output spike of one seed, those outside the pattern at 0."""
    looks = (("out", VERMILLION, "outside the pattern"), ("in", BLUE, "within"))
    for split, colour, label in looks:
        part = spikes[spikes.split == split]
        axes.plot(part["at"], part.value, ".", color=colour, markersize=1.2, markeredgewidth=0, label=label)
    axes.set(title="Latency of every output spike, one seed", xlabel="discharge", ylabel="ms")
    if len(spikes):
        axes.legend(markerscale=4, loc="upper right")
    not_run(axes, spikes)


def draw_others(axes: Axes, table: pd.DataFrame) -> None:
    """Patterns answered with other inputs, a mark per seed: a dot if the pattern counts as found, else a cross."""
    names = [*dict.fromkeys(table.rule)]
    for place, rule in enumerate(names):
        mine = (
            table[table.rule == rule]
            .pivot_table(index="seed", columns="metric", values="value", observed=True)
            .reindex(columns=["found", "hits"])
        )
        for found, marker in ((1.0, "o"), (0.0, "x")):
            part = mine[mine.found == found]
            axes.plot(100 * part.hits, [place] * len(part), marker, color=BLUE, markersize=3, alpha=0.7)
    others = [{name: cell for name, cell in parts(rule).items() if name != "seconds"} for rule in names]
    labels = [",".join(f"{name} {cell}" for name, cell in each.items()) or "as published" for each in others]
    rows_named(axes, labels)
    for_seconds = f", {parts(names[0])['seconds']} s" if names else ""
    axes.set(title=f"Other inputs{for_seconds}", xlabel="patterns answered (%)")
    not_run(axes, table)


def draw_verdict(axes: Axes, verdict: pd.DataFrame) -> None:
    """Mean latency against hits, a mark per seed; a cross where a spike came outside the pattern."""
    if len(verdict):
        for alarms, marker in ((False, "o"), (True, "x")):
            part = verdict[(verdict["false alarms"] > 0) == alarms]
            axes.plot(
                part["mean latency"],
                100 * part.hits,
                marker,
                color=BLUE,
                linestyle="none",
                markersize=3,
                alpha=0.7,
            )
        axes.axvline(10, color="black", linewidth=0.5, linestyle="--")
        axes.axhline(98, color="black", linewidth=0.5, linestyle="--")
    axes.set(title="Every seed, last third", xlabel="mean latency (ms)", ylabel="patterns answered (%)")
    not_run(axes, verdict)
