"""Networks of blocks: normalisation, dropout and skip connections, their derivatives and their statistics.

Oracles: central differences of the loss; an `MLP`, bit by bit, where nothing is added; numpy's mean and variance; the
expectation of dropout, with its error bar.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from baselines.backprop import Backprop
from baselines.blocks_backprop import BlocksBackprop
from plausible.core import View
from plausible.errors import BadInput
from plausible.networks.activations import leaky_relu, tanh
from plausible.networks.blocks import Blocks
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.network import Network
from plausible.networks.normalised import MOMENTUM, SMALL, Divisive
from plausible.networks.outputs import OUTPUTS, output
from plausible.probes.differences import central_differences
from plausible.registry import registry
from plausible.registry.encoding import decode, encode
from tests.oracles import assert_same, changes, examples, propose

N_IN, N_OUT, BATCH = 4, 3, 6
MADE = {"dtype": "float64", "init": Gaussian(0.7), "bias_init": Gaussian(0.3)}
DIVISIVE = Divisive(2, 0.4, 0.3)
FORMS = [*product(["none", "batch", "layer"], [None, DIVISIVE], [0.0, 0.4], [False, True])]


def network(
    norm: Any = "none", divisive: Divisive | None = None, dropout: float = 0.0, skip: bool = False
) -> Blocks:
    parts: dict[str, Any] = {"norm": norm, "divisive": divisive, "dropout": dropout, "skip": skip}
    return Blocks((6, 6, 4), tanh, **MADE, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_backprop_is_the_gradient_through_every_part(form: tuple[Any, ...]) -> None:
    """Of the loss in a presentation, whose dropout is drawn from one seed."""
    made = network(*form)
    params = made.start(N_IN, N_OUT, np.random.default_rng(0))
    params |= {name: array + 0.1 * np.arange(len(array)) for name, array in params.items() if name[0] == "g"}
    shown = examples(MLP((), output=made.output), BATCH, N_IN, N_OUT)
    found = changes(BlocksBackprop(made).update(params, None, shown, np.random.default_rng(7)))

    def loss(moved: View) -> float:
        answer = made.forward(moved, shown.x, None, np.random.default_rng(7))[0].answer
        return made.output.total(answer, shown.y)

    gradient = central_differences(loss, params)
    assert found.keys() == gradient.keys() == params.keys()
    for name, slope in gradient.items():
        np.testing.assert_allclose(found[name], -slope, rtol=1e-5, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("last", OUTPUTS)
@pytest.mark.parametrize("hidden", [(), (5,), (5, 5, 4)])
def test_without_parts_they_are_a_perceptron_to_the_last_bit(
    hidden: tuple[int, ...], last: str, bias: bool
) -> None:
    plain = MLP(hidden, leaky_relu, output(last, "sum"), bias=bias, **MADE)  # type: ignore[arg-type]
    blocks, shown = Blocks.of(plain), examples(plain, BATCH, N_IN, N_OUT)
    params = plain.start(N_IN, N_OUT, np.random.default_rng(0))
    assert_same(blocks.start(N_IN, N_OUT, np.random.default_rng(0)), params)
    assert blocks.shapes(N_IN, N_OUT) == plain.shapes(N_IN, N_OUT)
    for ours, theirs in zip(blocks.respond(params, shown.x), plain.respond(params, shown.x), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert_same(propose(BlocksBackprop(blocks), params, shown), propose(Backprop(plain), params, shown))
    assert Blocks.of(blocks) is blocks
    assert blocks.rest() is None


@pytest.mark.parametrize(("norm", "axis"), [("batch", 0), ("layer", 1)])
def test_a_normalised_layer_has_mean_0_and_variance_1(norm: Any, axis: int) -> None:
    made = replace(network(norm), bias_init=Gaussian(0.0))
    params = made.start(N_IN, N_OUT, np.random.default_rng(0))
    x = np.random.default_rng(1).normal(3, 5, (50, N_IN))
    standard = made.forward(params, x, made.rest(), None)[0].blocks[0].standard
    assert standard is not None
    variance = (x @ params["W1"]).var(axis)
    np.testing.assert_allclose(standard.value.mean(axis), 0, atol=1e-12)
    np.testing.assert_allclose(standard.value.var(axis), variance / (variance + SMALL), rtol=1e-10)


def test_running_statistics_follow_those_of_batches_and_answers_use_them_alone() -> None:
    made = network("batch")
    rng = np.random.default_rng(0)
    params, running, x = made.start(N_IN, N_OUT, rng), made.rest(), rng.normal(2, 3, (40, N_IN))
    z = x @ params["W1"]
    assert running is not None
    for times in range(1, 60):
        running = made.forward(params, x, running, None)[1]
        assert running is not None
        kept = (1 - MOMENTUM) ** times
        np.testing.assert_allclose(running[0][0][0], (1 - kept) * z.mean(0), rtol=1e-9)
        np.testing.assert_allclose(running[0][1][0], kept + (1 - kept) * z.var(0, ddof=1), rtol=1e-9)
    whole = made.respond(params, x, running)
    for n in range(3):  # an example alone is answered as among others; by its own statistics it would not be
        for one, all_of_them in zip(made.respond(params, x[n : n + 1], running), whole, strict=True):
            np.testing.assert_allclose(one[0], all_of_them[n], rtol=1e-12)
    assert abs(made.respond(params, x[:1])[-1] - whole[-1][:1]).max() > 1e-3


def test_running_statistics_are_state_and_no_weights() -> None:
    rule = BlocksBackprop(network("batch"))
    params, state = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    assert {name[0] for name in params} == {"W", "b", "g"}
    shown = examples(MLP((), output=rule.network.output), BATCH, N_IN, N_OUT)
    before = [array.copy() for pair in state or () for array in pair]
    after = rule.update(params, state, shown, np.random.default_rng(0)).state
    assert all(
        np.array_equal(old, now)
        for old, now in zip(before, (a for pair in state or () for a in pair), strict=True)
    )
    assert all(
        (old != now).any() for old, now in zip(before, (a for pair in after for a in pair), strict=True)
    )


def test_dropout_silences_its_share_and_keeps_the_mean() -> None:
    made = network(dropout=0.3)
    rng = np.random.default_rng(0)
    params, x = made.start(N_IN, N_OUT, rng), np.ones((4000, N_IN))
    block = made.forward(params, x, None, rng)[0].blocks[0]
    assert block.kept is not None
    assert set(np.unique(block.kept.round(12))) == {0.0, round(1 / 0.7, 12)}
    draws = block.kept.size
    assert abs((block.kept == 0).mean() - 0.3) < 5 * (0.21 / draws) ** 0.5
    error = 5 * abs(block.h[0]) * (0.3 / 0.7 / len(x)) ** 0.5
    assert (abs(block.sent.mean(0) - block.h[0]) < error).all()
    np.testing.assert_array_equal(made.respond(params, x)[0], block.h)  # answers silence none


def test_skips_join_layers_of_one_width_alone() -> None:
    made = replace(network(skip=True), hidden=(6, 6, 4))
    params, x = made.start(N_IN, N_OUT, np.random.default_rng(0)), np.ones((2, N_IN))
    first, second, third = made.forward(params, x, None, None)[0].blocks
    np.testing.assert_array_equal(first.h, first.fired)
    np.testing.assert_array_equal(second.h, second.fired + first.sent)
    np.testing.assert_array_equal(third.h, third.fired)


def test_they_are_stored_and_read_and_named_in_texts() -> None:
    made = network("layer", DIVISIVE, 0.4, True)
    assert decode(encode(made), Network) == made
    text = "blocks[hidden=(6,6,4),norm=layer,divisive=Divisive[groups=2,power=0.4,smoothing=0.3],dropout=0.4,skip=True]"
    parts = ("hidden", "norm", "divisive", "dropout", "skip")
    read = registry.network(text)
    assert [getattr(read, name) for name in parts] == [getattr(made, name) for name in parts]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"norm": "group"}, "norm is 'group': expected none or batch or layer"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"divisive": 3}, "divisive is 3"),
        (
            {"hidden": (6, 5), "divisive": Divisive(2)},
            "groups is 2: expected a number of groups that 5 units",
        ),
        ({"hidden": (0,)}, "hidden is"),
    ],
)
def test_what_makes_no_network_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Blocks(**options)
