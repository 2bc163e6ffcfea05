"""What layers are told of the target, and neighbours of what they learn. Oracle: entropies, and rules' equations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plausible.networks.blocks import Blocks
from plausible.plausibility.audit import audit
from plausible.plausibility.neighbours import neighbours
from plausible.plausibility.teaching import entropy, kinds, rank, teaching
from plausible.plausibility.world import N_OUT, of_rule, world
from plausible.registry import registry
from tests.plausibility.planted import judged, written

CLASSES = float(np.log2(N_OUT))
ONE_OF_MANY = (
    -(np.log2(1 / N_OUT) + (N_OUT - 1) * np.log2(1 - 1 / N_OUT)) / N_OUT
)  # the bits of "right or not"


def ones(values: list[int]) -> float:
    """The entropy of labels."""
    return entropy(np.array(values))


def test_entropies_are_those_of_closed_forms() -> None:
    assert ones([0, 0, 0, 0]) == 0
    assert ones([0, 1, 2, 3]) == 2
    assert ones([0, 0, 1, 1]) == 1
    assert ones([0, 1, 1, 1, 1]) == pytest.approx(0.7219280948873623, abs=1e-15)  # H(1/5)
    assert pytest.approx(0.7219280948873623, abs=1e-12) == ONE_OF_MANY


def test_values_that_differ_by_rounding_are_one_value() -> None:
    several = np.array([[1.0, 2.0], [1.0 + 1e-14, 2.0], [1.0, 2.1], [1.0, 2.1]])
    assert kinds(several, 2.1).tolist() == [0, 0, 2, 2]
    assert rank(several) == 1
    assert rank(np.ones((3, 4))) == 0


@pytest.mark.parametrize(
    ("rule", "told"),  # of each layer that learns, its weights, rank, bits of a neuron, bits of the layer
    [
        ("backprop", [("W1", N_OUT - 1, CLASSES, CLASSES), ("W2", N_OUT - 1, CLASSES, CLASSES)]),
        # an output neuron is told whether its own class was right
        ("delta-rule", [("W1", N_OUT - 1, ONE_OF_MANY, CLASSES)]),
        # a neuron of a hidden layer has one teacher alone
        ("sparse-direct-feedback", [("W1", N_OUT - 1, ONE_OF_MANY, CLASSES), ("W2", N_OUT - 1, ONE_OF_MANY, CLASSES)]),
        # the errors come through a matrix of this rank
        ("low-rank-direct-feedback[rank=2]", [("W1", 2, CLASSES, CLASSES), ("W2", 2, CLASSES, CLASSES)]),
        ("low-rank-direct-feedback[rank=1]", [("W1", 1, CLASSES, CLASSES), ("W2", 1, CLASSES, CLASSES)]),
    ],
)  # fmt: skip
def test_what_layers_are_told_is_what_the_equations_say(
    rule: str, told: list[tuple[str, int, float, float]]
) -> None:
    found = teaching(world(rule))
    assert [(each.weight, each.rank) for each in found] == [row[:2] for row in told]
    for each, (_, _, bits, together) in zip(found, told, strict=True):
        assert (each.bits, each.together, each.most) == pytest.approx((bits, together, CLASSES), abs=1e-12)


def test_signs_of_errors_do_not_follow_small_changes_of_the_target() -> None:
    for each in teaching(world("sign-direct-feedback-alignment")):
        assert (each.small, each.whole) == (0, N_OUT - 1)


@pytest.mark.parametrize("rule", ["backprop", "fa", "dfa", "drtp", "bptt", "predictive-coding", "pepita"])
def test_a_sum_over_examples_has_no_neighbours(rule: str) -> None:
    found = neighbours(world(rule))
    assert max(found.examples, found.labels) < 1e-14


@pytest.mark.parametrize(
    "rule", ["backprop", "fa", "dfa", "drtp", "kolen-pollack", "zero-divergence-learning"]
)
def test_other_units_do_not_depend_on_one_of_their_layer(rule: str) -> None:
    units = neighbours(world(rule)).units
    assert {*units} == {1, 2}
    assert max(units.values()) < 1e-14


def test_examples_meet_where_weights_learn_within_a_batch() -> None:
    assert neighbours(world("incremental-predictive-coding")).examples > 1e-3
    assert neighbours(world("forward-forward")).examples > 1e-5  # means of activity, of all examples
    assert neighbours(world("forward-forward[peer=0]")).examples < 1e-14


@pytest.mark.parametrize("rule", ["blocks-backprop", "blocks-feedback-alignment"])
@pytest.mark.parametrize("norm", ["none", "layer", "batch"])
def test_what_a_rule_tells_does_not_depend_on_how_its_network_is_normalised(rule: str, norm: str) -> None:
    """Standardised over a batch an example has no activity by itself; in a batch it is told what it is without."""
    network = Blocks((13, 11), norm=norm, dtype="float64")  # type: ignore[arg-type]
    built = of_rule(registry.rule(rule, network))
    alone, among = teaching(built), teaching(built, among=True)
    assert {each.rank for each in among} == {N_OUT - 1}
    assert {each.rank for each in alone} == (set() if norm == "batch" else {N_OUT - 1})


@pytest.mark.parametrize(
    "rule", ["backprop", "sparse-direct-feedback", "low-rank-direct-feedback[rank=2]", "pepita"]
)
def test_where_changes_are_sums_over_examples_company_tells_no_more(rule: str) -> None:
    alone, among = teaching(world(rule)), teaching(world(rule), among=True)
    assert [each.rank for each in alone] == [each.rank for each in among]


CENTRED = "network.forward(params, x - x.mean(axis=0))"
MEET, WHOLE = "examples meet in what teaches", "activity that is sent up is of the whole batch"


@pytest.mark.parametrize(
    ("parts", "verdict", "value", "why"),
    [
        ({"error": "y - y.mean(axis=0)"}, "present", N_OUT - 1, MEET),
        ({"error": "(y - y.mean(axis=0)) / (y.std(axis=0) + 0.1)"}, "present", N_OUT - 1, MEET),
        ({"error": "np.outer((y - y.mean(axis=0)) @ np.arange(1.0, 6.0), np.ones(5))"}, "partly", 1, MEET),
        ({"error": "(y if len(x) > 1 else y[:, :1]) * np.ones(y.shape[1])"}, "present", N_OUT - 1, MEET),
        ({"passed": CENTRED}, "present", N_OUT - 1, WHOLE),
        ({"passed": CENTRED, "error": "passed.activities[-1]"}, "removed", 0, ""),
        ({"error": "passed.activities[-1] - passed.activities[-1].mean(axis=0)"}, "removed", 0, ""),
    ],
)
def test_targets_that_reach_a_change_by_what_a_batch_shares(
    parts: dict[str, str], verdict: str, value: int, why: str, tmp_path: Path
) -> None:
    """How many ways an example's own target has, held among others, whether network or rule takes means of a batch."""
    name = written(judged("target at the output", verdict, **parts), tmp_path)
    cell = audit(name, ["target at the output"]).measured[0].cell
    assert (cell.verdict, cell.value) == (verdict, value)
    assert why in cell.evidence
    assert ("by itself" in cell.evidence) == bool(why)
