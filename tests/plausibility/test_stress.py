"""Rules under stress. Oracle: closed forms, variances, exact shares, and the rule without stress, to the last bit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from plausible.contract.world import N_IN, N_OUT, examples, network
from plausible.core import Array, Optimiser, Outer, Params, Presentation, Step, Tick, randomness
from plausible.networks.activations import identity
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from plausible.optimise.adam import Adam
from plausible.optimise.held_signs import HeldSigns
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Decay
from plausible.plausibility.audit import audit
from plausible.plausibility.stress.chance import Role, drawn, rounded
from plausible.plausibility.stress.late import Proposal, awake
from plausible.registry import registry
from plausible.registry.encoding import decode, encode
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.study import checkpoint
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.tasks.streams import Minibatches
from plausible.train import begin, train

RULES = sorted(registry.registered("rule"))
SPREAD = 4.5  # standard errors that a draw may be off: of a million draws, seven are further
MOMENTUM = SGD(0.05, momentum=0.9)
LINEAR = MLP((), output=output("linear"), bias=False, dtype="float64")
no_reward = partial(np.zeros_like, shape=())


def learned(text: str, optimiser: Optimiser = MOMENTUM, epochs: int = 2) -> tuple[Params, list[Array], Any]:
    """Weights after some changes, the answers that they give, and the generator of the rule's own noise."""
    rule, roles = (
        registry.rule(text, network(text.partition("rule=")[2].partition(",")[0].strip("]") or text)),
        randomness(0),
    )
    params, state, memory = begin(rule, optimiser, N_IN, N_OUT, roles.weights)
    split = examples(8, "float32", rule.network.sequential, getattr(rule, "inputs", None))  # type: ignore[attr-defined]
    stream = Minibatches(4)(split, "classes", epochs, roles.order)
    for tick in train(rule, optimiser, params, state, stream, roles.noise, memory):
        state = tick.step.state
    return params, rule.respond(params, state, split.x, roles.probes), roles.noise.bit_generator.state


SLOW = {"event-driven-feedback", "kinase", "urbanczik-senn", "first-spike-stdp", "paired-competing-neurons"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in RULES]
)
def test_without_stress_it_is_the_rule_inside_to_the_last_bit(name: str) -> None:
    bare, stressed = learned(name), learned(f"stressed[rule={name}]")
    assert bare[0].keys() == stressed[0].keys()
    assert all(np.array_equal(array, stressed[0][weights]) for weights, array in bare[0].items())
    assert all(map(np.array_equal, bare[1], stressed[1]))
    assert bare[2] == stressed[2]


def test_the_rule_inside_draws_what_it_draws_without_stress() -> None:
    """The weight mirror draws noise at every step; all stresses together leave its generator where it is."""
    strong = "delay=1,asleep=0.5,weight_noise=0.1,activity_noise=0.1,target_noise=0.1,weight_bits=3,lost=0.5"
    bare, stressed = learned("weight-mirror"), learned(f"stressed[rule=weight-mirror,{strong}]")
    assert bare[2] == stressed[2] != randomness(0).noise.bit_generator.state


def ticks(rule: Any, stream: Any, optimiser: Optimiser, n_in: int, n_out: int, seed: int = 0) -> list[Tick]:
    """What is seen on the way, with copies of the weights, and those at the end under the last number."""
    roles = randomness(seed)
    params, state, memory = begin(rule, optimiser, n_in, n_out, roles.weights)
    seen = []
    for tick in train(rule, optimiser, params, state, stream, roles.noise, memory):
        seen.append(tick._replace(params={name: array.copy() for name, array in tick.params.items()}))
    return [*seen, seen[-1]._replace(params=params)]


def one_weight(delay: int, rate: float, steps: int) -> list[float]:
    """How far a single weight w is from the target 0, under Δw = -w of `delay` steps ago; it starts at 1."""
    rule = registry.rule(f"stressed[rule=backprop,delay={delay}]", LINEAR)
    shown = Presentation(np.ones((1, 1)), np.zeros((1, 1)), no_reward)
    params, state = rule.init(1, 1, np.random.default_rng(0))
    params["W1"][...] = 1
    found = [
        tick.params["W1"].item()
        for tick in train(rule, SGD(rate), params, state, [shown] * steps, randomness(0).noise)
    ]
    return [*found, params["W1"].item()]


def test_a_delayed_descent_is_its_closed_form() -> None:
    """w_{t+1} = w_t - 2/9 w_{t-1} has the roots 1/3 and 2/3; from w_0 = w_1 = 1 it is 2 (2/3)^t - (1/3)^t."""
    expected = [2 * (2 / 3) ** t - (1 / 3) ** t for t in range(13)]
    assert one_weight(1, 2 / 9, 12) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("delay", [0, 1, 2, 5])
def test_a_delay_lowers_the_rate_at_which_descent_is_stable(delay: int) -> None:
    """w_{t+1} = w_t - η w_{t-d} is stable for η below 2 sin(π / (4d + 2)), and not above."""
    most = 2 * np.sin(np.pi / (4 * delay + 2))
    slow, fast = (np.abs(one_weight(delay, factor * most, 600)) for factor in (0.97, 1.03))
    assert slow[-50:].max() < 0.2 < 5 < fast[-50:].max()


def test_a_sleeping_layer_sleeps_as_a_whole_as_often_as_it_should() -> None:
    """Each by itself: two layers are awake with the probabilities 0.7, and both with 0.49."""
    names = ("W1", "b1", "W2", "b2", "B2")
    proposed, n, awake_then = Proposal(dict.fromkeys(names, np.zeros(1)), {"B2": 0.1}), 10_000, []
    for step in range(n):
        left = awake(proposed, 0.3, drawn(7, step, Role.LAYERS))
        one, two = "W1" in left.updates, "W2" in left.updates
        assert {*left.updates} == {name for name in names if {"1": one, "2": two}[name[1]]}
        assert ("B2" in left.decay) == two
        awake_then.append((one, two))
    found = np.array(awake_then)
    assert np.abs(found.mean(axis=0) - 0.7).max() < SPREAD * (0.3 * 0.7 / n) ** 0.5
    assert abs(found.all(axis=1).mean() - 0.49) < SPREAD * (0.49 * 0.51 / n) ** 0.5


def test_a_sleeping_rule_proposes_nothing_for_some_layer() -> None:
    rule: Any = registry.rule("stressed[rule=fa,asleep=1]", MLP((2,)))
    params, state = rule.init(2, 2, np.random.default_rng(0))
    shown = Presentation(np.ones((1, 2), "float32"), np.eye(1, 2, dtype="float32"), no_reward)
    assert rule.update(params, state, shown, np.random.default_rng(0)).updates == {}


def read(stress: str, size: int = 60) -> tuple[Array, Array]:
    """The weights of a linear layer, and those that are read: its answer to the unit vectors."""
    rule: Any = registry.rule(f"stressed[rule=backprop,{stress}]", LINEAR)
    params, state = rule.init(size, size, np.random.default_rng(0))
    return params["W1"], rule.respond(params, state, np.eye(size), np.random.default_rng(0))[-1]


def is_normal(found: Array, deviation: float) -> bool:
    """Whether mean and variance are those of normal numbers, within their standard errors."""
    n, variance = found.size, deviation**2
    mean = abs(found.mean()) < SPREAD * deviation / n**0.5
    return bool(mean and abs(found.var() - variance) < SPREAD * variance * (2 / n) ** 0.5)


@pytest.mark.parametrize("size", [0.1, 0.5])
def test_weights_are_read_with_noise_in_proportion_to_them(size: float) -> None:
    weights, seen = read(f"weight_noise={size}")
    assert is_normal(seen / weights - 1, size)


def test_feedback_noise_is_in_the_feedback_alone(rng: np.random.Generator) -> None:
    """δ_1 = (e B_2 (1 + s ξ)) f'; with f' = 1 and an error of one unit, Δb_1 is minus a row of B_2 (1 + s ξ)."""
    n = 4000
    net = MLP((n,), identity, output("linear"), dtype="float64")
    rule: Any = registry.rule("stressed[rule=fa,feedback_noise=0.5]", net)
    params, state = rule.init(1, 2, rng)
    answer = rule.respond(params, state, np.ones((1, 1)), rng)[-1]
    assert np.array_equal(answer, registry.rule("fa", net).respond(params, None, np.ones((1, 1)), rng)[-1])
    step = rule.update(params, state, Presentation(np.ones((1, 1)), answer - [[1, 0]], no_reward), rng)
    changes = {name: u.dense() if isinstance(u, Outer) else u for name, u in step.updates.items()}
    assert changes["b2"] == pytest.approx([-1, 0])
    assert is_normal(-changes["b1"] / params["B2"][0] - 1, 0.5)


def test_units_answer_with_noise(rng: np.random.Generator) -> None:
    rule: Any = registry.rule("stressed[rule=fa,activity_noise=0.2]", MLP((50,), dtype="float64"))
    params, state = rule.init(3, 2, rng)
    x = rng.normal(size=(80, 3))
    noise = rule.respond(params, state, x, rng)[0] - np.tanh(x @ params["W1"])
    assert is_normal(noise, 0.2)


def test_targets_are_shown_with_noise(rng: np.random.Generator) -> None:
    """Of a linear layer, Δb = y - answer."""
    rule: Any = registry.rule("stressed[rule=backprop,target_noise=0.3]", replace(LINEAR, bias=True))
    params, state = rule.init(1, 5000, rng)
    shown = Presentation(np.zeros((1, 1)), np.ones((1, 5000)), no_reward)
    assert is_normal(rule.update(params, state, shown, rng).updates["b1"].dense() - 1, 0.3)


def test_rewards_are_told_with_noise(rng: np.random.Generator) -> None:
    """Of what a rule is told for five thousand answers, each of which earns 1."""

    class Asking:
        """A rule that keeps what it is told."""

        told: Any = None

        def update(self, params: Any, state: Any, shown: Presentation, rng: Any) -> Step:
            Asking.told = shown.reward(np.zeros((5000, 1)))
            return Step({}, state)

    rule: Any = registry.rule("stressed[rule=agrel,target_noise=0.3]", MLP((4,), dtype="float64"))
    params, state = rule.init(1, 2, rng)
    rule.__dict__["inside"] = Asking()
    shown = Presentation(np.zeros((1, 1)), np.ones((1, 2)), lambda answer: np.ones(len(answer)))
    rule.update(params, state, shown, rng)
    assert is_normal(Asking.told - 1, 0.3)


def test_noise_is_drawn_anew_at_every_step_and_is_the_same_for_one_seed(rng: np.random.Generator) -> None:
    rule: Any = registry.rule("stressed[rule=backprop,target_noise=0.3]", replace(LINEAR, bias=True))
    shown = Presentation(np.zeros((1, 1)), np.ones((1, 50)), no_reward)

    def two_steps() -> list[Array]:
        params, state = rule.init(1, 50, np.random.default_rng(0))
        first = rule.update(params, state, shown, rng)
        second = rule.update(params, first.state, shown, rng)
        return [step.updates["b1"].dense() for step in (first, second)]

    (first, second), again = two_steps(), two_steps()
    assert (first != second).all()
    assert np.array_equal(again, [first, second])


@pytest.mark.parametrize(
    "stress", ["weight_noise=0.3", "feedback_noise=0.3", "weight_bits=4", "activity_noise=0.3"]
)
def test_weights_and_activities_are_disturbed_anew_at_every_step(
    stress: str, rng: np.random.Generator
) -> None:
    """And when the rule answers, in another way than when it learns."""
    rule: Any = registry.rule(f"stressed[rule=fa,{stress}]", MLP((20,), dtype="float64"))
    params, state = rule.init(5, 3, rng)
    shown = Presentation(rng.normal(size=(4, 5)), np.eye(4, 3), no_reward)
    first = rule.update(params, state, shown, rng)
    second, again = (rule.update(params, s, shown, rng) for s in (first.state, state))
    changes = [step.updates["W1"].dense() for step in (first, second, again)]
    assert (changes[0] != changes[1]).any()
    assert np.array_equal(changes[0], changes[2])
    answers = [rule.respond(params, s, shown.x, rng)[-1] for s in (state, first.state)]
    assert (answers[0] != answers[1]).any() or stress.startswith("feedback")


def test_rounding_at_random_has_no_bias_and_the_variance_of_its_step(rng: np.random.Generator) -> None:
    """A value a share f of a step above the grid goes up with probability f: mean f, variance f (1 - f) steps²."""
    values = np.array([-1.0, -0.9, -0.4, 0.0, 0.05, 0.31, 0.8, 1.0])
    n, step = 20_000, 1 / 3  # of 3 bits: -3/3 ... 3/3
    made = np.array([rounded(values, 3, rng) for _ in range(n)])
    assert np.abs(made * 3 - np.rint(made * 3)).max() < 1e-12
    above = values / step - np.floor(values / step + 1e-12)
    variance = above * (1 - above) * step**2
    assert (np.abs(made.mean(axis=0) - values) <= SPREAD * np.sqrt(variance / n) + 1e-12).all()
    fourth = variance * step**2 * (1 - 3 * above * (1 - above)) - variance**2  # of the variance of one draw
    assert (np.abs(made.var(axis=0) - variance) <= SPREAD * np.sqrt(np.maximum(fourth, 0) / n) + 1e-9).all()


@pytest.mark.parametrize("bits", [2, 3, 5])
def test_weights_and_changes_of_few_bits_have_few_values(bits: int, rng: np.random.Generator) -> None:
    weights, seen = read(f"weight_bits={bits}")
    assert len(np.unique(seen)) == 2**bits - 1
    assert np.abs(seen - weights).max() < np.abs(weights).max() / (2 ** (bits - 1) - 1)
    rule: Any = registry.rule(f"stressed[rule=fa,update_bits={bits}]", MLP((30,), dtype="float64"))
    params, state = rule.init(30, 4, rng)
    step = rule.update(params, state, Presentation(rng.normal(size=(9, 30)), np.eye(9, 4), no_reward), rng)
    change = step.updates["W1"]
    level = change * (2 ** (bits - 1) - 1) / np.abs(change).max()  # the largest stays as it is
    assert np.abs(level - np.rint(level)).max() < 1e-9
    assert len(np.unique(level.round())) > 2 ** (bits - 1)


@pytest.mark.parametrize("optimiser", [MOMENTUM, Adam(0.05), Decay(SGD(0.1), 0.1)], ids=repr)
@pytest.mark.parametrize("rule", ["kolen-pollack", "predictive-coding", "forward-forward"])
def test_the_share_of_lost_synapses_is_zero_throughout(rule: str, optimiser: Optimiser) -> None:
    whole, params = learned(rule, optimiser)[0], learned(f"stressed[rule={rule},lost=0.3]", optimiser)[0]
    for name in [name for name in params if name[0] == "W"]:
        assert (params[name] == 0).sum() == round(0.3 * params[name].size)
        assert (whole[name] != 0).all()


def test_lost_feedback_is_lost_in_the_feedback_alone() -> None:
    params = learned("stressed[rule=kolen-pollack,lost_feedback=0.5]")[0]
    assert (params["B2"] == 0).sum() == round(params["B2"].size / 2)
    assert (params["W1"] != 0).all()


@pytest.mark.parametrize("inner", [SGD(2.0), MOMENTUM, Adam(0.2)], ids=repr)
def test_signs_that_are_held_never_change(inner: Optimiser) -> None:
    split, rule = examples(30, "float32"), FeedbackAlignment(MLP((8,)))

    def signs(optimiser: Optimiser) -> list[Params]:
        stream = Minibatches(5)(split, "classes", 20, randomness(0).order)
        return [
            {n: np.sign(w) for n, w in tick.params.items()}
            for tick in ticks(rule, stream, optimiser, N_IN, N_OUT)
        ]

    held, free, half = signs(HeldSigns(inner)), signs(inner), signs(HeldSigns(inner, 0.5))
    first = held[0]
    assert all((now[name] * first[name] >= 0).all() for now in held for name in ("W1", "W2"))
    assert any((now["W1"] * first["W1"] < 0).any() for now in free)
    assert all((now["W1"][1::2] * first["W1"][1::2] >= 0).all() for now in half)
    assert any((now["W1"][::2] * first["W1"][::2] < 0).any() for now in half)


@pytest.mark.parametrize("inner", [MOMENTUM, Adam(0.01)], ids=repr)
def test_no_held_sign_is_the_optimiser_inside_to_the_last_bit(inner: Optimiser) -> None:
    bare, stressed = learned("fa", inner)[0], learned("fa", HeldSigns(inner, 0.0))[0]
    assert all(np.array_equal(array, stressed[name]) for name, array in bare.items())


STRONG = "delay=2,asleep=0.2,weight_noise=0.1,target_noise=0.1,weight_bits=4,update_bits=4,lost=0.2"


def test_it_goes_on_from_a_stored_state_to_the_same_bits() -> None:
    rule, split = registry.rule(f"stressed[rule=dfa,{STRONG}]", MLP((5,))), examples(16, "float32")

    def course(stored: bool) -> Params:
        roles = randomness(3)
        params, state, memory = begin(rule, MOMENTUM, N_IN, N_OUT, roles.weights)
        for number, shown in enumerate(Minibatches(4)(split, "classes", 3, roles.order)):
            for tick in train(rule, MOMENTUM, params, state, [shown], roles.noise, memory, number):
                state = tick.step.state
            if stored:
                arrays: dict[str, Array] = {}
                text = checkpoint.outline(state, arrays)
                state = checkpoint.filled(text, {name: array.copy() for name, array in arrays.items()})
        return params

    whole, parts = course(False), course(True)
    assert all(np.array_equal(array, parts[name]) for name, array in whole.items())


def test_a_run_of_it_is_data_and_its_key_follows_the_rule_inside() -> None:
    run = Run("digits", "stressed[rule=dfa,delay=2]", MLP((5,)), HeldSigns(MOMENTUM))
    assert decode(encode(run), Run) == run
    places = [place for place, _ in key(run).code]
    assert any("direct_feedback_alignment" in place for place in places)
    assert key(run) != key(replace(run, rule="stressed[rule=dfa,delay=3]"))


def test_sequences_are_stressed_too() -> None:
    params = learned("stressed[rule=bptt,lost=0.5,delay=1,activity_noise=0.1]")[0]
    assert isinstance(network("bptt"), RNN)
    assert (params["R1"] == 0).sum() == round(params["R1"].size / 2)


def test_a_rule_that_is_silent_at_first_is_not_called_clean() -> None:
    """Backprop, delayed, transports weights as it does in time: what is not seen is untraceable, not removed."""
    late = audit("stressed[rule=backprop,delay=2]")
    assert {each.cell.verdict for each in late.measured} == {"untraceable"}


def test_an_audit_looks_into_the_wrapper() -> None:
    for rule in ("backprop", "feedback-alignment"):
        bare, wrapped = audit(rule), audit(f"stressed[rule={rule}]")
        told = {each.criticism: each.cell.verdict for each in bare.measured}
        assert {each.criticism: each.cell.verdict for each in wrapped.measured} == told


@pytest.mark.parametrize("stress", ["weight_bits=4", "weight_noise=0.1", "feedback_noise=0.1", "lost=0.5"])
def test_weights_that_are_disturbed_are_no_transport(stress: str) -> None:
    """Those that activity goes up through differ from what is stored, and errors come by weights of their own."""
    cell = audit(f"stressed[rule=fa,{stress}]").of("weight transport").cell
    assert cell.verdict == "removed", cell
    if "feedback" not in stress:  # which backpropagation has not
        assert audit(f"stressed[rule=backprop,{stress}]").of("weight transport").cell.verdict == "present"
