"""What every optimiser computes and promises. Oracle: its formula, in formulas.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest

from plausible.core import Array, Optimiser, Outer, Params, Update
from plausible.optimise import blocks
from plausible.optimise.accumulate import squared_norm
from plausible.optimise.adam import Adam
from plausible.optimise.bold_driver import BoldDriver
from plausible.optimise.delta_bar_delta import DeltaBarDelta
from plausible.optimise.held_signs import HeldSigns
from plausible.optimise.quickprop import Quickprop
from plausible.optimise.relative import Relative
from plausible.optimise.rmsprop import RMSprop
from plausible.optimise.rprop import VARIANTS, Rprop
from plausible.optimise.schedules import Cosine, Levels, Steps
from plausible.optimise.sgd import SGD
from plausible.optimise.staged import Staged
from plausible.optimise.wrappers import Clipped, Decay, Grouped, Manhattan
from plausible.registry import registry
from tests.optimisers.formulas import (
    LOSSES,
    Changes,
    Reference,
    adam,
    bold,
    classical,
    classical_with_cosine,
    clipped,
    decayed,
    delta_bar_delta,
    each,
    grouped,
    halved_after_two,
    manhattan,
    nesterov,
    one_by_one,
    plain,
    relative,
    resilient,
    rmsprop,
    slow_start,
    staged,
)
from tests.oracles import angle, dense


class Row(NamedTuple):
    optimiser: Optimiser
    reference: Reference


ADAM = Adam(0.1, mean=0.8, square=0.95, epsilon=1e-6)
TABLE = {
    "plain": Row(SGD(0.3), each(plain)),
    "plain, halved after two steps": Row(SGD(Steps(0.3, (2,), 0.5)), each(halved_after_two)),
    "classical momentum": Row(SGD(0.2, momentum=0.9), each(classical)),
    "rate and momentum that rise": Row(
        SGD(Levels((0.05, 0.1), (2,)), momentum=Levels((0.5, 0.9), (2,))), each(slow_start)
    ),
    "classical momentum, cosine": Row(SGD(Cosine(0.2, steps=8), momentum=0.5), each(classical_with_cosine)),
    "nesterov": Row(SGD(0.2, momentum=0.9, nesterov=True), each(nesterov)),
    "adam": Row(ADAM, each(adam)),
    "rmsprop": Row(RMSprop(0.05, square=0.9, epsilon=1e-6), each(rmsprop)),
    "delta-bar-delta": Row(DeltaBarDelta(0.1, increase=0.03, decrease=0.25), each(delta_bar_delta)),
    "bold driver": Row(BoldDriver(0.2, grow=1.1, shrink=0.5, momentum=0.5), bold),
    **{name: Row(Rprop(0.1, name), one_by_one(resilient(name))) for name in VARIANTS},
    "decay": Row(Decay(SGD(0.3), 0.1, names=("W2",)), decayed),
    "clipped": Row(Clipped(SGD(0.3), 2.0), clipped),
    "manhattan": Row(Manhattan(SGD(0.2)), each(manhattan)),
    "relative": Row(Relative(SGD(0.2)), each(relative)),
    "staged": Row(Staged(SGD(0.3), ADAM, steps=1), staged),
    "grouped": Row(Grouped((("b*", SGD(0.01)), ("W1", SGD(0.0))), ADAM), grouped),
}
every_row = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
EVERY = {name: row.optimiser for name, row in TABLE.items()} | {
    "quickprop": Quickprop(),  # which has its own file, as what wraps others
    "held-signs": HeldSigns(Adam()),
}
every_optimiser = pytest.mark.parametrize("optimiser", EVERY.values(), ids=EVERY)

SHAPES = [(1, 1, 1, 1), (3, 2, 4, 1), (5, 7, 3, 20), (70, 70, 5, 70)]  # n_in, n_hidden, n_out, rows


def drawn(rng: np.random.Generator, size: tuple[int, ...], dtype: str = "float64") -> Array:
    """Normal numbers that both dtypes hold exactly."""
    return rng.normal(size=size).astype("float32").astype(dtype)


def weights(shape: tuple[int, ...], dtype: str = "float64") -> Params:
    n_in, n_hidden, n_out, _ = shape
    rng = np.random.default_rng(0)
    sizes = {"W1": (n_in, n_hidden), "W2": (n_hidden, n_out), "b1": (n_hidden,), "b2": (n_out,)}
    return {name: drawn(rng, size, dtype) for name, size in sizes.items()}


def outer_updates(
    shape: tuple[int, ...], steps: int = 5, dtype: str = "float64"
) -> list[Mapping[str, Update]]:
    """Changes of size one or so, as the factors of which they are made."""
    n_in, n_hidden, n_out, rows = shape
    rng = np.random.default_rng(1)
    updates: list[Mapping[str, Update]] = []
    for _ in range(steps):
        h0, h1, d1, d2 = (drawn(rng, (rows, n), dtype) for n in (n_in, n_hidden, n_hidden, n_out))
        changes = {"W1": (h0, d1), "W2": (h1, d2), "b1": (None, d1), "b2": (None, d2)}
        updates.append({name: Outer(pre, post, -(rows**-0.5)) for name, (pre, post) in changes.items()})
    return updates


def formed(updates: list[Mapping[str, Update]]) -> Changes:
    """The same changes, each as one array."""
    return [{name: dense(update) for name, update in step.items()} for step in updates]


def applied(optimiser: Optimiser, params: Params, updates: list[Mapping[str, Update]]) -> Params:
    memory = optimiser.init(params)
    for t, step in enumerate(updates):
        optimiser.apply(params, step, memory, lambda t=t: LOSSES[t % len(LOSSES)])
    return params


@pytest.mark.parametrize("form", ["outer", "dense"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("dtype", "close"), [("float64", 1e-12), ("float32", 1e-5)]
)  # some hundred roundings
@every_row
def test_it_is_its_formula(row: Row, dtype: str, close: float, shape: tuple[int, ...], form: str) -> None:
    updates = outer_updates(shape, dtype=dtype)
    ours = applied(row.optimiser, weights(shape, dtype), updates if form == "outer" else formed(updates))
    expected = row.reference(weights(shape), formed(outer_updates(shape)))
    for name, array in ours.items():
        assert array.dtype == dtype
        np.testing.assert_allclose(array, expected[name], rtol=close, atol=close, err_msg=name)


@pytest.mark.parametrize(
    "optimiser", [SGD(0.1, momentum=0.9), SGD(0.1, 0.3, True), Adam(), RMSprop(square=0.9)], ids=repr
)
def test_memories_of_silent_weights_fade_to_nothing_without_denormals(optimiser: Optimiser) -> None:
    """And weights are those of numbers so precise that nothing of them is denormal."""
    ends = {}
    for dtype in ("float32", "float64"):
        rng = np.random.default_rng(0)
        params, tiny = {"W": np.ones((30, 20), dtype)}, np.finfo(dtype).tiny
        memory = optimiser.init(params)
        for step in range(1500):
            change = rng.normal(size=(30, 20)).astype("float32") * (step < 6)
            optimiser.apply(params, {"W": change.astype(dtype)}, memory)
            for kept in arrays({k: v for k, v in memory.items() if isinstance(v, dict)}):
                assert not ((kept != 0) & (abs(kept) < tiny)).any()
        ends[dtype] = params["W"]
    np.testing.assert_allclose(ends["float32"], ends["float64"], rtol=2e-5, atol=1e-5)


# --- what all of them promise ---------------------------------------------------------------------------

SHAPE = (5, 7, 3, 4)


def arrays(memory: Any) -> Iterator[Array]:
    """All the arrays in what an optimiser remembers."""
    if isinstance(memory, np.ndarray):
        yield memory
    elif isinstance(memory, Mapping):
        for value in memory.values():
            yield from arrays(value)


def test_the_table_has_every_optimiser() -> None:
    registered = {registry.load("optimiser", name) for name in registry.registered("optimiser")}
    assert {type(optimiser) for optimiser in EVERY.values()} == registered


@every_optimiser
def test_weights_change_in_place(optimiser: Optimiser) -> None:
    params = weights(SHAPE)
    before, views = dict(params), {name: array.view() for name, array in params.items()}
    applied(optimiser, params, outer_updates(SHAPE))
    for name, array in params.items():
        assert array is before[name]
        np.testing.assert_array_equal(views[name], array)
    assert (params["W2"] != weights(SHAPE)["W2"]).all()


@every_optimiser
def test_updates_are_only_read(optimiser: Optimiser) -> None:
    """What a rule hands over may be its own state, or the data."""
    outer = outer_updates(SHAPE)
    for updates in (outer, formed(outer)):
        for step in updates:
            for update in step.values():
                for array in update if isinstance(update, Outer) else (update,):
                    if isinstance(array, np.ndarray):
                        array.flags.writeable = False
        applied(optimiser, weights(SHAPE), updates)


@every_optimiser
def test_weights_without_an_update_stay(optimiser: Optimiser) -> None:
    """Bitwise, whatever momentum they had and whether or not others change."""
    params, (first, second, *_) = weights(SHAPE), outer_updates(SHAPE)
    memory = optimiser.init(params)
    optimiser.apply(params, first, memory, lambda: 3.0)
    before = {name: array.copy() for name, array in params.items()}
    optimiser.apply(params, {}, memory, lambda: 2.0)
    for name in ("W1", "W2", "b1", "b2"):
        np.testing.assert_array_equal(params[name], before[name])
    optimiser.apply(params, {"W2": second["W2"]}, memory, lambda: 5.0)
    for name in ("W1", "b1", "b2"):
        np.testing.assert_array_equal(params[name], before[name])
    assert (params["W2"] != before["W2"]).any()


@every_optimiser
def test_memory_is_not_shared(optimiser: Optimiser) -> None:
    """Two runs that take turns end where each would alone; a memory is a copy of nothing that can change."""
    updates = outer_updates(SHAPE)
    one, two = weights(SHAPE), weights(SHAPE)
    memories = optimiser.init(one), optimiser.init(two)
    for t, (step, other) in enumerate(zip(updates, reversed(updates), strict=True)):
        optimiser.apply(one, step, memories[0], lambda t=t: LOSSES[t])
        optimiser.apply(two, other, memories[1], lambda t=t: LOSSES[t])
    for ours, given in ((one, updates), (two, updates[::-1])):
        alone = applied(optimiser, weights(SHAPE), given)
        for name, array in alone.items():
            np.testing.assert_array_equal(ours[name], array)
    apart = [*arrays(memories[0]), *arrays(memories[1]), *one.values(), *two.values()]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(apart) for b in apart[:i])


# --- one by one -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("momentum", [0.0, 1e-300])  # the second takes the way of all others
def test_without_momentum_it_is_plain(momentum: float) -> None:
    updates = formed(outer_updates(SHAPE))
    ours = applied(SGD(0.3, momentum), weights(SHAPE), updates)
    for name, array in applied(SGD(0.3), weights(SHAPE), updates).items():
        np.testing.assert_array_equal(ours[name], array)


@pytest.mark.parametrize("rows", [1, 3, 40], ids="{} rows a block".format)
@every_optimiser
def test_large_weights_change_block_by_block_as_they_would_at_once(
    optimiser: Optimiser, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With blocks so small that the weights are many, the last of them incomplete: the same bits."""
    updates = outer_updates((70, 70, 5, 20))
    whole = applied(optimiser, weights((70, 70, 5, 20)), updates)
    monkeypatch.setattr(blocks, "BLOCK", rows * 70 * 8)
    assert [len(part) for (part,) in blocks.blocks(whole["W1"])] == [rows] * (70 // rows) + (
        [70 % rows] if 70 % rows else []
    )
    for name, array in applied(optimiser, weights((70, 70, 5, 20)), updates).items():
        np.testing.assert_array_equal(array, whole[name], err_msg=name)


@pytest.mark.parametrize("rows", [3, 50])
def test_a_change_is_formed_from_the_smaller_factor(rows: int) -> None:
    """Scaled before or after the product, by a number that is no power of two: some roundings apart."""
    for change in outer_updates((20, 10, 4, rows), steps=1)[0].values():
        np.testing.assert_allclose(blocks.formed(change), dense(change), rtol=1e-12, atol=1e-12)


def test_the_first_step_of_adam_is_the_sign() -> None:
    """Both moments are exact then: the step is rate · U / (|U| + epsilon), short of rate by rate · epsilon / |U|."""
    change = np.array([3.0, -1e-3, 1e5, -2.0])
    params = {"b1": np.zeros(4)}
    applied(Adam(0.01, epsilon=1e-8), params, [{"b1": change}])
    short = 0.01 - abs(params["b1"])
    np.testing.assert_array_equal(np.sign(params["b1"]), np.sign(change))
    np.testing.assert_allclose(short, 0.01 * 1e-8 / abs(change), rtol=1e-4, atol=1e-17)


def test_the_step_of_rmsprop_does_not_know_how_large_changes_are() -> None:
    changes = outer_updates(SHAPE)
    larger = [{name: u._replace(scale=100 * u.scale) for name, u in step.items()} for step in changes]  # type: ignore[union-attr]
    ends = [applied(RMSprop(0.01, epsilon=1e-30), weights(SHAPE), steps) for steps in (changes, larger)]
    for name, array in ends[0].items():
        np.testing.assert_allclose(array, ends[1][name], rtol=1e-12)


def test_adam_counts_the_steps_of_each_weight() -> None:
    """A weight whose first update comes late takes the same first step as any other."""
    params = {"W1": np.zeros((1, 1)), "W2": np.zeros((1, 1))}
    one = np.ones((1, 1))
    applied(Adam(0.01), params, [{"W1": one}] * 10 + [{"W2": one}])
    np.testing.assert_allclose(params["W2"], 0.01, rtol=1e-7)


def test_decay_is_a_factor_on_the_named_weights() -> None:
    params, nothing = weights(SHAPE), {name: np.zeros_like(array) for name, array in weights(SHAPE).items()}
    applied(Decay(SGD(0.1), 0.01), params, [nothing])
    for name, array in weights(SHAPE).items():
        np.testing.assert_array_equal(params[name], (1 - 0.01) * array if name[0] == "W" else array)


@pytest.mark.parametrize("limit", [1e-3, 1.0, 1e3])
def test_clipping_limits_the_norm_and_keeps_the_direction(limit: float) -> None:
    for step in outer_updates(SHAPE):
        params = {name: np.zeros_like(array) for name, array in weights(SHAPE).items()}
        applied(Clipped(SGD(1.0), limit), params, [step])
        ours, given = (
            np.concatenate([changes[name].ravel() for name in params])
            for changes in (params, formed([step])[0])
        )
        np.testing.assert_allclose(np.linalg.norm(ours), min(limit, np.linalg.norm(given)), rtol=1e-12)
        assert angle(ours, given) < 1e-5  # of arccos near 1, whose square is good to 1e-16


def orthogonal() -> Outer:
    """At the minimum of a linear least-squares fit the error is orthogonal to the input, and the change zero."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(10, 2)), rng.normal(size=(10, 100))
    return Outer(x, y - x @ np.linalg.lstsq(x, y, rcond=None)[0], -0.1)


def test_clipping_bears_a_change_of_zero() -> None:
    assert squared_norm(orthogonal()) >= 0
    applied(Clipped(SGD(0.1)), {"W1": np.zeros((2, 100))}, [{"W1": orthogonal()}])


@pytest.mark.parametrize("rows", [0, 1, 5, 6, 40])  # one way while rows² < 30, another after
@pytest.mark.parametrize("n_in", [6, None], ids=["weights", "bias"])
def test_the_norm_of_a_product_is_that_of_its_array(n_in: int | None, rows: int) -> None:
    rng = np.random.default_rng(0)
    update = Outer(None if n_in is None else rng.normal(size=(rows, n_in)), rng.normal(size=(rows, 5)), -0.3)
    expected = (dense(update) ** 2).sum()
    np.testing.assert_allclose(squared_norm(update), expected, rtol=1e-12)
    np.testing.assert_allclose(squared_norm(dense(update)), expected, rtol=1e-12)


def test_groups_go_by_the_first_pattern_that_matches() -> None:
    grouped = Grouped((("W1", SGD(1.0)), ("W*", SGD(2.0)), ("?2", SGD(3.0))), default=SGD(4.0))
    params = {name: np.zeros(1) for name in ("W1", "W2", "b1", "b2", "B2", "w1")}
    applied(grouped, params, [{name: np.ones(1) for name in params}])
    served = {name: array.item() for name, array in params.items()}
    assert served == {"W1": 1, "W2": 2, "b1": 4, "b2": 3, "B2": 3, "w1": 4}  # case matters


def test_a_group_at_rate_zero_is_frozen() -> None:
    params = applied(Grouped((("W1", SGD(0.0)),), default=SGD(0.1)), weights(SHAPE), outer_updates(SHAPE))
    for name, array in weights(SHAPE).items():
        assert (params[name] == array).all() == (name == "W1")


@pytest.mark.parametrize("factor", [1e-30, 1e30])
def test_manhattan_steps_have_no_size_but_the_rate(factor: float) -> None:
    """And a change of exactly zero is no change."""
    updates = [
        {name: factor * change for name, change in step.items()} for step in formed(outer_updates(SHAPE))
    ]
    updates[0]["W1"][0, 0] = 0.0
    start = weights(SHAPE)
    params = applied(Manhattan(SGD(0.25)), weights(SHAPE), updates[:1])
    for name, change in updates[0].items():
        np.testing.assert_allclose(params[name] - start[name], 0.25 * np.sign(change), rtol=1e-12)
    assert params["W1"][0, 0] == start["W1"][0, 0]
