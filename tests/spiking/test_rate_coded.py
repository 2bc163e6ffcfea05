"""Rules that answer by rates. Oracles: the equations, step by step in plain numpy (`rate_steppers.py`), to 1e-9."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from plausible.networks.mlp import MLP
from plausible.rules.spiking.event_driven import EventDrivenFeedback
from plausible.rules.spiking.kinase import Kinase
from plausible.rules.spiking.mstdpet import MSTDPET
from plausible.rules.spiking.reward_stdp import RewardSTDP
from plausible.rules.spiking.simulated import made
from plausible.rules.spiking.urbanczik_senn import UrbanczikSenn
from plausible.spiking.compiled import compiler
from plausible.spiking.live import Live
from plausible.spiking.quick import QuicklyCompiled
from plausible.spiking.simulate import Simulation
from plausible.spiking.slots import present
from tests.spiking import rate_steppers as plain

N_IN, CLASSES, EXAMPLES = 4, 3, 4
SEED = 11
# Weights are large, so that few inputs make every neuron spike; rates, so that weights move between examples.
REWARDED: dict[str, float] = {"high": 1.5, "inhibition": 0.5, "punishment": 0.2, "depression": 1.0}
RULES: dict[str, tuple[Any, Callable[..., Any]]] = {
    "event-driven": (
        EventDrivenFeedback(MLP((5, 4), dtype="float64"), rate=0.02, gain=9.0, low=-2.0),
        plain.event_driven,
    ),
    "urbanczik-senn": (UrbanczikSenn(MLP((5,), dtype="float64"), rate=0.01, gain=0.4), plain.urbanczik_senn),
    "kinase": (Kinase(MLP((5, 4), dtype="float64"), rate=0.05, gain=9.0, back=3.0), plain.kinase),
    "reward-stdp": (RewardSTDP(MLP((6,), dtype="float64"), rate=0.01, gain=9.0, **REWARDED), plain.rewarded),
    "mstdpet": (MSTDPET(MLP((6,), dtype="float64"), rate=0.01, gain=9.0, **REWARDED), plain.rewarded),
}


def examples(seed: int = 0) -> tuple[Any, Any]:
    """Inputs and targets."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.3, 1.0, (EXAMPLES, N_IN)), np.eye(CLASSES)[np.arange(EXAMPLES) % CLASSES]


def drawn(rule: Any) -> dict[str, Any]:
    """Weights at the start."""
    return rule.init(N_IN, CLASSES, np.random.default_rng(1))[0]


def shown(
    rule: Any, simulation: Simulation, params: Any, parts: int = 1, learn: bool = True
) -> tuple[Any, Any]:
    """The weights after all examples, in so many runs, and the spikes of layers."""
    slots, values, counts = made(rule, N_IN, CLASSES), {}, []
    x, y = examples()
    values |= {**rule.settings(params), **{there: params[name] for name, there in slots.learned}}
    for part in np.array_split(np.arange(EXAMPLES), parts):
        told = prizes(rule, y[part])
        one = present(simulation, slots, values, x[part], told, SEED, learn)
        values, counts = one.values, [*counts, [one.records[name] for name in slots.records]]
    learned = {name: values[there].reshape(params[name].shape) for name, there in slots.learned}
    return learned, [np.concatenate(each) for each in zip(*counts, strict=True)]


def prizes(rule: Any, y: Any) -> Any:
    """What the network is told: targets, or what a spike for each class earns."""
    return y - rule.punishment * (1 - y) if hasattr(rule, "punishment") else y


def stepped(rule: Any, stepper: Callable[..., Any], learn: float = 1.0) -> tuple[Any, Any]:
    """The same by the stepper."""
    x, y = examples()
    params, slots = drawn(rule), made(rule, N_IN, CLASSES)
    trains = slots.code.spikes(x, slots.steps, SEED)
    more = (SEED,) if stepper is plain.urbanczik_senn else ()
    return params, stepper(rule, params, trains * 1.0, prizes(rule, y), *more, learn=learn)


def agree(rule: Any, stepper: Callable[..., Any], simulation: Simulation, parts: int = 1) -> None:
    """Whether a simulation and the stepper end the same."""
    wanted, spikes = stepped(rule, stepper)
    found, counts = shown(rule, simulation, drawn(rule), parts)
    assert min(each.sum() for each in spikes) > 10, "a layer is silent: the test does not see it"
    for one, other in zip(counts, spikes, strict=True):
        np.testing.assert_array_equal(one, other)
    before = drawn(rule)
    for name, weights in found.items():
        assert np.abs(wanted[name] - before[name]).max() > 1e-3, f"{name} did not learn"
        np.testing.assert_allclose(weights, wanted[name], rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("parts", [1, 3])
def test_the_runtime_is_the_stepper(name: str, parts: int) -> None:
    rule, stepper = RULES[name]
    agree(rule, stepper, Live(made(rule, N_IN, CLASSES).circuit), parts)


@pytest.mark.parametrize(
    "name", ["event-driven", *(pytest.param(each, marks=pytest.mark.slow) for each in list(RULES)[1:])]
)
def test_the_compiled_program_is_the_stepper(name: str) -> None:
    if compiler() is None:
        pytest.skip("there is no C++ compiler")
    rule, stepper = RULES[name]
    agree(rule, stepper, QuicklyCompiled(made(rule, N_IN, CLASSES).circuit))


@pytest.mark.parametrize("name", RULES)
def test_nothing_is_learned_from_an_answer(name: str) -> None:
    rule, stepper = RULES[name]
    params = drawn(rule)
    found, counts = shown(rule, Live(made(rule, N_IN, CLASSES).circuit), params, learn=False)
    assert counts[-1].sum() > 0
    for one, other in zip(counts, stepped(rule, stepper, learn=0.0)[1], strict=True):
        np.testing.assert_array_equal(one, other, "a target or a nudge is at work in a test")
    for name, weights in found.items():
        np.testing.assert_array_equal(weights, params[name])


def stepped_changes(rule: Any, stepper: Callable[..., Any], params: Any, x: Any, y: Any, seed: int) -> Any:
    """The changes of weights that the stepper makes of examples, from the same weights where rates are small."""
    slots = made(rule, x.shape[1], y.shape[1])
    after = {name: array.copy() for name, array in params.items()}
    stepper(rule, after, slots.code.spikes(x, slots.steps, seed) * 1.0, y)
    return {name: after[name] - params[name] for name in params}


def cosine(a: Any, b: Any) -> float:
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))


def gradients(rule: Any, params: Any, x: Any, y: Any) -> Any:
    """Descent of the squared error of the equivalent rate network, in mean currents: rates rise from the threshold on.

    The current that w leaves for 4 ms at each spike is 4 w r, with r per ms; targets are `aim`.
    """
    z1 = 4 * rule.brightest * x @ params["W1"]
    h = np.maximum(z1 - 1, 0) / 10
    z2 = 4 * h @ params["W2"]
    error = y * rule.aim / 1000 - np.maximum(z2 - 1, 0) / 10
    back = (error @ params["W2"].T) * (z1 > 0)
    return {"W1": x.T @ back, "W2": h.T @ error}


def directions(seed: int, symmetric: bool, sign: float = 1.0) -> tuple[float, float]:
    """The cosines of what [neftci2017] changes with the gradient, in both layers."""
    rule = EventDrivenFeedback(MLP((12,), dtype="float64"), rate=1e-9, gain=6.0, low=0.0)
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 1, (8, 10)), np.eye(CLASSES)[rng.integers(0, CLASSES, 8)]
    params = rule.init(10, CLASSES, rng)[0]
    params["B1"] = sign * (params["W2"].T if symmetric else params["B1"])
    changes, wanted = (
        stepped_changes(rule, plain.event_driven, params, x, y, seed),
        gradients(rule, params, x, y),
    )
    return cosine(changes["W1"], wanted["W1"]), cosine(changes["W2"], wanted["W2"])


def test_event_driven_feedback_goes_along_the_gradient_of_rates() -> None:
    """With the weights themselves as feedback the mean cosine is above 0 by four standard errors, in both layers."""
    found = np.array([directions(seed, symmetric=True) for seed in range(20)])
    low = found.mean(axis=0) - 4 * found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (low > 0).all(), found.mean(axis=0)
    hidden, output = np.array([directions(seed, symmetric=True, sign=-1.0) for seed in range(20)]).mean(
        axis=0
    )
    assert hidden < 0 < output, "the test does not see feedback of the wrong sign"


def test_random_feedback_starts_without_a_direction() -> None:
    """Of feedback that no weight knows of the mean cosine in the hidden layer is 0, but for its standard error."""
    hidden = np.array([directions(seed, symmetric=False)[0] for seed in range(20)])
    assert abs(hidden.mean()) < 4 * hidden.std(ddof=1) / np.sqrt(len(hidden))


def test_reward_stdp_with_a_constant_reward_is_stdp() -> None:
    """Where every spike earns the same, whatever its class, and nothing is expected, w moves by all pairs of spikes."""
    rule = RewardSTDP(
        MLP((6,), dtype="float64"), rate=1e-3, gain=9.0, high=99.0, inhibition=0.5, depression=1.0, keep=0.0
    )
    x, _ = examples()
    slots, params = made(rule, N_IN, CLASSES), drawn(rule)
    values = {**rule.settings(params), "plastic1.w": params["W1"], "control.expected": 0.0}
    ended = present(Live(slots.circuit), slots, values, x[:1], np.ones((1, CLASSES)), SEED, learn=True)
    copy = params["W1"].copy()
    train = slots.code.spikes(x[:1], slots.steps, SEED)[0] * 1.0
    spikes = plain.population_spikes(rule, copy, train)
    wanted = sum(
        pair(t_post - t_pre) * np.outer(train[t_pre], spikes[t_post])
        for t_pre in range(len(train))
        if train[t_pre].any()
        for t_post in range(len(train))
        if spikes[t_post].any()
    )
    found = (ended.values["plastic1.w"].reshape(copy.shape) - params["W1"]) / (
        rule.rate * 2 * rule.gain / len(copy)
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)  # the mean is of spikes + 1e-9


@pytest.mark.parametrize("name", ["reward-stdp", "mstdpet"])
def test_rewards_leave_the_sum_of_a_neurons_weights_as_it_was(name: str) -> None:
    rule: Any = RULES[name][0]
    found, _ = shown(rule, Live(made(rule, N_IN, CLASSES).circuit), drawn(rule))
    np.testing.assert_allclose(found["W1"].sum(axis=0), rule.gain, rtol=1e-6)
    assert np.ptp(drawn(rule)["W1"].sum(axis=0)) > 0.1


def pair(delay: int) -> float:
    """The window of pair STDP in steps of 1 ms, whose traces lose a twentieth of themselves a step; 0 at no delay."""
    return float(np.sign(delay)) * (0.95 ** abs(delay))
