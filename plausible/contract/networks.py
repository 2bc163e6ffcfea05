"""What every network promises, beyond the members that `plausible.networks.network.Network` names."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from plausible.arrays import is_foreign
from plausible.contract.elsewhere import moved, native
from plausible.contract.foreign import Library, Refused
from plausible.contract.promises import Broken, NotJudged, Promise, applies, holds
from plausible.contract.world import BATCH, N_IN, N_OUT, examples, within
from plausible.core import Array, Outer, Params, Presentation, View, randomness, read_only
from plausible.errors import BadInput
from plausible.networks.network import Network, inner, reference_in
from plausible.probes.differences import central_differences
from plausible.registry import registry
from plausible.registry.encoding import decode, encode
from plausible.registry.failure import failure
from plausible.tasks.streams import rewarding
from plausible.train import check_apart, check_arrays

SEED = 0
SOME = 100  # numbers of a weight by which the loss is differentiated
NEAR = 1e-4  # of a gradient's norm, within which an exact one is of its central differences


class World(NamedTuple):
    """A network with new weights, and what it is shown."""

    network: Network
    params: Params
    shown: Presentation

    def respond(self) -> list[Array]:
        """What it answers, on read-only arrays. Raises `Broken` if that is no list of arrays."""
        layers = self.network.respond(read_only(self.params), self.shown.x)
        good = isinstance(layers, list) and layers and all(isinstance(layer, np.ndarray) for layer in layers)
        holds(bool(good), "respond returns no list of arrays, one for each layer")
        return layers


def world(text: str, dtype: str | None = None, batch: int = BATCH) -> World:
    """The network that `text` names, in a dtype if one is given. Raises `NotJudged` if it has no field of that name."""
    network: Any = registry.network(text)
    if dtype is not None:
        fields = {field.name for field in dataclasses.fields(network) if field.init}
        if "dtype" not in fields and network.dtype != dtype:
            raise NotJudged(f"it has no field `dtype`, to make it {dtype}")
        network = dataclasses.replace(network, dtype=dtype) if "dtype" in fields else network
    params = network.start(N_IN, N_OUT, randomness(SEED).weights)
    x, y, mask = examples(batch, network.dtype, network.sequential)
    return World(network, params, Presentation(x, y, rewarding("classes", y, mask), mask))


def is_equal_to_itself(text: str) -> None:
    """Made twice over it is one network, equal and of one hash: runs are told apart by their networks."""
    first, second = registry.network(text), registry.network(text)
    holds(first == second, "two of the same settings are not equal: make it a dataclass without eq=False")
    holds(hash(first) == hash(second), "two of the same settings have other hashes")
    for name, value in vars(first).items():
        holds(
            not list(within(value)), f"its field {name!r} holds an array: arrays belong to what start returns"
        )


def tells_its_settings(text: str) -> None:
    """Its settings are texts by name, each in one line."""
    settings = registry.network(text).settings()
    holds(
        isinstance(settings, Mapping), f"settings returns {type(settings).__name__}: expected texts by name"
    )
    for name, value in settings.items():
        good = isinstance(name, str) and isinstance(value, str) and value.isprintable()
        holds(
            good, f"setting {name!r} is {value!r}: expected a text in one line, as `texts(self)` makes them"
        )


def can_be_stored(text: str) -> None:
    """It is written as JSON, as which it travels and is stored, and read again as an equal one."""
    network = registry.network(text)
    try:
        read = decode(encode(network), Network, execute=True)
    except BadInput as error:
        raise Broken(str(error)) from error
    holds(read == network, f"read again it is {read!r}: expected {network!r}")


def starts_as_its_shapes_say(text: str) -> None:
    """What start returns has the names and the shapes that it tells before, its dtype, and a memory each."""
    network, params, _ = world(text)
    try:
        check_arrays(params)
        check_apart(params)
    except BadInput as error:
        raise Broken(str(error)) from error
    started = {name: array.shape for name, array in params.items()}
    told = {name: tuple(shape) for name, shape in network.shapes(N_IN, N_OUT).items()}
    holds(started == told, f"start returns weights of shapes {started}: expected {told}, as shapes tells")
    for name, array in params.items():
        holds(array.dtype == network.dtype, f"weight {name!r} is {array.dtype} in a {network.dtype} network")
    missing = [name for name in inner(network) if name not in params]
    holds(not missing, f"inner names {', '.join(missing)}: expected names of weights")


def starts_the_same_at_one_seed(text: str) -> None:
    """start gives the same weights at the same seed."""
    first, second = world(text).params, world(text).params
    for name, array in first.items():
        same = np.array_equal(array, second[name])
        holds(same, f"{name!r} differs between two calls with one seed: draw from rng only")


def answers_every_example(text: str) -> None:
    """respond gives activity by layer, ([time,] batch, units), the answer last, finite and of its dtype."""
    for batch in (1, BATCH, 2 * BATCH + 3):
        it = world(text, batch=batch)
        layers = it.respond()
        for number, layer in enumerate(layers, 1):
            units = "n_out" if number == len(layers) else "units"
            good = layer.ndim == it.shown.x.ndim and layer.shape[:-1] == it.shown.x.shape[:-1]
            expected = f"({', '.join(map(str, it.shown.x.shape[:-1]))}, {units})"
            holds(good, f"activity {number} has shape {layer.shape}: expected {expected}")
            dtype = it.network.dtype
            holds(layer.dtype == dtype, f"activity {number} is {layer.dtype} in a {dtype} network")
            holds(bool(np.isfinite(layer).all()), f"activity {number} is not finite")
        holds(
            layers[-1].shape[-1] == N_OUT, f"the answer has {layers[-1].shape[-1]} outputs, and not {N_OUT}"
        )


def writes_into_nothing(text: str) -> None:
    """respond writes into nothing that it is given, and answers the same again."""
    it = world(text)
    before = {name: array.copy() for name, array in (*it.params.items(), ("x", it.shown.x))}
    try:
        first, second = it.respond(), it.respond()
    except ValueError as error:
        if "read-only" in str(error):
            raise Broken("respond writes into the weights") from error
        raise
    for name, array in (*it.params.items(), ("x", it.shown.x)):
        holds(np.array_equal(array, before[name]), f"{name!r} changed during respond")
    holds(all(map(np.array_equal, first, second)), "two calls of respond on the same examples differ")


def computes_on_foreign_arrays(text: str) -> None:
    """respond computes on arrays of another library, such as a GPU's, and turns none of them into numpy's."""
    it = world(text)
    try:
        layers = it.network.respond(moved(it.params, Library), moved(it.shown.x, Library))
    except Refused as error:
        raise Broken(str(error)) from error
    holds(
        all(map(is_foreign, layers)), "respond returns arrays of numpy's where it was given another library's"
    )
    same = all(map(np.array_equal, native(layers), it.respond()))
    holds(same, "respond gives other numbers than on numpy's arrays")


def has_the_gradient_that_it_names(text: str) -> None:
    """The rule that it names as its `reference` is the gradient of its loss, by central differences in float64."""
    name = reference_in(registry.network(text))
    applies(bool(name), "it names none, so that no angle to a gradient is measured")
    network, params, shown = world(text, "float64")
    advice = 'name another rule as `reference`, or "" for none'
    try:
        rule = registry.rule(name, network)
        updates = rule.update(read_only(params), None, shown, np.random.default_rng(SEED)).updates
    except Exception as error:
        raise Broken(f"{name!r} cannot be computed in it ({failure(error).reason}): {advice}") from error

    for weight in params:
        update: Any = updates.get(weight)
        holds(update is not None, f"{name!r} does not change {weight!r}: {advice}")
        change = update.dense() if isinstance(update, Outer) else update
        chosen, slope = slopes(network, params, weight, shown)
        apart = float(np.linalg.norm(change.reshape(-1)[chosen] + slope))
        told = f"the change of {weight!r} by {name!r} is off minus the gradient by {apart:.2g}, of a size of"
        size = float(np.linalg.norm(slope))
        holds(apart <= NEAR * max(size, NEAR), f"{told} {size:.2g}: {advice}")


def slopes(network: Network, params: Params, weight: str, shown: Presentation) -> tuple[Any, Array]:
    """Where in a weight, flattened, up to `SOME` numbers were moved, and the derivatives of the loss by them."""
    flat = params[weight].reshape(-1)
    chosen = np.random.default_rng(SEED).permutation(flat.size)[:SOME]

    def loss(part: View) -> float:
        moved = flat.copy()
        moved[chosen] = part[weight]
        whole = {**params, weight: moved.reshape(params[weight].shape)}
        return network.output.total(network.respond(whole, shown.x)[-1], shown.y, shown.mask)

    return chosen, central_differences(loss, {weight: flat[chosen]})[weight]


PROMISES: tuple[Promise, ...] = (
    is_equal_to_itself,
    tells_its_settings,
    can_be_stored,
    starts_as_its_shapes_say,
    starts_the_same_at_one_seed,
    answers_every_example,
    writes_into_nothing,
    computes_on_foreign_arrays,
    has_the_gradient_that_it_names,
)
