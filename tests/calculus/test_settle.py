"""Settling, where it is known how a state moves. Oracle: the solution of a linear recursion, written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plausible.core import Array
from plausible.errors import BadInput, Unsettled
from plausible.networks.activations import identity
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.settling.relaxation import Relaxation, relaxation
from plausible.settling.settle import Layers, settle, settle_share, settle_signal
from plausible.study.course import execute
from plausible.study.run import Run

START = np.array([[1.0, -0.5], [1e-3, 1e-4], [0.2, -8.0]])


def leak(state: Layers, given: Layers) -> list[Array]:
    """Every unit falls back to 0 at the rate 1."""
    return [-layer for layer in state]


@pytest.mark.parametrize("rate", [0.1, 1.0, 1.7])
def test_a_leak_is_a_geometric_series(rate: float) -> None:
    """s(t) = (1 - rate)^t s(0), and the residual is the force before the last move."""
    settled = settle(leak, [START], [], Relaxation(7, rate))
    np.testing.assert_allclose(settled.state[0], (1 - rate) ** 7 * START, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(
        settled.residual, abs((1 - rate) ** 6 * START).max(axis=1), rtol=1e-12, atol=1e-15
    )
    assert (settled.steps == 7).all()
    assert not settled.converged.any()


def test_momentum_is_a_recursion_of_two_terms() -> None:
    """v(t+1) = m v(t) - r s(t), s(t+1) = s(t) + v(t+1): a power of a 2 x 2 matrix."""
    r, m = 0.3, 0.6
    matrix = np.linalg.matrix_power(np.array([[1 - r, m], [-r, m]]), 9)
    settled = settle(leak, [START], [], Relaxation(9, r, momentum=m))
    np.testing.assert_allclose(settled.state[0], matrix[0, 0] * START, rtol=1e-12)


@pytest.mark.parametrize("halving", [False, True])
def test_each_example_stops_by_itself(halving: bool) -> None:
    """After the smallest t with 0.5^t max|s| < tolerance; alone or in company, to the last bit."""
    how = Relaxation(100, 0.5, tolerance=1e-2, halving=halving)
    settled = settle(leak, [START], [], how)
    expected = np.ceil(np.log2(abs(START).max(axis=1) / 1e-2)).clip(0)
    np.testing.assert_array_equal(settled.steps, expected)
    assert settled.converged.all()
    assert (settled.residual < 1e-2).all()
    for row in range(len(START)):
        alone = settle(leak, [START[row : row + 1]], [], how)
        np.testing.assert_array_equal(alone.state[0][0], settled.state[0][row])


def test_what_is_given_stays_with_its_example() -> None:
    """Each example settles to its own target, although they stop in another order than they lie."""
    goal = np.array([[1.0], [0.01], [3.0], [0.0]])
    settled = settle(lambda s, g: [g[0] - s[0]], [np.zeros((4, 1))], [goal], Relaxation(99, 0.5, 1e-9))
    np.testing.assert_allclose(settled.state[0], goal, atol=2e-9)
    assert len(set(settled.steps)) == 4


def test_bounds_hold_and_nothing_given_is_changed() -> None:
    before = START.copy()
    settled = settle(lambda s, g: [10 + 0 * s[0]], [START], [], Relaxation(5, 0.5), bounds=(0.0, 1.0))
    assert (settled.state[0] == 1).all()
    np.testing.assert_array_equal(START, before)


@pytest.mark.parametrize("tolerance", [0.0, 1e-3])
def test_a_force_that_presses_a_unit_against_its_bound_does_not_count(tolerance: float) -> None:
    """Units drawn to 2, -1 and 0.4 between 0 and 1: what is left is the third's force, 0.4 · 2^-t before move t + 1."""
    goal = np.array([[2.0, -1.0, 0.4]])
    how = Relaxation(12, 0.5, tolerance)
    settled = settle(lambda s, g: [goal - s[0]], [np.zeros((1, 3))], [], how, bounds=(0.0, 1.0))
    moves = 12 if tolerance == 0 else 9  # 0.4 · 2^-9 < 1e-3
    assert settled.steps == moves
    np.testing.assert_allclose(settled.residual, 0.4 * 0.5 ** (11 if tolerance == 0 else 9), rtol=1e-9)
    np.testing.assert_allclose(settled.state[0], [[1.0, 0.0, 0.4 * (1 - 0.5**moves)]], rtol=1e-12)
    assert settled.converged == (tolerance > 0)


@pytest.mark.parametrize(
    "how", [Relaxation(1, 0.5), Relaxation(1, 0.5, 1e-3)], ids=["together", "one by one"]
)
@pytest.mark.parametrize(("x", "goal", "left"), [(0.9, 5.0, 0.1), (0.9, 0.95, 0.05), (0.2, -3.0, 0.2)])
def test_what_is_left_of_a_force_goes_no_farther_than_a_bound(
    how: Relaxation, x: float, goal: float, left: float
) -> None:
    settled = settle(lambda s, g: [goal - s[0]], [np.full((1, 2), x)], [], how, bounds=(0.0, 1.0))
    np.testing.assert_allclose(settled.residual, left, rtol=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.6])
@pytest.mark.parametrize("rate", [0.3, 1.0])
def test_a_residual_is_the_largest_force_before_the_last_move(rate: float, momentum: float) -> None:
    """Of real and of complex units, whatever scales the force; the recursion written out."""
    goals = [np.array([[2.0, -3.0]]), np.array([[1.0 + 4.0j]])]
    start = [0 * goal for goal in goals]
    for steps in (1, 2, 5):
        how = Relaxation(steps, rate, momentum=momentum)
        settled = settle(lambda s, g: [2 * (b - a) for a, b in zip(s, goals, strict=True)], start, [], how)
        s, v = start, start
        for _ in range(steps):
            push = [2 * (goal - x) for goal, x in zip(goals, s, strict=True)]
            v = [momentum * before + rate * part for before, part in zip(v, push, strict=True)]
            s = [x + move for x, move in zip(s, v, strict=True)]
        np.testing.assert_allclose(settled.residual, max(abs(part).max() for part in push), rtol=1e-12)
        for found, x in zip(settled.state, s, strict=True):
            np.testing.assert_allclose(found, x, rtol=1e-12)


STIFF = np.array([[2.0, 0.3], [0.3, 40.0]])  # rates above 2 / 40 overshoot without end


def stiff(state: Layers, given: Layers) -> list[Array]:
    return [-state[0] @ STIFF]


def bowl(state: Layers, given: Layers) -> Array:
    energy: Array = 0.5 * np.einsum("ni,ij,nj->n", state[0], STIFF, state[0])
    return energy


def test_halving_saves_a_step_that_is_too_large() -> None:
    """With energy it never rises, whatever the rate; without halving the same rate ends in an error."""
    levels = [bowl([START], [])]
    for steps in range(1, 60):
        found = settle(stiff, [START], [], Relaxation(steps, 1.0, halving=True), energy=bowl)
        levels.append(bowl(found.state, []))
    assert (np.diff(levels, axis=0) <= 1e-12 * levels[0]).all()
    found = settle(stiff, [START], [], Relaxation(5000, 1.0, 1e-8, halving=True), energy=bowl)
    assert found.converged.all()
    with pytest.raises(Unsettled, match=r"lower its rate 1\.0, set halving=True"):
        settle(stiff, [START], [], Relaxation(500, 1.0))


def blast(state: Layers, given: Layers) -> list[Array]:
    """At the rate 1 it makes s(t) = 1e60^t s(0), to 1e-59 of itself, which is no float64 from t = 6 on."""
    return [1e60 * state[0]]


@pytest.mark.parametrize("tolerance", [0.0, 1e-3])
@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (7, r"being 2e\+240 at step 4 and not finite at step 7: lower its rate 1\.0, set halving=True, or"),
        (10, r"being 2e\+300 at step 5 and not finite at step 10: "),
        (30, r"being not finite at step 15 already: "),
    ],
)
def test_a_divergence_says_the_largest_force_half_the_way(steps: int, said: str, tolerance: float) -> None:
    """Step t begins at s(t - 1), so that its force is 1e60^t times s(0), the larger of which is 2."""
    with pytest.raises(Unsettled, match=said):
        settle(blast, [np.array([[1.0], [2.0]])], [], Relaxation(steps, 1.0, tolerance))


@pytest.mark.parametrize(
    "how", [Relaxation(1, 0.5), Relaxation(1, 0.5, 1e-3), Relaxation(9, 0.5, halving=True)]
)
def test_a_divergence_advises_halving_only_where_it_can_help(how: Relaxation) -> None:
    """A single step forgets the rate that it halved, and who halves already need not be told."""
    with pytest.raises(Unsettled, match=r"not finite .*: lower its rate 0\.5, or lower the learning rate"):
        settle(leak, [np.array([[np.inf]])], [], how)


@pytest.mark.parametrize("tolerance", [0.0, 1e-3])
@pytest.mark.parametrize("steps", [20, 21, 5, 2])
def test_oscillation_is_seen(steps: int, tolerance: float) -> None:
    """A force of twice the leak at the rate 1 turns every state round: it neither falls nor grows."""
    found = settle(lambda s, g: [-2 * s[0]], [START[:1]], [], Relaxation(steps, 1.0, tolerance))
    assert found.oscillating.all()
    assert not found.converged.any()
    assert found.internals("free ")["free oscillating"] == 1
    slow = settle(leak, [START[:1]], [], Relaxation(steps, 0.01, tolerance))
    assert not slow.oscillating.any()  # only unfinished
    assert not slow.converged.any()


@pytest.mark.parametrize(
    "how", [Relaxation(1, 0.1), Relaxation(1, 0.1, 1e-6), Relaxation(1, 0.1, halving=True)]
)
def test_a_single_step_cannot_tell_oscillation(how: Relaxation) -> None:
    """There is no earlier force to hold its own against: a leak, which never oscillates, has its own size."""
    assert not settle(leak, [START], [], how).oscillating.any()


def test_rest_is_no_oscillation() -> None:
    """No force at all, where halving looks at it and no tolerance calls it small."""
    assert not settle(leak, [0 * START], [], Relaxation(6, 0.1, halving=True)).oscillating.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "how", [Relaxation(300, 0.5), Relaxation(300, 0.5, 1e-30)], ids=["together", "one by one"]
)
def test_rest_to_rounding_is_no_oscillation(how: Relaxation, dtype: Any) -> None:
    """The force tanh(s W + x) - s contracts where |W| < 1: what is left of it after long is rounding, which goes on."""
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(40, 40)).astype(dtype)
    weights *= 0.5 / np.linalg.norm(weights, 2)
    x = rng.normal(size=(64, 40)).astype(dtype)
    found = settle(lambda s, g: [np.tanh(s[0] @ weights + g[0]) - s[0]], [0 * x], [x], how)
    assert found.residual.max() > 0  # of some examples; there the rounding of half the way is not undercut
    assert found.residual.max() < 1e-6
    assert not found.oscillating.any()


def test_rounding_is_that_of_what_is_given_too() -> None:
    """A force of -1.9 s at the rate 1 leaves 0.9 of s, with the other sign; beside 1000 it is no finer than 6e-5."""
    given, start = np.full((1, 2), 1000, np.float32), np.array([[1.0, 0.5]], np.float32)
    found = settle(
        lambda s, g: [(g[0] - np.float32(1.9) * s[0]) - g[0]], [start], [given], Relaxation(400, 1.0)
    )
    assert 1e-5 < found.residual.item() < 1e-3
    assert abs(found.state[0]).max() < 1e-3
    assert not found.oscillating.any()


@pytest.mark.parametrize(("dtype", "eps"), [(np.float32, 2.0**-23), (np.float64, 2.0**-52)])
def test_a_swing_is_told_from_rounding_by_its_size(dtype: Any, eps: float) -> None:
    """A force of twice the distance from 1 swaps s for its mirror image: seen at 40 roundings of 1, and not at 4."""
    start = (1 + np.array([[40.0], [4.0]]) * eps).astype(dtype)
    found = settle(lambda s, g: [2 * (1 - s[0])], [start], [], Relaxation(20, 1.0))
    np.testing.assert_array_equal(found.residual, np.array([80, 8]) * eps)
    np.testing.assert_array_equal(found.oscillating, [True, False])


@pytest.mark.parametrize(("dtype", "eps"), [(np.float32, 2.0**-23), (np.float64, 2.0**-52)])
def test_no_force_at_all_is_no_finer_than_rounding(dtype: Any, eps: float) -> None:
    """A state of 3 is known to 3 eps: a hundredth of a signal of 400 eps is more than that, of 200 eps it is less."""
    state = [np.full((2, 1), 3, dtype)]
    for signal, settles in ((400 * eps, True), (200 * eps, False)):
        found = settle_signal(lambda s, g: [0 * s[0]], state, [], Relaxation(9, 0.5, 1e-2), signal)
        assert (found.converged == settles).all()
        assert found.internals("free ")["free amplified error"] == pytest.approx(3 * eps / signal, rel=1e-12)


@pytest.mark.parametrize("how", [Relaxation(5, 0.3, 1e-3, 0.5, True), Relaxation(), Relaxation(9, 1.0)])
def test_a_relaxation_is_read_as_it_is_written(how: Relaxation) -> None:
    assert relaxation(repr(how)) == how
    rule = registry.rule(f"predictive-coding[settling={how!r},variance=3]", MLP((3,)))
    assert rule.settling == how  # type: ignore[attr-defined]
    assert relaxation("fixed-point(9)") == Relaxation(9, 1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("euler(20, 2.5)", "lower it"),
        ("euler(0)", "positive whole number"),
        ("euler(20", "cannot be read"),
        ("euler(pace=3)", "cannot be read"),
        ("euler(1, 1, 0, 0, False, 7)", "cannot be read"),
        ("euler(20, -1)", "above 0"),
        ("euler(20)(3)", "cannot be read"),
        ("euler(20).x(3)", "cannot be read"),
        ("euler(20, 0.1, rate=0.5)", "cannot be read.*given twice"),
        ("euler(20, rate=0.1, rate=0.5)", "cannot be read.*given twice"),
        ("fixed-point(20, rate=0.5)", "cannot be read.*given twice"),
        ("euler", "cannot be read"),
        ("euler(True)", "steps is True: expected a positive whole number"),
        ("euler(2.0)", "steps is 2.0: expected a positive whole number"),
        ("euler(20, halving='no')", "is 'no': expected True or False"),
        ("euler(20, halving=1)", "is 1: expected True or False"),
        ("fixed_point(100)", "unknown way to settle 'fixed_point': did you mean 'fixed-point'"),
    ],
)
def test_what_cannot_settle_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        relaxation(text)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_run_that_cannot_settle_ends_as_diverged_and_says_why() -> None:
    """Linear units with weights of 30: a rate of 1 overshoots by a factor of hundreds a step."""
    from plausible.networks.inits import Gaussian

    network = MLP((40, 40), identity, output("linear"), init=Gaussian(3.0))
    rule = "predictive-coding[settling=euler(200,1.0)]"
    outcome = execute(Run("digits", rule, network, SGD(1e-3), 1, 100))
    assert outcome.status == "diverged"
    assert "lower its rate 1.0" in outcome.reason


def test_the_residual_is_in_the_table() -> None:
    rule = "predictive-coding[settling=euler(50,0.2,tolerance=1e-2)]"
    outcome = execute(Run("two-moons[examples=100]", rule, MLP((6, 5)), SGD(0.1), 1, 10))
    found = {row.metric: row.value for row in outcome.rows if row.epoch == 1}
    assert outcome.status == "done"
    assert found["residual"] > 0
    assert 0 < found["settled"] <= 1
    assert 0 < found["settling steps"] <= 50
    assert found["oscillating"] == 0


@pytest.mark.parametrize("tolerance", [0.3, 0.1, 1e-3])
def test_a_share_of_a_signal_is_reached_and_not_one_step_before(tolerance: float) -> None:
    """A leak of ½ a step from 8: the force is 8 · 2^-t, and the signal, 0.01 + x², falls with it to 0.01.

    So it stops at the first t at which 8 · 2^-t is below the tolerance, and below its share of 0.01 + 64 · 4^-t. The
    first alone, which is there earlier, is not enough: the signal is small by then.
    """

    def signal(state: Layers) -> float:
        return 0.01 + float(state[0].max()) ** 2

    settled = settle_share(
        leak, [np.array([[8.0]])], [np.zeros((1, 1))], Relaxation(99, 0.5, tolerance), signal
    )
    shares = [8 * 0.5**t / (0.01 + 64 * 0.25**t) for t in range(60)]
    forced = next(t for t in range(60) if 8 * 0.5**t < tolerance)  # the force itself has to be below it first
    expected = next(t for t in range(forced, 60) if shares[t] < tolerance)
    assert settled.steps.tolist() == [expected]
    assert settled.converged.all()
    residual = abs(settled.state[0]).max()  # of a leak, the force is the state
    assert residual / signal(settled.state) < tolerance
    assert 2 * residual / signal([2 * settled.state[0]]) >= tolerance
    assert settled.amplified == pytest.approx(shares[expected], rel=1e-12)
