"""PEPITA beside backprop, feedback alignment and DRTP, after [dellaferrera2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, by_rule, errors
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import angles_in_time, final_errors, spread, validation_errors
from plausible.study.columns import option

DRTP, FIRST = "direct-random-target-projection", "pepita[readout=first]"
LABELS = {
    "backprop": "backprop",
    "feedback-alignment": "feedback alignment",
    DRTP: "DRTP",
    "pepita": "PEPITA",
    FIRST: "PEPITA, error of the first pass",
}
RELEASED = "{}[setting=released]"  # what a rule is called in the released program's setting
SHORT = {
    "backprop": "backprop",
    "feedback-alignment": "FA",
    "pepita": "PEPITA",
    FIRST: "PEPITA, first",
    DRTP: "DRTP",
}
SHORT |= {
    RELEASED.format(rule): f"{SHORT[rule]}, released" for rule in ("backprop", "feedback-alignment", "pepita")
}
PUBLISHED = {
    "backprop": 1.37,
    "feedback-alignment": 1.58,
    "pepita": 1.99,
}  # per cent, after EPOCHS
EPOCHS = 100


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's longest runs: accuracies, and the angle of F to the weights' product in PEPITA.

    Of the released program's setting, that is the accuracy on the test split of MNIST, under a name of its own.
    """
    done = table[table.status == "done"]
    there = done[(done.task == "released") & (done.epoch == EPOCHS) & (done.split == "test")]
    rule, task = option(there, "rule_rule"), option(there, "rule_task")
    there = there.assign(rule=rule.map(RELEASED.format), task=task)[task == "mnist"]
    done = done[done.task != "released"]
    lasts = done.groupby("key", observed=True).epoch.transform("max")
    done = done[
        lasts == lasts.groupby(done.task, observed=True).transform("max")
    ]  # the longest runs of a task
    scores = done[(done.metric == "accuracy") & done.split.isin(["validation", "test"])]
    angles = done[(done.metric == "weight angle") & done.rule.astype(str).str.startswith("pepita")]
    several = (scores, angles, there)
    drawn = pd.concat([each.astype({"task": str, "rule": str}) for each in several])
    return drawn[["task", "rule", "seed", "epoch", "split", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error on both tasks; test error on MNIST beside the published one; the angle of F.

    Args:
        table: of the study `dellaferrera2022`, in long form.
    """
    drawn = source(table)
    digits, mnist = (drawn[drawn.task == task] for task in ("digits", "mnist"))
    there = mnist.rule.isin([*map(RELEASED.format, PUBLISHED)])
    crosses, all_errors, mnist = (
        {RELEASED.format(rule): error for rule, error in PUBLISHED.items()},
        mnist,
        mnist[~there],
    )
    length = mnist.epoch.max() if len(mnist) else 0
    with sheet(COLUMN, 2.8) as figure:
        (one, two), (three, four) = figure.subplots(2, 2)
        validation_errors(one, digits, "Digits, 64-256-10", LABELS)
        validation_errors(two, mnist, "MNIST, 784-1024-10", LABELS)
        final_errors(three, all_errors, SHORT, crosses)
        three.set(title="MNIST: test error (%)", xlabel="")
        here = mnist if len(mnist) else digits
        angles_in_time(four, here, "weight angle", "PEPITA: angle of F", LABELS)
        numbers = digits.seed.nunique(), mnist.seed.nunique()
        seeds = f"seeds: digits {numbers[0]}, MNIST {numbers[1]} ({length:g} epochs); {spread(*numbers)}"
        told = f"{seeds}; released: their setting, with dropout; crosses: published after {EPOCHS} epochs (from memory)"
        return finished(figure, finding(digits, here, all_errors), told, one)


def finding(digits: pd.DataFrame, here: pd.DataFrame, mnist: pd.DataFrame) -> str:
    """Test errors in the released setting on MNIST, else on digits, and which way F turns."""
    test, angles, there = errors(digits, "test"), by_rule(here, "weight angle"), errors(mnist, "test")
    if not {"backprop", "feedback-alignment", DRTP, "pepita"} <= {*test.index} or "pepita" not in angles:
        return INCOMPLETE
    turned = "away from" if angles["pepita"] > 90 else "towards"
    named = {rule: RELEASED.format(rule) for rule in PUBLISHED}
    if {*named.values()} <= {*there.index}:
        bp, fa, pepita = (f"on {there[name]:.2f} % ({PUBLISHED[rule]})" for rule, name in named.items())
        said = f"As released PEPITA errs {pepita} of MNIST (in brackets: published), FA {fa}, backprop {bp}"
    else:
        bp, fa, drtp, pepita = (
            f"on {test[rule]:.1f} %" for rule in ("backprop", "feedback-alignment", DRTP, "pepita")
        )
        said = f"On digits PEPITA errs {pepita}, backprop {bp}, feedback alignment {fa}, DRTP {drtp}"
    return f"{said}; F turns {turned} the weights, to {angles['pepita']:.0f}°"
