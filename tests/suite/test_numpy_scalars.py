"""Numbers of numpy are numbers: taken, printed, stored and keyed as Python's own. Oracle: the plain number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from baselines.backprop import Backprop
from baselines.bptt import ExactLagBPTT
from plausible.core import randomness
from plausible.errors import BadInput, plain, require_kinds, require_number, require_whole
from plausible.networks.activations import logistic
from plausible.networks.inits import Gaussian, Orthogonal, Uniform
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine, Levels, Steps
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Decay, Grouped
from plausible.probes.criterion import Within
from plausible.registry.encoding import canonical
from plausible.rules.equilibrium.dual_propagation import DualPropagation
from plausible.rules.equilibrium.holomorphic import HolomorphicEquilibriumPropagation
from plausible.rules.feedback.direct_variants import LowRankDirectFeedback, SparseDirectFeedback
from plausible.rules.predictive.generative import GenerativePredictiveCoding
from plausible.settling.relaxation import Relaxation
from plausible.study.compare import Comparison
from plausible.study.experiment import Experiment
from plausible.study.keys.key import key
from plausible.tasks.streams import Minibatches
from plausible.tasks.synthetic import clusters
from plausible.tasks.toys import encoder, two_moons
from tests.suite.quick import QUICK

TENTH, FIVE, YES = np.float64(0.1), np.int64(5), np.bool_(True)


@dataclass(frozen=True)
class Foreign:
    """An optimiser of a user's own, which knows nothing of numpy's numbers."""

    inner: Any
    factor: float = 1.0


PAIRS: list[tuple[Callable[[], Any], Any]] = [  # each made of numpy's numbers, and of Python's
    (lambda: SGD(TENTH, momentum=np.float64(0.5), nesterov=YES), SGD(0.1, momentum=0.5, nesterov=True)),
    (lambda: SGD(np.float32(0.5)), SGD(0.5)),
    (lambda: SGD(np.int32(1)), SGD(1)),
    (lambda: Adam(Steps(TENTH, (np.int64(3), np.uint8(4)))), Adam(Steps(0.1, (3, 4)))),
    (lambda: Adam(Levels((TENTH, np.float64(0.2)), (FIVE,))), Adam(Levels((0.1, 0.2), (5,)))),
    (lambda: SGD(Cosine(TENTH, FIVE)), SGD(Cosine(0.1, 5))),
    (lambda: Decay(Clipped(SGD(TENTH), FIVE), TENTH), Decay(Clipped(SGD(0.1), 5), 0.1)),
    (lambda: Grouped((("b*", SGD(TENTH)),)), Grouped((("b*", SGD(0.1)),))),
    (lambda: MLP((FIVE,), init=Uniform(TENTH)), MLP((5,), init=Uniform(0.1))),
    (lambda: RNN((FIVE,), np.float64(0.5)), RNN((5,), 0.5)),
    (lambda: Gaussian(TENTH), Gaussian(0.1)),
    (lambda: Orthogonal(TENTH), Orthogonal(0.1)),
    (lambda: Relaxation(FIVE, TENTH, halving=YES), Relaxation(5, 0.1, halving=True)),
    (lambda: Within(TENTH), Within(0.1)),
    (lambda: Experiment("a:b", (("n", FIVE), ("good", YES))), Experiment("a:b", (("n", 5), ("good", True)))),
    (
        lambda: Comparison(seeds=FIVE, hidden=(FIVE,), epochs=np.int64(2)),
        Comparison(seeds=5, hidden=(5,), epochs=2),
    ),
    (
        lambda: replace(QUICK, seed=FIVE, epochs=np.int16(2), test=YES, floors=((TENTH, FIVE),)),
        replace(QUICK, seed=5, epochs=2, test=True, floors=((0.1, 5),)),
    ),
]


@pytest.mark.parametrize(
    ("made", "expected"), PAIRS, ids=lambda value: "" if callable(value) else repr(value)
)
def test_what_is_made_of_numpys_numbers_is_equal_prints_the_same_and_is_written_the_same(
    made: Callable[[], Any], expected: Any
) -> None:
    found = made()
    assert (found, repr(found), hash(found)) == (expected, repr(expected), hash(expected))
    if not isinstance(expected, Comparison):
        assert canonical(found) == canonical(expected)


def test_a_run_has_the_key_of_plain_numbers() -> None:
    ours = replace(QUICK, optimiser=SGD(TENTH, momentum=np.float64(0.9)), epochs=np.int64(2), seed=np.int8(0))
    assert key(ours) == key(replace(QUICK, optimiser=SGD(0.1, momentum=0.9), epochs=2, seed=0))


def test_numbers_inside_what_knows_nothing_of_them_become_plain() -> None:
    """A run's parts may be a user's own; a float64 scalar would make float32 weights float64 for a moment."""
    found = plain(Foreign(Foreign(SGD(0.1), np.float64(2)), np.float32(0.5)))
    assert repr(found) == repr(Foreign(Foreign(SGD(0.1), 2.0), 0.5))
    assert [type(part) for part in plain((FIVE, TENTH, YES, np.str_("a"), None))] == [
        *(int, float, bool, str, type(None)),
    ]
    same = (SGD(0.1), "words", [1, (2.0,)])
    assert plain(same) is same


@pytest.mark.parametrize(
    "make",
    [
        lambda: require_whole("n", FIVE),
        lambda: require_number("n", np.float32(0.1)),
        lambda: require_number("n", np.uint8(1)),
        lambda: require_kinds("it", Foreign(YES, FIVE), {"inner": (bool, ""), "factor": (int, "")}),  # type: ignore[arg-type]
        lambda: Backprop(MLP((4,)), matching=YES).init(3, 2, randomness(0).weights),  # type: ignore[arg-type]
        lambda: ExactLagBPTT(RNN((4,)), lags=FIVE).init(3, 2, randomness(0).weights),
        lambda: DualPropagation(MLP((4,)), sweeps=FIVE).init(3, 2, randomness(0).weights),
        lambda: HolomorphicEquilibriumPropagation(
            MLP((4,), logistic, output("linear")), points=FIVE
        ).init(3, 2, randomness(0).weights),
        lambda: SparseDirectFeedback(MLP((4,)), connections=np.int64(2)).init(3, 2, randomness(0).weights),
        lambda: LowRankDirectFeedback(MLP((4,)), rank=np.int64(2)).init(3, 2, randomness(0).weights),
        lambda: Minibatches(FIVE),
        lambda: encoder(randomness(0).data, n=FIVE, hidden=np.int64(3)),
        lambda: two_moons(randomness(0).data, examples=np.int64(50)),
        lambda: clusters(randomness(0).data, examples=np.int64(50)),
    ],
)  # fmt: skip
def test_numpys_numbers_are_taken(make: Callable[[], Any]) -> None:
    make()


@pytest.mark.parametrize("given", [np.array(0.1), np.array(5), np.array([0.1]), np.array(True)])
def test_arrays_are_no_numbers_and_are_refused_in_words(given: Any) -> None:
    """Also those of no dimension, which change when somebody writes into them."""
    for make in (
        lambda: require_whole("it", given),
        lambda: require_number("it", given),
        lambda: SGD(given),
        lambda: SGD(0.1, momentum=given),
        lambda: MLP((given,)),
        lambda: Uniform(given),
        lambda: Relaxation(given),
        lambda: Steps(0.1, (given,)),
        lambda: replace(QUICK, epochs=given),
    ):
        with pytest.raises(BadInput, match=r"^[^\n]*array\([^\n]*: expected [^\n]+$"):
            make()


def test_what_is_refused_is_told_as_a_plain_number() -> None:
    with pytest.raises(BadInput, match=r"learning rate is -0\.1: expected"):
        SGD(np.float64(-0.1))
    with pytest.raises(BadInput, match=r"hidden is \(0,\): expected"):
        MLP((np.int64(0),))
    with pytest.raises(BadInput, match="epochs is 0: expected"):
        replace(QUICK, epochs=np.int64(0))


@pytest.mark.parametrize(
    "make",
    [
        lambda: MLP((True,)),
        lambda: DualPropagation(MLP((4,)), sweeps=True).init(3, 2, randomness(0).weights),
        lambda: Minibatches(True),
        lambda: Steps(0.1, (True,)),
        lambda: encoder(randomness(0).data, n=True),
        lambda: GenerativePredictiveCoding(MLP((4,)), labels=FIVE).init(3, 2, randomness(0).weights),  # type: ignore[arg-type]
    ],
)
def test_truth_is_no_number_and_numbers_are_no_truth(make: Callable[[], Any]) -> None:
    with pytest.raises(BadInput):
        make()
