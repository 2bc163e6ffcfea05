"""What rules lose under stress: curves against its strength, and a map of rules and stresses at middle strengths."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, between
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.maps import heat
from plausible.plotting.panels import not_run
from plausible.plotting.stressed import NONE, SETTING, STRESSES, lost, middle, strengths, stressed
from plausible.plotting.style import BLACK, BLUE, PALE
from plausible.printing.words import count

LABELS = {  # names that would take half of the column
    "direct-random-target-projection": "DRTP",
    "direct-difference-target-propagation": "direct difference target-p.",
    "difference-target-propagation": "difference target-prop.",
    "vector-field-equilibrium-propagation": "vector-field equil.-prop.",
    "global-error-vector-broadcasting": "global error vector",
    "self-predicting-microcircuit": "self-predicting circuit",
}
REFERENCE = "backprop"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """Test accuracy at the end of every run that is done, with its stress."""
    return stressed(table)


def draw(table: pd.DataFrame) -> Figure:
    """Curves of every rule on the first task, and what the middle strengths cost each rule there.

    Args:
        table: of `studies/stress.py`.
    """
    runs = source(table)
    task = runs.task.iloc[0] if len(runs) else ""
    here = runs[runs.task == task]
    stresses = [name for name in STRESSES if (here.stress == name).any()]
    losses = called(lost(middle(here).pipe(lambda chosen: pd.concat([here[here.stress == NONE], chosen]))))
    rules = order(losses)
    with sheet(COLUMN, 3.3 + 0.115 * max(len(rules), 1)) as figure:
        top, below = stacked(figure, 2.3, 1.0 + 0.115 * max(len(rules), 1))
        small = panels(top, 3, 4)
        for place, (axes, stress) in enumerate(zip(small, stresses, strict=False)):
            draw_curves(axes, here, stress)
            axes.tick_params(labelleft=place % 4 == 0)
        for axes in small[len(stresses) :]:
            axes.set_axis_off()
        (axes,) = panels(below, 1, 1)
        draw_map(axes, losses, rules, stresses)
        not_run(axes, here)
        return finished(figure, finding(runs, losses), caption(here, task), small[0])


def called(losses: pd.DataFrame) -> pd.DataFrame:
    """Rows with names: rules that learned for other than the usual number of epochs are named with it."""
    usual = losses.epoch.mode()
    more = losses.rule.astype(str) + ", " + losses.epoch.map("{:g}".format) + " epochs"
    return losses.assign(name=losses.rule.where(losses.epoch.isin(usual[:1]), more))


def order(losses: pd.DataFrame) -> list[str]:
    """The rules, those that lose least on top; below them those under less than half of the stresses."""
    found = losses.groupby("name").agg(lost=("lost", "mean"), stresses=("stress", "nunique"))
    few = 2 * found.stresses < losses.stress.nunique()
    return list(found.assign(few=few).sort_values(["few", "lost"]).index)


def draw_curves(axes: Axes, runs: pd.DataFrame, stress: str) -> None:
    """Mean accuracy of every rule against the strength of one stress, from none at the left."""
    levels = strengths(runs, stress)
    served = runs[runs.stress == stress].rule.unique()
    mine = runs[runs.rule.isin(served) & (runs.stress.isin([NONE, stress]))]
    by = [*SETTING[1:], "rule"]
    wide = mine.pivot_table(index=by, columns="strength", values="value", observed=True, sort=False)
    wide = wide.reindex(columns=[0.0, *levels]).dropna(subset=levels, how="all")
    places = range(len(levels) + 1)
    for (*_, rule), row in wide.iterrows():
        if rule != REFERENCE:
            axes.plot(places, row, color=PALE, linewidth=0.5, label="a rule")
    whole = wide.dropna()
    axes.plot(places, whole.median(), color=BLUE, linewidth=1.2, label="their median")
    for row in [row for (*_, rule), row in whole.iterrows() if rule == REFERENCE][:1]:
        axes.plot(places, row, color=BLACK, linewidth=1.0, label=REFERENCE)
    axes.set_title(STRESSES[stress], fontsize=6)
    axes.set_xticks(
        places, ["0" if not stress.endswith("bits") else "32", *(f"{level:g}" for level in levels)]
    )
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 50, 100])


def draw_map(axes: Axes, losses: pd.DataFrame, rules: list[str], stresses: list[str]) -> None:
    """Points of accuracy lost, a row for each rule, a column for each stress; a dot where the interval has 0 in it."""
    wide = losses.pivot_table(index="name", columns="stress", values="lost").reindex(
        index=rules, columns=stresses
    )
    heat(axes, wide.rename(index=LABELS, columns=STRESSES), "{:.0f}", 0, 60, "magma_r")
    axes.set_xticks(axes.get_xticks(), [label.get_text() for label in axes.get_xticklabels()], rotation=90)
    unsure = losses[(losses.low <= 0) & (losses.high >= 0)]
    places = [(stresses.index(s), rules.index(r)) for s, r in zip(unsure.stress, unsure.name, strict=True)]
    if places:
        across, down = zip(*places, strict=True)
        axes.plot([x + 0.38 for x in across], [y + 0.32 for y in down], ".", color=BLUE, markersize=2)


def caption(runs: pd.DataFrame, task: str) -> str:
    """Task, sizes and seeds, and what is drawn where."""
    if not len(runs):
        return ""
    epochs = count(int(runs.epoch.mode().iloc[0]), "epoch")
    return (
        f"{task}, {runs.hidden.mode().iloc[0]} tanh units, {epochs} unless another number is told, "
        f"{count(runs.seed.nunique(), 'seed')}; above: test accuracy in % against strength, means of seeds; below: "
        "points of accuracy lost at the middle strengths, means of paired differences, least on average on top, and "
        "rules under less than half of the stresses at the foot; dot: the 95 % interval has 0 in it; pale: the rule "
        "has no such thing to stress, or was not run so"
    )


def finding(runs: pd.DataFrame, losses: pd.DataFrame) -> str:
    """What costs least and most, and how rules compare with backprop."""
    by_stress = losses.groupby("stress").lost.median().sort_values()
    of = [*SETTING, "stress"]
    ours = losses[losses.rule == REFERENCE].set_index(of).lost
    if len(by_stress) < 2 or not len(ours):
        return NOTHING_YET
    others = losses[losses.rule != REFERENCE].set_index(of).lost
    others = others[others.index.isin(ours.index)]
    fewer = others < ours.reindex(others.index)
    least, most = by_stress.index[0], by_stress.index[-1]
    return (
        f"At middle strength the median rule loses {by_stress.iloc[0]:.1f} points of accuracy to {STRESSES[least]}, "
        f"and {by_stress.iloc[-1]:.1f} to {STRESSES[most]}; backprop loses {between(ours, '.1f')}, and other rules "
        f"less than it in {100 * fewer.mean():.0f} % of cells"
    )
