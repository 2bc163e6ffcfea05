"""Which network a rule has where nobody names one, and what is said where it does not learn the one that is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import plausible as pl
from plausible.contract import world
from plausible.core import randomness, read_only
from plausible.errors import BadInput
from plausible.registry import kinds, networks, registry, serving
from plausible.study.compare import Comparison, told_apart
from plausible.tasks.streams import Minibatches
from tests.suite.command import command

RULES = sorted(kinds.registered("rule"))
DOCS = Path(__file__).parents[2] / "docs" / "studies.md"
SIZES = (6, 5)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_learns_where_nobody_names_a_network(rule: str) -> None:
    """In one of a kind that it learns, for tasks of its kind, with the units that are asked for."""
    kinds_learned = networks.learned_by(registry.load("rule", rule))
    sequential = world.network(rule).sequential
    name = serving.usual(serving.kinds_of(rule), sequential)
    made = registry.network(name, {"hidden": SIZES[:1] if sequential else SIZES})
    assert serving.Network in kinds_learned or isinstance(made, kinds_learned)
    learned = registry.rule(rule, made).network
    assert type(learned) is type(made)
    assert getattr(made, "hidden", None) == (SIZES[:1] if sequential else SIZES)


@pytest.mark.parametrize("around", ["{}", "varied[rule={},shift=1]", "stressed[rule={},delay=1]"])
@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("burst-ccn", "EventNetwork"),
        ("burstprop", "EventNetwork"),
        ("blocks-backprop", "Blocks"),
        ("fa", "MLP"),
    ],
)
def test_a_rule_around_another_has_the_network_of_the_one_inside(around: str, rule: str, kind: str) -> None:
    text = around.format(rule)
    (run,) = Comparison("digits", (text,), seeds=1, epochs=1, hidden=SIZES).runs()
    assert (type(run.network).__name__, run.network.settings()["hidden"]) == (kind, "6-5")
    assert bool(serving.said(text, False)) == (kind != "MLP")
    fitted = pl.fit(text, "digits", hidden=(4,), epochs=1, progress=False)
    assert fitted.status == "done"
    assert ("has a network of kind" in repr(fitted)) == (kind != "MLP")


def simulated(rule: str) -> bool:
    """Whether it is compiled first, which takes seconds."""
    return str(registry.load("rule", rule).__module__).startswith("plausible.rules.spiking")


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, marks=[pytest.mark.slow] if simulated(rule) else []) for rule in RULES]
)
def test_every_rule_is_shown_moved_images_and_smoothed_labels(rule: str) -> None:
    """Sequences too; labels are smoothed but where one class of each example is all that a rule takes."""
    smooth = 0.0 if getattr(registry.load("rule", rule), "targets", "") == "classes" else 0.1
    made = registry.rule(f"varied[rule={rule},shift=1,shape=(2,3),smooth={smooth}]", world.network(rule))
    roles = randomness(0)
    params, state = made.init(world.N_IN, world.N_OUT, roles.weights)
    split = world.examples(5, "float32", world.learns_sequences(rule), getattr(made, "inputs", None))
    shown = next(Minibatches(5, shuffle=False)(split, "classes", 1, roles.order))
    step = made.update(read_only(params), state, shown, roles.noise)
    world.check_fits(step, params)
    assert len(made.respond(params, step.state, shown.x, roles.noise)[-1]) == len(shown.y)


@pytest.mark.parametrize(
    ("rule", "network", "told"),
    [
        ("burst-ccn", "mlp", "expected --network events (network= in Python), or none"),
        ("varied[rule=burst-ccn,shift=1]", "mlp", "expected --network events"),
        ("stressed[rule=burstprop,delay=1]", "blocks", "expected --network events"),
        ("blocks-backprop", "mlp", "expected --network blocks"),
        ("predictive-coding", "blocks", serving.ENERGY),
        ("equilibrium-propagation", "blocks", serving.ENERGY),
        ("difference-target-propagation", "blocks", serving.PLAIN["targets"]),
        ("forward-forward", "blocks", serving.LENGTH),
        ("self-contrastive", "blocks", serving.LENGTH),
        ("burst-ccn", "blocks", serving.PLAIN["dendritic"]),
        ("weight-mirror", "blocks", serving.PLAIN["feedback"]),
        ("varied[rule=predictive-coding]", "blocks", serving.ENERGY),
    ],
)
def test_refusals_name_networks_by_their_names(
    rule: str, network: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = command("compare", "--rules", rule, "--network", network, "--seeds", "1", capsys=capsys)
    assert ended.code == 2
    assert told in ended.err
    assert ended.err.count("\n") == 1
    assert "hidden=" not in ended.err  # no setting of the network, which is not the matter


def test_reasons_are_those_of_the_documentation() -> None:
    text = " ".join(DOCS.read_text(encoding="utf-8").split())
    assert [why for why in serving.PLAIN.values() if why not in text] == []


def test_networks_of_two_kinds_are_told_apart_by_their_kinds() -> None:
    mlp, blocks = registry.network("mlp", {}), registry.network("blocks", {})
    assert told_apart([mlp, blocks, mlp]) == [", MLP", ", Blocks", ", MLP"]
    assert told_apart([mlp, registry.network("mlp[hidden=(3,)]", {})]) == [", 128-128", ", 3"]


def test_a_comparison_says_which_rules_have_a_network_of_their_own() -> None:
    made = pl.compare(
        "burst-ccn,backprop", "two-moons[examples=60]", seeds=1, epochs=1, hidden=(4,), workers=0
    )
    assert made.remarks[0] == "burst-ccn learns no mlp, and has a network of kind events here"
    assert [outcome.status for outcome in made.outcomes] == ["done", "done"]
    named = pl.compare("burst-ccn", "two-moons[examples=60]", seeds=1, epochs=1, network="events", workers=0)
    assert not [line for line in named.remarks if "has a network" in line]


@pytest.mark.parametrize("rule", ["burst-ccn", "varied[rule=blocks-backprop,smooth=0.1]"])
def test_a_classifier_has_the_network_of_its_rule(rule: str) -> None:
    x = np.random.default_rng(0).normal(size=(40, 4))
    made = pl.PlausibleClassifier(rule, hidden=(5,), epochs=1).fit(x, x[:, 0] > 0)
    assert made.predict(x).shape == (40,)
    with pytest.raises(BadInput, match="learns networks of kind"):
        pl.PlausibleClassifier(rule, network="mlp").fit(x, x[:, 0] > 0)


def test_a_recipe_does_not_stand_in_the_way_of_a_network() -> None:
    """muPC with skips is linear, which is its own activation; what a user names is refused all the same."""
    (run,) = Comparison(
        "digits", ("predictive-coding",), seeds=1, network="mupc[skips=True,hidden=(8,8)]"
    ).runs()
    assert run.network.settings()["activation"] == "identity"
    (plain,) = Comparison("digits", ("predictive-coding",), seeds=1, network="mupc[hidden=(8,8)]").runs()
    assert plain.network.settings()["activation"] == "tanh"  # the recipe's, as ever
    for named in ({"activation": "tanh"}, {"network": "mupc[skips=True,activation=tanh]"}):
        with pytest.raises(
            BadInput, match="skips is True: expected False, or a network of the activation identity"
        ):
            Comparison("digits", ("predictive-coding",), **{"network": "mupc[skips=True]", **named}).runs()  # type: ignore[arg-type]
