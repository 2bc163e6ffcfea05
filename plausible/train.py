"""The trainer: one loop for every rule, every optimiser and every stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from itertools import combinations
from typing import Any, cast

import numpy as np
from numpy.random import Generator

from plausible.arrays import Guard, is_array, is_foreign
from plausible.core import (
    Array,
    Memory,
    Optimiser,
    Outer,
    Params,
    Presentation,
    Rule,
    State,
    Step,
    Tick,
    Update,
    View,
    at_work,
    read_only,
)
from plausible.errors import BadInput, require


def train(
    rule: Rule,
    optimiser: Optimiser,
    params: Params,
    state: State,
    stream: Iterable[Presentation],
    rng: Generator,
    memory: Memory | None = None,
    first: int = 0,
) -> Iterator[Tick]:
    """Let `rule` propose and `optimiser` apply, once per presentation; `params` change in place.

    W ← (1 - decay) W, then the optimiser's change, then W is held within its bounds, if the step says so: decay and
    bounds are part of a rule, and the same under every optimiser.

    Yields a tick before each change is applied, so draining the generator is training, and evaluation, probes,
    stopping and progress are an ordinary `for` loop around it. Where the loop is left early, the change of the last
    tick has not been applied. To go on after the end of a stream, pass the last tick's `step.state`, the same
    `memory`, and as `first` the number that the next tick shall have.

    Raises:
        BadInput: on the first presentation, if `params` are no arrays that can be changed in place, as those of a file
            that `numpy.load` opened, or two weights lie in one memory.
        ValueError: on the first presentation, if an update has the dtype of no weight or lies in the memory of one, or
            decay or bounds make no sense; at any time, if an update has the name or the shape of no weight, or the rule
            writes into a weight, or into the examples of a stream that shows them read-only. That another library's
            array was written into, which no flag protects, is seen at the first presentation only.
        TypeError: if the rule puts another array in the place of a weight.

    Five epochs of the digits, and the accuracy of the answers to examples that were not shown:

    >>> from plausible.core import randomness
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.optimise.adam import Adam
    >>> from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
    >>> from plausible.tasks.digits import digits
    >>> from plausible.tasks.streams import Minibatches
    >>> from plausible.tasks.task import correct
    >>> from plausible.train import begin, train
    >>> random, rule, optimiser = randomness(0), FeedbackAlignment(MLP((32,))), Adam(0.01)
    >>> task = digits(random.data)
    >>> params, state, memory = begin(rule, optimiser, task.n_in, task.n_out, random.weights)
    >>> stream = Minibatches(32)(task.train, task.kind, 5, random.order)
    >>> for tick in train(rule, optimiser, params, state, stream, random.noise, memory):
    ...     state = tick.step.state
    >>> answer = rule.respond(params, state, task.validation.x, random.noise)[-1]
    >>> bool(correct(answer, task.validation.y).mean() > 0.9)
    True
    """
    check_apart(params)
    check_changeable(params)
    memory = optimiser.init(params) if memory is None else dictionary("memory", memory)
    views = read_only(params)
    for number, shown in enumerate(stream, first):
        guard = Guard(params) if number == first else None
        step = rule.update(views, state, shown, rng)
        if guard is not None:
            guard.check(params)
            fits(step, views)
            owns(step, views)
            shapes = {name: array.shape for name, array in views.items()}
        for name, update in step.updates.items():
            if shape_of(update) != shapes.get(name):  # else it would be spread over the weight
                still_fits(step, views, number - first + 1)
        yield Tick(number, views, shown, step)
        for name, fraction in step.decay.items():
            params[name] *= 1 - fraction
        optimiser.apply(params, step.updates, memory, step.loss)
        for name, (low, high) in step.bounds.items():
            np.clip(params[name], low, high, out=params[name])
        state = step.state
        del shown, step  # their memory is still in the cache: let the next ones have it


def begin(
    rule: Rule, optimiser: Optimiser, n_in: int, n_out: int, rng: Generator
) -> tuple[Params, State, Memory]:
    """What a run starts from: new weights, the rule's state and the optimiser's memory.

    Raises:
        BadInput: if rule or optimiser cannot serve such a network, a weight is no array of numbers by name, two lie in
            one memory, or a pattern of the optimiser serves none of them.

    >>> from plausible.core import randomness
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.optimise.sgd import SGD
    >>> from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
    >>> from plausible.train import begin
    >>> params, state, memory = begin(FeedbackAlignment(MLP((4,))), SGD(), 2, 3, randomness(0).weights)
    >>> {name: array.shape for name, array in params.items() if name[0] != "b"}
    {'W1': (2, 4), 'W2': (4, 3), 'B2': (3, 4)}
    """
    params, state = weights_and_state(rule, n_in, n_out, rng)
    return params, state, optimiser.init(params)


def weights_and_state(rule: Rule, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
    """New weights and the rule's state. Raises `BadInput` if two weights lie in one memory, or as the rule does."""
    with at_work(type(rule).__name__):
        params, state = rule.init(n_in, n_out, rng)
    check_arrays(params)
    check_apart(params)
    return params, state


def check_arrays(params: object) -> None:
    """Raise `BadInput` unless weights are arrays of numbers by name."""
    require(
        isinstance(params, dict), "what init returns first", type(params).__name__, "a dictionary of weights"
    )
    for name, array in cast(dict[object, object], params).items():
        require(isinstance(name, str), "the name of a weight that init returns", name, "a text, such as W1")
        numbers = is_array(array) and array.dtype.kind in "fciub"
        kind = f"array of dtype {array.dtype}" if is_array(array) else type(array).__name__
        require(numbers, f"weight {name!r} that init returns", kind, "an array of numbers")


def check_apart(params: Params) -> None:
    """Raise `BadInput` if two weights lie in one memory, so that a change of one is a change of the other."""
    for (name, array), (other, its_array) in combinations(params.items(), 2):
        if is_foreign(array) != is_foreign(its_array):
            continue
        if np.may_share_memory(array, its_array) and np.shares_memory(array, its_array):
            raise BadInput(
                f"weights {name!r} and {other!r} lie in one memory, so that what changes one changes the other: "
                "expected arrays of their own; copy one of them, as in W2.T.copy()"
            )


def dictionary(what: str, given: Any) -> Any:
    """`given`, in which names can be given another value. Raises `BadInput`: what is learned would not stay in it."""
    kind = type(given).__name__
    require(
        isinstance(given, MutableMapping), what, kind, f"a dictionary, in which changes stay: dict({what})"
    )
    return given


def check_changeable(params: Params) -> None:
    """Raise `BadInput` unless weights are arrays that can be changed in place, and are the same at every look."""
    for name, array in dictionary("params", params).items():
        if not (hasattr(array, "dtype") and hasattr(array, "shape")):
            raise BadInput(f"weight {name!r} is of kind {type(array).__name__}: expected an array of numbers")
        if params[name] is not params[name]:
            raise BadInput(
                f"params, {type(params).__name__}, makes weight {name!r} anew whenever it is asked for, so that no "
                "change would stay: expected a dictionary of arrays"
            )
        if not getattr(getattr(array, "flags", None), "writeable", True):
            raise BadInput(f"weight {name!r} is read-only: expected an array that can be changed, as a copy")


def fits(step: Step, params: View) -> None:
    """Raise `ValueError` unless every update has the name, the shape and the dtype of a weight.

    Decay and bounds must name weights too, decay is a fraction from 0 to 1, and no lowest value is above its highest.
    """
    for name in step.decay.keys() | step.bounds.keys():
        if name not in params:
            raise ValueError(f"decay or bounds for {name!r}: expected one of {sorted(params)}")
    for name, fraction in step.decay.items():
        if not 0 <= fraction <= 1:
            raise ValueError(
                f"decay of {name!r} is {fraction!r}: expected the fraction that is lost, from 0 to 1"
            )
    for name, (low, high) in step.bounds.items():
        if not low <= high:
            raise ValueError(f"bounds of {name!r} are {low!r} and {high!r}: expected the lowest value first")
    for name, update in step.updates.items():
        if name not in params:
            raise ValueError(
                f"update for {name!r}: expected one of {sorted(params)}; init must return what update changes"
            )
        if not (isinstance(update, Outer) or hasattr(update, "dtype")):
            kind = type(update).__name__
            raise ValueError(f"update for {name!r} is a {kind}: expected an array or Outer")
        if any(is_foreign(each) != is_foreign(params[name]) for each in arrays_of(update)):
            raise ValueError(
                f"update for {name!r} and the weight are arrays of two libraries: expected arrays of the weight's, to "
                "which plausible.arrays.beside moves what was drawn or made on the host"
            )
        if isinstance(update, Outer):
            pre, post, _ = update
            if pre is not None and len(pre) != len(post):
                raise ValueError(
                    f"update for {name!r}: pre has {len(pre)} rows and post {len(post)}; expected as many"
                )
            dtype = post.dtype if pre is None else np.result_type(pre, post)
        else:
            dtype = update.dtype
        shape = shape_of(update)
        if shape != params[name].shape or dtype != params[name].dtype:
            raise ValueError(
                f"update for {name!r} has shape {shape} and dtype {dtype}; "
                f"expected {params[name].shape} and {params[name].dtype}, those of the weight"
            )


class Misfit(ValueError):
    """An update that fits no weight any more, after others that did."""


def still_fits(step: Step, params: View, presentation: int) -> None:
    """Raise `Misfit` unless `fits`, with how many presentations there were."""
    try:
        fits(step, params)
    except ValueError as error:
        raise Misfit(f"at presentation {presentation}: {error}") from None


def shape_of(update: Update) -> tuple[int, ...] | None:
    """The shape of a change; None of what is no array."""
    if not isinstance(update, Outer):
        return getattr(update, "shape", None)
    pre, post, _ = update
    return post.shape[1:] if pre is None else (pre.shape[-1], post.shape[-1])


def arrays_of(update: Update) -> tuple[Array, ...]:
    """The arrays that a change is given in."""
    if not isinstance(update, Outer):
        return (update,)
    return (update.post,) if update.pre is None else (update.pre, update.post)


def owns(step: Step, params: View) -> None:
    """Raise `ValueError` unless updates lie outside the memory of weights, which change before others are applied."""
    for name, update in step.updates.items():
        for factor in arrays_of(update):
            for other, weight in params.items():
                if is_foreign(factor) == is_foreign(weight) and np.shares_memory(factor, weight):
                    raise ValueError(
                        f"update for {name!r} lies in the memory of weight {other!r}, which may change before it is "
                        "applied: expected an array of its own, such as a copy"
                    )
