"""When a target acts in the circuit of a spiking rule: all the while that an example is shown, or in a phase."""

from __future__ import annotations

import re

import numpy as np

from plausible.plausibility.spikes.equations import Statement, Variable
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.slopes import acting
from plausible.plausibility.spikes.worded import names
from plausible.plausibility.subject import Cell

TARGETS = "targets"  # the table of labels in a circuit of slots


def shown_in_time(model: Model, labels: float, words: str) -> Cell:
    """Whether what is looked up of labels acts all the while that an example is shown, or in a phase of its own."""
    statements = model.equations.statements
    told = {each.target for each in statements if re.search(rf"\b{TARGETS}\(", each.expression)}
    heard = [each for each in statements if told & each.reads and each.target not in told]
    if not heard:
        return Cell("untraceable", labels, "labels move changes, by a way that no equation shows", "", words)
    timed = {each.target for each in heard if in_a_phase(model, each, told)}
    if timed & {*model.learned}:
        return Cell("present", 2.0, "synapses are told when the target is there", "", words)
    if timed:
        said = f"the target acts on {names(sorted(timed))} in a phase of its own, of which no synapse is told"
        return Cell("partly", 2.0, said, said, words)
    said = f"{names(sorted(told))} is there for as long as an example is shown"
    return Cell("removed", 1.0, said, said, words)


def in_a_phase(model: Model, statement: Statement, told: set[Variable]) -> bool:
    """Whether a statement heeds a target in a part of a slot alone.

    It does not at a single step, in which nothing goes on, nor all the while at intervals, as of a teacher's spikes.
    """
    text = (
        f"({statement.condition}) * ({statement.expression})" if statement.condition else statement.expression
    )
    steps = max((each.every for each in model.circuit.regular), default=1)
    heard = {f"{each.name}{ending}" for each in told for ending in ("", "_pre", "_post")}
    acts = np.flatnonzero(acting(text, heard, steps))
    if not len(acts):
        return "timestep(" in text
    before, *between, after = np.diff(acts, prepend=-1, append=steps).tolist()
    return bool(between) and (len({*between}) > 1 or max(before, after) > between[0])
