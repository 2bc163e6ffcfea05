"""When a target acts in the circuit of a spiking rule: all the while that an example is shown, or in a phase."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from plausible.plausibility.spikes.equations import Statement, Variable, expanded
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.valued import value
from plausible.plausibility.spikes.worded import names
from plausible.plausibility.subject import Cell

NOW, TARGET = "now", "target"  # the step of a slot, and 1 or 0
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


def acting(text: str, told: Collection[str], steps: int) -> NDArray[np.bool_]:
    """At which steps of a slot an expression is another where these names are 1 than where they are 0.

    What is asked of other names counts as true. At none where it cannot be computed.
    """
    tree = ast.fix_missing_locations(Timed(told).visit(ast.parse(text.strip(), mode="eval")))
    at = np.arange(steps, dtype=np.float64)
    off, on = (value(expanded(ast.unparse(tree), {TARGET: number}), NOW, at) for number in ("0.0", "1.0"))
    return np.zeros(steps, bool) if off is None or on is None else off != on


class Timed(ast.NodeTransformer):
    """Puts `TARGET` in the place of names, and `NOW` in that of the step."""

    def __init__(self, told: Collection[str]) -> None:
        self.told = told

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """The target, or the name."""
        return ast.Name(TARGET, ast.Load()) if node.id in self.told else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The step, or the call."""
        if isinstance(node.func, ast.Name) and node.func.id == "timestep":
            return ast.Name(NOW, ast.Load())
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """A comparison of the target or the step; 1 for any other."""
        found = self.generic_visit(node)
        asked = {each.id for each in ast.walk(found) if isinstance(each, ast.Name)}
        return found if asked & {NOW, TARGET} else ast.Constant(1.0)
