"""Activations, outputs and initial weights.

Oracles: central differences for every hand-written derivative; SciPy, or the definition written out, for every
value; the moments of each distribution, with their standard errors.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from scipy import special

from plausible.core import Array
from plausible.errors import BadInput
from plausible.networks.activations import ACTIVATIONS, LEAK, Activation, activation
from plausible.networks.inits import Gaussian, Glorot, HalfGlorot, He, HeUniform, Init, Uniform, Zero
from plausible.networks.outputs import OUTPUTS, output
from plausible.probes.differences import STEP, central_differences
from tests.oracles import KINKS, targets

VALUES: dict[str, Callable[[Array], Array]] = {
    "identity": lambda z: z,
    "tanh": lambda z: 2 * special.expit(2 * z) - 1,
    "logistic": special.expit,
    "relu": lambda z: np.where(z > 0, z, 0),
    "leaky-relu": lambda z: np.where(z > 0, z, LEAK * z),
    "softplus": lambda z: np.logaddexp(0, z),
    "hard-sigmoid": lambda z: np.clip(z, 0, 1),
}

OUTPUT_VALUES: dict[str, Callable[[Array], Array]] = {
    "softmax": lambda z: special.softmax(z, axis=-1),
    "logistic": special.expit,
    "linear": lambda z: z,
    "logistic-squared": special.expit,
}

LOSSES: dict[str, Callable[[Array, Array], Array]] = {  # as functions of z, where nothing saturates
    "softmax": lambda z, y: -(y * special.log_softmax(z, axis=-1)).sum(axis=-1),
    "logistic": lambda z, y: (np.logaddexp(0, z) - y * z).sum(axis=-1),
    "linear": lambda z, y: ((y - z) ** 2).sum(axis=-1) / 2,
    "logistic-squared": lambda z, y: ((y - special.expit(z)) ** 2).sum(axis=-1) / 2,
}

BATCH, N_OUT = 4, 3
SCALES = {"mean": 1 / BATCH, "sum": 1.0, "mean-elements": 1 / (BATCH * N_OUT)}

GRID = np.arange(-4.05, 4.1, 0.1)  # passes every whole number, where the kinks are, at a distance of 0.05

every_activation = pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=ACTIVATIONS)
every_output = pytest.mark.parametrize("name", OUTPUTS)
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


# --- activations ----------------------------------------------------------------------------------------


@every_activation
def test_an_activation_has_its_value(f: Activation) -> None:
    np.testing.assert_allclose(
        f.value(GRID), VALUES[f.name](GRID), rtol=0, atol=4e-15
    )  # a few roundings of 4


@every_activation
def test_a_slope_is_the_derivative(f: Activation) -> None:
    expected = (f.value(GRID + STEP) - f.value(GRID - STEP)) / (2 * STEP)
    np.testing.assert_allclose(
        f.slope(f.value(GRID)), expected, rtol=0, atol=1e-9
    )  # central differences: 1e-10


@pytest.mark.parametrize(("name", "kink"), [(name, kink) for name, kinks in KINKS.items() for kink in kinks])
def test_the_slope_at_a_kink_is_that_of_one_side(name: str, kink: float) -> None:
    f, z = activation(name), np.array([kink])
    sides = [(f.value(z + STEP) - f.value(z)) / STEP, (f.value(z) - f.value(z - STEP)) / STEP]
    assert min(abs(f.slope(f.value(z)) - side) for side in sides) < 1e-9


@every_dtype
@every_activation
def test_an_activation_keeps_the_dtype(f: Activation, dtype: str) -> None:
    h = f.value(GRID.astype(dtype))
    assert h.dtype == f.slope(h).dtype == dtype


@every_dtype
@every_activation
def test_an_activation_survives_extremes(f: Activation, dtype: str) -> None:
    """At ±1000 each activation is at its asymptote, and so is its slope, in every dtype."""
    h = f.value(np.array([-1000, 1000], dtype))
    low = {"tanh": -1, "identity": -1000, "leaky-relu": -1000 * LEAK}.get(f.name, 0)
    high = {"tanh": 1, "logistic": 1, "hard-sigmoid": 1}.get(f.name, 1000)
    slopes = {"identity": [1, 1], "leaky-relu": [LEAK, 1], "relu": [0, 1], "softplus": [0, 1]}
    np.testing.assert_array_equal(h, np.array([low, high], dtype))
    np.testing.assert_array_equal(f.slope(h), np.array(slopes.get(f.name, [0, 0]), dtype))


@every_activation
def test_an_activation_travels_to_other_processes(f: Activation) -> None:
    assert pickle.loads(pickle.dumps(f)) is f is activation(f.name)


# --- outputs and losses ---------------------------------------------------------------------------------


def answers(name: str) -> tuple[Array, Array]:
    """z and y, (BATCH, N_OUT)."""
    rng = np.random.default_rng(0)
    return rng.normal(0, 2, (BATCH, N_OUT)), targets(name, rng, BATCH, N_OUT)


@every_output
def test_an_output_has_its_value_and_its_loss(name: str) -> None:
    (z, y), o = answers(name), output(name)
    np.testing.assert_allclose(
        o.value(z), OUTPUT_VALUES[name](z), rtol=1e-13
    )  # 1 / (1 + e⁶) loses three digits
    np.testing.assert_allclose(o.loss(o.value(z), y), LOSSES[name](z, y), rtol=1e-12)


@pytest.mark.parametrize("reduction", SCALES)
@every_output
def test_an_error_is_the_derivative_of_the_loss(name: str, reduction: str) -> None:
    """Of the whole reduced loss, by every z: what is summed over the examples is multiplied with SCALES."""
    (z, y), o = answers(name), output(name, reduction)

    def reduced(given: dict[str, Array]) -> float:
        return float(o.loss(o.value(given["z"]), y).sum() * SCALES[reduction])

    assert o.scale(y) == SCALES[reduction]
    expected = central_differences(reduced, {"z": z})["z"]
    np.testing.assert_allclose(o.error(o.value(z), y) * o.scale(y), expected, rtol=0, atol=1e-9)


@every_output
def test_an_error_is_zero_at_the_target(name: str) -> None:
    (z, _), o = answers(name), output(name)
    np.testing.assert_array_equal(o.error(o.value(z), o.value(z)), 0)


@every_dtype
@every_output
def test_an_output_keeps_the_dtype(name: str, dtype: str) -> None:
    z, y = (array.astype(dtype) for array in answers(name))
    o = output(name)
    answer = o.value(z)
    assert answer.dtype == o.loss(answer, y).dtype == o.error(answer, y).dtype == dtype


@every_dtype
@every_output
def test_an_output_survives_extremes(name: str, dtype: str) -> None:
    """Certain and wrong costs much, and nothing is infinite; certain and right costs nothing."""
    o, z = output(name), np.array([[1000, -1000]], dtype)
    answer, right = o.value(z), np.array([[1, 0]], dtype)
    wrong = right[:, ::-1]
    for y in (right, wrong):
        assert np.isfinite(o.loss(answer, y)).all()
        assert np.isfinite(o.error(answer, y)).all()
    if name != "linear":
        np.testing.assert_array_equal(answer, right)
        np.testing.assert_array_equal(o.loss(answer, right), 0)
        assert o.loss(answer, wrong) >= 1


def test_softmax_does_not_see_a_shift() -> None:
    z, _ = answers("softmax")
    p = output("softmax").value(z)
    np.testing.assert_allclose(output("softmax").value(z + 500), p, rtol=1e-12)  # 500 costs z three digits
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-15)


@pytest.mark.parametrize("reduction", SCALES)
@every_output
def test_an_output_travels_to_other_processes(name: str, reduction: str) -> None:
    assert pickle.loads(pickle.dumps(output(name, reduction))) == output(name, reduction)


# --- initial weights ------------------------------------------------------------------------------------


class Law(NamedTuple):
    """A distribution with its variance, its fourth moment over its squared variance, and its limit."""

    init: Init
    variance: float
    kurtosis: float
    limit: float = np.inf


FAN_IN, FAN_OUT = 300, 200
UNIFORM, NORMAL = (
    9 / 5,
    3.0,
)  # kurtosis: ∫x⁴/2 / (∫x²/2)² on ±1 is (1/5) / (1/9); and of the normal distribution
LAWS = [
    Law(Uniform(), 1 / FAN_IN / 3, UNIFORM, FAN_IN**-0.5),
    Law(Uniform(0.5), 0.5**2 / 3, UNIFORM, 0.5),
    Law(Gaussian(), 1 / FAN_IN, NORMAL),
    Law(Gaussian(0.2), 0.2**2, NORMAL),
    Law(Glorot("uniform"), 2 / (FAN_IN + FAN_OUT), UNIFORM, (6 / (FAN_IN + FAN_OUT)) ** 0.5),
    Law(Glorot("normal"), 2 / (FAN_IN + FAN_OUT), NORMAL),
    Law(HalfGlorot(), 1 / (FAN_IN + FAN_OUT), NORMAL),
    Law(He(), 2 / FAN_IN, NORMAL),
    Law(HeUniform(), 2 / FAN_IN, UNIFORM, (6 / FAN_IN) ** 0.5),
]


def drawn(init: Init, dtype: str = "float64") -> Array:
    return init(np.random.default_rng(0), (FAN_IN, FAN_OUT), np.dtype(dtype))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: repr(law.init))
def test_initial_weights_follow_their_law(law: Law) -> None:
    """The mean of N draws has variance σ² / N, and their mean square (κ - 1) σ⁴ / N."""
    weights = drawn(law.init)
    assert weights.shape == (FAN_IN, FAN_OUT)
    assert abs(weights.mean()) < 4 * (law.variance / weights.size) ** 0.5
    spread = law.variance * ((law.kurtosis - 1) / weights.size) ** 0.5
    assert abs((weights**2).mean() - law.variance) < 4 * spread
    largest = abs(weights).max()
    if np.isfinite(law.limit):
        assert 0.999 * law.limit < largest <= law.limit  # falls short with probability 0.999⁶⁰⁰⁰⁰ = e⁻⁶⁰
    else:
        assert largest > 3 * law.variance**0.5  # tails: a uniform distribution ends at √3 σ


@pytest.mark.parametrize("init", [*(law.init for law in LAWS), Zero()], ids=repr)
def test_the_same_weights_are_drawn_in_both_dtypes(init: Init) -> None:
    single, double = drawn(init, "float32"), drawn(init)
    assert (single.dtype, double.dtype) == ("float32", "float64")
    np.testing.assert_array_equal(single, double.astype("float32"))


def test_zero_weights_are_zero() -> None:
    np.testing.assert_array_equal(drawn(Zero()), 0)


# --- bad input ------------------------------------------------------------------------------------------


BAD: dict[str, Callable[[], object]] = {  # what the message must say
    "did you mean 'tanh'?": lambda: activation("tanhh"),
    "did you mean 'softmax'?": lambda: output("softmx"),
    "unknown reduction 'average'": lambda: output("softmax", "average"),
    "uniform distribution is -1": lambda: Uniform(-1),
    "uniform distribution is inf": lambda: Uniform(np.inf),
    "normal distribution is nan": lambda: Gaussian(np.nan),
    "Glorot's distribution is 'gaussian'": lambda: Glorot("gaussian"),
}


@pytest.mark.parametrize(("said", "make"), BAD.items(), ids=BAD)
def test_what_cannot_be_is_refused_in_one_line(said: str, make: Callable[[], object]) -> None:
    with pytest.raises(BadInput, match="expected") as caught:
        make()
    message = str(caught.value)
    assert said in message
    assert "\n" not in message
