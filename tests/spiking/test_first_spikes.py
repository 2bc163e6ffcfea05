"""Rules of first spikes. Oracle: their equations, step by step in plain numpy, to 1e-9; and what theory says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from plausible.core import Presentation, Rule, read_only
from plausible.networks.mlp import MLP
from plausible.rules.spiking.first_spike import S2STDP, NeuronalCompetitionGroups, PairedCompetingNeurons
from plausible.rules.spiking.rewarded import FirstSpikeRSTDP, FirstSpikeSTDP
from plausible.rules.spiking.simulated import Simulated, made
from plausible.spiking.compiled import compiler
from plausible.spiking.live import Live
from plausible.spiking.quick import QuicklyCompiled
from plausible.spiking.simulate import Simulation
from plausible.spiking.slots import Presented, present

N_IN, CLASSES, SLOT = 9, 3, 14
DOUBLE = MLP((7,), dtype="float64")
RNG = np.random.default_rng(2)
X = RNG.random((20, N_IN))
Y = np.eye(CLASSES)[RNG.integers(0, CLASSES, 20)]
LATENCY: dict[str, Any] = {"coding": "latency", "steps": SLOT - 2, "network": DOUBLE}


@dataclass
class Stepper:
    """First spikes, step by step: an input of step p acts on potentials from step p + 1 on."""

    w: Any
    theta: float
    extra: Any

    def first(self, when: Any, use_extra: bool) -> tuple[Any, Any]:
        """The step of each neuron's spike, `SLOT` for none, and its score."""
        n = self.w.shape[1]
        threshold = self.theta + use_extra * self.extra
        v, time, score = np.zeros(n), np.full(n, SLOT), np.full(n, 2.0 * SLOT)
        for now in range(SLOT):
            first = (time == SLOT) & (v >= threshold)
            v = v + self.w[when == now].sum(axis=0)  # scores count the inputs of this step in
            time, score = (
                np.where(first, now, time),
                np.where(first, now - (v - threshold) / np.maximum(v, 1e-9), score),
            )
        return time, score


def whens(x: Any) -> Any:
    """The step at which each line spikes; 1 - x in twelfths."""
    return np.minimum(np.floor((1 - x) * (SLOT - 2)), SLOT - 3).astype(int)


def s2_stepped(rule: S2STDP, params: Any, x: Any, y: Any) -> tuple[Any, Any, list[Any]]:
    """S2-STDP: weights, thresholds, and the errors of all examples."""
    m, size = rule.members, CLASSES * rule.members
    it = Stepper(params["W1"].copy(), rule.theta * 0.3 * N_IN, params["extra"].copy())
    errors = []
    for when, label in zip(whens(x), y.argmax(axis=1), strict=True):
        time, _ = it.first(when, use_extra=False)
        _, score = it.first(when, use_extra=True)  # neurons of a class are ranked by it, ties by the index
        firsts = [k * m + int(np.argmin(score[k * m : k * m + m])) for k in range(CLASSES)]
        mean = min(time[firsts].mean(), SLOT * (1 - rule.gap / CLASSES))
        error = np.zeros(size)
        for k, j in enumerate(firsts):
            wanted = (
                mean - rule.gap * SLOT * (CLASSES - 1) / CLASSES
                if k == label
                else mean + rule.gap * SLOT / CLASSES
            )
            error[j] = (time[j] - wanted) / SLOT
        if m > 1:
            for j in range(label * m, label * m + m):
                it.extra[j] += rule.adapt * it.theta * (1 if j == firsts[label] else -1 / (m - 1))
        causal = when[:, None] < time
        it.w = np.clip(it.w + rule.rate * error * (causal - rule.minus * ~causal), 0, 1)
        whole = 0.3 * N_IN / (it.w.sum(axis=0) + 1e-9)
        it.w = np.clip(it.w * np.where(error != 0, whole, 1), 0, 1)
        errors.append(error[firsts])
    return it.w, it.extra, errors


def winner_stepped(rule: Any, params: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """The rules in which the first of all neurons learns: weights and thresholds."""
    size, hits = 7, 1 / CLASSES
    it = Stepper(params["W1"].copy(), rule.theta * rule.mean * N_IN, params["extra"].copy())
    for when, label in zip(whens(x), y.argmax(axis=1), strict=True):
        time, score = it.first(when, use_extra=True)
        j = int(np.argmin(score))
        if time[j] == SLOT:
            it.extra -= rule.adapt * it.theta / (size - 1)
            continue
        causal = when < time[j]
        change = rule.plus * causal - rule.minus * ~causal
        if isinstance(rule, FirstSpikeRSTDP):
            right = j % CLASSES == label
            if not right:
                change = -(rule.anti_plus * causal - rule.anti_minus * ~causal)
            change = change * ((1 - hits) if right else hits) if rule.adaptive else change
            hits += (right - hits) / rule.memory
        it.w[:, j] = np.clip(it.w[:, j] + change * it.w[:, j] * (1 - it.w[:, j]), 0, 1)
        it.extra -= rule.adapt * it.theta / (size - 1)
        it.extra[j] += rule.adapt * it.theta * (1 + 1 / (size - 1))
    return it.w, it.extra


RULES: dict[str, Simulated] = {
    "s2-stdp": S2STDP(**LATENCY, theta=0.6),
    "pairs": PairedCompetingNeurons(**LATENCY, theta=0.6),
    "groups": NeuronalCompetitionGroups(**LATENCY, theta=0.6, members=3, adapt=0.05),
    "stdp": FirstSpikeSTDP(**LATENCY, theta=0.6, adapt=0.02),
    "r-stdp": FirstSpikeRSTDP(**LATENCY, theta=0.6, adapt=0.02, memory=20),
}  # fmt: skip


def stepped(rule: Any, params: Any, x: Any, y: Any) -> tuple[Any, Any]:
    return (
        s2_stepped(rule, params, x, y)[:2] if isinstance(rule, S2STDP) else winner_stepped(rule, params, x, y)
    )


def begun(rule: Any, seed: int = 0) -> Any:
    return rule.init(N_IN, CLASSES, np.random.default_rng(seed))


def shown(
    rule: Any, simulation: Simulation, params: Any, rows: int = 1000, x: Any = X, y: Any = Y
) -> Presented:
    slots = replace(made(rule, N_IN, CLASSES), rows=rows)
    start = {**rule.settings(params), **{there: params[name] for name, there in slots.learned}}
    return present(simulation, slots, start, x, y, seed=1, learn=True)


def agree(rule: Any, simulation: Simulation, rows: int) -> None:
    params, _ = begun(rule)
    w, extra = stepped(rule, params, X, Y)
    ours = shown(rule, simulation, params, rows)
    np.testing.assert_allclose(ours.values["plastic.w"].reshape(w.shape), w, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.values["out.extra"], extra, rtol=0, atol=1e-9)
    assert (np.abs(w - params["W1"]).max(axis=0) > 1e-3).sum() >= 2, "hardly a neuron learned"


@pytest.mark.parametrize("name", RULES)
def test_in_chunks_the_runtime_is_the_stepper(name: str) -> None:
    rule = RULES[name]
    agree(rule, Live(replace(made(rule, N_IN, CLASSES), rows=9).circuit), 9)  # 20 examples in three runs


@pytest.mark.skipif(compiler() is None, reason="there is no C++ compiler")
@pytest.mark.parametrize("name", ["groups", "r-stdp"])
def test_the_compiled_program_is_the_stepper(name: str) -> None:
    rule = RULES[name]
    agree(rule, QuicklyCompiled(replace(made(rule, N_IN, CLASSES), rows=9).circuit), 9)


@pytest.mark.parametrize("name", ["s2-stdp", "pairs", "groups"])
def test_the_errors_of_first_spikes_sum_to_zero(name: str) -> None:
    """Whatever the times, as long as their mean leaves room for later ones."""
    rule: Any = RULES[name]
    _, _, errors = s2_stepped(rule, begun(rule)[0], X, Y)
    np.testing.assert_allclose(np.sum(errors, axis=1), 0, rtol=0, atol=1e-12)
    slots = made(rule, N_IN, CLASSES)
    live = Live(replace(slots, records=("out.error",)).circuit)
    params, _ = begun(rule)
    start = {**rule.settings(params), **{there: params[key] for key, there in slots.learned}}
    ours = present(live, replace(slots, records=("out.error",)), start, X[:5], Y[:5], seed=1, learn=True)
    np.testing.assert_allclose(ours.records["out.error"].sum(axis=1), 0, rtol=0, atol=1e-12)
    assert np.abs(ours.records["out.error"]).max() > 0.01
    # dark: no neuron spikes, the mean time leaves room for g/N, and all but the right class are where they should be
    dark = present(live, replace(slots, records=("out.error",)), start, 0 * X[:3], Y[:3], seed=1, learn=True)
    firsts = dark.records["out.error"][:, :: rule.members]
    np.testing.assert_allclose(firsts, rule.gap * Y[:3], rtol=0, atol=1e-12)


def test_the_first_neuron_of_a_class_answers_for_it() -> None:
    rule: Any = RULES["pairs"]
    scores = {"out.score": np.array([[3.0, 9.0, 6.0, 5.0, 4.0, 28.0]])}
    np.testing.assert_array_equal(rule.answer({}, {"classes": 3}, scores)[-1], [[-3.0, -5.0, -4.0]])
    in_turn = RULES["r-stdp"].answer({}, {"classes": 3}, scores)[-1]
    np.testing.assert_array_equal(in_turn, [[-3.0, -4.0, -6.0]])


def test_a_neuron_without_a_spike_is_as_late_as_the_slot_is_long() -> None:
    """Scores without a spike are twice the slot's steps."""
    rule: Any = RULES["stdp"]
    np.testing.assert_array_equal(
        rule.features({"out.score": np.array([[0.0, SLOT / 2, SLOT, 2.0 * SLOT]])}), [[0.0, 0.5, 1.0, 1.0]]
    )


def test_a_constant_reward_is_stdp() -> None:
    """Where every answer is right, R-STDP without adaptive rates is the unsupervised rule, to the last bit."""
    plain: Any = RULES["stdp"]
    other: Any = RULES["r-stdp"]
    rewarded = replace(other, adaptive=False, plus=plain.plus, minus=plain.minus)
    params, _ = begun(rewarded)
    always = np.ones_like(Y)
    a = shown(
        plain, Live(made(plain, N_IN, CLASSES).circuit), {k: params[k] for k in ("W1", "extra")}, y=always
    )
    b = shown(rewarded, Live(made(rewarded, N_IN, CLASSES).circuit), params, y=always)
    np.testing.assert_array_equal(a.values["plastic.w"], b.values["plastic.w"])
    punished = shown(rewarded, Live(made(rewarded, N_IN, CLASSES).circuit), params, y=0 * always)
    assert np.abs(punished.values["plastic.w"] - a.values["plastic.w"]).max() > 1e-2


def step_of(rule: Rule, y: Any) -> Any:
    params, state = begun(rule)
    shown_to = Presentation(X, y, lambda answer: answer[:, 0])
    return rule.update(read_only(params), state, shown_to, np.random.default_rng(0))


def test_labels_change_no_weight_of_the_unsupervised_rule() -> None:
    order = np.random.default_rng(0).permutation(len(Y))
    for name, same in (("stdp", True), ("r-stdp", False), ("s2-stdp", False)):
        ours, other = (step_of(RULES[name], y).updates["W1"] for y in (Y, Y[order]))
        assert np.array_equal(ours, other) is same, name


def test_a_late_neuron_learns_by_stdp_and_an_early_one_by_the_opposite() -> None:
    """One example: of a late neuron inputs that came before it gain on all others, of an early one they lose."""
    rule: Any = RULES["s2-stdp"]
    params, _ = begun(rule)
    ours = shown(rule, Live(made(rule, N_IN, CLASSES).circuit), params, x=X[:1], y=Y[:1])
    after = ours.values["plastic.w"].reshape(N_IN, CLASSES)
    grown = after / params["W1"]
    np.testing.assert_allclose(after.sum(axis=0), 0.3 * N_IN, rtol=1e-6)
    time, _ = Stepper(params["W1"], rule.theta * 0.3 * N_IN, params["extra"]).first(whens(X)[0], True)
    causal = whens(X)[0][:, None] < time
    _, _, (error,) = s2_stepped(rule, params, X[:1], Y[:1])
    for j in range(CLASSES):
        before, others = np.sort(grown[causal[:, j], j]), np.sort(grown[~causal[:, j], j])
        assert before[0] > others[-1] if error[j] > 0 else before[-1] < others[0]
    assert error[Y[0].argmax()] > 0 > error[np.argsort(Y[0])[0]]
