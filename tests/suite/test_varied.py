"""Rules that are shown examples otherwise. Oracles: the rule inside on examples changed by hand, and even odds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from plausible.core import Array, Presentation, randomness
from plausible.errors import BadInput
from plausible.networks.blocks import Blocks
from plausible.networks.mlp import MLP
from plausible.probes.alignment import dense
from plausible.registry import registry
from plausible.study.checkpoint import load, save
from plausible.study.compare import Comparison
from plausible.study.course import execute

LINEAR = MLP((), output="linear", dtype="float64")


def began(rule: Any, n_in: int, n_out: int) -> tuple[Any, Any, Any]:
    """First weights and state, and the generator that they were drawn with."""
    rng = randomness(0).weights
    return *rule.init(n_in, n_out, rng), rng


def shown_of(x: Array, y: Array) -> Presentation:
    """A presentation without a reward."""
    return Presentation(x, y, reward=None)


@pytest.mark.parametrize("name", ["fa", "weight-mirror", "kolen-pollack", "forward-forward", "predsim"])
def test_with_nothing_varied_it_is_the_rule_inside_to_the_last_bit(name: str) -> None:
    rng = np.random.default_rng(1)
    shown = shown_of(rng.random((6, 9)).astype("float32"), np.eye(3, dtype="float32")[rng.integers(0, 3, 6)])
    bare, varied = (registry.rule(text, MLP((5, 5))) for text in (name, f"varied[rule={name}]"))
    changes = []
    for rule in (bare, varied):
        params, state, _ = began(rule, 9, 3)
        noise = np.random.default_rng(2)
        step = rule.update(params, state, shown, noise)
        changes.append({key: dense(each) for key, each in step.updates.items()})
        changes[-1]["noise"] = np.array(noise.random())
        changes[-1]["answer"] = rule.respond(params, step.state, shown.x, noise)[-1]
    assert changes[0].keys() == changes[1].keys()
    assert all(np.array_equal(array, changes[1][key]) for key, array in changes[0].items())


def test_every_displacement_is_as_likely_and_a_pixel_is_nowhere_else() -> None:
    """The change of a linear layer has rows where the pixel was shown: one of nine places, each in 1/9 of the cases."""
    rule = registry.rule("varied[rule=backprop,shift=1,shape=(5,4)]", LINEAR)
    image = np.zeros((1, 5, 4))
    image[0, 2, 2] = 1
    params, state, _ = began(rule, 20, 1)
    places = []
    for _ in range(1800):
        step = rule.update(
            params, state, shown_of(image.reshape(1, -1), np.ones((1, 1))), np.random.default_rng(0)
        )
        (place,) = np.flatnonzero(dense(step.updates["W1"])[:, 0])
        places.append(int(place))
        state = step.state
    found, counts = np.unique(places, return_counts=True)
    assert found.tolist() == [4 * row + column for row in (1, 2, 3) for column in (1, 2, 3)]
    assert chisquare(counts).pvalue > 1e-4


def test_smoothed_labels_are_those_of_the_definition() -> None:
    """The rule inside on (1 - s) y + s / n_out, by hand; a squared error's change is linear in y."""
    x, y = np.random.default_rng(3).normal(size=(4, 6)), np.eye(3)[[0, 2, 1, 0]]
    bare, varied = (
        registry.rule("backprop", LINEAR),
        registry.rule("varied[rule=backprop,smooth=0.3]", LINEAR),
    )
    params, state, _ = began(varied, 6, 3)
    by_hand = bare.update(params, None, shown_of(x, np.where(y > 0, 0.8, 0.1)), np.random.default_rng(0))
    found = varied.update(params, state, shown_of(x, y), np.random.default_rng(0))
    np.testing.assert_allclose(
        dense(found.updates["W1"]), dense(by_hand.updates["W1"]), rtol=1e-12, atol=1e-15
    )


def test_answers_are_to_examples_as_they_are_and_a_state_can_be_stored(tmp_path: Any) -> None:
    rule = registry.rule("varied[rule=blocks-backprop,shift=2]", Blocks((4,)))
    params, state, _ = began(rule, 9, 3)
    x = np.random.default_rng(4).random((5, 9)).astype("float32")
    answers = rule.respond(params, state, x, np.random.default_rng(0))
    np.testing.assert_array_equal(answers[-1], Blocks((4,)).respond(params, x, state["inside"])[-1])
    save(tmp_path / "held.npz", {"state": state})
    again = load(tmp_path / "held.npz")
    assert again is not None
    assert (again["state"]["seed"], again["state"]["step"]) == (state["seed"], state["step"])


def test_a_comparison_names_it_as_any_rule() -> None:
    """By the words of the command line, for two rules alike."""
    rules = ("varied[rule=fa,shift=1,smooth=0.1]", "varied[rule=predsim,shift=1]")
    runs = Comparison("digits", rules, seeds=1, epochs=1, hidden=(8,)).runs()
    assert [execute(run).status for run in runs] == ["done", "done"]
    blocks = Comparison(
        "digits", ("varied[rule=blocks-feedback-alignment,shift=1]",), network="blocks[hidden=(4,)]"
    )
    assert {type(run.network) for run in blocks.runs()} == {Blocks}


@pytest.mark.parametrize(
    ("text", "n_in", "n_out", "told"),
    [
        ("shift=-1", 9, 3, "shift is -1"),
        ("shift=1", 10, 3, r"the number of inputs of an image is 10: expected 3 x 3 pixels"),
        ("shift=1,shape=(2,4)", 9, 3, r"expected 2 x 4 pixels"),
        ("shape=(2,4.5)", 9, 3, "shape"),
        ("smooth=1.5", 9, 3, "smooth is 1.5"),
        ("smooth=0.1", 9, 1, r"the number of outputs is 1: expected two or more"),
        ("rule=bptt", 9, 3, r"learns networks of kind rnn, not mlp"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, n_in: int, n_out: int, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        began(registry.rule(f"varied[{text}]", MLP((4,))), n_in, n_out)
