"""What every optimiser promises."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np

from plausible.arrays import on_host
from plausible.contract.elsewhere import moved
from plausible.contract.foreign import Library, Refused
from plausible.contract.promises import Broken, NotJudged, Promise, applies, holds
from plausible.contract.world import within
from plausible.core import Array, Memory, Optimiser, Outer, Params, Update
from plausible.errors import BadInput
from plausible.optimise.nested import members
from plausible.registry import registry
from plausible.search import Range
from plausible.study import checkpoint

ROWS, N_IN, N_OUT, STEPS = 4, 5, 3, 6


def start(text: str, dtype: str = "float64") -> tuple[Optimiser, Params, Memory]:
    """The optimiser that `text` names, weights and its memory of them."""
    optimiser, params = registry.optimiser(text), weights(dtype)
    return optimiser, params, begun(optimiser, params)


def begun(optimiser: Optimiser, params: Params) -> Memory:
    """An optimiser's memory of weights. Raises `NotJudged` if it refuses them, or gives no dictionary."""
    try:
        memory: object = optimiser.init(params)
    except BadInput as error:  # such as a pattern for weights that only another network has
        raise NotJudged(f"it refuses the weights W1 and b1: {error}") from error
    if not isinstance(memory, dict):
        raise NotJudged("init returns no dictionary")
    return memory


def weights(dtype: str = "float64") -> Params:
    """The same weights at every call."""
    rng = np.random.default_rng(0)
    return {"W1": rng.normal(size=(N_IN, N_OUT)).astype(dtype), "b1": rng.normal(size=N_OUT).astype(dtype)}


def proposals(dtype: str = "float64", dense: bool = False) -> list[dict[str, Update]]:
    """What a rule might propose, step by step."""
    rng = np.random.default_rng(1)
    steps: list[dict[str, Update]] = []
    for _ in range(STEPS):
        x, error = (rng.normal(size=(ROWS, n)).astype(dtype) for n in (N_IN, N_OUT))
        updates: dict[str, Update] = {"W1": Outer(x, error, -1 / ROWS), "b1": Outer(None, error, -1 / ROWS)}
        steps.append(
            {name: u.dense() for name, u in updates.items() if isinstance(u, Outer)} if dense else updates
        )
    return steps


def losses(step: int) -> float:
    """A loss that falls, rises once, and falls."""
    return 1 / (step + 1) + 2 * (step == 3)


def run(
    text: str, dtype: str = "float64", dense: bool = False, memory: bool = False
) -> tuple[Params, Memory]:
    """The weights after some steps; with `memory`, it goes to a file and back at every step."""
    optimiser, params, kept = start(text, dtype)
    for step, updates in enumerate(proposals(dtype, dense)):
        if memory:
            optimiser, kept = registry.optimiser(text), stored(kept)
        optimiser.apply(params, updates, kept, lambda step=step: losses(step))  # type: ignore[misc]
    return params, kept


def stored(memory: Memory) -> Memory:
    """A memory as a checkpoint gives it back."""
    arrays: dict[str, Array] = {}
    outline = checkpoint.outline(memory, arrays)
    return checkpoint.filled(outline, {name: array.copy() for name, array in arrays.items()})


def holds_hyperparameters_only(text: str) -> None:
    """It is a frozen dataclass that holds hyperparameters, and no arrays."""
    optimiser: Any = registry.optimiser(text)
    holds(
        dataclasses.is_dataclass(optimiser), "it is no dataclass: put @dataclass(frozen=True) above the class"
    )
    frozen = type(optimiser).__dataclass_params__.frozen
    holds(frozen, "it is not frozen: put @dataclass(frozen=True) above the class")
    for name, value in vars(optimiser).items():
        holds(not list(within(value)), f"its field {name!r} holds an array: arrays belong to the memory")


def remembers_in_a_dictionary(text: str) -> None:
    """init returns a dictionary of arrays, numbers and words that a checkpoint can keep, and changes no weight."""
    params, before = weights(), weights()
    try:
        memory = registry.optimiser(text).init(params)
    except BadInput as error:
        raise NotJudged(f"it refuses the weights W1 and b1: {error}") from error
    holds(isinstance(memory, dict), f"init returned {type(memory).__name__}: expected a dictionary")
    try:
        checkpoint.outline(memory, {})
    except checkpoint.NotStorable as error:
        holds(False, f"{error}: keep arrays, numbers and words in dictionaries, lists and tuples")
    holds(all(np.array_equal(before[name], params[name]) for name in before), "init changed a weight")
    for path, array in within(memory):
        apart = not any(np.shares_memory(array, weight) for weight in params.values())
        holds(apart, f"memory{path} lies in a weight, and would change with it: copy it")


def goes_on_from_a_checkpoint(text: str) -> None:
    """All that it remembers is in its memory: from a checkpoint it goes on as if nothing had been."""
    whole, parts = run(text)[0], run(text, memory=True)[0]
    holds(
        equal(whole, parts),
        "weights differ after the memory went to a file and back: keep all of it in there",
    )


def repeats_itself(text: str) -> None:
    """The same updates give the same weights, to the last bit, in every run."""
    holds(
        equal(run(text)[0], run(text)[0]), "two runs differ: is something kept on the class or in its module?"
    )


def changes_weights_in_place(text: str) -> None:
    """apply changes the arrays that it is given, to finite numbers, in their own shape and dtype."""
    for dtype in ("float32", "float64"):
        optimiser, params, memory = start(text, dtype)
        arrays, before = dict(params), {name: array.copy() for name, array in params.items()}
        for step, updates in enumerate(proposals(dtype)):
            optimiser.apply(params, updates, memory, lambda step=step: losses(step))  # type: ignore[misc]
        holds(params.keys() == arrays.keys(), "apply adds or removes weights")
        for name, array in arrays.items():
            holds(
                params[name] is array,
                f"apply puts another array in the place of {name!r}: write params[name][...] or +=",
            )
            holds(array.dtype == dtype, f"weight {name!r} became {array.dtype} from {dtype}")
            holds(bool(np.isfinite(array).all()), f"weight {name!r} is not finite after {STEPS} steps")
        changed = any(not np.array_equal(before[name], array) for name, array in arrays.items())
        holds(changed, f"no weight has changed after {STEPS} steps")


def leaves_updates_alone(text: str) -> None:
    """apply writes into no update, nor does its memory lie in one."""
    optimiser, params, memory = start(text)
    for dense in (False, True):
        for step, updates in enumerate(proposals(dense=dense)):
            before = copy.deepcopy(updates)
            optimiser.apply(params, updates, memory, lambda step=step: losses(step))  # type: ignore[misc]
            for (path, array), (_, old) in zip(within(updates), within(before), strict=True):
                holds(np.array_equal(array, old), f"update{path} changed: it is the rule's")
                apart = not any(np.shares_memory(array, mine) for _, mine in within(memory))
                holds(apart, f"its memory lies in update{path}: copy it")


def takes_factors_as_products(text: str) -> None:
    """A change given as factors (`Outer`) is the change given as one array."""
    factors, arrays = run(text)[0], run(text, dense=True)[0]
    for name in factors:
        close = np.allclose(factors[name], arrays[name], rtol=1e-9, atol=1e-12)
        holds(
            close, f"{name!r} becomes another weight where its change comes as an array: use update.dense()"
        )


def leaves_the_rest_alone(text: str) -> None:
    """What has no update stays as it is."""
    optimiser, params, memory = start(text)
    before = params["W1"].copy()
    for step, updates in enumerate(proposals()):
        optimiser.apply(params, {"b1": updates["b1"]}, memory, lambda step=step: losses(step))  # type: ignore[misc]
    holds(np.array_equal(before, params["W1"]), "W1 changed, and had no update")


def computes_on_foreign_arrays(text: str) -> None:
    """It changes weights that are arrays of another library, such as a GPU's, and turns none of them into numpy's."""
    optimiser_computes_on(Library, text)


def optimiser_computes_on(library: Any, text: str, tolerance: float = 1e-9) -> None:
    """Raise `Broken` unless an optimiser changes weights of a library as it changes numpy's, but for rounding."""
    for dense in (False, True):
        optimiser, params = registry.optimiser(text), moved(weights(), library)
        memory = begun(optimiser, params)
        try:
            for step, updates in enumerate(proposals(dense=dense)):
                optimiser.apply(params, moved(updates, library), memory, lambda step=step: losses(step))  # type: ignore[misc]
        except Refused as error:
            raise Broken(str(error)) from error
        left = [path for path, _ in within(memory)]
        holds(not left, f"memory{''.join(left[:1])} is an array of numpy's: make it by np.zeros_like")
        for name, expected in run(text, dense=dense)[0].items():
            close = np.allclose(on_host(params[name]), expected, rtol=tolerance, atol=tolerance)
            holds(close, f"{name!r} becomes another weight on another library's arrays than on numpy's")


def searches_its_own_fields(text: str) -> None:
    """What it declares under `search` are ranges of fields of its own."""
    searches = {
        member: getattr(member, "search", {}) for member in members(registry.optimiser(text)).values()
    }
    applies(any(searches.values()), "it declares no `search`")
    for member, search in searches.items():
        for name, range in search.items():
            holds(name in vars(member), f"{name!r} is no field of {type(member).__name__}")
            holds(isinstance(range, Range), f"search of {name!r} is {range!r}: expected a Range")


def descends(text: str) -> None:
    """It comes down a bowl: updates are directions to add."""
    optimiser, params, memory = start(text)
    centre = {name: array[::-1].copy() for name, array in weights().items()}

    def height() -> float:
        return float(sum(((params[name] - centre[name]) ** 2).sum() for name in params)) / 2

    first = height()
    for _ in range(300):
        optimiser.apply(params, {name: centre[name] - params[name] for name in params}, memory, height)
    advice = "updates are directions to ADD: is a sign wrong?"
    holds(
        height() < first, f"it is {height() / first:.3g} times as high in the bowl after 300 steps: {advice}"
    )


def equal(ours: Params, theirs: Params) -> bool:
    """Whether weights are equal to the last bit."""
    return all(np.array_equal(ours[name], theirs[name]) for name in ours)


PROMISES: tuple[Promise, ...] = (
    holds_hyperparameters_only,
    searches_its_own_fields,
    remembers_in_a_dictionary,
    changes_weights_in_place,
    leaves_updates_alone,
    leaves_the_rest_alone,
    takes_factors_as_products,
    computes_on_foreign_arrays,
    repeats_itself,
    goes_on_from_a_checkpoint,
    descends,
)
