"""The engine of spiking rules on tasks. Oracle: the equations of a rule, step by step in plain numpy, to 1e-9."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from docs.examples.resume import ReSuMe
from plausible.core import Presentation, read_only
from plausible.errors import BadInput
from plausible.rules.spiking.simulated import made
from plausible.spiking.circuit import Group, Projection
from plausible.spiking.codes import CODES, Contrast, Latency, Poisson, RankOrder, Repeated, code
from plausible.spiking.compiled import compiler
from plausible.spiking.live import Live
from plausible.spiking.quick import QuicklyCompiled
from plausible.spiking.simulate import Simulation
from plausible.spiking.slots import Runaway, Silent, Slots, present

N_IN, N_OUT, RATE = 9, 3, 0.02
RNG = np.random.default_rng(3)
X = RNG.random((7, N_IN)) * (RNG.random((7, N_IN)) < 0.8)
Y = np.eye(N_OUT)[RNG.integers(0, N_OUT, 7)]
W = RNG.uniform(0, 1.5, (N_IN, N_OUT))


def stepped(w: Any, x: Any, y: Any, learn: bool = True, seed: int = 1) -> tuple[Any, Any]:
    """The rule of docs/examples/resume.py: weights and counts. Linear equations are solved exactly over a step."""
    w, counts, trains = w.copy(), [], Poisson(40, 0.3).spikes(x, 40, seed)
    for spikes, target in zip(trains, y, strict=True):
        v, current, trace, held, count = (
            np.zeros(N_OUT),
            np.zeros(N_OUT),
            np.zeros(N_IN),
            np.zeros(N_OUT),
            np.zeros(N_OUT),
        )
        for now in range(40):
            awake = held <= now
            # v' = (I - v)/10, I' = -I/5 : v(1) = v e^{-1/10} + I (e^{-1/10} - e^{-1/5}) / (10/5 - 1)
            v = np.where(awake, v * np.exp(-0.1) + current * (np.exp(-0.1) - np.exp(-0.2)), v)
            current, trace = current * np.exp(-0.2), trace * np.exp(-0.1)
            own, taught = awake & (v > 1), (target > 0) & (now % 10 == 9)
            current = current + spikes[now] @ w
            w = w + learn * RATE * trace[:, None] * (taught * 1.0 - own)
            v, held, count, trace = (
                np.where(own, 0, v),
                np.where(own, now + 2, held),
                count + own,
                trace + spikes[now],
            )
        counts.append(count)
    return w, np.array(counts)


def slots(rows: int = 1000) -> Slots:
    return replace(made(ReSuMe(rate=RATE), N_IN, N_OUT), rows=rows)


def agree(simulation: Simulation, of: Slots) -> None:
    """Whether a simulation and the stepper end the same, and count the same spikes and synaptic events."""
    w, counts = stepped(W, X, Y)
    start = {"plastic.w": W, "control.rate": RATE}
    ours = present(simulation, of, start, X, Y, seed=1, learn=True)
    np.testing.assert_allclose(ours.values["plastic.w"].reshape(W.shape), w, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(ours.records["out.count"], counts)
    assert ours.spikes == counts.sum() > 5
    assert ours.events == N_OUT * Poisson(40, 0.3).spikes(X, 40, 1).sum()
    assert np.abs(w - W).max() > RATE / 2, "nothing was learned"


def test_the_runtime_is_the_stepper() -> None:
    agree(Live(slots().circuit), slots())


def test_chunks_are_one_run() -> None:
    agree(Live(slots(3).circuit), slots(3))  # 7 examples in 3 runs


def test_presentations_are_one_run() -> None:
    live, values, counts = Live(slots().circuit), {"plastic.w": W, "control.rate": RATE}, []
    for part in (slice(0, 2), slice(2, 7)):
        shown = present(live, slots(), values, X[part], Y[part], seed=1, learn=True)
        values, counts = shown.values, [*counts, *shown.records["out.count"]]
    w, expected = stepped(W, X, Y)
    np.testing.assert_allclose(np.reshape(values["plastic.w"], W.shape), w, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(counts, expected)
    assert values["control.first"] == 7 * 40


@pytest.mark.skipif(compiler() is None, reason="there is no C++ compiler")
def test_the_compiled_program_is_the_stepper() -> None:
    agree(QuicklyCompiled(slots(3).circuit), slots(3))


def test_nothing_learns_while_learning_is_off() -> None:
    live, start = Live(slots().circuit), {"plastic.w": W, "control.rate": RATE}
    shown = present(live, slots(), start, X, Y, seed=1, learn=False)
    np.testing.assert_array_equal(np.reshape(shown.values["plastic.w"], W.shape), W)
    np.testing.assert_array_equal(shown.records["out.count"], stepped(W, X, Y, learn=False)[1])


def test_a_rule_proposes_the_change_of_the_run_and_answers_by_its_records() -> None:
    rule = ReSuMe(rate=RATE)
    params, state = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    shown = Presentation(X, Y, lambda answer: answer[:, 0])
    step = rule.update(read_only(params), state, shown, np.random.default_rng(0))
    seed = int(np.random.default_rng(0).integers(2**31))  # of spikes: the first number that is drawn
    w, counts = stepped(params["W1"].astype(float), X, Y, seed=seed)
    np.testing.assert_allclose(step.updates["W1"], w - params["W1"], rtol=0, atol=1e-6)  # in float32
    np.testing.assert_array_equal(step.internals["out.count"], counts)
    (answer,) = rule.respond(read_only(params), state, X, np.random.default_rng(0))
    np.testing.assert_array_equal(answer, stepped(params["W1"].astype(float), X, Y, False, seed)[1])


def relay(of: Any, n_in: int, slot: int) -> Slots:
    """Neurons that keep when a line last spiked, and how often it did; another one that never spikes."""
    return Slots(
        of, n_in, slot, (Group("out", 1, "v : 1", "v > 1", "v = 0"),),
        (Projection("way", "inputs", "out", "w : 1", "w += 0"),), (("W1", "way.w"),),
        ("inputs.count", "inputs.sum_of_steps"), (("inputs", "count = 0; sum_of_steps = 0"),),
        arriving="count += 1; sum_of_steps += (now + 1)**2", traces="count : 1\nsum_of_steps : 1",
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_simulation_has_the_spikes_of_the_code_at_one_seed(name: str) -> None:
    of = code(name, steps=12)
    slotted = relay(of, 9, 15)
    shown = present(Live(slotted.circuit), slotted, {"control.first": 30}, X, None, seed=5, learn=False)
    spikes = of.spikes(X, 15, seed=5, first=30)
    np.testing.assert_array_equal(shown.records["inputs.count"], spikes.sum(axis=1))
    squares = (np.arange(1, 16) ** 2)[:, None]
    np.testing.assert_array_equal(shown.records["inputs.sum_of_steps"], (spikes * squares).sum(axis=1))
    assert not spikes[:, 12:].any()
    assert spikes.any(axis=(0, 1)).all()


def test_latencies_and_ranks() -> None:
    x = np.random.default_rng(1).random((5, 30))
    np.testing.assert_array_equal(Latency(20).table(x), np.floor((1 - x) * 20))
    assert (Latency(20).table(np.zeros((1, 3))) == -1).all()
    # ranks depend on the order of numbers alone, latencies on their size
    np.testing.assert_array_equal(RankOrder(10).table(x), RankOrder(10).table(x**3))
    assert (Latency(10).table(x) != Latency(10).table(x**3)).any()
    np.testing.assert_array_equal(
        np.bincount(RankOrder(10).table(x)[0].astype(int)), 3
    )  # 30 numbers, 10 steps


def test_random_spikes_have_their_rates_and_repeat_by_seed() -> None:
    x, slot = np.full((2000, 4), 0.5), 30
    spikes = Poisson(20, most=0.4).spikes(x, slot, seed=3)
    expected, number = 0.2, 2000 * 20 * 4
    assert abs(spikes[:, :20].mean() - expected) < 4 * np.sqrt(0.2 * 0.8 / number)
    assert (spikes == Poisson(20, most=0.4).spikes(x, slot, seed=3)).all()
    assert (
        abs((spikes == Poisson(20, most=0.4).spikes(x, slot, seed=4)).mean() - (1 - 2 * 0.2 * 0.8 * 20 / 30))
        < 0.01
    )
    pattern = Repeated(20, most=0.4).spikes(x, slot, seed=3)
    assert (pattern == pattern[0]).all(), "a pattern that repeats is the same at each example"
    assert (pattern == Repeated(20, most=0.4).spikes(x, slot, seed=4)).all()
    assert (pattern != Repeated(20, most=0.4, pattern=1).spikes(x, slot)).any()


def test_contrasts_are_differences_of_gaussians() -> None:
    """A single bright pixel is as bright as a difference of two normal densities; an even image has no contrast."""
    image = np.zeros((1, 21, 21))
    image[0, 10, 10] = 1
    contrast = Contrast(15, (1.5,), 2.0)
    on, off = contrast.contrasts(image.reshape(1, -1)).reshape(2, 21, 21)
    away = np.arange(21) - 10
    r2 = away[:, None] ** 2 + away[None, :] ** 2
    densities = [np.exp(-r2 / (2 * s * s)) / (2 * np.pi * s * s) for s in (1.5, 3.0)]
    expected = densities[0] - densities[1]
    near = r2 <= 64
    np.testing.assert_allclose((on - off)[near], expected[near], rtol=0, atol=2e-4)
    assert (np.minimum(on, off) == 0).all()
    assert (contrast.table(np.full((1, 49), 0.7)) == -1).all()
    table = contrast.table(image.reshape(1, -1)).reshape(2, 21, 21)
    assert table[0, 10, 10] == 0, "the strongest contrast spikes first"
    counts = np.bincount(table[table >= 0].astype(int), minlength=15)
    assert counts.max() - counts.min() <= 1, "groups are of equal size"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: code("latencies"), "unknown code 'latencies': did you mean 'latency'"),
        (lambda: Latency(0), "steps is 0"),
        (lambda: Poisson(10, 1.5), "most is 1.5"),
        (lambda: Contrast(10, sigmas=()), "sigmas is"),
        (lambda: RankOrder(10).table(np.full((1, 4), 1.5)), "expected numbers from 0 to 1"),
        (lambda: replace(slots(), steps=10), "the number of steps of a slot is 10: expected at least 40"),
    ],
)
def test_what_a_code_cannot_take_is_told(make: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        make()


def test_silent_and_runaway_networks_are_told() -> None:
    x, y = np.repeat(X, 15, axis=0), np.repeat(Y, 15, axis=0)
    live = Live(slots(200).circuit)
    with pytest.raises(Silent, match=r"no neuron spiked \(examples shown: 105\)"):
        present(live, slots(200), {"plastic.w": 0 * W}, x, y, seed=1, learn=True)
    excited = replace(
        slots(),
        groups=(
            Group(
                "out",
                N_OUT,
                "v : 1\ncurrent : 1\nx : 1\ncount : 1\ntarget : 1",
                "v > -1",
                "count += 1",
                events=(("desired", "v > 2"),),
            ),
        ),
    )
    with pytest.raises(Runaway, match="neurons of 'out' spike at 100% of all steps"):
        present(Live(excited.circuit), excited, {"plastic.w": W}, X[:2], None, seed=1, learn=False)


def test_the_rule_of_the_page_learns_an_easy_task() -> None:
    """Three classes of which each has bright inputs of its own; labels that are exchanged teach something else."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, N_OUT, 45)
    x = np.where(np.arange(N_IN) // 3 == labels[:, None], 0.9, 0.3) + rng.uniform(-0.1, 0.1, (45, N_IN))
    params, state = ReSuMe(rate=RATE).init(N_IN, N_OUT, rng)
    shown = Presentation(x, np.eye(N_OUT)[labels], lambda answer: answer[:, 0])
    for _ in range(2):
        step = ReSuMe(rate=RATE).update(read_only(params), state, shown, rng)
        params, state = {"W1": params["W1"] + step.updates["W1"]}, step.state
    own = [params["W1"][3 * k : 3 * k + 3, k].mean() for k in range(N_OUT)]
    others = [np.delete(params["W1"][3 * k : 3 * k + 3], k, axis=1).mean() for k in range(N_OUT)]
    assert min(own) > max(others) + 0.2
