"""What learning costs, counted and not estimated."""

from __future__ import annotations

from math import prod

from numpy.random import Generator

from plausible.core import Outer, Presentation, Rule, State, View
from plausible.probes.traced import Ledger, traced_arguments


def multiply_adds(rule: Rule, params: View, state: State, shown: Presentation, rng: Generator) -> float:
    """Multiply-adds per example of one update: matrix products of any kind, and the change of every weight.

    They are counted while the rule computes, by arrays that book their products; elementwise work is left out.
    """
    ledger = Ledger()
    step = rule.update(*traced_arguments(params, state, shown, ledger), rng)
    outer = [
        update for update in step.updates.values() if isinstance(update, Outer) and update.pre is not None
    ]
    changes = sum(
        len(update.post) * update.pre.shape[1] * update.post.shape[1]
        for update in outer
        if update.pre is not None
    )
    examples = prod(shown.x.shape[:-1])
    return (ledger.multiply_adds + changes) / examples
