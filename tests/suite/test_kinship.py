"""The tasks and the network of [rumelhart1986]. Oracle: the two trees as drawn there, and masked backpropagation."""

from __future__ import annotations

import numpy as np
import pytest

from baselines.backprop import Backprop
from baselines.blocked_backprop import BlockedBackprop
from plausible.errors import BadInput
from plausible.networks.activations import logistic
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.tasks.kinship import FAMILIES, facts, family_trees, relatives, symmetry
from tests.oracles import problem, propose

NAMES = [name for family in FAMILIES for name in family]


def who(person: str, relation: str) -> set[str]:
    return {NAMES[other] for other in facts().get((NAMES.index(person), relation), set())}


def test_there_are_104_facts() -> None:
    assert len(facts()) == 104
    assert sum(map(len, facts().values())) == 112


def test_facts_are_those_of_the_trees() -> None:
    assert who("Colin", "aunt") == {"Jennifer", "Margaret"}
    assert who("Colin", "uncle") == {"Charles", "Arthur"}
    assert who("Colin", "father") == {"James"}
    assert who("Victoria", "brother") == {"Arthur"}
    assert who("Arthur", "nephew") == {"Colin"}
    assert who("Charles", "niece") == {"Charlotte"}
    assert who("Christopher", "daughter") == {"Victoria"}
    assert who("Sophia", "brother") == {"Alfonso"}
    assert who("Penelope", "husband") == {"Christopher"}
    assert who("Charlotte", "wife") == set()


def test_relations_have_their_inverse() -> None:
    for person in range(12):
        for parent in relatives(person)["father"] | relatives(person)["mother"]:
            assert person in relatives(parent)["son"] | relatives(parent)["daughter"]
        for elder in relatives(person)["uncle"] | relatives(person)["aunt"]:
            assert person in relatives(elder)["nephew"] | relatives(elder)["niece"]


def test_facts_held_out_are_not_learned_from() -> None:
    task = family_trees(np.random.default_rng(0))
    assert [split.examples for split in task.splits.values()] == [100, 100, 4]
    shown = {row.tobytes() for row in task.train.x}
    assert not shown & {row.tobytes() for row in task.test.x}
    assert np.all(task.train.x.sum(axis=1) == 2)


def test_eight_of_64_patterns_are_symmetric() -> None:
    task = symmetry(np.random.default_rng(0))
    assert task.train.x.shape == (64, 6)
    assert task.train.y.sum() == 8
    assert task.train.y[0] == task.train.y[-1] == 1


@pytest.mark.parametrize("bits", [0, 3, 14, "6"])
def test_impossible_patterns_are_refused(bits: int) -> None:
    with pytest.raises(BadInput, match="bits"):
        symmetry(np.random.default_rng(0), bits=bits)


def test_blocks_are_backprop_under_a_mask() -> None:
    network = MLP((5, 3), logistic, output("logistic-squared"), dtype="float64")
    given = problem(network)
    rule = BlockedBackprop(network, (1, 2, 3, 3))
    start, _ = rule.init(4, 3, np.random.default_rng(0))
    mask = np.zeros((4, 5))
    mask[:1, :2] = mask[1:, 2:] = 1
    assert np.array_equal(start["W1"] != 0, mask == 1)
    ours, theirs = (propose(r, given.params, given.shown) for r in (rule, Backprop(network)))
    theirs["W1"] *= mask
    for name, change in theirs.items():
        np.testing.assert_allclose(ours[name], change, rtol=1e-12, atol=1e-15)


def test_answers_near_enough_count_as_right() -> None:
    """As if the target of such an answer were the answer itself."""
    network = MLP((5,), logistic, output("logistic-squared"), dtype="float64")
    given, near = problem(network), 0.45
    answer = network.forward(given.params, given.shown.x).activities[-1]
    close = abs(answer - given.shown.y) < near
    assert 0 < close.mean() < 1
    moved = given.shown._replace(y=np.where(close, answer, given.shown.y))
    ours = propose(BlockedBackprop(network, tolerance=near), given.params, given.shown)
    theirs = propose(Backprop(network), given.params, moved)
    for name, change in theirs.items():
        np.testing.assert_allclose(ours[name], change, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("blocks", [(1, 2), (4, 5, 1), (2, 2, 2, 2)])
def test_blocks_that_do_not_fit_are_refused(blocks: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="blocks"):
        BlockedBackprop(MLP((5, 3)), blocks).init(4, 3, np.random.default_rng(0))
