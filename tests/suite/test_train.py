"""The trainer and its streams: what rules may touch, what is refused, and what repeats to the bit.

Oracles: the contract stated in `plausible.core` and `plausible.train`, and counting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator

from baselines.backprop import Backprop
from baselines.shallow import Shallow
from plausible.core import (
    Array,
    Optimiser,
    Outer,
    Params,
    Presentation,
    Randomness,
    Rule,
    Step,
    Update,
    View,
    randomness,
    read_only,
)
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine
from plausible.optimise.sgd import SGD
from plausible.rules.feedback.direct_feedback_alignment import DirectFeedbackAlignment
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.tasks.streams import Minibatches
from plausible.train import train
from tests.oracles import assert_same, dense, numbered, present

N_IN, N_OUT = 3, 2
SHOWN = present(np.ones((4, N_IN)), np.ones((4, N_OUT)))


@dataclass(frozen=True)
class Scripted:
    """A rule whose proposal is a function of the weights, the state, the presentation and the generator."""

    proposal: Callable[[View, Any, Presentation, Generator], Step]

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, Any]:
        return {"W1": rng.normal(size=(n_in, n_out)), "b1": np.zeros(n_out)}, 0.0

    def update(self, params: View, state: Any, shown: Presentation, rng: Generator) -> Step:
        return self.proposal(params, state, shown, rng)

    def respond(self, params: View, state: Any, x: Array, rng: Generator) -> list[Array]:
        return [x @ params["W1"] + params["b1"]]


def proposing(**updates: Update) -> Scripted:
    """A rule that always proposes `updates`."""
    return Scripted(lambda *_: Step(updates))


def eligible(params: View, state: Any, shown: Presentation, rng: Generator) -> Step:
    """Needs all that a run carries on: a trace from step to step, and noise."""
    noise = rng.normal(size=(len(shown.x), N_OUT))
    trace = 0.9 * state + shown.x.T @ (shown.y - shown.x @ params["W1"] + noise)
    return Step({"W1": trace / len(shown.x)}, trace)


def begun(rule: Rule, seed: int = 0) -> tuple[Params, Any]:
    return rule.init(N_IN, N_OUT, np.random.default_rng(seed))


def run(rule: Rule, optimiser: Optimiser, stream: list[Presentation]) -> Params:
    params, state = begun(rule)
    for _ in train(rule, optimiser, params, state, stream, np.random.default_rng(1)):
        pass
    return params


def presentations(count: int, dtype: str = "float64") -> list[Presentation]:
    rng = np.random.default_rng(2)
    pairs = [(rng.normal(size=(4, N_IN)), np.eye(N_OUT)[rng.integers(N_OUT, size=4)]) for _ in range(count)]
    return [present(x.astype(dtype), y.astype(dtype)) for x, y in pairs]


def copied(params: View) -> Params:
    return {name: array.copy() for name, array in params.items()}


# --- rules only read ------------------------------------------------------------------------------------

WRITES: dict[str, Callable[[Any], object]] = {
    "an element": lambda params: params["W1"].__setitem__((0, 0), 1.0),
    "in place": lambda params: params["W1"].__iadd__(1.0),
    "out=": lambda params: np.add(params["W1"], 1.0, out=params["W1"]),
    "through the transpose": lambda params: params["W1"].T.__setitem__(0, 1.0),
    "through a slice": lambda params: params["W1"][1:].fill(1.0),
    "a bias": lambda params: params["b1"].sort(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_rule_that_writes_dies(write: Callable[[Any], object]) -> None:
    rule = Scripted(lambda params, *_: write(params))
    params, state = begun(rule)
    before = copied(params)
    with pytest.raises(ValueError, match="read-only"):
        next(train(rule, SGD(), params, state, [SHOWN], np.random.default_rng(0)))
    assert_same(params, before)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_probe_that_writes_dies(write: Callable[[Any], object]) -> None:
    rule = proposing(W1=np.ones((N_IN, N_OUT)))
    params, state = begun(rule)
    tick = next(train(rule, SGD(), params, state, [SHOWN], np.random.default_rng(0)))
    with pytest.raises(ValueError, match="read-only"):
        write(tick.params)
    assert_same(params, begun(rule)[0])


def test_a_rule_that_puts_weights_of_its_own_in_place_dies() -> None:
    def improper(params: Any, *_: object) -> Step:
        params["W1"] = params["W1"] + 1.0  # the commonest slip: meant as a change, seen by nobody
        return Step({})

    rule = Scripted(improper)
    params, state = begun(rule)
    with pytest.raises((TypeError, ValueError)):
        next(train(rule, SGD(), params, state, [SHOWN], np.random.default_rng(0)))


def test_read_only_views_see_what_the_optimiser_does() -> None:
    params, _ = begun(proposing())
    views = read_only(params)
    params["W1"] += 1.0
    assert_same(dict(views), params)
    assert all(np.shares_memory(views[name], array) for name, array in params.items())
    assert params["W1"].flags.writeable


# --- what fits ------------------------------------------------------------------------------------------

ONES = np.ones((4, 3))
BAD: dict[str, tuple[dict[str, Update], tuple[str, ...]]] = {
    "a name that is none": ({"W3": ONES}, ("'W3'", "'W1'", "'b1'")),
    "an array of another shape": ({"W1": np.ones((N_OUT, N_IN))}, ("'W1'", "(2, 3)", "(3, 2)")),
    "factors of another shape": ({"W1": Outer(ONES, ONES)}, ("'W1'", "(3, 3)", "(3, 2)")),
    "a factor for a bias": ({"b1": Outer(np.ones((4, 1)), ONES[:, :2])}, ("'b1'", "(1, 2)", "(2,)")),
    "a bias of another shape": ({"b1": Outer(None, ONES)}, ("'b1'", "(3,)", "(2,)")),
    "no factor for weights": ({"W1": Outer(None, ONES[:, :2])}, ("'W1'", "(2,)", "(3, 2)")),
    "an array of another dtype": ({"W1": np.ones((N_IN, N_OUT), "float32")}, ("'W1'", "float32", "float64")),
    "factors of another dtype": (
        {"W1": Outer(ONES.astype("float32"), ONES[:, :2].astype("float32"))},
        ("'W1'", "float32", "float64"),
    ),
    "rows that are not as many": ({"W1": Outer(np.ones((5, N_IN)), ONES[:, :2])}, ("'W1'", "5", "4")),
}


@pytest.mark.parametrize(("updates", "said"), BAD.values(), ids=BAD)
def test_an_update_that_fits_no_weight_is_refused(updates: dict[str, Update], said: tuple[str, ...]) -> None:
    """Before anything has changed, and saying what came and what was expected."""
    rule = proposing(**updates)
    params, state = begun(rule)
    before = copied(params)
    with pytest.raises(ValueError, match="expected") as caught:
        next(train(rule, SGD(), params, state, [SHOWN], np.random.default_rng(0)))
    for part in said:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)
    assert_same(params, before)


@pytest.mark.parametrize(
    "updates",
    [
        {},
        {"W1": np.ones((N_IN, N_OUT))},
        {"W1": Outer(ONES, ONES[:, :2]), "b1": Outer(None, ONES[:, :2])},
        {"b1": np.ones(N_OUT)},
    ],
    ids=["nothing", "array", "factors", "bias"],
)
def test_an_update_that_fits_is_applied(updates: dict[str, Update]) -> None:
    params = run(proposing(**updates), SGD(1.0), [SHOWN])
    for name, array in begun(proposing())[0].items():
        change = dense(updates[name]) if name in updates else 0
        np.testing.assert_allclose(params[name], array + change, rtol=1e-15)


LATER: dict[str, dict[str, Update]] = {
    "a row for all": {"W1": np.ones((1, N_OUT))},
    "a number for all": {"W1": np.ones(())},
    "factors of a column": {"W1": Outer(ONES, ONES[:, :1])},
    "a bias of one": {"b1": Outer(None, ONES[:, :1])},
    "a name that is none": {"W3": ONES},
}


@pytest.mark.parametrize("updates", LATER.values(), ids=LATER)
@pytest.mark.parametrize("optimiser", [SGD(0.1), SGD(0.1, momentum=0.9), Adam()], ids=repr)
def test_an_update_that_fits_no_weight_any_more_is_refused(
    updates: dict[str, Update], optimiser: Optimiser
) -> None:
    """Numpy would spread it over the weight; nothing of it is applied."""
    steps = [{"W1": np.ones((N_IN, N_OUT)), "b1": np.ones(N_OUT)}, updates]
    rule = Scripted(lambda params, state, shown, rng: Step(steps[int(state)], state + 1))
    params, state = begun(rule)
    ticks = train(rule, optimiser, params, state, [SHOWN] * 3, np.random.default_rng(0))
    next(ticks)
    with pytest.raises(ValueError, match="expected"):
        next(ticks)
    once = run(proposing(**steps[0]), optimiser, [SHOWN])
    assert_same(params, once)


# --- ticks ----------------------------------------------------------------------------------------------


def test_decay_and_bounds_are_the_same_under_every_optimiser() -> None:
    """W ← (1 - decay) W, then the change, then the bounds; weights that are not named are left alone.

    By hand: 2 decays to 1.5, goes up by 0.5 · 1 and is held at 1.75; -2 goes to -1.5, then -1.
    """
    step = Step({"W1": np.ones((2, 1)), "b1": np.ones(1)}, decay={"W1": 0.25}, bounds={"W1": (-9.0, 1.75)})
    params = {"W1": np.array([[2.0], [-2.0]]), "b1": np.array([3.0])}
    ticks = train(Scripted(lambda *_: step), SGD(0.5), params, None, [SHOWN], np.random.default_rng(0))
    assert params["W1"][0] == 2
    assert next(ticks).params["W1"][0] == 2  # a tick comes before all of it
    assert list(ticks) == []
    np.testing.assert_array_equal(params["W1"], [[1.75], [-1.0]])
    np.testing.assert_array_equal(params["b1"], [3.5])


@pytest.mark.parametrize(
    ("demands", "said"),
    [
        ({"decay": {"W9": 0.5}}, "'W9'"),
        ({"bounds": {"W9": (0.0, 1.0)}}, "'W9'"),
        ({"decay": {"W1": 1.5}}, "the fraction that is lost"),
        ({"decay": {"W1": -0.1}}, "the fraction that is lost"),
        ({"bounds": {"W1": (1.0, 0.0)}}, "the lowest value first"),
    ],
)
def test_decay_and_bounds_that_make_no_sense_are_refused(demands: dict[str, Any], said: str) -> None:
    rule = Scripted(lambda *_: Step({"W1": np.ones((N_IN, N_OUT))}, **demands))
    with pytest.raises(ValueError, match=said):
        run(rule, SGD(0.5), [SHOWN])


def test_a_tick_comes_before_its_change() -> None:
    """At tick k the weights are the first ones and k changes of one; after the last tick, all of them."""
    rule = proposing(W1=np.ones((N_IN, N_OUT)))
    params, state = begun(rule)
    first, stream = copied(params), presentations(3)
    for k, tick in enumerate(train(rule, SGD(1.0), params, state, stream, np.random.default_rng(0))):
        assert tick.number == k
        assert tick.shown is stream[k]
        np.testing.assert_allclose(tick.params["W1"], first["W1"] + k, rtol=1e-14)
    np.testing.assert_allclose(params["W1"], first["W1"] + 3, rtol=1e-14)


def test_nothing_is_shown_before_it_is_asked_for() -> None:
    shown = []

    def stream() -> Any:
        for number in range(3):
            shown.append(number)
            yield SHOWN

    rule = proposing()
    params, state = begun(rule)
    ticks = train(rule, SGD(), params, state, stream(), np.random.default_rng(0))
    assert shown == []
    next(ticks)
    assert shown == [0]


def test_an_empty_stream_changes_nothing() -> None:
    rule = proposing(W1=np.ones((N_IN, N_OUT)))
    assert_same(run(rule, SGD(), []), begun(rule)[0])


# --- what repeats to the bit ----------------------------------------------------------------------------

OPTIMISERS = [SGD(0.1), SGD(0.1, momentum=0.9), SGD(Cosine(0.1, 20)), Adam(0.1)]
NETWORK = MLP((5, 4), dtype="float64")
RULES = [
    Scripted(eligible),
    *(rule(NETWORK) for rule in (Backprop, Shallow, FeedbackAlignment, DirectFeedbackAlignment)),
]
every_optimiser = pytest.mark.parametrize("optimiser", OPTIMISERS, ids=repr)
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)


@pytest.mark.parametrize("cut", [0, 1, 7, 12])
@every_optimiser
@every_rule
def test_a_run_in_two_parts_is_a_run(rule: Rule, optimiser: Optimiser, cut: int) -> None:
    """With the last tick's state, and the same memory and generator."""
    stream = presentations(12)
    (params, state), rng = begun(rule), np.random.default_rng(1)
    memory = optimiser.init(params)
    for part in (stream[:cut], stream[cut:]):
        for tick in train(rule, optimiser, params, state, part, rng, memory):
            state = tick.step.state
    assert_same(params, run(rule, optimiser, stream))


@every_optimiser
@every_rule
def test_the_same_seed_gives_the_same_weights(rule: Rule, optimiser: Optimiser) -> None:
    stream = presentations(12)
    assert_same(run(rule, optimiser, stream), run(rule, optimiser, stream))


# --- randomness by role ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("used", "role"), list(permutations(Randomness._fields, 2)))
def test_drawing_in_one_role_moves_no_other(used: str, role: str) -> None:
    ours, fresh = randomness(5), randomness(5)
    getattr(ours, used).normal(size=1000)
    np.testing.assert_array_equal(getattr(ours, role).random(10), getattr(fresh, role).random(10))


def test_roles_and_seeds_draw_different_numbers() -> None:
    draws = [tuple(rng.random(4)) for seed in range(4) for rng in randomness(seed)]
    assert len(set(draws)) == len(draws)


def test_noise_leaves_the_order_alone() -> None:
    """A rule that draws noise is shown the same examples in the same order as one that draws none."""
    orders = []
    for rule in (Scripted(eligible), proposing()):
        random = randomness(5)
        params, state = rule.init(N_IN, N_OUT, random.weights)
        stream = Minibatches(4)(numbered(10), "values", 3, random.order)
        ticks = train(rule, SGD(), params, state, stream, random.noise)
        orders.append(np.vstack([tick.shown.x for tick in ticks]))
    np.testing.assert_array_equal(*orders)


# --- changes: scaled, and named -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "factor", [2, 0.5, -3.0, np.float32(2), np.float64(0.25), np.int64(3)], ids=lambda factor: repr(factor)
)
@pytest.mark.parametrize("bias", [False, True])
def test_a_change_of_factors_is_scaled_as_an_array_is(factor: Any, bias: bool) -> None:
    """Oracle: the same arithmetic of the dense change; the factors are powers of two or small, so that it is exact."""
    rng = np.random.default_rng(0)
    pre, post = (rng.integers(-4, 5, (3, n)).astype(np.float32) for n in (4, 2))
    change = Outer(None if bias else pre, post, 0.5)
    for scaled, expected in (
        (factor * change, change.dense() * factor),
        (change * factor, change.dense() * factor),
        (-change, -change.dense()),
        (change / 4, change.dense() / 4),
    ):
        assert isinstance(scaled, Outer)
        assert scaled.dense().dtype == np.float32
        np.testing.assert_array_equal(scaled.dense(), expected)


@pytest.mark.parametrize("factor", ["2", None, np.ones(2), 1j])
def test_a_change_of_factors_is_scaled_by_nothing_else(factor: Any) -> None:
    change = Outer(np.ones((1, 2)), np.ones((1, 2)))
    with pytest.raises(TypeError):
        change * factor
    with pytest.raises(TypeError):
        factor * change


@pytest.mark.parametrize("given", [(np.ones((1, 2)), np.ones((1, 2))), [1.0], 3.0, None])
@pytest.mark.parametrize("late", [False, True])
def test_an_update_that_is_no_array_is_named(given: Any, late: bool) -> None:
    good = np.zeros((2, 2))
    kind = type(given).__name__

    class Wrong:
        def update(self, params: View, state: int, shown: Presentation, rng: Generator) -> Step:
            return Step({"W1": good if late and state == 0 else given}, state + 1)

    shown = Presentation(np.ones((1, 2)), np.ones((1, 2)), lambda answer: np.ones(1))
    params = {"W1": np.zeros((2, 2))}
    rule: Any = Wrong()
    with pytest.raises(ValueError, match=f"update for 'W1' is a {kind}: expected an array or Outer"):
        list(train(rule, SGD(0.1), params, 0, [shown] * 2, np.random.default_rng(0)))
