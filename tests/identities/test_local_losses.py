"""Local losses where one must be another, and where a number is known.

Oracles: backpropagation in a network of one layer, or where a head is the read-out; exact locality; the correlations of
one-hot rows; three factors summed pair by pair; the equations of [noekland2019], [mostafa2018] and [pogodin2020].
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Params, Presentation, Rule
from plausible.errors import BadInput
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.normalised import Divisive
from plausible.networks.outputs import output
from plausible.registry import registry
from plausible.rules.local.bottleneck import KernelisedBottleneck
from plausible.rules.local.competition import ClasswiseCompetition
from plausible.rules.local.prediction import FixedClassifiers, GreedyClassifiers, LayerwiseClassifiers
from plausible.rules.local.similarity import LocalSimilarity, PredSim, similarity
from tests.oracles import assert_same, changes, examples, propose

N_IN, N_OUT = 5, 3
NETWORK = MLP((6, 9), dtype="float64", init=Gaussian(0.7), bias_init=Gaussian(0.3))
RULES = (
    *("layerwise-classifiers", "layerwise-classifiers[bio=True]", "greedy-classifiers", "fixed-classifiers"),
    *("local-similarity", "local-similarity[bio=True]", "predsim", "predsim[bio=True]"),
    *("kernelised-bottleneck", "kernelised-bottleneck[kernel=gaussian,groups=3]", "classwise-competition"),
)


def shown(network: MLP = NETWORK) -> Presentation:
    return examples(network, 7, N_IN, N_OUT)


def start(rule: Rule) -> Params:
    return rule.init(N_IN, N_OUT, np.random.default_rng(0))[0]


def first(rule: Rule, params: Params) -> Params:
    state = rule.init(N_IN, N_OUT, np.random.default_rng(0))[1]
    return changes(rule.update(params, state, shown(), np.random.default_rng(0)))


@pytest.mark.parametrize("name", RULES)
def test_no_change_depends_on_a_weight_above_to_the_last_bit(name: str) -> None:
    rule = registry.rule(name, NETWORK)
    params = start(rule)
    mine = first(rule, params)
    for altered in (
        "W2",
        "b2",
        "W3",
        "b3",
        *(each for each in params if each[0] in "HcKPF" and each[1] == "2"),
    ):
        other = first(rule, {**params, altered: params[altered][::-1] * 1.5 + 0.1})
        for each in mine:
            if int(each[1:]) < int(altered[1:]):
                np.testing.assert_array_equal(
                    mine[each], other[each], err_msg=f"{each} with another {altered}"
                )
    assert mine["W1"].any()


@pytest.mark.parametrize("name", RULES)
def test_without_hidden_layers_it_is_backprop(name: str) -> None:
    network = replace(NETWORK, hidden=())
    rule = registry.rule(name, network)
    params, state = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    ours = changes(rule.update(params, state, shown(network), np.random.default_rng(0)))
    assert_same(ours, propose(Backprop(network), params, shown(network)))


@pytest.mark.parametrize("last", ["softmax", "logistic", "linear", "logistic-squared"])
def test_with_the_read_out_as_its_head_a_single_hidden_layer_learns_by_backprop(last: str) -> None:
    network = replace(NETWORK, hidden=(6,), output=output(last))
    params = start(LayerwiseClassifiers(network))
    params |= {"H1": params["W2"].copy(), "c1": params["b2"].copy()}
    ours = propose(LayerwiseClassifiers(network), params, shown(network))
    theirs = propose(Backprop(network), params, shown(network))
    assert_same({name: ours[name] for name in theirs}, theirs)
    np.testing.assert_array_equal(ours["H1"], theirs["W2"])
    fixed = params | {"F1": params["W2"].T.copy(), "c1": 0 * params["c1"], "b2": 0 * params["b2"]}
    ours, theirs = (propose(rule(network), fixed, shown(network)) for rule in (FixedClassifiers, Backprop))
    assert_same(ours, theirs)


def test_labels_of_ten_classes_are_alike_by_one_and_by_minus_a_ninth() -> None:
    labels = np.array([0, 3, 3, 9, 7])
    expected = np.where(labels[:, None] == labels, 1, -1 / 9)
    np.testing.assert_allclose(
        similarity(np.eye(10)[labels]), expected, rtol=0, atol=1e-7
    )  # 1e-8 is added to lengths


def test_the_share_goes_from_one_loss_to_the_other() -> None:
    params = start(PredSim(NETWORK))
    for share, alone in ((0.0, LayerwiseClassifiers(NETWORK)), (1.0, LocalSimilarity(NETWORK))):
        both, theirs = (
            propose(PredSim(NETWORK, share=share), params, shown()),
            propose(alone, params, shown()),
        )
        assert_same({name: both[name] for name in theirs}, theirs)
        assert not any(both[name].any() for name in both.keys() - theirs.keys())


def test_heads_are_what_the_equations_say() -> None:
    bio = start(PredSim(NETWORK, bio=True))
    shapes = {name: array.shape for name, array in bio.items() if name[0] not in "Wb"}
    sizes = {"H1": (6, 128), "c1": (128,), "P1": (3, 128), "F1": (128, 6), "H2": (9, 128), "c2": (128,)}
    assert shapes == sizes | {"P2": (3, 128), "F2": (128, 9)}
    tied, other, signs = (start(FixedClassifiers(NETWORK, back)) for back in ("transpose", "random", "signs"))  # type: ignore[arg-type]
    np.testing.assert_array_equal(tied["F1"], tied["H1"].T)
    np.testing.assert_array_equal(np.sign(signs["F1"]), np.sign(signs["H1"].T))
    assert abs(np.corrcoef(abs(signs["F1"]).ravel(), abs(signs["H1"].T).ravel())[0, 1]) < 0.8
    assert (np.sign(other["F1"]) != np.sign(other["H1"].T)).any()
    assert set(changes(FixedClassifiers(NETWORK).update(tied, None, shown(), np.random.default_rng(0)))) == {
        *("W1", "b1", "W2", "b2", "W3", "b3")
    }


def test_greedy_layers_learn_one_after_another_and_the_read_out_all_the_while() -> None:
    network = replace(NETWORK, hidden=(6, 5, 4))
    rule, together = GreedyClassifiers(network, presentations=2), LayerwiseClassifiers(network)
    params, state = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    whole, seen = propose(together, params, shown(network)), []
    for _ in range(8):
        step = rule.update(params, state, shown(network), np.random.default_rng(0))
        found, state = changes(step), step.state
        seen.append(sorted(name for name in found if name[0] == "W"))
        assert_same(found, {name: whole[name] for name in found})
    assert seen == [["W1", "W4"]] * 2 + [["W2", "W4"]] * 2 + [["W3", "W4"]] * 4
    with pytest.raises(BadInput, match="presentations is 0"):
        GreedyClassifiers(network, presentations=0).init(N_IN, N_OUT, np.random.default_rng(0))


def test_the_bottleneck_is_a_sum_of_three_factors_over_pairs() -> None:
    """By the linear kernel: -Σ_nm M_nm (x_n f'_n h_m + x_m f'_m h_n) / batch², M of the pair, the rest of two units."""
    network = replace(NETWORK, hidden=(4,))
    rule = KernelisedBottleneck(network, "linear")
    params = start(rule)
    x, y = shown(network)[:2]
    h = np.tanh(x @ params["W1"] + params["b1"])
    labels, k = np.corrcoef(y), h @ h.T
    third = 2 * (k - k.mean()) - 2 * (labels - labels.mean())
    change, n = np.zeros_like(params["W1"]), len(x)
    for a in range(n):
        for b in range(n):
            post = np.outer(x[a], (1 - h[a] ** 2) * h[b]) + np.outer(x[b], (1 - h[b] ** 2) * h[a])
            change -= third[a, b] * post / n**2
    np.testing.assert_allclose(propose(rule, params, shown(network))["W1"], change, rtol=1e-7, atol=1e-10)


def test_the_bottleneck_groups_neighbours_as_divisive_normalisation_does() -> None:
    """At power 1/2 and without smoothing, a group of two units is told by half of its difference."""
    h = np.array([[1.0, 4.0, 2.0, 2.0], [0.0, 2.0, 5.0, 1.0]])
    apart, variance = Divisive(2, 0.5, 0.0).parts(h)
    np.testing.assert_allclose(variance[..., 0], [[2.25, 0.0], [1.0, 4.0]])
    np.testing.assert_allclose(Divisive(2, 0.5, 0.0).apply(h), [[-1, 1, 0, 0], [-1, 1, 1, -1]])
    assert apart.shape == (2, 2, 2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kernel": "cos"}, "kernel is 'cos'"),
        ({"groups": 4}, "groups is 4: expected 3 or more groups that 6 units fall into"),
        ({"groups": 2}, "groups is 2"),
        ({"width": 0.0}, "width is 0"),
        ({"balance": -1.0}, "balance is -1"),
    ],
)
def test_what_makes_no_bottleneck_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        KernelisedBottleneck(NETWORK, **options)  # type: ignore[arg-type]


def test_what_makes_no_other_rule_is_refused() -> None:
    for rule, words in (
        (PredSim(NETWORK, share=1.1), "share is 1.1"),
        (FixedClassifiers(NETWORK, "up"), "back is 'up'"),
    ):  # type: ignore[arg-type]
        with pytest.raises(BadInput, match=words):
            start(rule)


@pytest.mark.parametrize(
    "name", ["local-similarity", "predsim", "predsim[bio=True]", "kernelised-bottleneck"]
)
def test_a_single_output_has_no_pattern_to_compare(name: str) -> None:
    with pytest.raises(BadInput, match="the number of outputs is 1: expected two or more"):
        registry.rule(name, replace(NETWORK, output=output("linear"))).init(N_IN, 1, np.random.default_rng(0))


def test_a_single_class_has_nothing_to_be_compared_with() -> None:
    """Counter-current learning compares activity of classes."""
    with pytest.raises(BadInput, match="the number of outputs is 1: expected two or more"):
        registry.rule("counter-current-learning", NETWORK).init(N_IN, 1, np.random.default_rng(0))


def test_a_single_class_has_nothing_to_compete_with() -> None:
    with pytest.raises(BadInput, match="the number of outputs is 1"):
        ClasswiseCompetition(replace(NETWORK, output=output("logistic"))).init(
            N_IN, 1, np.random.default_rng(0)
        )
