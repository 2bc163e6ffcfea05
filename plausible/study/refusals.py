"""Why a run is refused before it begins: its rule, network, optimiser and task do not go together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from plausible.core import Array, Outer, Rule, at_work, randomness, read_only
from plausible.errors import LARGEST, BadInput, is_real, require
from plausible.networks.network import require_network, size
from plausible.networks.outputs import weighed
from plausible.optimise.batch import check_batch, needs_full_batch
from plausible.optimise.nested import require_optimiser
from plausible.registry import serving
from plausible.study.samples import cast
from plausible.tasks.scored import check_reached, check_weights
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Task, codes
from plausible.train import weights_and_state

if TYPE_CHECKING:
    from plausible.study.run import Run


def check_parts(run: Run) -> None:
    """Raise `BadInput` unless the parts of a run are of the kinds that it declares."""
    require_network("network", run.network)
    require_optimiser("optimiser", run.optimiser)
    require(isinstance(run.test, bool), "test", run.test, "True or False")
    good = run.until is None or (callable(run.until) and not isinstance(run.until, type))
    require(good, "until", run.until, "a criterion, such as Within(0.2), or None")
    good = isinstance(run.floors, tuple) and all(map(is_floor, run.floors))
    require(good, "floors", run.floors, "a tuple of pairs of numbers, (epoch, score)")


def is_floor(given: object) -> bool:
    """Whether `given` is a pair of numbers."""
    return isinstance(given, tuple) and len(given) == 2 and all(is_real(n) for n in given)


def check_fit(run: Run, task: Task, rule: Rule | None = None) -> None:
    """Raise `BadInput` unless network, rule, optimiser and task of a run go together; `rule` is an instance, if made.

    A network for sequences needs a task of sequences, and the other way round. A window needs a task of sequences.
    """
    if run.network.sequential != task.sequential:
        kinds = {True: "sequences", False: "single examples"}
        raise BadInput(
            f"task {task.name!r} shows {kinds[task.sequential]} and the network is {type(run.network).__name__}: "
            f"expected one for {kinds[task.sequential]}, such as {'RNN' if task.sequential else 'MLP'}"
        )
    if run.window is not None and not task.sequential:
        raise BadInput(
            f"window is {run.window} and task {task.name!r} shows single examples: expected no window"
        )
    fewer = f"at most {LARGEST:,}; take fewer hidden units"
    weights = size(run.network, task.n_in, task.n_out)
    require(weights <= LARGEST, "the number of weights, biases among them,", weights, fewer)
    check_batch(run.optimiser, run.batch_size, task.train.examples)
    check_several(run, task)
    check_weighed(run, task, rule)
    if run.window is not None and needs_full_batch(run.optimiser) and run.window < len(task.train.x):
        raise BadInput(
            f"window is {run.window} and {run.optimiser!r} learns from whole epochs only: expected no window; "
            "or take sgd or adam"
        )


def check_several(run: Run, task: Task) -> None:
    """Raise `BadInput` for presentations of one example, from which rule or network learns nothing."""
    why = why_several(run.rule, run.network)
    if why and min(run.batch_size, task.train.examples) == 1:
        raise BadInput(f"batch_size is 1: expected 2 or more for rule {run.rule!r}, as {why}")


def why_several(rule: str, network: object) -> str:
    """Why a rule, or its network, needs several examples at once; "" if it does not."""
    if getattr(network, "norm", "") == "batch":
        return "normalisation over a batch of one example makes every activity the same"
    try:
        return str(getattr(serving.innermost(rule), "several", ""))
    except BadInput:  # a rule that goes by no name
        return ""


def check_weighed(run: Run, task: Task, rule: Rule | None) -> None:
    """Raise `BadInput` for weights of classes that the changes of a rule do not heed, or that do not fit the task."""
    output, weights = run.network.output, run.network.output.weights
    if weights:
        check_weights(f"output {output!r}", weights, task)
        check_heeded(run.learner() if rule is None else rule, run.rule, weights, task)
    elif task.recipe.weights:
        raise BadInput(
            f"task {task.name!r} weighs its classes by {task.recipe.weights}, and output {output!r} of the network "
            "does not: expected plausible.networks.outputs.weighed(output, task.recipe.weights), or a task without "
            "class_weight"
        )


def check_heeded(rule: Any, name: str, weights: tuple[float, ...], task: Task) -> None:
    """Raise `BadInput` unless the changes of a rule heed weights of classes, which its network's output has.

    It is tried: an example of each class, the same network and random numbers, with other weights of classes. A rule
    that learns from `Output.error` in all layers passes; one that reads its targets alone does not.
    """
    learned = getattr(getattr(rule, "network", None), "output", None)
    deaf = ["any layer"]
    if learned is not None and learned.weights:
        even, other = (
            changes_of(with_weights(rule, each), task)
            for each in ((), tuple(1.0 + number for number in range(len(weights))))
        )
        forward = [
            each for each in rule.network.shapes(task.n_in, task.n_out) if each in even and even[each].any()
        ]
        deaf = [each for each in forward if (even[each] == other[each]).all()] or ["any layer"] * (
            not forward
        )
    if deaf:
        raise BadInput(
            f"rule {name!r} does not learn from the error of the output in {', '.join(deaf)}, where weights of "
            "classes would not count: expected a rule such as backprop or feedback-alignment, or no class_weight"
        )


def with_weights(rule: Any, weights: tuple[float, ...]) -> Any:
    """A rule with other weights of classes in the output of its network."""
    return replace(rule, network=replace(rule.network, output=weighed(rule.network.output, weights)))


def changes_of(rule: Rule, task: Task) -> dict[str, Array]:
    """The changes that a rule with new weights proposes for the first examples of every class, by name."""
    roles, classes = randomness(0), codes(task.train.y if not task.sequential else task.train.y[-1])
    chosen = np.unique(classes, return_index=True)[1]
    network: Any = getattr(rule, "network", None)
    some = cast(task.train.some(chosen), network.dtype)
    shown = next(Minibatches(some.examples, shuffle=False)(some, task.kind, 1, roles.order))
    params, state = weights_and_state(rule, task.n_in, task.n_out, roles.weights)
    with at_work(type(rule).__name__):
        updates = rule.update(read_only(params), state, shown, roles.noise).updates
    return {name: update.dense() if isinstance(update, Outer) else update for name, update in updates.items()}


TARGETS = ("classes", "values", "zeros and ones")  # what a rule may say that it learns


def check_targets(rule: object, kind: str, task: str, targets: Iterable[Array]) -> None:
    """Raise `BadInput` if a rule names the kind of its `targets`, and those of a task are of another one.

    Zeros and ones are a task of classes, or one of values that all are 0 or 1, as of an example with several labels.
    """
    takes, name = getattr(rule, "targets", kind), type(rule).__name__
    require(takes in TARGETS, f"targets of rule {name}", takes, " or ".join(map(repr, TARGETS)))
    bits = takes == "zeros and ones" and all(((y == 0) | (y == 1)).all() for y in targets)
    if takes != kind and not bits:
        raise BadInput(
            f"task {task!r} has {kind} as targets, and {name} learns {takes} only: expected a task of {takes}, or "
            "another rule"
        )


def check_inputs(rule: object, task: Task) -> None:
    """Raise `BadInput` unless a rule can take the inputs of a task, and its network give the targets.

    The range of inputs, (low, high), is what the rule names as its `inputs`, and the kind of targets as its `targets`.
    """
    check_targets(rule, task.kind, task.name, (split.counted(split.y) for split in task.splits.values()))
    low, high = getattr(rule, "inputs", (-math.inf, math.inf))
    for name, split in task.splits.items():
        least, most = float(split.x.min()), float(split.x.max())
        if least < low or most > high:
            raise BadInput(
                f"inputs of task {task.name!r} go from {least:.4g} to {most:.4g} in the {name} split, and "
                f"{type(rule).__name__} takes {low:g} to {high:g}: scale them, as pixels / 255, or choose another rule"
            )
    check_reached(task, getattr(rule, "network", None))
