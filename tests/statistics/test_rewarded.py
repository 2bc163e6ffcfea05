"""Rules that are told a reward: what they propose on average, by enumeration, by quadrature and by backpropagation.

Oracle: backpropagation for gated feedback; the gradient of the expected reward, in closed form where actions can be
enumerated, and by central differences of a Gauss-Hermite sum over the noise of one hidden unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator

from baselines.backprop import Backprop
from plausible.core import Array, Params, Presentation
from plausible.errors import BadInput
from plausible.networks.activations import tanh
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.registry import registry
from plausible.rules.reward import reinforce
from plausible.rules.reward.exploratory import ExploratoryHebb
from plausible.rules.reward.gated import Agrel, BrainProp
from plausible.rules.reward.reinforce import Reinforce
from plausible.tasks.streams import rewarding
from tests.oracles import changes, dense, problem, propose

SOFTMAX = MLP((4, 3), tanh, output("softmax"), "float64")
LINEAR = MLP((4, 3), tanh, output("linear"), "float64")
ACTIONS = np.eye(3)


def bandit(network: MLP) -> tuple[Params, Presentation]:
    """Weights, and examples whose labels are heard through rewards alone."""
    params, shown = problem(network)
    y = ACTIONS[np.arange(len(shown.x)) % 3]
    return params, Presentation(shown.x, y, rewarding("classes", y, None))


def enumerated(rule: Any, shown: Presentation) -> Iterator[tuple[Array, Any]]:
    """Each action, as all examples choose it, and the rule that chooses it, for the first three examples at once."""
    for action in ACTIONS:
        chosen = np.tile(action, (len(shown.x), 1))

        @dataclass(frozen=True)
        class Choosing(type(rule)):  # type: ignore[misc]
            def choose(self, answer: Array, rng: Generator, chosen: Array = chosen) -> Array:
                return chosen

        yield chosen, Choosing(**vars(rule))


@dataclass(frozen=True)
class Unweighed(Agrel):
    """A broken copy: what was unlikely and right is not learned the more."""

    def error(self, answer: Array, chosen: Array, reward: Array) -> Array:
        return (answer - reward) * chosen


def test_agrel_is_backpropagation_on_average() -> None:
    """Σ_s p_s ΔW(s) = ΔW of cross-entropy, example by example, as [roelfsema2005] shows."""
    params, shown = bandit(SOFTMAX)
    for row in range(3):
        one = Presentation(shown.x[row : row + 1], shown.y[row : row + 1], None)
        one = one._replace(reward=rewarding("classes", one.y, None))
        wanted = propose(Backprop(SOFTMAX), params, one)
        chances = SOFTMAX.respond(params, one.x)[-1][0]
        for rule, same in (
            (Agrel(SOFTMAX, back="transpose"), True),
            (Unweighed(SOFTMAX, back="transpose"), False),
        ):
            made = [propose(each, params, one) for _, each in enumerated(rule, one)]
            for name, gradient in wanted.items():
                mean = sum(p * each[name] for p, each in zip(chances, made, strict=True))
                assert np.allclose(mean, gradient, rtol=1e-10, atol=1e-13) == same, name


def test_the_feedback_of_agrel_learns_what_the_weights_do() -> None:
    params, shown = bandit(SOFTMAX)
    params = {**Agrel(SOFTMAX).init(6, 3, np.random.default_rng(5))[0], **params}
    step = Agrel(SOFTMAX).update(params, None, shown, np.random.default_rng(0))
    made = changes(step)
    for layer in (2, 3):
        np.testing.assert_allclose(made[f"B{layer}"], made[f"W{layer}"].T, rtol=1e-12)


def test_brainprop_is_backpropagation_from_the_chosen_unit() -> None:
    """½ (q_s - r)² is the loss of a target that is r at s and the answer elsewhere; over all s it adds up to it all."""
    params, shown = bandit(LINEAR)
    answer = LINEAR.respond(params, shown.x)[-1]
    whole = propose(Backprop(LINEAR), params, shown)
    total = {name: np.zeros_like(change) for name, change in whole.items()}
    for chosen, rule in enumerated(BrainProp(LINEAR), shown):
        target = np.where(chosen > 0, shown.reward(chosen)[:, None], answer)
        wanted = propose(Backprop(LINEAR), params, shown._replace(y=target))
        made = propose(rule, params, shown)
        for name, change in made.items():
            np.testing.assert_allclose(change, wanted[name], rtol=1e-10, atol=1e-14)
            total[name] += change
    for name, change in whole.items():
        np.testing.assert_allclose(total[name], change, rtol=1e-10, atol=1e-14)


def test_brainprop_explores_as_often_as_it_says() -> None:
    """(1 - ε) at the largest value, and ε by the softmax; equal values at equal rates."""
    rule, n = BrainProp(LINEAR, epsilon=0.3), 40_000
    values = np.array([0.5, 1.5, -0.2])
    p = np.exp(values) / np.exp(values).sum()
    wanted = 0.3 * p + 0.7 * ACTIONS[1]
    counted = rule.choose(np.tile(values, (n, 1)), np.random.default_rng(0)).mean(axis=0)
    assert (abs(counted - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / n)).all()
    assert (abs(counted - p) > 5 * np.sqrt(p * (1 - p) / n)).any()  # of one that always explores
    tied = BrainProp(LINEAR, epsilon=0.0).choose(np.zeros((n, 3)), np.random.default_rng(1)).mean(axis=0)
    assert (abs(tied - 1 / 3) < 5 * np.sqrt(2 / 9 / n)).all()


def test_a_baseline_changes_the_variance_of_reinforce_and_not_its_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All actions enumerated, without hidden units: E[r] = Σ_s p_s r_s, whose gradient is h (p_s (r_s - E[r]))."""
    network = MLP((), output=output("softmax"), dtype="float64", bias=False)
    rng = np.random.default_rng(0)
    params, x = network.start(4, 3, rng), rng.normal(size=(1, 4))
    rewards = np.array([0.2, 1.0, 0.5])
    shown = Presentation(x, None, lambda action: action @ rewards)  # type: ignore[arg-type]
    p = network.respond(params, x)[-1][0]
    gradient = x.T @ (p * (rewards - p @ rewards))[None]
    spread = []
    for baseline in (0.0, p @ rewards, 5.0):
        made = []
        for action in ACTIONS:
            monkeypatch.setattr(reinforce, "sampled", lambda chances, rng, action=action: action[None])
            step = Reinforce(network).update(params, baseline, shown, rng)
            made.append(dense(step.updates["W1"]))
        mean = sum(chance * each for chance, each in zip(p, made, strict=True))
        np.testing.assert_allclose(mean, gradient, rtol=1e-12, atol=1e-15)
        spread.append(sum(c * ((one - gradient) ** 2).sum() for c, one in zip(p, made, strict=True)))
    assert spread[1] < spread[0] < spread[2]


def expected_reward(network: MLP, params: Params, x: Array, rewards: Array, sigma: float) -> float:
    """E[r] over the noise of one hidden unit and the drawn action."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    z = x @ params["W1"] + params["b1"]
    z_2 = np.tanh(z + sigma * nodes[:, None]) @ params["W2"] + params["b2"]
    e = np.exp(z_2)
    return float(weights @ (e @ rewards / e.sum(axis=1)) / weights.sum())


@pytest.mark.parametrize("baseline", ["none", "quiet", "running"])
def test_reinforce_ascends_the_expected_reward_through_hidden_units(baseline: Any) -> None:
    network, n, sigma = MLP((1,), tanh, output("softmax"), "float64"), 200_000, 0.5
    rng = np.random.default_rng(2)
    params, x = network.start(2, 3, rng), rng.normal(size=(1, 2))
    rewards, step = np.array([0.0, 1.0, 0.3]), 1e-5
    shown = Presentation(np.tile(x, (n, 1)), None, lambda action: action @ rewards)  # type: ignore[arg-type]
    made = Reinforce(network, sigma=sigma, baseline=baseline).update(params, 0.4, shown, rng).updates
    biased = 0
    for name, weights in params.items():
        pre = made[name].pre if made[name].pre is not None else np.ones((n, 1))
        each = (pre[:, :, None] * made[name].post[:, None, :] * made[name].scale * n).reshape(
            n, *weights.shape
        )
        for place in np.ndindex(weights.shape):
            moved = [{**params, name: weights.copy()} for _ in "ab"]
            for side, one in zip((step, -step), moved, strict=True):
                one[name][place] += side
            ahead, back = (expected_reward(network, one, x, rewards, sigma) for one in moved)
            slope, sample = (ahead - back) / (2 * step), each[(slice(None), *place)]
            error = sample.std() / n**0.5
            assert abs(sample.mean() - slope) < 5 * error, (name, place)
            biased += abs(2 * sample.mean() - slope) > 5 * error  # a broken copy, twice as large
    assert biased > 5


def test_the_exploratory_hebb_rule_follows_a_smooth_reward() -> None:
    """σ² / 2 times m_l = g_l + (m_{l-1} ⊙ f') W_l, as noise from below is in what a unit measures; σ is not told."""
    params, shown = problem(LINEAR)
    n, sigma = 40_000, 1e-3
    x, y = (np.tile(array[:1], (n, 1)) for array in (shown.x, shown.y))
    many = Presentation(x, y, lambda answer: -LINEAR.output.loss(answer, y))
    made = ExploratoryHebb(LINEAR, sigma=sigma).update(params, None, many, np.random.default_rng(0)).updates
    passed = LINEAR.forward(params, x[:1])
    gradients: Any = Backprop(LINEAR).signals(params, passed, passed.activities[-1] - y[:1])
    measured = [gradients[0]]
    for layer in (2, 3):
        from_below = (measured[-1] * passed.slope(layer - 1)) @ params[f"W{layer}"]
        measured.append(gradients[layer - 1] + from_below)
    for layer, signal in enumerate(measured, 1):
        sample = made[f"b{layer}"].post * (2 / sigma**2)
        error = sample.std(axis=0) / n**0.5
        assert (abs(sample.mean(axis=0) - signal[0]) < 5 * error).all(), layer
        assert (abs(sample.mean(axis=0) / 2 - signal[0]) > 5 * error).any(), layer  # half of it would be seen
        if layer > 1:
            assert (abs(sample.mean(axis=0) - gradients[layer - 1][0]) > 5 * error).any(), layer


@pytest.mark.parametrize("name", ["brainprop", "agrel", "reinforce"])
def test_one_output_is_nothing_to_choose_from(name: str) -> None:
    network = MLP((3,), output=output("logistic" if name == "brainprop" else "softmax"))
    with pytest.raises(BadInput, match="the number of outputs is 1"):
        registry.rule(name, network).init(4, 1, np.random.default_rng(0))
