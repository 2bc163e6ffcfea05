"""What a site draws of a rule and of a task: learning curves, and examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from plausible.errors import BadInput
from plausible.plotting.committed import require_matplotlib
from plausible.printing.mathml import mathml, parts
from plausible.registry import registry
from plausible.report.paired import named, varying
from plausible.site.figures import NONE, Shown, drawn_here
from plausible.site.told import Told, rule_of
from plausible.study.run import REFERENCES
from plausible.tasks.fetch import here_only

PANELS, LINES = 2, 4  # of a figure, and of a panel
LEAST = 4  # epochs of a curve
FIRST = (
    "accuracy",
    "feedback",
    "settling",
    "sequences",
)  # studies whose curves are shown before those of others


def equations(docstring: str) -> list[tuple[str, str]]:
    """The parts of a docstring with their kinds; equations as MathML, in which every text is escaped."""
    return [
        (part.kind, mathml(part.text) if part.kind == "equation" else part.text) for part in parts(docstring)
    ]


def learning(rule: str, every: Sequence[Told]) -> Shown:
    """The learning curves of a rule beside its reference, from the tables that have them, with their data."""
    order = sorted(every, key=lambda each: FIRST.index(each.name) if each.name in FIRST else len(FIRST))
    found = [(each.name, rows) for each in order if rule in each.rules and len(rows := of_study(rule, each))]
    if not found:
        return NONE
    try:
        require_matplotlib()
        from plausible.plotting.learning import curves

        panels = [(f"{name}: {rows.task.iloc[0].partition(',')[0]}", rows) for name, rows in found[:PANELS]]
        figure = curves(panels, f"How {rule} learns")
        data = pd.concat(rows.assign(study=name) for name, rows in found[:PANELS])
        words = f"Validation accuracy of {rule} and its reference against epochs, in {', '.join(t for t, _ in panels)}."
        return drawn_here(f"learning-{rule}", words, figure, data, ("svg", "csv"))
    except BadInput as error:
        return Shown(None, str(error), {})


def of_study(rule: str, each: Told) -> pd.DataFrame:
    """The curves of a rule in one table: in the task and setting that has most of its rows, with the reference's."""
    runs = each.runs
    if not each.long:
        return runs
    runs = runs[(runs.metric == "accuracy") & (runs.split == "validation") & (runs.layer == "")]
    if not len(runs):
        return runs
    runs = named(runs[runs.status == "done"], varying(each.runs))
    mine = runs[runs.rule.map(rule_of) == rule]
    if not len(mine):
        return mine
    here = runs[runs.task == mine.task.mode().iloc[0]]
    labels = list(
        dict.fromkeys([*here.rule[here.rule.isin(REFERENCES)], *here.rule[here.rule.map(rule_of) == rule]])
    )
    here = here[here.rule.isin(labels[:LINES]) & np.isfinite(here.value)]
    whole = here.rule.map(rule_of).eq(rule).any() and here.epoch.nunique() >= LEAST
    return here[["task", "rule", "seed", "epoch", "value"]] if whole else here[:0]


def of_task(name: str) -> Shown:
    """Examples of a registered task, drawn; why there are none, where its files are not on this machine."""
    if name not in registry.registered("task"):
        return NONE
    try:
        require_matplotlib()
        from plausible.plotting.examples import examples

        with here_only():
            figure = examples(registry.task(name, np.random.default_rng(0)))
        return drawn_here(
            f"examples-{name}", f"Some training examples of {name}.", figure, None, ("svg", "png")
        )
    except BadInput as error:
        return Shown(None, f"Its examples are not drawn here: {error}", {})
