"""A rule says which settings of its network it does not heed. Oracle: what it starts from, changes and answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import plausible as pl
from plausible.contract import world
from plausible.core import Array, randomness, read_only
from plausible.errors import BadInput
from plausible.networks.activations import activation
from plausible.networks.inits import Gaussian
from plausible.networks.network import Network
from plausible.networks.outputs import output
from plausible.probes.alignment import dense
from plausible.registry import kinds, registry, serving
from plausible.report.networks import of_networks
from plausible.study.compare import Comparison
from plausible.tasks.streams import Minibatches
from tests.suite.command import command

RULES = sorted(kinds.registered("rule"))
OTHER: Mapping[str, tuple[Any, ...]] = {
    "activation": tuple(map(activation, ("tanh", "logistic", "relu"))),
    "init": (Gaussian(0.3),),
    "bias": (False,),
    "bias_init": (Gaussian(0.3),),
    "output": tuple(map(output, ("softmax", "linear", "logistic"))),
}
"""Other values of the settings that networks share; of three, one at least is another one than a network has."""


def simulated(rule: str) -> bool:
    """Whether it is compiled first, which takes seconds."""
    return str(registry.load("rule", rule).__module__).startswith("plausible.rules.spiking")


def numbers(rule: str, network: Network) -> list[tuple[str, Array]]:
    """What a rule starts from, what it changes and what it answers, on `network`."""
    made, roles = registry.rule(rule, network), randomness(0)
    params, state = made.init(world.N_IN, world.N_OUT, roles.weights)
    split = world.examples(5, network.dtype, network.sequential, getattr(made, "inputs", None))
    shown = next(Minibatches(5, shuffle=False)(split, "classes", 1, roles.order))
    step = made.update(read_only(params), state, shown, roles.noise)
    answer = made.respond(params, step.state, shown.x, np.random.default_rng(1))
    changes = [(f"Δ{name}", dense(change)) for name, change in sorted(step.updates.items())]
    return [*sorted(params.items()), *changes, *((f"h{n}", h) for n, h in enumerate(answer))]


def equal(one: list[tuple[str, Array]], other: list[tuple[str, Array]]) -> bool:
    """To the last bit."""
    return [name for name, _ in one] == [name for name, _ in other] and all(
        np.array_equal(a, b, equal_nan=True) for (_, a), (_, b) in zip(one, other, strict=True)
    )


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, marks=[pytest.mark.slow] if simulated(rule) else []) for rule in RULES]
)
def test_a_rule_says_which_settings_it_does_not_heed(rule: str) -> None:
    """Those, and no others, that move no bit of what it starts from, changes or answers; others it heeds or refuses."""
    network: Any = world.network(rule)
    before, unheeded = numbers(rule, network), set()
    for name, values in OTHER.items():
        for value in values if hasattr(network, name) else ():
            if repr(value) != repr(getattr(network, name)):
                try:
                    same = equal(before, numbers(rule, dataclasses.replace(network, **{name: value})))
                except BadInput:  # in words
                    continue
                unheeded |= {name} if same else set()
    assert unheeded == {*serving.ignored_by(rule)} - {"hidden"}


@pytest.mark.parametrize("rule", ["self-contrastive", "forward-forward", "krotov-hopfield", "soft-hebb"])
def test_what_is_named_and_not_heeded_is_said(rule: str) -> None:
    told = f"{rule} does not heed the network's activation, as "
    for how, said in (
        ({"activation": "relu"}, True),
        ({"network": "mlp[activation=relu]"}, True),
        ({"hidden": (4,)}, False),
        ({}, False),
    ):
        found = of_networks(Comparison("digits", (rule, "backprop"), **how))  # type: ignore[arg-type]
        assert [line.startswith(told) for line in found] == [True] * said


def test_it_is_said_by_the_command_and_in_python(capsys: pytest.CaptureFixture[str]) -> None:
    told, task = "self-contrastive does not heed the network's activation, as ", "two-moons[examples=60]"
    ended = command(
        *("compare", "--task", task, "--rules", "self-contrastive,backprop", "--seeds", "1", "--epochs", "1"),
        *("--hidden", "4", "--activation", "relu", "--workers", "0", "--json"),
        capsys=capsys,
    )
    assert ended.err.count(told) == 1
    rule = "self-contrastive"
    for how in ({"network": "mlp[activation=relu,hidden=(4,)]"}, {"hidden": (4,)}):
        made = pl.compare(rule, task, seeds=1, epochs=1, workers=0, progress=False, **how)  # type: ignore[arg-type]
        assert len([line for line in made.remarks if line.startswith(told)]) == ("network" in how)


def test_instances_say_what_they_do_not_heed() -> None:
    network = pl.MLP((5,))
    made = Comparison("digits", ("delta-rule", "varied[rule=delta-rule]", "fa"), networks=(network,) * 3)
    why = "does not heed the network's hidden, as it learns a single layer"
    assert of_networks(made) == [f"delta-rule {why}", f"varied[rule=delta-rule] {why}"]
