"""Rare numbers are the extremes of many that are drawn one after another. Oracle: a loop over the same generator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plausible.plausibility.rare import SIZED, many

OFTEN = 50
ARGUMENTS: dict[str, tuple[Any, ...]] = {  # what a distribution is told beside the size; most need nothing
    **dict.fromkeys(("poisson", "rayleigh", "chisquare", "standard_gamma"), (0.7,)),
    "geometric": (0.2,),
    "binomial": (9, 0.4),
    "integers": (0, 2**40),
    "choice": ([-1.0, 0.5, 2.0],),
    "beta": (0.7, 2.0),
    "gamma": (0.7, 2.0),
    **dict.fromkeys(("normal", "uniform", "laplace", "logistic", "lognormal", "gumbel"), (0.2, 1.5)),
    "exponential": (2.0,),
}
OTHERS: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "by a name": ("normal", (), {"size": 3, "scale": 2.0}),
    "arrays": ("normal", (np.arange(3.0), 2.0), {}),
    "single precision": ("random", (3,), {"dtype": "float32"}),
    "few bits": ("integers", (2,), {"size": 3, "dtype": "int8"}),
    "bits": ("integers", (0, 2, 3, bool), {}),
    "few numbers": ("integers", (10,), {}),
    "without replacement": ("choice", (5, 3), {"replace": False}),
    "with chances": ("choice", ([-1.0, 1.0], 3), {"p": [0.3, 0.7]}),
    "rows": ("choice", (np.eye(3),), {}),
    "vectors": ("multivariate_normal", (np.zeros(2), np.eye(2)), {}),
    "an order": ("permutation", (4,), {}),
}
CALLS = {
    f"{name} {size}": (name, (*ARGUMENTS.get(name, ()), *size), {})
    for name in SIZED
    for size in ((), (3,), ((2, 2),))
}


@pytest.mark.parametrize("call", [*CALLS, *OTHERS])
def test_many_that_are_drawn_at_once_are_those_of_a_loop(call: str) -> None:
    name, given, options = (CALLS | OTHERS)[call]
    one, other = np.random.default_rng(3), np.random.default_rng(3)
    singly = [getattr(one, name)(*given, **options) for _ in range(OFTEN)]
    found = many(other, name, OFTEN, np.shape(singly[0]), given, options)
    assert np.array_equal(found, singly)
    assert np.asarray(found).dtype == np.asarray(singly).dtype
    assert one.bit_generator.state == other.bit_generator.state
