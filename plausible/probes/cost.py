"""What learning costs, counted and not estimated: work, random numbers and memory, for an example.

- **multiply-adds**: those of matrix products of any kind while the rule computes its changes, and those that form the
  change of every weight from its factors, rows · n_in · n_out. Factors of a matrix, (m, n), stand for m n min(m, n).
- **elementwise operations**: a number that a function of numpy makes of others one by one, and a number that a sum,
  mean or maximum reads, counts as one, an exponential like an addition; so do the numbers that are summed to the change
  of a bias. Moving numbers, as by indexing, `concatenate` or `T`, costs none.
- **random numbers**: those that the rule draws while it computes its changes.
- **bytes of weights**: of all arrays that persist, forward, feedback and whatever else a rule keeps with them.
- **bytes of state**: of the arrays that a rule carries from one presentation to the next, when it is shown one example.
- **bytes in flight**: the most that arrays which the rule makes for the changes of one example occupy at once, changes
  and new state with them, weights and example not; what numpy uses inside one of its functions does not count. Arrays
  that hold one another in a circle count to the end, as when Python collects them is an accident. A thread that samples
  frames, as a profiler does, holds arrays for a moment longer, and may make it more.

What an optimiser does comes on top, the same for all rules. Of sequences, an example of work is a time step, and an
example of memory is a sequence, or a window of it, of 1,000 steps at most. All are read off a rule while it computes,
by arrays that keep books. A rule whose work is in a compiled simulation says by `work` what it counts itself, such as
("synaptic events", "spikes"), under these names in `Step.internals`, summed over a presentation; of the above it
has bytes of weights and of state alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.arrays import uncollected
from plausible.core import Measurement, Outer, Presentation, Rule, State, Step, View, at_work
from plausible.probes.ledger import Drawing, Ledger
from plausible.probes.probe import Moment, Sight
from plausible.probes.traced import Traced, traced_arguments

MULTIPLY_ADDS = "multiply-adds"
WORK = (MULTIPLY_ADDS, "elementwise operations", "random numbers")
MEMORY = ("bytes of weights", "bytes of state", "bytes in flight")
PER_EXAMPLE = "{} per example"  # how the metrics of work are called


@dataclass(frozen=True)
class Cost:
    """What an update of the rule costs at the end of learning; see `costs`."""

    name: ClassVar[str] = "cost"
    in_turn: ClassVar[bool] = True
    split: ClassVar[str] = "train"
    when: ClassVar[tuple[Moment, ...]] = ("end",)

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        params, state = sight.tick.params, sight.tick.step.state
        yield from costs(sight.rule, params, state, sight.probed.shown, sight.probed.one, sight.rng)


def work_of(rule: object) -> tuple[str, ...]:
    """In what the work of `rule`, an instance or a class, is counted."""
    names: tuple[str, ...] = getattr(rule, "work", (MULTIPLY_ADDS,))
    return names


def costs(
    rule: Rule, params: View, state: State, shown: Presentation, one: Presentation, rng: Generator
) -> Iterator[Measurement]:
    """What an update of `rule` costs, as the top of this file defines it.

    Args:
        rule: it is asked for changes twice, and changes nothing.
        params: its weights.
        state: its state, which must suit `shown` and `one`.
        shown: what work is counted on, an average over its examples.
        one: what memory is counted on, a presentation of one example.
        rng: what the rule draws from.

    Raises:
        ValueError: if the rule names work that `update` does not count.
    """
    examples = prod(shown.x.shape[:-1])
    if MULTIPLY_ADDS in work_of(rule):
        step, ledger = watched(rule, params, state, shown, rng)
        products = ledger.multiply_adds + sum(map(sum_products, step.updates.values()))
        elementwise = ledger.elementwise + sum(map(sum_biases, step.updates.values()))
        for name, value in zip(WORK, (products, elementwise, ledger.random_numbers), strict=True):
            yield Measurement(PER_EXAMPLE.format(name), "", value / examples)
        after, ledger = watched(rule, params, state, one, rng)
        yield Measurement("bytes in flight", "", float(ledger.memory.most))
        state = after.state
    else:
        with at_work(type(rule).__name__):
            step = rule.update(params, state, shown, rng)
    for name in work_of(rule):
        if name != MULTIPLY_ADDS:
            yield Measurement(PER_EXAMPLE.format(name), "", counted(step, name) / examples)
    yield Measurement("bytes of weights", "", float(bytes_of(dict(params))))
    yield Measurement("bytes of state", "", float(bytes_of(state)))


def multiply_adds(rule: Rule, params: View, state: State, shown: Presentation, rng: Generator) -> float:
    """Multiply-adds per example of one update."""
    step, ledger = watched(rule, params, state, shown, rng)
    changes = sum(map(sum_products, step.updates.values()))
    return (ledger.multiply_adds + changes) / prod(shown.x.shape[:-1])


def watched(
    rule: Rule, params: View, state: State, shown: Presentation, rng: Generator
) -> tuple[Step, Ledger]:
    """What the rule proposes, and the books of how it came to that."""
    ledger = Ledger()
    drawing = Drawing(rng, ledger, partial(Traced, ledger=ledger))
    with at_work(type(rule).__name__), uncollected():
        return rule.update(*traced_arguments(params, state, shown, ledger), drawing), ledger


def sum_products(update: Any) -> int:
    """Multiply-adds of a change that is handed over as factors."""
    if not isinstance(update, Outer) or update.pre is None:
        return 0
    return len(update.post) * int(update.pre.shape[1] * update.post.shape[1])


def sum_biases(update: Any) -> int:
    """Numbers that are summed to the change of a bias."""
    return int(update.post.size) if isinstance(update, Outer) and update.pre is None else 0


def counted(step: Step, name: str) -> float:
    """What a rule has counted itself. Raises `ValueError` if it has not."""
    if name not in step.internals:
        raise ValueError(
            f"the rule counts its work in {name!r}, which is not among its step's internals: {[*step.internals]}"
        )
    return float(step.internals[name])


def bytes_of(tree: Any) -> int:
    """The bytes of all arrays in nested mappings, tuples, lists and dataclasses."""
    if isinstance(tree, np.ndarray):
        return int(tree.nbytes)
    if isinstance(tree, Mapping):
        return sum(map(bytes_of, tree.values()))
    if isinstance(tree, tuple | list):
        return sum(map(bytes_of, tree))
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return sum(bytes_of(getattr(tree, field.name)) for field in dataclasses.fields(tree))
    return 0
