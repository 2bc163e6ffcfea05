"""Every answer to weight transport, by depth: its error, and how far its changes are from the gradient."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, NOTHING_YET, between
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.maps import heat
from plausible.plotting.panels import hidden_angles, not_run
from plausible.printing.words import count
from plausible.study.columns import option

FAMILIES = {
    "References": ("backprop", "shallow"),
    "Random feedback": (
        "feedback-alignment",
        "direct-feedback-alignment",
        "indirect-feedback-alignment",
        "sparse-direct-feedback",
        "low-rank-direct-feedback",
        "sign-direct-feedback-alignment",
    ),
    "Signs of the weights": (
        "uniform-sign-feedback",
        "batchwise-random-sign-feedback",
        "fixed-random-sign-feedback",
    ),
    "Learned feedback": (
        "kolen-pollack",
        "weight-mirror",
        "symmetric-alignment",
        "activation-alignment",
        "information-alignment",
    ),
    "No backward path": (
        "direct-random-target-projection",
        "pepita",
        "forward-forward",
        "global-error-vector-broadcasting",
    ),
}
RULES = [rule for rules in FAMILIES.values() for rule in rules]
TASKS = ("digits", "mnist-part", "mnist", "fashion-mnist")
LABELS = {"global-error-vector-broadcasting": "GEVB, vector units", "direct-random-target-projection": "DRTP"}
NEAR = 1.5  # times backprop's error of the same depth


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracy, and the last gradient angle, mean of the hidden layers."""
    done = table[table.status == "done"]
    names = option(done, "rule_name")  # without the settings of tuned rules
    done = done.assign(depth=done.hidden.astype(str).str.count("-") + 1, rule=names)
    scores = done[(done.metric == "accuracy") & (done.split == "test")]
    angles = hidden_angles(done[done.metric == "gradient angle"])
    ends = angles.groupby(["task", "rule", "depth", "seed"], observed=True).epoch.transform("max")
    last = angles[angles.epoch == ends]
    means = last.groupby(
        ["task", "rule", "depth", "seed", "metric"], observed=True, as_index=False
    ).value.mean()
    columns = ["task", "rule", "depth", "seed", "metric", "value"]
    return pd.concat([scores[columns], means[columns]])


def draw(table: pd.DataFrame) -> Figure:
    """Two maps for every task, a row for every rule and a column for every depth: test error, and angle.

    Args:
        table: of the study `feedback`, in long form, with the setting `hidden`; plain or tuned.
    """
    drawn = source(table)
    errors, angles = (drawn[drawn.metric == metric] for metric in ("accuracy", "gradient angle"))
    errors = errors.assign(value=100 * (1 - errors.value))
    tasks = [task for task in TASKS if (drawn.task == task).any()] or [*TASKS][:1]
    rules = [rule for rule in RULES if (drawn.rule == rule).any()] or ["backprop"]
    lines = [float(n) + 0.5 for n in family_ends(rules)]
    with sheet(COLUMN, len(tasks) * (0.35 + 0.115 * len(rules))) as figure:
        panels = figure.subplots(len(tasks), 2, sharey="row", width_ratios=(14, 10), squeeze=False)
        for (left, right), task in zip(panels, tasks, strict=True):
            error_map(left, errors[errors.task == task], rules, task)
            angle_map(right, angles[angles.task == task], rules)
            for axes in (left, right):
                for line in lines:
                    axes.axhline(line, color="white", linewidth=1.2)
        for axes in panels[-1]:
            axes.set_xlabel("hidden layers")
        return finished(figure, finding(errors), caption(table, drawn))


def family_ends(rules: list[str]) -> list[int]:
    """The last row of every family but the last one."""
    families = [[rule for rule in rules if rule in members] for members in FAMILIES.values()]
    sizes = [len(members) for members in families if members]
    return [sum(sizes[: n + 1]) - 1 for n in range(len(sizes) - 1)]


def caption(table: pd.DataFrame, drawn: pd.DataFrame) -> str:
    """How many seeds, how the rules were tuned, and what has no number."""
    runs = drawn.groupby(["task", "rule", "depth"], observed=True).seed.nunique()
    seeds = (
        f"{between(runs, '.0f')} seeds a cell"
        if len(runs) and runs.max() > 1
        else count(len(runs[:1]), "seed")
    )
    tuned = table.optimiser.nunique() > 1
    how = (
        "tuned, every rule of a task in as many trials, at every depth" if tuned else "one optimiser for all"
    )
    return (
        f"{seeds}: means; {how}; angle: of hidden changes to the gradient; white lines: between families of "
        "rules; pale: not run, or no gradient to be near to "
        "(forward-forward)"
    )


def finding(errors: pd.DataFrame) -> str:
    """Which rules stay near backprop's error in the deepest networks, on all tasks."""
    if not len(errors):
        return NOTHING_YET
    depth = errors.depth.max()
    deep = errors[errors.depth == depth].groupby(["task", "rule"], observed=True).value.mean().unstack("rule")
    others = [rule for rule in deep if rule not in FAMILIES["References"]]
    if "backprop" not in deep or not others:
        return INCOMPLETE
    ratio = deep[others].div(deep["backprop"], axis=0).max()
    near = ratio[ratio <= NEAR]
    return (
        f"With {count(int(depth), 'hidden layer')}, {len(near)} of {count(len(others), 'rule')} err at most "
        f"{NEAR:g} times "
        f"as often as backprop on every task; {ratio.idxmax()} up to {ratio.max():.0f} times"
    )


def error_map(axes: Axes, errors: pd.DataFrame, rules: list[str], task: str) -> None:
    """Mean test errors in per cent by rule and depth."""
    means = errors.pivot_table(index="rule", columns="depth", values="value", observed=True)
    low, high = max(errors.value.min(), 0.5), max(errors.value.max(), 1.0)
    heat(axes, means.reindex(rules).rename(LABELS), "{:.1f}", low, high, "viridis_r", log=True)
    axes.set_title("test error (%)")
    axes.annotate(task, (0, 1), (-3, 4), xycoords="axes fraction", textcoords="offset points", ha="right",
                  fontsize=7, weight="bold")  # fmt: skip
    not_run(axes, errors)


def angle_map(axes: Axes, angles: pd.DataFrame, rules: list[str]) -> None:
    """Mean angles to the gradient at the end, in degrees."""
    means = angles.pivot_table(index="rule", columns="depth", values="value", observed=True)
    heat(axes, means.reindex(rules).rename(LABELS), "{:.0f}", 0, 100, "cividis_r")
    axes.set_title("angle (°)")
    not_run(axes, angles)
