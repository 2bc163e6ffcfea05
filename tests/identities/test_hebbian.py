"""Rules that learn features from correlations alone, held against what theory says of them.

Oracles: eigenvectors by SVD, fixed points of the equations by algebra, released code on one update, and invariances.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator

from plausible.core import Array, Params
from plausible.errors import BadInput
from plausible.networks.activations import identity
from plausible.networks.mlp import MLP
from plausible.networks.outputs import softmax
from plausible.optimise.relative import Relative
from plausible.optimise.sgd import SGD
from plausible.rules.hebbian.bcm import BCM
from plausible.rules.hebbian.fixed import FixedFeatures
from plausible.rules.hebbian.hebb import Hebb
from plausible.rules.hebbian.independent import IndependentComponents
from plausible.rules.hebbian.krotov_hopfield import KrotovHopfield, ranked
from plausible.rules.hebbian.principal import Oja, Sanger
from plausible.rules.hebbian.soft_hebb import SoftHebb
from plausible.rules.hebbian.sparse_coding import SparseCoding
from tests.oracles import changes, dense, present

UNITS, INPUTS, CLASSES = 3, 6, 2
NETWORK = MLP((UNITS,), identity, dtype="float64", bias=False)
FAMILY = [
    Hebb,
    Oja,
    Sanger,
    BCM,
    KrotovHopfield,
    SoftHebb,
    SparseCoding,
    IndependentComponents,
    FixedFeatures,
]


def stretched(rng: Generator, batch: int = 200) -> Array:
    """Inputs whose principal components differ well in variance, in a random basis."""
    turned = np.linalg.qr(rng.standard_normal((INPUTS, INPUTS)))[0]
    return rng.standard_normal((batch, INPUTS)) * (3.0, 2.0, 1.5, 0.5, 0.3, 0.1) @ turned


def started(rule: Any, x: Array, rng: Generator) -> tuple[Params, Any, Any]:
    """Weights, a state, and `x` as a presentation with labels that mean nothing."""
    params, state = rule.init(x.shape[1], CLASSES, rng)
    return params, state, present(x, np.eye(CLASSES)[rng.integers(CLASSES, size=len(x))])


def learned(rule: Any, x: Array, rng: Generator, rate: float, steps: int) -> tuple[Params, Any]:
    """Weights of the first layer after many presentations of the same inputs, and the state."""
    params, state, shown = started(rule, x, rng)
    for _ in range(steps):
        step = rule.update(params, state, shown, rng)
        state = step.state
        for name, change in step.updates.items():
            if name[1:] == "1":
                params[name] = params[name] + rate * dense(change)
    return params, state


def components(x: Array) -> Array:
    """Principal components of `x` about 0, (k, inputs), the largest first."""
    return np.linalg.svd(x, full_matrices=False)[2]


# --- principal components ---------------------------------------------------------------------------------------


def test_units_of_oja_come_to_the_first_principal_component(rng: Generator) -> None:
    """Convergence is geometric, by (1 + rate λ_2) / (1 + rate λ_1) a step: 2000 steps leave nothing but rounding."""
    x = stretched(rng)
    weights = learned(Oja(NETWORK), x, rng, 0.02, 2000)[0]["W1"]
    np.testing.assert_allclose(abs(components(x)[0] @ weights), np.ones(UNITS), rtol=0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(weights, axis=0), np.ones(UNITS), rtol=0, atol=1e-9)


def test_the_norm_of_oja_moves_as_its_equation_says(rng: Generator) -> None:
    """d|w|²/dt = 2 mean z² (1 - |w|²)."""
    x = stretched(rng)
    params, state, shown = started(Oja(NETWORK), x, rng)
    weights, z = params["W1"], x @ params["W1"]
    change = changes(Oja(NETWORK).update(params, state, shown, rng))["W1"]
    wanted = 2 * (z * z).mean(axis=0) * (1 - (weights * weights).sum(axis=0))
    np.testing.assert_allclose(2 * (weights * change).sum(axis=0), wanted, rtol=1e-11)


def test_units_of_sanger_come_to_the_components_in_order(rng: Generator) -> None:
    x = stretched(rng)
    weights = learned(Sanger(NETWORK), x, rng, 0.02, 6000)[0]["W1"]
    np.testing.assert_allclose(abs(components(x)[:UNITS] @ weights), np.eye(UNITS), rtol=0, atol=1e-8)


def test_a_subspace_holds_the_first_components_and_its_weights_are_orthonormal(rng: Generator) -> None:
    x, rule = stretched(rng), Oja(NETWORK, units="subspace")
    weights = learned(rule, x, rng, 0.02, 6000)[0]["W1"]
    np.testing.assert_allclose(weights.T @ weights, np.eye(UNITS), rtol=0, atol=1e-8)
    first = components(x)[:UNITS].T
    np.testing.assert_allclose(weights @ weights.T, first @ first.T, rtol=0, atol=1e-8)


def test_linear_hebb_follows_its_closed_form(rng: Generator) -> None:
    """w_t = (1 + rate (C - decay))ᵗ w_0."""
    x, rule = stretched(rng), Hebb(NETWORK, decay=0.7)
    before = started(rule, x, np.random.default_rng(3))[0]["W1"]
    weights = learned(rule, x, np.random.default_rng(3), 0.01, 20)[0]["W1"]
    once = np.eye(INPUTS) + 0.01 * (x.T @ x / len(x) - 0.7 * np.eye(INPUTS))
    np.testing.assert_allclose(weights, np.linalg.matrix_power(once, 20) @ before, rtol=1e-10)


# --- thresholds that slide --------------------------------------------------------------------------------------


def test_bcm_comes_to_answer_one_pattern_with_the_inverse_of_its_share(rng: Generator) -> None:
    """The stable fixed points: h = 1 / p of one pattern, 0 of all others, and θ = mean h² = 1 / p."""
    shares = np.array([2, 3, 5])
    patterns = rng.random((3, INPUTS)) + np.eye(3, INPUTS)
    x = np.repeat(patterns, shares, axis=0)
    rule = BCM(replace(NETWORK, hidden=(8,)), span=2)
    params, (threshold,) = learned(rule, x, rng, 0.02, 30_000)
    awake = threshold > 0.5
    assert awake.sum() >= 5  # a rectified unit that answers nothing stays so
    threshold, h = threshold[awake], np.maximum(patterns @ params["W1"], 0)[:, awake]  # (patterns, units)
    chosen = h.argmax(axis=0)
    others = np.where(np.arange(3)[:, None] == chosen, 0, h)
    np.testing.assert_allclose(h.max(axis=0), 10 / shares[chosen], rtol=1e-6)
    np.testing.assert_allclose(others, np.zeros_like(others), rtol=0, atol=1e-6)
    np.testing.assert_allclose(threshold, 10 / shares[chosen], rtol=1e-6)


# --- competition ------------------------------------------------------------------------------------------------


def test_ranks_by_hand() -> None:
    drive = np.array([[0.1, 0.9, 0.5, -2.0], [3.0, 2.0, 1.0, 0.0]])
    np.testing.assert_array_equal(ranked(drive, 2, 0.4), [[0, 1, -0.4, 0], [1, -0.4, 0, 0]])
    np.testing.assert_array_equal(ranked(drive, 4, 0.4), [[0, 1, 0, -0.4], [1, 0, 0, -0.4]])


def test_only_the_winner_and_the_unit_of_the_rank_learn(rng: Generator) -> None:
    rule = KrotovHopfield(replace(NETWORK, hidden=(9,)), p=3.0, rank=4)
    params, state, shown = started(rule, stretched(rng, 1), rng)
    drive = shown.x @ (np.sign(params["W1"]) * abs(params["W1"]) ** 2)
    order = drive[0].argsort()
    change = changes(rule.update(params, state, shown, rng))["W1"]
    assert {*np.flatnonzero(abs(change).sum(axis=0))} == {order[-1], order[-4]}
    won, lost = (shown.x[0] - drive[0, j] * params["W1"][:, j] for j in (order[-1], order[-4]))
    np.testing.assert_allclose(change[:, order[-1]], won, rtol=1e-12)
    np.testing.assert_allclose(change[:, order[-4]], -0.4 * lost, rtol=1e-12)


@pytest.mark.parametrize("p", [2.0, 3.0])
def test_weights_of_winners_come_to_norm_one(p: float, rng: Generator) -> None:
    """Where g is 1 or 0, a unit rests where Σ g x = w Σ g I, so that Σ_i |w_i|^p = 1 if it ever wins."""
    x = rng.random((40, INPUTS))
    rule = KrotovHopfield(NETWORK, p=p, rank=3, unlearn=0.0)
    weights = learned(rule, x, rng, 0.2, 4000)[0]["W1"]
    drive = x @ (np.sign(weights) * abs(weights) ** (p - 1))
    winners = np.unique(drive.argmax(axis=1))
    np.testing.assert_allclose((abs(weights[:, winners]) ** p).sum(axis=0), np.ones(len(winners)), atol=1e-6)


def released_krotov(synapses: Array, x: Array, p: float, k: int, delta: float) -> Array:
    """ds of the released notebook (DimaKrotov/Biological_Learning), line by line, before it is scaled."""
    units, batch = len(synapses), len(x)
    inputs = x.T
    total = np.dot(np.sign(synapses) * np.absolute(synapses) ** (p - 1), inputs)
    y = np.argsort(total, axis=0)
    yl = np.zeros((units, batch))
    yl[y[units - 1, :], np.arange(batch)] = 1.0
    yl[y[units - k], np.arange(batch)] = -delta
    xx = np.sum(np.multiply(yl, total), 1)
    ds: Array = np.dot(yl, inputs.T) - np.multiply(np.tile(xx.reshape(units, 1), (1, x.shape[1])), synapses)
    return ds


@pytest.mark.parametrize(("p", "k"), [(2.0, 2), (3.0, 5)])
def test_krotov_hopfield_is_the_released_update(p: float, k: int, rng: Generator) -> None:
    rule = KrotovHopfield(replace(NETWORK, hidden=(7,)), p=p, rank=k)
    params, state, shown = started(rule, stretched(rng, 11), rng)
    change = changes(rule.update(params, state, shown, rng))["W1"]
    np.testing.assert_allclose(11 * change, released_krotov(params["W1"].T, shown.x, p, k, 0.4).T, rtol=1e-11)


def released_soft(
    weight: Array, x: Array, t_invert: float, power: float, anti: bool, largest: bool = False
) -> Array:
    """lr · delta of the released layer (NeuromorphicComputing/SoftHebb, hebblinear.py), delta over its `largest`."""
    pre_x = x @ weight.T
    wta = np.exp(t_invert * pre_x - (t_invert * pre_x).max(axis=1, keepdims=True))
    wta /= wta.sum(axis=1, keepdims=True)
    if anti:  # HebbSoftKrotovLinear, mode 0
        wta = -wta
        wta[np.arange(len(x)), pre_x.argmax(axis=1)] *= -1
    yu = (wta * pre_x).T.sum(axis=1)
    delta = wta.T @ x - yu[:, None] * weight
    if largest:
        delta /= abs(delta).max() + 1e-30
    rate: Array = abs(np.linalg.norm(weight, axis=1) - 1) ** power
    return rate[:, None] * delta


@pytest.mark.parametrize("anti", [False, True])
def test_soft_hebb_is_the_released_update(anti: bool, rng: Generator) -> None:
    rule = SoftHebb(NETWORK, sharpness=3.0, slowing=0.5, losers="anti" if anti else "hebb")
    params, state, shown = started(rule, stretched(rng, 11), rng)
    change = changes(rule.update(params, state, shown, rng))["W1"]
    wanted = released_soft(params["W1"].T, shown.x, 3.0, 0.5, anti).T
    np.testing.assert_allclose(11 * change, wanted, rtol=1e-7)  # ours is 1e-10 further from norm 1


@pytest.mark.parametrize("anti", [False, True])
def test_relative_changes_of_soft_hebb_are_divided_before_they_are_slowed(anti: bool, rng: Generator) -> None:
    """As released; divided after that, the largest change is always 1, and no layer comes to rest."""
    losers: Any = "anti" if anti else "hebb"
    rule = SoftHebb(NETWORK, sharpness=3.0, slowing=0.5, losers=losers, relative=True)
    params, state, shown = started(rule, stretched(rng, 11), rng)
    params["W1"] *= 1.001 / np.linalg.norm(params["W1"], axis=0)  # near norm 1, where all are slow
    change = changes(rule.update(params, state, shown, rng))["W1"]
    wanted = released_soft(params["W1"].T, shown.x, 3.0, 0.5, anti, largest=True).T
    np.testing.assert_allclose(change, wanted, rtol=1e-6)
    assert abs(change).max() < 0.04  # √0.001
    slowed = changes(replace(rule, relative=False).update(params, state, shown, rng))
    after = Relative(SGD(1.0))  # a broken copy: the order of a rule that leaves the division to the optimiser
    moved = {"W1": params["W1"].copy()}
    after.apply(moved, {"W1": slowed["W1"]}, after.init(moved))
    assert abs(moved["W1"] - params["W1"]).max() == pytest.approx(1)


def test_soft_hebb_rests_at_norm_one_with_priors_as_biases(rng: Generator) -> None:
    """Where w_j is along mean y_j x at norm 1, and e^(sharpness b_j) = mean y_j, nothing changes [moraitis2022]."""
    x, rule = abs(stretched(rng, 60)), SoftHebb(replace(NETWORK, bias=True), sharpness=2.0)
    params, state, shown = started(rule, x, rng)
    for _ in range(5000):
        y = softmax.value(2.0 * (x @ params["W1"] + params["b1"]))
        drawn = x.T @ y
        params |= {"W1": drawn / np.linalg.norm(drawn, axis=0), "b1": np.log(y.mean(axis=0)) / 2.0}
    rests = changes(rule.update(params, state, shown, rng))
    for name in ("W1", "b1"):
        np.testing.assert_allclose(rests[name], np.zeros_like(rests[name]), atol=1e-9)
    moves = changes(rule.update(params | {"W1": 1.01 * params["W1"]}, state, shown, rng))
    assert (params["W1"] * moves["W1"]).sum() < 0 < abs(moves["b1"]).max()  # back to norm 1


def test_without_biases_the_norm_of_soft_hebb_is_one(rng: Generator) -> None:
    weights = learned(SoftHebb(NETWORK, sharpness=2.0), abs(stretched(rng, 60)), rng, 0.05, 8000)[0]["W1"]
    np.testing.assert_allclose(np.linalg.norm(weights, axis=0), np.ones(UNITS), atol=1e-8)


# --- sparse and independent -------------------------------------------------------------------------------------


def test_a_sparse_code_comes_to_rest_where_its_equation_says(rng: Generator) -> None:
    """h = max(z - h R - threshold, 0), after enough steps of the relaxation; R has no entry on its diagonal."""
    rule = SparseCoding(NETWORK, threshold=0.1, steps=600)
    params, state, shown = started(rule, stretched(rng, 5), rng)
    params["R1"] = 0.3 * rng.random((UNITS, UNITS)) * (1 - np.eye(UNITS))
    h = rule.respond(params, state, shown.x, rng)[0]
    np.testing.assert_allclose(h, np.maximum(shown.x @ params["W1"] - h @ params["R1"] - 0.1, 0), atol=1e-12)
    step = rule.update(params, state, shown, rng)
    np.testing.assert_array_equal(np.diag(changes(step)["R1"]), np.zeros(UNITS))
    assert step.bounds == {"R1": (0.0, np.inf)}


def test_learned_inhibition_decorrelates_a_code(rng: Generator) -> None:
    """Where R is above 0 it rests at mean h_i (h_j - m_j) = 0, no covariance; without learning there is some."""
    x, rule = abs(stretched(rng, 100)), SparseCoding(NETWORK, inhibition=1.0)
    params, state = learned(rule, x, rng, 0.02, 20)
    first = np.cov(rule.respond(params, state, x, rng)[0].T)
    shown = present(x, np.eye(CLASSES)[np.zeros(len(x), int)])
    for _ in range(3000):
        step = rule.update(params, state, shown, rng)
        state, change = step.state, changes(step)["R1"]
        params["R1"] = np.maximum(params["R1"] + 0.05 * change, 0)
    last = np.cov(rule.respond(params, state, x, rng)[0].T)
    off = ~np.eye(UNITS, dtype=bool) & (params["R1"] > 0)
    assert off.any()
    assert abs(last[off]).max() < 0.01 * abs(first[off]).max()


def test_independent_components_learn_alike_whatever_the_mixture(rng: Generator) -> None:
    """Equivariance [cardoso1996]: x A with A⁻¹ W learns as x with W."""
    rule, mixing = IndependentComponents(NETWORK), rng.standard_normal((INPUTS, INPUTS))
    params, state, shown = started(rule, stretched(rng, 20), rng)
    plain = changes(rule.update(params, state, shown, rng))["W1"]
    mixed = params | {"W1": np.linalg.solve(mixing, params["W1"])}
    other = changes(rule.update(mixed, state, shown._replace(x=shown.x @ mixing), rng))["W1"]
    np.testing.assert_allclose(mixing @ other, plain, rtol=1e-8)


def test_independent_components_find_mixed_sources(rng: Generator) -> None:
    """Each unit answers one source: what is left of the others is sampling error, 1/√examples, of 20,000."""
    sources = rng.laplace(size=(20_000, UNITS)) / 2**0.5
    x = sources @ rng.standard_normal((UNITS, UNITS))
    weights = learned(IndependentComponents(NETWORK), x, rng, 0.1, 600)[0]["W1"]
    gains = abs(np.linalg.lstsq(sources, x @ weights, rcond=None)[0])
    assert {*gains.argmax(axis=0)} == {*range(UNITS)}
    np.testing.assert_allclose(np.sort(gains, axis=0)[-1], np.ones(UNITS), atol=5 / 20_000**0.5)
    assert np.sort(gains, axis=0)[:-1].max() < 5 / 20_000**0.5


# --- fixed features ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drawn", ["random", "gabor"])
def test_fields_are_squares_of_the_image(drawn: Any, rng: Generator) -> None:
    rule = FixedFeatures(replace(NETWORK, hidden=(50,)), drawn=drawn, field=3)
    weights = rule.init(64, CLASSES, rng)[0]["W1"].reshape(8, 8, 50)
    for unit in range(50):
        rows, columns = np.nonzero(weights[:, :, unit])
        assert len(rows) == 9
        assert np.ptp(rows) == np.ptp(columns) == 2
    if drawn == "gabor":
        np.testing.assert_allclose(abs(weights).sum(axis=(0, 1)), np.full(50, 2.1), rtol=1e-12)


def test_localised_weights_drive_units_as_whole_ones_do() -> None:
    """White input: the variance of z is Σ w², in expectation the same with a field as without; 5 standard errors."""
    rules = [FixedFeatures(replace(NETWORK, hidden=(4000,)), field=field) for field in (0, 4)]
    drawn = [rule.init(64, 2, np.random.default_rng(0))[0]["W1"] for rule in rules]
    sizes = [(weights * weights).sum(axis=0) for weights in drawn]
    error = (sum(size.var() for size in sizes) / 4000) ** 0.5
    assert abs(sizes[0].mean() - sizes[1].mean()) < 5 * error


def test_a_field_that_fits_no_square_image_is_refused(rng: Generator) -> None:
    with pytest.raises(BadInput, match="field is 3: expected one that fits into a square image"):
        FixedFeatures(NETWORK, field=3).init(65, 2, rng)
    with pytest.raises(BadInput, match="field is 9"):
        FixedFeatures(NETWORK, field=9).init(64, 2, rng)
    with pytest.raises(BadInput, match="field is 0: expected at least 2 pixels for Gabor"):
        FixedFeatures(NETWORK, drawn="gabor")
    with pytest.raises(BadInput, match="rank is 4: expected at most 3"):
        KrotovHopfield(NETWORK, rank=4).init(6, 2, rng)


# --- what they share --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", FAMILY, ids=lambda rule: rule.__name__)
def test_other_labels_change_no_feature(rule: Any, rng: Generator) -> None:
    """And they change the read-out, or nothing would have been told."""
    rule = rule(MLP((4, 3), dtype="float64"))
    params, state, shown = started(rule, stretched(rng, 30), rng)
    first = rule.update(params, state, shown, rng)
    second = rule.update(params, state, shown._replace(y=shown.y[:, ::-1]), rng)
    for name, change in changes(first).items():
        assert np.array_equal(change, changes(second)[name]) == (name not in ("W3", "b3")), name
    for one, other in zip(first.state, second.state, strict=True):
        np.testing.assert_array_equal(one, other)
