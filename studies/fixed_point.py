"""How fast does the adjoint of a fixed point come near its equation, by relaxation, Neumann series and conjugate gradients?

A pool of 32 tanh units settles on digits of which half the pixels are missing, before any learning. In one network the
loops fade, with a spectral radius of diag(f') Rᵀ below 1; in the other they amplify, at some of the fixed points at
least, and the first two methods have no limit there.
"""

from __future__ import annotations

from collections.abc import Sequence

from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.study.study import Cell, Study, cells

METHODS = ("relaxation", "neumann", "conjugate-gradient")
FADING, AMPLIFYING = (
    "gaussian(0.1)",
    "gaussian(0.35)",
)  # standard deviations: times √32, radii of about 0.5 and 2
NETWORK = MLP((32,), output=output("logistic"), dtype="float64")


def at(numbers: Sequence[int], methods: Sequence[str], seeds: int) -> list[Cell]:
    """A run for every method and number of iterations, which learns nothing: its rate is 0."""
    found: list[Cell] = []
    for recurrent in (FADING, AMPLIFYING):
        rules = [
            f"recurrent-backprop[adjoint={method},recurrent={recurrent},most=80,adjoint_most={most},tolerance=1e-10]"
            for method in methods
            for most in numbers
        ]
        found += cells(["completion"], rules, [NETWORK], SGD(0.0), 1, 1078, seeds)
    return found


def smoke() -> list[Cell]:
    """Seconds."""
    return at((1, 4), METHODS, 1)


def fast() -> list[Cell]:
    """Minutes."""
    return at((1, 4, 16, 64), METHODS, 5)


def paper() -> list[Cell]:
    """The same to 256 iterations, with ten seeds."""
    return at((1, 2, 4, 8, 16, 32, 64, 128, 256), METHODS, 10)


study = Study(
    "fixed_point",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    metrics=("adjoint residual", "residual", "converged"),
)
