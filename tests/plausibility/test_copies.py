"""What begins as another weight, and what does by chance alone. Oracle: copies that are made, draws that are none."""

from __future__ import annotations

import numpy as np
import pytest

from plausible.plausibility.copies import CERTAIN, alike, beyond_chance, copies, held
from plausible.plausibility.world import World, world

Generator = np.random.Generator


def beside(state: object) -> World:
    """Feedback alignment's world with a state."""
    return world("fa")._replace(state=state)


@pytest.mark.parametrize(("noise", "seen"), [(0.1, True), (0.25, True), (0.6, False)])
def test_a_copy_is_seen_up_to_a_correlation_of_95_percent(noise: float, seen: bool, rng: Generator) -> None:
    """Noise of a share s of the spread leaves a correlation of (1 + s²)^(-1/2): 0.995, 0.970, 0.857."""
    weight = rng.normal(size=400)
    other = rng.normal(size=400)
    other -= other.mean() + (other @ (weight - weight.mean())) / (weight.var() * 400) * (
        weight - weight.mean()
    )
    copy = weight + noise * weight.std() / other.std() * other
    assert np.corrcoef(weight, copy)[0, 1] == pytest.approx((1 + noise**2) ** -0.5)
    assert alike(weight, copy) is seen


@pytest.mark.parametrize(("share", "seen"), [(1.0, True), (0.95, True), (0.6, False), (0.01, False)])
def test_most_numbers_have_to_be_there_in_whatever_order(share: float, seen: bool, rng: Generator) -> None:
    """One number of a weight among others, or half of them, is no copy of it."""
    weight = world("fa").params["W2"]
    kept = rng.normal(size=weight.size)
    some = rng.permutation(weight.size)[: round(share * weight.size)]
    kept[some] = weight.ravel()[some]
    found = copies(beside({"kept": rng.permutation(kept)}))
    assert [each.weight for each in found] == ["W2"] * seen


def test_few_values_are_there_by_chance(rng: Generator) -> None:
    """Two lists of the same two values have all numbers of one in the other, and half at equal places."""
    one, other = (np.where(rng.random(400) < 0.5, -0.3, 0.3) for _ in range(2))
    assert not held(one, other, 0.0)
    assert not alike(one, other)
    assert alike(one, one)
    assert held(rng.permutation(values := rng.normal(size=400)), values, 0.0)


def test_chance_is_that_of_a_binomial_tail() -> None:
    """All of n at a chance of a half has probability 2^-n, which is below exp(-20) from 29 on: n ln 2 > 20."""
    assert CERTAIN == 20
    assert not beyond_chance(1.0, 0.5, 28)
    assert beyond_chance(1.0, 0.5, 29)
