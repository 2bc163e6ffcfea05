"""Presentations of one example, where a rule compares examples. Oracle: what such a rule changes, and its equations."""

from __future__ import annotations

import pytest

import plausible as pl
from plausible.contract import world
from plausible.core import randomness
from plausible.errors import BadInput
from plausible.probes.alignment import dense
from plausible.registry import kinds, registry
from plausible.report.networks import of_networks
from plausible.study.compare import Comparison
from plausible.study.refusals import why_several
from tests.suite.command import command

SEVERAL = {"kernelised-bottleneck", "local-similarity", "self-contrastive"}
ALONE = "blocks[norm=batch]"


def test_rules_that_compare_examples_say_so() -> None:
    said = {name for name in kinds.registered("rule") if why_several(name, None)}
    assert said == SEVERAL
    assert why_several("varied[rule=self-contrastive,shift=1]", None)


@pytest.mark.parametrize("rule", sorted({"kernelised-bottleneck", "local-similarity"}))
def test_they_learn_nothing_below_the_read_out_from_one(rule: str) -> None:
    """No pair is there; that is why it is refused."""
    it = world.case(rule, "float64", batch=1)
    changes = {name: dense(change) for name, change in it.step().updates.items()}
    assert max(abs(changes[name]).max() for name in ("W1", "W2")) < 1e-10
    assert changes["W3"].any()


@pytest.mark.parametrize(
    ("rule", "network"),
    [
        *((rule, None) for rule in sorted(SEVERAL)),
        ("blocks-backprop", ALONE),
        ("layerwise-classifiers", ALONE),
    ],
)
def test_batches_of_one_are_refused_before_anything_runs(
    rule: str, network: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    more = () if network is None else ("--network", network)
    ended = command("compare", "--rules", rule, "--batch", "1", *more, capsys=capsys)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert f"batch_size is 1: expected 2 or more for rule '{rule}', as " in ended.err
    with pytest.raises(BadInput, match="batch_size is 1"):
        pl.fit(rule, "digits", network=network, batch_size=1, progress=False)


def test_others_learn_from_one() -> None:
    for rule, network in (("fa", None), ("predsim", None), ("blocks-backprop", "blocks[norm=layer]")):
        assert Comparison("digits", (rule,), seeds=1, batch_size=1, network=network).runs()


def test_a_last_minibatch_of_one_is_told() -> None:
    examples = registry.task("two-moons[examples=60]", randomness(0).data).train.examples
    for batch, told in ((examples - 1, True), (examples // 2, False)):
        made = Comparison("two-moons[examples=60]", ("self-contrastive", "fa"), seeds=2, batch_size=batch)
        lines = [
            line for line in of_networks(made) if "the last minibatch of an epoch is one example" in line
        ]
        assert [line.split(":")[0] for line in lines] == ["self-contrastive"] * told
