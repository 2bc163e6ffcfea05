"""What every rule promises."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from plausible.contract.elsewhere import rule_computes_on
from plausible.contract.foreign import Library
from plausible.contract.places import ON_ANSWERS
from plausible.contract.promises import Broken, Promise, applies, holds, working
from plausible.contract.spikes import (
    accuracy,
    learns_from_spikes,
    online,
    spikes_but_not_all_the_time,
    unsupervised_is_deaf_to_labels,
    wanted,
)
from plausible.contract.world import (
    BATCH,
    N_IN,
    N_OUT,
    STEPS,
    alike,
    case,
    check_fits,
    examples,
    has_own_network,
    learns_sequences,
    network,
    same,
    values,
    within,
)
from plausible.core import Outer, Presentation, Step, randomness, read_only
from plausible.errors import BadInput, is_real
from plausible.optimise.sgd import SGD
from plausible.printing.words import count
from plausible.probes.alignment import compared
from plausible.probes.cost import MULTIPLY_ADDS, work_of
from plausible.probes.traced import Traced, sources, traced_arguments
from plausible.registry import registry
from plausible.registry.criticisms import answer
from plausible.registry.failure import failure
from plausible.study.course import reference_of
from plausible.tasks.streams import Minibatches, rewarding
from plausible.train import Misfit, check_apart, train


def holds_hyperparameters_only(text: str) -> None:
    """It is a frozen dataclass that holds hyperparameters, and no arrays."""
    rule = case(text).rule
    holds(dataclasses.is_dataclass(rule), "it is no dataclass: put @dataclass(frozen=True) above the class")
    frozen: Any = type(rule)
    holds(frozen.__dataclass_params__.frozen, "it is not frozen: put @dataclass(frozen=True) above the class")
    for name, value in vars(rule).items():
        holds(not list(within(value)), f"its field {name!r} holds an array: arrays belong to params or state")


def searches_its_own_fields(text: str) -> None:
    """What it declares under `search` are fields of its own."""
    rule: Any = case(text).rule
    search = getattr(rule, "search", {})
    applies(bool(search), "it declares no `search`")
    fields = {field.name for field in dataclasses.fields(rule)}
    for name in search:
        holds(name in fields, f"{name!r} is no field: expected one of {', '.join(sorted(fields))}")


def answers_criticisms_by_name(text: str) -> None:
    """What it says under `answers` are criticisms of backpropagation, by the names of `plausible list criticisms`."""
    said = getattr(case(text).rule, "answers", ())
    applies(len(said) > 0, "it declares no `answers`")
    holds(isinstance(said, tuple), f"answers is {said!r}: expected a tuple, such as ('weight transport',)")
    for each in said:
        answer(each)


def starts_the_same_at_one_seed(text: str) -> None:
    """init gives the same weights and the same state at the same seed."""
    first, second = case(text), case(text)
    holds(bool(first.params), "init returns no weights: expected them by name, such as W1")
    holds(first.params.keys() == second.params.keys(), "the names of weights differ between two calls")
    for name, array in first.params.items():
        holds(
            np.array_equal(array, second.params[name]),
            f"{name!r} differs between two calls with one seed: draw from rng only",
        )
    holds(
        alike(first.state, second.state),
        "the state differs between two calls with one seed: draw from rng only",
    )


def draws_forward_weights_first(text: str) -> None:
    """init draws the forward weights first, so that rules share them at one seed."""
    it = case(text)
    applies(not has_own_network(text), "its network is its own")
    applies(
        getattr(it.rule, "reference", "backprop") in ("backprop", "bptt"), "its network is of another kind"
    )
    expected = network(text).start(N_IN, N_OUT, randomness(0).weights)
    shared = [
        name for name in expected if name in it.params and expected[name].shape == it.params[name].shape
    ]
    applies(bool(shared), "it has no weight of the name and the shape of the network's")
    for name in shared:
        holds(
            np.array_equal(expected[name], it.params[name]),
            f"{name!r} differs from network.start(n_in, n_out, rng) at the same seed: call that first",
        )


def keeps_arrays_apart(text: str) -> None:
    """Every weight, and every array of the state, has a memory of its own."""
    it = case(text)
    try:
        check_apart(it.params)
    except BadInput as error:
        raise Broken(str(error)) from error
    for when, state in (("new", it.state), ("next", it.step().state)):
        for path, array in within(state):
            for name, weight in it.params.items():
                advice = "it would change with the weight; copy it"
                holds(
                    not np.shares_memory(array, weight), f"the {when} state{path} lies in {name!r}: {advice}"
                )


def proposes_finite_updates_that_fit(text: str) -> None:
    """Every update has the name and the shape of a weight, and is finite; something is learned."""
    it = case(text)
    step = it.rule.update(read_only(it.params), it.state, it.shown, np.random.default_rng(0))
    holds(isinstance(step, Step), f"update returned {type(step).__name__}: expected a plausible.core.Step")
    check_fits(step, it.params)
    holds(bool(step.updates), "update proposes no change at all")


def keeps_the_dtype(text: str) -> None:
    """Weights, updates and answers have the dtype of the network: float32 stays float32, float64 stays float64."""
    # a network of its own has no dtype to be told
    for dtype in ("float32",) if has_own_network(text) else ("float32", "float64"):
        it = case(text, dtype)
        for name, array in it.params.items():
            holds(array.dtype == dtype, f"weight {name!r} is {array.dtype} in a {dtype} network")
        check_fits(it.step(), it.params)
        for number, layer in enumerate(it.respond(), 1):
            holds(layer.dtype == dtype, f"activity {number} is {layer.dtype} in a {dtype} network")


def never_writes(text: str) -> None:
    """update and respond write into nothing that they are given."""
    it = case(text)
    given = {
        "weights": it.params,
        "the state": it.state,
        "the presentation": it.shown[:2],
        "the mask": it.shown.mask,
    }
    before = {what: {path: array.copy() for path, array in within(tree)} for what, tree in given.items()}
    try:
        it.step()
        it.respond()
    except ValueError as error:
        if "read-only" in str(error):
            advice = "return updates, and let the optimiser apply them"
            raise Broken(f"it writes into what it was given: {advice}") from error
        raise
    for what, tree in given.items():
        for path, array in within(tree):
            unchanged = np.array_equal(before[what][path], array, equal_nan=True)
            holds(
                unchanged, f"{what}{path} changed during update or respond: it writes into what it was given"
            )


def repeats_itself(text: str) -> None:
    """The same seed gives the same updates, states and answers, to the last bit."""
    it = case(text)
    first, second = it.step(), it.step()
    advice = "draw from rng only, keep state in Step.state"
    holds(same(first, second), f"two calls of update with one seed differ: {advice}")
    holds(
        alike(first.state, second.state), f"the states of two calls of update with one seed differ: {advice}"
    )
    holds(alike(it.respond(), it.respond()), "two calls of respond with one seed differ: draw from rng only")


def averages_over_the_batch(text: str) -> None:
    """A batch shown twice over proposes the change of the batch shown once."""
    it = case(text, "float32" if has_own_network(text) else "float64")
    online = "its examples are shown one after another, and weights change with each"
    applies(MULTIPLY_ADDS in work_of(it.rule), online)
    applies(same(it.step(0), it.step(1)), "it draws noise, which differs from example to example")
    x, y, _, mask, _ = it.shown
    twice = it.shown._replace(
        x=np.concatenate([x, x], axis=-2),
        y=np.concatenate([y, y], axis=-2),
        mask=None if mask is None else np.concatenate([mask, mask], axis=-1),
        reward=lambda answer: np.concatenate(
            [it.shown.reward(half) for half in np.split(answer, 2, axis=-2)], axis=-1
        ),
    )
    once, doubled = it.step(), it.step(shown=twice)
    holds(
        once.updates.keys() == doubled.updates.keys(),
        "other weights change where a batch is shown twice over",
    )
    sizes = []
    for name, update in once.updates.items():
        other = doubled.updates[name]
        ours, theirs = (u.dense() if isinstance(u, Outer) else u for u in (update, other))
        holds(
            np.shape(ours) == np.shape(theirs), f"the update of {name!r} has another shape for another batch"
        )
        sizes.append(float(np.linalg.norm(ours)))
        ratio = np.linalg.norm(theirs) / max(sizes[-1], 1e-300)
        advice = "is the mean over examples missing (scale = -1/batch)?"
        single = ours.dtype == np.float32
        holds(
            np.allclose(ours, theirs, rtol=1e-4 if single else 1e-9, atol=1e-6 if single else 1e-12),
            f"the update of {name!r} becomes {ratio:.3g} times as large: {advice}",
        )
    applies(any(sizes), "all that it proposes at first is zero")


def takes_any_batch(text: str) -> None:
    """Batches of one and of many examples work, and are answered."""
    for batch in (1, 2, 13):
        it = case(text, batch=batch)
        check_fits(it.step(), it.params)
        answer, expected = it.respond()[-1], (*it.shown.x.shape[:-1], N_OUT)
        holds(
            answer.shape == expected,
            f"the answer to {count(batch, 'example')} has shape {answer.shape}: expected {expected}",
        )


def answers_without_labels(text: str) -> None:
    """respond returns a list of activities by layer, each ([time,] batch, units), the answer (..., n_out) last."""
    it = case(text)
    layers = it.rule.respond(read_only(it.params), it.state, it.shown.x, it.roles.noise)
    holds(
        isinstance(layers, list) and len(layers) > 0,
        f"respond returned {type(layers).__name__}: expected a list of arrays, one for each layer",
    )
    for number, layer in enumerate(layers, 1):
        kind = type(layer).__name__
        holds(isinstance(layer, np.ndarray), f"activity {number} is of kind {kind}: expected an array")
        holds(
            layer.ndim == it.shown.x.ndim and layer.shape[:-1] == it.shown.x.shape[:-1],
            f"activity {number} has shape {layer.shape}: expected {(*it.shown.x.shape[:-1], 'units')}",
        )
        holds(bool(np.isfinite(layer).all()), f"activity {number} is not finite")
    expected = (*it.shown.x.shape[:-1], N_OUT)
    holds(layers[-1].shape == expected, f"the answer has shape {layers[-1].shape}: expected {expected}")


def goes_on(text: str) -> None:
    """Presentation after presentation, updates and answers keep to the shapes of the weights and of the batch."""
    it = case(text)
    whole = 1 if getattr(it.rule, "presentation", BATCH) > BATCH else 3  # few where each is costly to begin
    split = examples(whole * BATCH + 2, "float32", learns_sequences(text), getattr(it.rule, "inputs", None))
    stream = Minibatches(BATCH, shuffle=False)(split, "classes", 2, it.roles.order)
    state = it.state
    try:
        for tick in train(it.rule, SGD(0.01), it.params, state, stream, it.roles.noise):
            check_fits(tick.step, tick.params, f"at presentation {tick.number + 1}: ")
            state = tick.step.state
    except Misfit as error:
        raise Broken(str(error)) from error
    answer = it._replace(state=state).respond(split.x)[-1]
    expected = (*split.x.shape[:-1], N_OUT)
    holds(answer.shape == expected, f"then the answer has shape {answer.shape}: expected {expected}")


def lets_provenance_through(text: str) -> None:
    """It keeps to operators, numpy functions and .T, so that arrays which carry their provenance pass through."""
    it = case(text)
    plain = it.step()
    step = it.rule.update(
        *traced_arguments(read_only(it.params), it.state, it.shown), np.random.default_rng(0)
    )
    holds(same(step, plain), "traced arrays give other updates than plain ones")
    for name, arrays in values(step).items():
        factors = [a for a in arrays if isinstance(a, np.ndarray)]
        traced = all(isinstance(a, Traced) for a in factors) and bool(sources(step.updates[name]))
        holds(
            traced,
            f"the update of {name!r} lost its provenance: avoid np.asarray, np.array, np.zeros and out=",
        )


def computes_on_foreign_arrays(text: str) -> None:
    """It learns and answers on arrays of another library, such as a GPU's, and turns none of them into numpy's."""
    rule_computes_on(Library, text)


def counts_its_work(text: str) -> None:
    """What it counts its work in, beside multiply-adds, is a number of at least 0 in Step.internals."""
    it = case(text)
    counted = [name for name in work_of(it.rule) if name != MULTIPLY_ADDS]
    applies(bool(counted), "its work is multiply-adds, which are counted for it")
    internals = it.step().internals
    for name in counted:
        value = internals.get(name)
        good = is_real(value) and bool(value >= 0)
        advice = "count it in update"
        holds(good, f"its `work` names {name!r}, and Step.internals has {value!r} under this name: {advice}")


def goes_on_with_windows(text: str) -> None:
    """A sequence may come in windows of any length, the state carried from one to the next."""
    applies(learns_sequences(text), "it learns no sequences")
    it = case(text)
    for steps in (1, 2, 3):
        state = it.state
        for start in range(0, STEPS, steps):
            window = slice(start, start + steps)
            x, y, mask = it.shown.x[window], it.shown.y[window], it.shown.mask
            mask = None if mask is None else mask[window]
            shown = Presentation(x, y, rewarding("classes", y, mask), mask, start == 0)
            step = it._replace(state=state).step(shown=shown)
            try:
                check_fits(step, it.params)
            except Broken as error:
                raise Broken(f"at step {start} in windows of {steps}: {error}") from error
            state = step.state


def has_the_gradient_that_it_names(text: str) -> None:
    """The rule that it names as its `reference` computes a gradient in its weights, for the angles to it."""
    it = case(text)
    name = reference_of(it.rule)
    applies(bool(name), "it names none, so that no angle to a gradient is measured")
    advice = 'name another one as `reference`, or "" for none'
    try:
        reference = registry.rule(name, getattr(it.rule, "network", None) or network(text))
        step = reference.update(read_only(it.params), None, it.shown, np.random.default_rng(0))
    except Exception as error:
        raise Broken(
            f"{name!r} cannot be computed in its weights ({failure(error).reason}): {advice}"
        ) from error
    holds(bool(compared(it.step(), step)), f"{name!r} changes no weight that it changes too: {advice}")


def learns(text: str) -> None:
    """It beats chance on a small task."""
    it, epochs = case(text), 60
    if online(it.rule):
        right, epochs = learns_from_spikes(text)
    else:
        split = examples(300, "float32", learns_sequences(text), getattr(it.rule, "inputs", None))
        batch: int = getattr(it.rule, "presentation", 20)
        stream = Minibatches(batch)(split, "classes", epochs * 20 // batch, it.roles.order)
        state, own = it.state, registry.own_optimiser(text)
        optimiser = SGD(0.05, momentum=0.9) if own is None else registry.optimiser(own)
        for tick in train(it.rule, optimiser, it.params, state, stream, it.roles.noise):
            state = tick.step.state
        right = accuracy(it._replace(state=state), split)
    advice = "updates are directions to ADD: is a sign wrong?"
    holds(
        right > wanted(),
        f"accuracy {right:.2f} after {epochs} epochs of an easy task, chance is {1 / N_OUT:.2f}: {advice}",
    )


ALONE: tuple[Promise, ...] = (  # kept with nothing but what a rule is given
    holds_hyperparameters_only,
    searches_its_own_fields,
    answers_criticisms_by_name,
    starts_the_same_at_one_seed,
    draws_forward_weights_first,
    proposes_finite_updates_that_fit,
    keeps_arrays_apart,
    keeps_the_dtype,
    never_writes,
    repeats_itself,
    averages_over_the_batch,
    takes_any_batch,
    answers_without_labels,
    goes_on,
    lets_provenance_through,
    computes_on_foreign_arrays,
    counts_its_work,
    goes_on_with_windows,
    has_the_gradient_that_it_names,
    spikes_but_not_all_the_time,
    unsupervised_is_deaf_to_labels,
    learns,
)
PROMISES: tuple[Promise, ...] = (*map(working, ALONE), *ON_ANSWERS)
