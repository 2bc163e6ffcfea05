"""A run has one name, and another one as soon as anything changes that could change it. Oracle: such changes."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest

from plausible.errors import BadInput
from plausible.networks.activations import relu
from plausible.networks.inits import Gaussian, Init
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.registry import names
from plausible.registry.encoding import decode, encode
from plausible.study.keys.key import key
from plausible.study.run import Run
from tests.suite.quick import OPTIMISERS, QUICK, RULE, mine


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=repr)
def test_runs_go_through_json_and_back(optimiser: SGD) -> None:
    network = MLP((3, 2), relu, output("logistic", "sum"), "float64", Gaussian(0.1), bias=False)
    run = Run("digits", "fa[feedback=gaussian(0.1)]", network, optimiser, 3, 7, 11)
    assert decode(json.loads(json.dumps(encode(run)))) == run


@pytest.mark.parametrize(
    "value",
    [{}, {"class": "os:system", "command": "x"}, {"class": "nowhere:X"}, {"class": "plausible:MLP", "a": 1}],
)
def test_what_is_no_run_is_refused(value: object) -> None:
    with pytest.raises(BadInput):
        decode(value)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"epochs": 3},
        {"batch_size": 9},
        {"floors": ((1.0, 0.5),)},
        {"test": False},
        {"rule": "dfa"},
        {"rule": "fa[feedback=gaussian]"},
        {"task": "two-moons[examples=101]"},
        {"optimiser": SGD(0.1, momentum=0.8)},
        {"network": MLP(hidden=(4,), dtype="float64")},
        {"network": MLP(hidden=(4,), output=output("softmax", "sum"))},
    ],
    ids=str,
)
def test_every_hyperparameter_changes_the_key(change: dict[str, object]) -> None:
    other = key(dataclasses.replace(QUICK, **change))  # type: ignore[arg-type]
    assert other.name != key(QUICK).name
    assert other.differences(key(QUICK))


def test_names_of_one_thing_give_one_key() -> None:
    assert key(QUICK) == key(dataclasses.replace(QUICK, rule="feedback-alignment"))
    assert key(QUICK).differences(key(QUICK)) == []


def test_an_equation_changes_the_key_and_an_explanation_does_not(tmp_path: Path) -> None:
    before = key(mine(tmp_path / "a", RULE))
    reworded = RULE.replace("Words.", "Other words.").replace("a remark", "another") + "\n\n# the end\n"
    assert key(mine(tmp_path / "a", reworded)) == before
    assert key(mine(tmp_path / "b", RULE)) == before, "where the file lies is no part of the result"
    after = key(mine(tmp_path / "a", RULE.replace("2 *", "3 *")))
    assert after.differences(before) == ["the code of mine.py changed"]


def test_the_code_of_a_key_is_what_computes() -> None:
    modules = dict(key(QUICK).code)
    assert {
        "plausible.core",
        "plausible.train",
        "plausible.rules.feedback.feedback_alignment",
    } <= modules.keys()
    assert {"plausible.optimise.accumulate", "plausible.tasks.toys", "baselines.backprop"} <= modules.keys()
    for idle in (
        "plausible.rules.feedback.direct_feedback_alignment",
        "plausible.study.store.store",
        "plausible.cli.main",
        "plausible.plotting.panels",
    ):
        assert idle not in modules


def test_versions_and_data_are_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(QUICK)
    # what other rules need is not part of it
    assert [name for name, _ in before.versions] == ["python", "numpy", "scipy"]
    monkeypatch.setattr(
        "plausible.study.keys.key.versions", lambda used: (("numpy", "9.9"), ("scipy", "1.0"))
    )
    differences = key(QUICK).differences(before)
    assert any(line.startswith("numpy is 9.9, was 2.") for line in differences)
    monkeypatch.setattr("plausible.study.keys.key.data_digest", lambda task, seed: "other")
    assert "the data changed" in key(QUICK).differences(before)


def test_another_minor_version_of_python_is_named_and_the_code_is_not_blamed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its syntax trees may be written otherwise, so that digests of the same code differ."""
    before = key(QUICK)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert dict(before.versions)["python"] == here
    then = dataclasses.replace(
        before,
        code=tuple((name, "other") for name, _ in before.code),
        versions=(("python", "3.9"), *before.versions[1:]),
    )
    assert before.differences(then) == [f"Python is {here}, was 3.9"]
    assert before.differences(dataclasses.replace(before, versions=before.versions[1:])) == [
        f"Python is {here}, was not known"
    ]


def test_the_simulator_is_part_of_the_key_of_what_it_simulates() -> None:
    pytest.importorskip("brian2", reason="the extra `spiking` is not installed")
    spiking = dataclasses.replace(QUICK, rule="diehl-cook")
    assert [name for name, _ in key(spiking).versions] == ["python", "brian2", "numpy", "scipy"]


def test_circuits_go_through_json_and_back() -> None:
    from plausible.spiking.diehl_cook.network import circuit
    from studies import florian2007, izhikevich2007, song2000, urbanczik2014

    made = [circuit(9, 4), izhikevich2007.circuit(5), song2000.circuit(), florian2007.circuit(3)]
    for one in [*made, urbanczik2014.circuit(True)]:
        assert decode(json.loads(json.dumps(encode(one)))) == one


def test_names_in_specs_are_those_of_classes_that_are_there() -> None:
    """Every name stands for one class, and the places of older stores are names of today."""
    for name in [*names.PLACES, *names.registered()]:
        assert names.name_of(names.class_of(name)) == name
    assert set(names.BEFORE.values()) <= {*names.PLACES, *names.registered()}
    for place, name in names.BEFORE.items():
        assert names.class_of(place) is names.class_of(name)
        assert place.endswith(f":{names.class_of(name).__qualname__}")


def test_what_is_registered_nowhere_is_refused_before_it_runs() -> None:
    """Its results could not be read again."""
    own = dataclasses.make_dataclass("Own", [], frozen=True, namespace={"draw": None}, bases=(Init,))
    with pytest.raises(BadInput, match=r"Own is registered nowhere.*plausible\.inits"):
        key(dataclasses.replace(QUICK, network=MLP((3,), init=own())))
    bent = dataclasses.replace(relu, name="bent")
    with pytest.raises(BadInput, match="activation 'bent' is registered nowhere"):
        key(dataclasses.replace(QUICK, network=MLP((3,), bent)))
