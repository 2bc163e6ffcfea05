"""What an update costs. Oracle: operations, random numbers and bytes counted by hand, from equations and shapes."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pytest

from plausible import contract
from plausible.core import Array, Outer, Params, Presentation, Rule, Step, View
from plausible.networks.rnn import RNN
from plausible.probes.cost import bytes_of, costs
from plausible.probes.ledger import Drawing, Ledger
from plausible.probes.traced import Traced
from plausible.study.course import execute
from plausible.study.run import Run
from plausible.tasks.streams import rewarding

BATCH, N_IN, N_OUT, STEPS, UNITS = 5, 6, 3, 5, 7
FLOAT = 8  # bytes
WORK = ("multiply-adds", "elementwise operations", "random numbers")


def cost(rule: Rule, params: Params, state: Any, shown: Presentation, one: Presentation) -> dict[str, float]:
    """Every metric by its name without "per example"."""
    found = costs(rule, params, state, shown, one, np.random.default_rng(0))
    return {m.metric.removesuffix(" per example"): m.value for m in found}


def cost_of(text: str) -> dict[str, float]:
    """The same of a registered rule on the contract's small world, in float64."""
    it = contract.case(text, "float64", batch=BATCH)
    return cost(it.rule, it.params, it.state, it.shown, contract.case(text, "float64", batch=1).shown)


@dataclass(frozen=True)
class ByHand:
    """tanh(x W), and a change by the delta rule with noise: few operations, each known."""

    def init(self, n_in: int, n_out: int, rng: np.random.Generator) -> tuple[Params, None]:
        return {"W1": np.ones((n_in, n_out)), "b1": np.zeros(n_out)}, None

    def update(self, params: View, state: Any, shown: Presentation, rng: np.random.Generator) -> Step:
        h = np.tanh(shown.x @ params["W1"] + params["b1"])  # of each example n: + and tanh, 2 n
        noise = 0.1 * rng.normal(size=h.shape)  # n random numbers, n operations
        error = h - shown.y + noise  # 2 n
        kept = np.concatenate([error[:1], error[1:]]).T.T  # none: numbers only move
        size = np.mean(kept**2)  # a square for each, and each is read: 2 n
        updates = {"W1": Outer(shown.x, error, -1.0), "b1": Outer(None, error, -1.0)}  # b1 sums n more
        return Step(updates, {"kept": kept, "size": size})

    def respond(self, params: View, state: Any, x: Array, rng: np.random.Generator) -> list[Array]:
        return [np.tanh(x @ params["W1"] + params["b1"])]


def presented(batch: int) -> Presentation:
    rng = np.random.default_rng(batch)
    x, y = rng.normal(size=(batch, N_IN)), rng.normal(size=(batch, N_OUT))
    return Presentation(x, y, rewarding("values", y, None))


def test_each_cost_is_what_is_counted_by_hand() -> None:
    rule = ByHand()
    params, state = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    found = cost(rule, params, state, presented(BATCH), presented(1))
    assert found["multiply-adds"] == 2 * N_IN * N_OUT  # x W, and the change
    assert found["elementwise operations"] == 8 * N_OUT
    assert found["random numbers"] == N_OUT
    assert found["bytes of weights"] == FLOAT * (N_IN + 1) * N_OUT
    assert found["bytes of state"] == FLOAT * (N_OUT + 1)  # kept, and the one number of size


def test_memory_is_the_most_that_is_held_at_once() -> None:
    """Four arrays of a megabyte are made one after the other, two of them live at a time, with views of each."""

    class Chain(ByHand):
        def update(self, params: View, state: Any, shown: Presentation, rng: np.random.Generator) -> Step:
            a: Any = np.repeat(shown.x[:, :1], 2**17, axis=1)
            for _ in range(3):
                a = (a + 1.0).T[:].T  # the old one is let go of when the new one is there
            return Step({"W1": params["W1"] * 0.0}, None)

    params, state = Chain().init(N_IN, N_OUT, np.random.default_rng(0))
    found = cost(Chain(), params, state, presented(1), presented(1))
    assert found["bytes in flight"] == 2 * FLOAT * 2**17
    assert found["bytes of state"] == 0


def test_memory_does_not_hang_on_when_python_collects() -> None:
    """Arrays that hold one another count to the end, however often what is in circles is collected."""

    class Circle(ByHand):
        def update(self, params: View, state: Any, shown: Presentation, rng: np.random.Generator) -> Step:
            for _ in range(100):
                circle: list[Any] = [shown.x[:, :1] + np.zeros(8)]
                circle.append(circle)
            return Step({"W1": params["W1"] * 0.0}, None)

    params, state = Circle().init(N_IN, N_OUT, np.random.default_rng(0))
    before, found = gc.get_threshold(), []
    for often in (50, 10**6):
        gc.set_threshold(often, 5, 5)
        try:
            found.append(cost(Circle(), params, state, presented(1), presented(1))["bytes in flight"])
        finally:
            gc.set_threshold(*before)
    assert found == [FLOAT * (100 * 8 + N_IN * N_OUT)] * 2
    assert gc.isenabled()


def test_what_a_rule_is_given_is_not_in_flight() -> None:
    class Idle(ByHand):
        def update(self, params: View, state: Any, shown: Presentation, rng: np.random.Generator) -> Step:
            return Step({"W1": params["W1"][:], "b1": params["b1"].T}, shown.x[0])

    params, state = Idle().init(N_IN, N_OUT, np.random.default_rng(0))
    found = cost(Idle(), params, state, presented(BATCH), presented(1))
    assert (found["bytes in flight"], found["elementwise operations"], found["multiply-adds"]) == (0, 0, 0)


@dataclass(frozen=True)
class RFLO:
    """Random feedback local online learning [murray2019]: traces P ← (1 - a) P + a f'(z) h of n² weights."""

    network: RNN = RNN((UNITS,), leak=0.5, dtype="float64")

    def init(self, n_in: int, n_out: int, rng: np.random.Generator) -> tuple[Params, None]:
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: Any, shown: Presentation, rng: np.random.Generator) -> Step:
        passed = self.network.run(params, shown.x)
        error = self.network.error(passed.answer, shown)
        trace: Any = np.zeros_like(passed.h, shape=(shown.x.shape[1], UNITS, UNITS))
        change: Any = np.zeros_like(params["R1"])
        for h, slope, signal in zip(passed.before, passed.slope, error, strict=True):
            trace = 0.5 * trace + h[:, :, None] * slope[:, None, :]  # 3 n² for each sequence
            learned = signal @ params["W2"].T
            change = change - (trace * learned[:, None, :]).mean(axis=0)  # n², a sum of n²; and 2 n² for all
        return Step({"R1": change}, trace)

    def respond(self, params: View, state: Any, x: Array, rng: np.random.Generator) -> list[Array]:
        passed = self.network.run(params, x)
        return [passed.after, passed.answer]


def test_elementwise_traces_show() -> None:
    """Five n² operations a step of a sequence, and two n² a step of all, beside what the network itself takes."""
    it = contract.case("readout-only", "float64", batch=BATCH)
    rule = RFLO()

    def work(rule: Rule, state: Any = None) -> float:
        one = contract.case("bptt", "float64", batch=1).shown
        return cost(rule, it.params, state, it.shown, one)["elementwise operations"]

    network, params = rule.network, it.params

    class Forward(RFLO):
        def update(self, params: View, state: Any, shown: Presentation, rng: np.random.Generator) -> Step:
            passed = network.run(params, shown.x)
            return Step({}, (passed, network.error(passed.answer, shown)))

    assert params["R1"].shape == (UNITS, UNITS)
    traces = work(rule) - work(Forward())
    assert traces == pytest.approx((5 + 2 / BATCH) * UNITS**2)


def test_real_time_recurrent_learning_pays_in_traces_and_memory_what_bptt_pays_in_time() -> None:
    """Its influence M, (n, n m) with m = n_in + n + 1, is there twice while a step is taken, and is its state."""
    rtrl, bptt = cost_of("rtrl"), cost_of("bptt")
    influence = UNITS * UNITS * (N_IN + UNITS + 1)
    assert rtrl["bytes of state"] == FLOAT * (influence + UNITS)
    assert bptt["bytes of state"] == FLOAT * UNITS
    assert 2 * influence * FLOAT <= rtrl["bytes in flight"] < 3 * influence * FLOAT
    assert bptt["bytes in flight"] < influence * FLOAT
    # slope R_1, n²; slope a, n m, once made and once added; a sum over time of all changes, n m of all sequences
    extra = UNITS**2 + 2 * UNITS * (N_IN + UNITS + 1) + UNITS * (N_IN + UNITS + 1) / BATCH
    assert rtrl["elementwise operations"] > extra > bptt["elementwise operations"]
    assert rtrl["multiply-adds"] > 10 * bptt["multiply-adds"]


def test_memory_of_bptt_grows_with_time_and_of_rtrl_does_not() -> None:
    """By T n_in + ... numbers for each, of which the trajectory alone holds 2 T n in bptt."""

    def flight(text: str, steps: int) -> float:
        it = contract.case(text, "float64", batch=1)
        x, y = (np.concatenate([a] * steps) for a in (it.shown.x, it.shown.y))
        shown = Presentation(x, y, rewarding("classes", y, None))
        return cost(it.rule, it.params, it.state, shown, shown)["bytes in flight"]

    grown = {text: flight(text, 40) - flight(text, 20) for text in ("bptt", "rtrl")}
    assert grown["bptt"] > 2 * 20 * STEPS * UNITS * FLOAT
    assert flight("rtrl", 1) > flight("bptt", 1)
    assert flight("rtrl", 40) < 3 * flight("rtrl", 20)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("backprop", 0),
        ("feedback-alignment", 0),
        ("weight-mirror", 7 + 4),  # a noise of each hidden unit
        ("forward-forward", 1),  # a wrong label
        ("forward-forward[negatives=hard]", N_OUT),  # a number for every label
    ],
)
def test_random_numbers_are_those_that_a_rule_draws(rule: str, expected: float) -> None:
    assert cost_of(rule)["random numbers"] == expected


def test_a_rule_draws_the_same_whether_it_is_watched_or_not() -> None:
    for draw in (
        lambda rng: rng.normal(size=(2, 3)),
        lambda rng: rng.choice(9, 4, replace=False),
        lambda rng: rng.permutation(5),
        lambda rng: rng.integers(1, 9, (4, 1)),
        lambda rng: rng.random(),
    ):
        ledger = Ledger()
        watched = Drawing(np.random.default_rng(3), ledger, partial(Traced, ledger=ledger))
        plain = draw(np.random.default_rng(3))
        assert np.array_equal(draw(watched), plain)
        assert ledger.random_numbers == np.size(plain)


A, B, V = np.ones((3, 4)), np.ones((4, 5)), np.ones(4)


@pytest.mark.parametrize(
    ("compute", "products", "elementwise"),
    [
        (lambda a: np.inner(a, np.ones((2, 4))), 3 * 4 * 2, 0),
        (lambda a: np.tensordot(a, B, axes=1), 60, 0),
        (lambda a: np.tensordot(a, A, axes=([0, 1], [0, 1])), 12, 0),
        (lambda a: np.outer(a, V), 48, 0),
        (lambda a: np.vecdot(a, V), 12, 0),
        (lambda a: np.vdot(a, A), 12, 0),
        (lambda a: np.einsum("ij,jk->ik", a, B), 60, 0),
        (lambda a: np.einsum("...j,jk->...k", a, B), 60, 0),
        (lambda a: np.einsum("ij->j", a), 0, 12),
        (lambda a: np.linalg.solve(a[:, :3] + np.eye(3), np.ones((3, 2))), 3 * 3 * 3 + 3 * 2 * 3, 9),
        (lambda a: np.exp(a), 0, 12),
        (lambda a: a + a, 0, 12),
        (lambda a: a.sum(axis=0), 0, 12),
        (lambda a: np.sum(a, axis=0), 0, 12),
        (lambda a: np.maximum.reduce(a), 0, 12),
        (lambda a: np.add.outer(a[0], V), 0, 16),
        (lambda a: np.where(a[:, :1] > 0, a, 0.0), 0, 3 + 12),
        (lambda a: np.clip(a, 0, 1), 0, 12),
        (lambda a: np.concatenate([a, a]).T[1:].reshape(-1).copy(), 0, 0),
        (lambda a: np.zeros_like(a), 0, 0),
        (lambda a: np.take_along_axis(a, np.zeros((3, 1), int), axis=1), 0, 0),
    ],
)
def test_a_function_costs_what_its_shapes_say(
    compute: Callable[[Any], Any], products: int, elementwise: int
) -> None:
    ledger = Ledger()
    compute(Traced(A, "a", ledger))
    assert (ledger.multiply_adds, ledger.elementwise) == (products, elementwise)


def test_bytes_are_those_of_arrays_however_they_are_kept() -> None:
    a = np.ones(3)
    assert bytes_of({"a": a, "b": [a, (a, None, 5)], "c": {"d": np.ones(2, "float32")}}) == 3 * 24 + 8


@dataclass(frozen=True)
class Spiking(ByHand):
    """Counts its own work, as a compiled simulation would."""

    work: ClassVar[tuple[str, ...]] = ("synaptic events", "spikes")
    names: tuple[str, ...] = ("synaptic events", "spikes")

    def update(self, params: View, state: Any, shown: Presentation, rng: np.random.Generator) -> Step:
        counts = {name: 30.0 * len(shown.x) * (n + 1) for n, name in enumerate(self.names)}
        return ByHand.update(self, params, state, shown, rng)._replace(internals=counts)


def test_a_rule_that_counts_its_own_work_has_no_multiply_adds() -> None:
    params, state = Spiking().init(N_IN, N_OUT, np.random.default_rng(0))
    found = cost(Spiking(), params, state, presented(BATCH), presented(1))
    assert found.keys() == {"synaptic events", "spikes", "bytes of weights", "bytes of state"}
    assert (found["synaptic events"], found["spikes"]) == (30, 60)
    with pytest.raises(ValueError, match="synaptic events"):
        cost(Spiking(names=()), params, state, presented(BATCH), presented(1))


def test_a_run_says_what_learning_costs() -> None:
    """Of `copy`, real-time recurrent learning takes more of everything but memory in flight for long sequences."""
    rows: dict[str, dict[str, float]] = {}
    for rule in ("bptt", "rtrl"):
        outcome = execute(Run("copy[length=3,delay=4]", rule, RNN((8,)), epochs=1))
        assert outcome.status == "done", outcome.reason
        rows[rule] = {row.metric: row.value for row in outcome.rows if row.split == "train" and not row.layer}
    for metric in (*(f"{name} per example" for name in WORK[:2]), "bytes of state"):
        assert rows["rtrl"][metric] > rows["bptt"][metric] > 0
    assert rows["rtrl"]["bytes of weights"] == rows["bptt"]["bytes of weights"]
