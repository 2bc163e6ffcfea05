"""Forward-Forward: each layer descends its own loss, and nothing reaches it from above.

Oracles: central differences of the loss written out from [hinton2022], with a layer's input held; exact locality; the
frequencies of drawn labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plausible.core import Array, Outer, Params, Presentation, Step, View
from plausible.errors import BadInput
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.differences import central_differences
from plausible.rules.forward.forward_forward import MEMORY, ForwardForward, wrong
from plausible.rules.forward.labelled import normalised
from tests.oracles import MARGIN, changes, present, targets

BATCH, N_IN, N_OUT = 6, 4, 3
NETWORK = MLP((5, 4, 6), dtype="float64", init=Gaussian(1.0), bias_init=Gaussian(0.5))


def given(seed: int = 1) -> Presentation:
    rng = np.random.default_rng(seed)
    return present(rng.normal(size=(BATCH, N_IN)), targets("softmax", rng, BATCH, N_OUT))


def start(rule: ForwardForward, seed: int = 0) -> tuple[Params, Any]:
    return rule.init(N_IN, N_OUT, np.random.default_rng(seed))


def step(rule: ForwardForward, params: View, state: Any, shown: Presentation) -> Step:
    return rule.update(params, state, shown, np.random.default_rng(2))


def softplus(a: Array) -> Array:
    return np.logaddexp(0, a)


def local_loss(rule: ForwardForward, below: Array, means: Array, weights: Array, biases: Array) -> float:
    """R_l, averaged over the examples: the first half of `below` goes with right labels, the other with wrong ones."""
    h = np.maximum(below @ weights + biases, 0)
    n, units = BATCH, h.shape[1]
    g, theta = (h * h).sum(axis=1), units * rule.threshold
    width = units
    if rule.goodness == "mean":
        g, theta, width = g / units, rule.threshold, 1
    right, other = softplus(theta - g[:n]).mean(), softplus(g[n:] - theta).mean()
    m = MEMORY * means + (1 - MEMORY) * h[:n].mean(axis=0)
    peers = (
        rule.peer / (1 - MEMORY) * ((m - m.mean()) ** 2).sum() / units
    )  # only 1 - MEMORY of m is of this batch
    return float((right + other) / width + peers)


def worst_error(rule: ForwardForward, params: Params, state: Any) -> float:
    """How far, relative to it, any layer's change is from minus the gradient of its own loss."""
    proposal = step(rule, params, state, given())
    found, worst = changes(proposal), 0.0
    for layer in range(1, len(NETWORK.hidden) + 1):
        update = proposal.updates[f"W{layer}"]
        assert isinstance(update, Outer)
        assert update.pre is not None
        below, names = update.pre, (f"W{layer}", f"b{layer}")
        assert abs(below @ params[names[0]] + params[names[1]]).min() > MARGIN  # no unit crosses its kink

        def loss(moved: View, below: Array = below, names: Any = names, layer: int = layer) -> float:
            return local_loss(rule, below, state[1][layer - 1], moved[names[0]], moved[names[1]])

        for name, slope in central_differences(loss, {name: params[name] for name in names}).items():
            worst = max(worst, float(np.linalg.norm(found[name] + slope) / np.linalg.norm(slope)))
    return worst


@pytest.mark.parametrize("goodness", ["sum", "mean"])
@pytest.mark.parametrize("label", ["before", "over"])
def test_each_layer_descends_its_own_loss(label: Any, goodness: Any) -> None:
    rule = ForwardForward(NETWORK, threshold=0.7, peer=0.0, label=label, goodness=goodness)
    seed = next(s for s in range(100) if off_kinks(rule, *start(rule, s)))
    assert worst_error(rule, *start(rule, seed)) < 1e-6


@pytest.mark.parametrize("goodness", ["sum", "mean"])
def test_the_peer_term_is_the_gradient_of_the_spread_of_means(goodness: Any) -> None:
    """Where all units are active; silent ones are pulled too, on purpose."""
    rule = ForwardForward(NETWORK, peer=50.0, goodness=goodness)
    params, state = start(rule)
    params |= {name: abs(array) + 0.1 for name, array in params.items() if name[0] == "W"}
    params |= {name: abs(array) + 5 for name, array in params.items() if name[0] == "b"}
    seen = step(rule, params, state, given())
    assert all((changes(seen)[f"b{n}"] != 0).all() for n in (1, 2, 3))
    assert worst_error(rule, params, state) < 1e-6
    without = step(ForwardForward(NETWORK, peer=0.0, goodness=goodness), params, state, given())
    assert abs(changes(seen)["b1"] - changes(without)["b1"]).max() > 1e-3  # the term has a part in this


def off_kinks(rule: ForwardForward, params: Params, state: Any) -> bool:
    rungs = rule.form().climb(params, *given()[:2]) + rule.form().climb(
        params, given().x, wrong(given().y, np.random.default_rng(2))
    )
    depth = len(NETWORK.hidden)
    z = [r.below @ params[f"W{i % depth + 1}"] + params[f"b{i % depth + 1}"] for i, r in enumerate(rungs)]
    return all(abs(array).min() > MARGIN for array in z)


def test_the_peer_term_revives_silent_units() -> None:
    """A unit that is silent for every example has no gradient of goodness, but is pulled up towards its peers."""
    rule = ForwardForward(NETWORK, peer=1.0)
    params, state = start(rule)
    params["b1"][0] = -100.0
    state[1][0][0] = 0.0
    assert changes(step(rule, params, state, given()))["b1"][0] > 0
    silent = step(ForwardForward(NETWORK, peer=0.0), params, state, given())
    assert changes(silent)["b1"][0] == 0


def activity(rule: ForwardForward, params: Params, shown: Presentation) -> list[tuple[Array, Array, Array]]:
    """Of each layer what it is given, and its activity for right and for wrong labels."""
    found, labels = [], (shown.y, wrong(shown.y, np.random.default_rng(2)))
    right, other = (rule.form().climb(params, shown.x, label) for label in labels)
    for (below, h), (below_wrong, h_wrong) in zip(right, other, strict=True):
        found.append((np.concatenate([below, below_wrong]), h, h_wrong))
    return found


@pytest.mark.parametrize("peer", [0.03, 30.0])
def test_peers_weigh_what_they_do_in_the_authors_code(peer: float) -> None:
    """That moves weights along (1 - p) h + lambdamean (mean m - m) for right labels, -p h for wrong ones, both over n.

    p is the logistic of Σ h² - n; our changes are 2 / n_l of it, as R is divided by n_l and h² has a slope of 2 h.
    """
    rule = ForwardForward(NETWORK, peer=peer)
    params, state = start(rule)
    found = changes(step(rule, params, state, given()))
    for layer, (below, h, h_wrong) in enumerate(activity(rule, params, given()), 1):
        units = h.shape[1]
        p, p_wrong = (1 / (1 + np.exp(units - (a * a).sum(axis=1, keepdims=True))) for a in (h, h_wrong))
        m = 0.9 * state[1][layer - 1] + 0.1 * h.mean(axis=0)
        along = np.concatenate([(1 - p) * h + peer * (m.mean() - m), -p_wrong * h_wrong])
        np.testing.assert_allclose(found[f"W{layer}"], 2 / units * below.T @ along / BATCH, rtol=1e-9)
        np.testing.assert_allclose(found[f"b{layer}"], 2 / units * along.sum(axis=0) / BATCH, rtol=1e-9)


def test_peers_are_5_n_times_weaker_in_the_re_make() -> None:
    """Its loss, of one layer: the mean of 2 n cross-entropies, and `peer` times the mean of squared distances."""
    theirs, units = 3.0, 5
    rule = ForwardForward(NETWORK, peer=theirs / (5 * units))
    params, state = start(rule)
    params |= {"W1": abs(params["W1"]) + 0.1, "b1": abs(params["b1"]) + 5}  # no unit is silent
    below, _, _ = activity(rule, params, given())[0]

    def loss(moved: View) -> float:
        h = np.maximum(below @ moved["W1"] + moved["b1"], 0)
        excess = (h * h).sum(axis=1) - units
        excess[:BATCH] *= -1
        m = 0.9 * state[1][0] + 0.1 * h[:BATCH].mean(axis=0)
        return float(softplus(excess).mean() + theirs * ((m.mean() - m) ** 2).mean())

    found = changes(step(rule, params, state, given()))
    slopes = central_differences(loss, {name: params[name] for name in ("W1", "b1")})
    for name, slope in slopes.items():
        assert np.linalg.norm(found[name] + 2 / units * slope) < 1e-6 * np.linalg.norm(2 / units * slope)


@pytest.mark.parametrize("answer", ["goodness", "softmax"])
def test_a_layer_does_not_hear_what_is_above_it(answer: Any) -> None:
    """Exact: other weights above change the changes there, and none below."""
    rule = ForwardForward(NETWORK, answer=answer)
    params, state = start(rule)
    before = changes(step(rule, params, state, given()))
    for above in (2, 3, 4) if answer == "softmax" else (2, 3):
        moved = params | {f"W{above}": 2 - params[f"W{above}"]}
        after = changes(step(rule, moved, state, given()))
        for layer in range(1, len(NETWORK.hidden) + 1):
            for name in (f"W{layer}", f"b{layer}"):
                assert (after[name] == before[name]).all() == (layer < above)


def test_a_layer_cannot_read_how_active_the_one_below_was() -> None:
    """Weights of the first layer three times as large leave directions, and with them changes above, as they are."""
    network = MLP((5, 4), dtype="float64", init=Gaussian(1.0))  # biases start from 0
    rule = ForwardForward(network)
    params, state = start(rule)
    before = changes(step(rule, params, state, given()))
    after = changes(step(rule, params | {"W1": 3 * params["W1"]}, state, given()))
    assert not np.allclose(after["W1"], before["W1"])
    np.testing.assert_allclose(after["W2"], before["W2"], rtol=1e-6)  # lengths of 1e-8 are added to
    h = np.abs(np.random.default_rng(3).normal(size=(7, 5)))
    np.testing.assert_allclose((normalised(h) ** 2).mean(axis=1), 1, rtol=1e-6)
    assert not normalised(np.zeros((2, 5))).any()


def test_wrong_labels_are_wrong_and_each_as_likely() -> None:
    """Of 3 wrong labels each is drawn a third of the time, within four standard errors of a share of 6,000."""
    y = np.eye(4)[np.arange(8000) % 4]
    drawn = wrong(y, np.random.default_rng(0))
    assert (drawn.sum(axis=1) == 1).all()
    assert set(np.unique(drawn)) == {0, 1}
    assert not (drawn * y).any()
    for label in range(4):
        shares = drawn[y[:, label] == 1].mean(axis=0)
        expected = np.where(np.arange(4) == label, 0, 1 / 3)
        assert (abs(shares - expected) <= 4 * (2 / 9 / 2000) ** 0.5 * (expected > 0)).all()


def test_hard_labels_are_drawn_as_they_are_taken_for_right() -> None:
    """Odds of 0.1, 0.6 and 0.2 beside a right label's: shares of 1/9, 6/9 and 2/9, within four standard errors."""
    for label in range(4):
        y = np.tile(np.eye(4)[label], (6000, 1))
        odds = np.insert([0.1, 0.6, 0.2], label, 0.1)
        drawn = wrong(y, np.random.default_rng(label), np.tile(odds, (6000, 1)))
        assert (drawn.sum(axis=1) == 1).all()
        expected = np.insert([1 / 9, 6 / 9, 2 / 9], label, 0)
        assert (abs(drawn.mean(axis=0) - expected) <= 4 * (expected * (1 - expected) / 6000) ** 0.5).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_hard_labels_of_a_sure_net_are_wrong_still(dtype: str) -> None:
    """Where all odds but the right label's have rounded to 0, each wrong label is as likely."""
    y = np.tile(np.eye(3, dtype=dtype)[1], (6000, 1))
    drawn = wrong(y, np.random.default_rng(0), y)
    assert not (drawn * y).any()
    assert (abs(drawn.mean(axis=0)[[0, 2]] - 0.5) < 4 * (0.25 / 6000) ** 0.5).all()


@pytest.mark.parametrize("answer", ["goodness", "softmax"])
def test_hard_negatives_are_the_answers_that_the_net_gives(answer: Any) -> None:
    """The rule shows the label that `wrong` draws from the answer to the same x, and another one by default."""
    hard = ForwardForward(NETWORK, answer=answer, negatives="hard", peer=0.0)
    params, state = start(hard)
    shown = given()
    odds = hard.respond(params, state, shown.x, np.random.default_rng(0))[-1]
    labels = np.concatenate([shown.y, wrong(shown.y, np.random.default_rng(2), odds)])
    rungs = hard.form().climb(params, np.concatenate([shown.x] * 2), labels)
    found = step(hard, params, state, shown)
    for layer, (_, h) in enumerate(rungs, 1):
        np.testing.assert_allclose(found.internals[f"goodness{layer}"], (h * h).sum(axis=1, keepdims=True))
    even = step(ForwardForward(NETWORK, answer=answer, peer=0.0), params, state, shown)
    assert even.internals["goodness1"].tolist() != found.internals["goodness1"].tolist()


@pytest.mark.parametrize("goodness", ["sum", "mean"])
@pytest.mark.parametrize("hidden", [(5,), (5, 4), (5, 4, 6)], ids=str)
def test_the_answer_is_the_label_of_most_goodness(hidden: tuple[int, ...], goodness: Any) -> None:
    """Summed over all layers but the first, if there is another one; written out with a loop over examples."""
    rule = ForwardForward(MLP(hidden, dtype="float64", init=Gaussian(1.0)), goodness=goodness, intensity=2.0)
    params, state = start(rule)
    x = given().x
    answer = rule.respond(params, state, x, np.random.default_rng(0))[-1]
    for row, found in zip(x, answer, strict=True):
        raised = []
        for label in range(N_OUT):
            h, total = np.concatenate([2.0 * np.eye(N_OUT)[label], row]), 0.0
            for layer in range(1, len(hidden) + 1):
                h = h / (np.sqrt((h**2).mean()) + 1e-8)
                h = np.maximum(h @ params[f"W{layer}"] + params[f"b{layer}"], 0)
                if layer > 1 or len(hidden) == 1:
                    total += (h**2).sum() if goodness == "sum" else (h**2).mean()
            raised.append(total)
        assert found.argmax() == np.argmax(raised)
    np.testing.assert_allclose(answer.sum(axis=1), 1)


def test_the_read_out_descends_cross_entropy_on_neutral_activity() -> None:
    rule = ForwardForward(NETWORK, answer="softmax")
    params, state = start(rule)
    rng = np.random.default_rng(4)
    x, y, *_ = given()

    def loss(moved: View) -> float:
        answer = rule.respond({**params, **moved}, state, x, rng)[-1]
        return float(-(y * np.log(answer)).sum(axis=1).mean())

    found = changes(step(rule, params, state, given()))
    for name, slope in central_differences(loss, {name: params[name] for name in ("W4", "b4")}).items():
        assert np.linalg.norm(found[name] + slope) < 1e-6 * np.linalg.norm(slope)
    assert params["W4"].shape == (4 + 6, N_OUT)  # the layers above the first, side by side


@pytest.mark.parametrize(
    ("options", "sizes", "expected"),
    [
        ({"network": MLP((5,), output=output("linear"))}, (4, 3), "labels are told apart"),
        ({"network": MLP(())}, (4, 3), "at least one hidden layer"),
        ({"network": MLP((5,), output=output("logistic"))}, (4, 1), "two or more"),
        ({"label": "over"}, (2, 3), "2 cannot hold 3 labels"),
        ({"label": "under"}, (4, 3), "before or over"),
        ({"goodness": "best"}, (4, 3), "sum or mean"),
        ({"answer": "none"}, (4, 3), "goodness or softmax"),
        ({"intensity": 0.0}, (4, 3), "intensity"),
        ({"threshold": -1.0}, (4, 3), "threshold"),
        ({"peer": -1.0}, (4, 3), "peer"),
        ({"negatives": "easy"}, (4, 3), "even or hard"),
    ],
    ids=str,
)
def test_what_it_cannot_serve_is_said(options: Any, sizes: tuple[int, int], expected: str) -> None:
    with pytest.raises(BadInput, match=expected):
        ForwardForward(**options).init(*sizes, np.random.default_rng(0))
