"""What docs/own.md shows works as it stands there, from a folder of the user's own.

Oracles: the commands of the page; real-time recurrent learning; a closed form; the geometry of the sign.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from plausible.cli.main import main
from plausible.core import Outer, Presentation, Step, randomness
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from plausible.optimise.sgd import SGD
from plausible.probes.differences import central_differences
from plausible.registry import files, registry
from plausible.report.paired import varying
from plausible.study.campaign import Plan, carry_out, listed
from plausible.study.campaign import frame as listing
from plausible.study.engine import Silent
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.study.store.store import Store
from plausible.study.study import cells
from plausible.tasks.streams import rewarding
from tests.checkout import copied

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
RULES = (
    *("node_perturbation.py:NodePerturbation", "weight_perturbation.py:WeightPerturbation"),
    *("rflo.py:RFLO", "radial_basis.py:RadialBasis"),
)
RESIDUAL = ("residual.py:ResidualBackprop", "residual.py:ResidualFeedback", "residual.py:Residual")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the examples, which is the current folder, with a store of its own."""
    copy = copied(EXAMPLES, tmp_path / "mine")
    monkeypatch.chdir(copy)
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "results"))
    return copy


def code(*arguments: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


@pytest.mark.parametrize("rule", [*RULES, *RESIDUAL])
def test_every_example_keeps_the_contract(rule: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert code("check", f"./{rule}") == 0, capfd.readouterr().out


def test_the_examples_are_compared_on_the_own_task(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rules = "./node_perturbation.py:NodePerturbation[sigma=0.5],./radial_basis.py:RadialBasis,backprop"
    options = ("--seeds", "1", "--epochs", "2", "--workers", "1")
    assert code("compare", "--task", "./yin_yang.py:yin_yang[examples=700]", "--rules", rules, *options) == 0
    shown = capfd.readouterr().out
    assert all(name in shown for name in ("NodePerturbation[sigma=0.5]", "RadialBasis", "backprop"))


def test_the_rule_for_sequences_is_compared(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    options = ("--seeds", "1", "--epochs", "1", "--workers", "1", "--window", "5")
    assert code("compare", "--task", "add[steps=1000]", "--rules", "./rflo.py:RFLO,bptt", *options) == 0
    assert "RFLO" in capfd.readouterr().out


def test_the_study_runs_exports_and_is_drawn(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    study = "./studies/perturbation.py"
    scale = ("--scale", "smoke")
    assert code("run", study, *scale, "--workers", "1") == 0
    assert code("reproduce", study, *scale, "--workers", "1") == 0
    shown = capfd.readouterr().out
    assert (
        shown.count("  undecided  ") == 2
    )  # numbers from memory, and two epochs of one seed, agree with nothing
    assert "kriener2022 (M)" in shown
    assert "not run" not in shown
    assert code("export", study, *scale) == 0
    assert code("figure", "perturbation", "--format", "png,csv") == 0
    drawn = pd.read_csv(folder / "figures" / "drawn" / "perturbation.csv")
    assert set(drawn.rule) == {"backprop", "backprop, no hidden layer", "NodePerturbation[sigma=0.3]"}
    assert (folder / "figures" / "perturbation.png").stat().st_size > 10_000


def test_the_own_network_is_compared_with_its_own_rules(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The table names the network with its settings, and holds the angle to the gradient that it names itself."""
    network = "./residual.py:Residual[width=6,blocks=3,init=he]"
    given = ("--network", network, "--optimiser", "sgd[rate=0.01]", "--seeds", "1", "--epochs", "2")
    rules = "./residual.py:ResidualBackprop,./residual.py:ResidualFeedback"
    assert (
        code("compare", "--task", "two-moons", "--rules", rules, *given, "--workers", "1", "--out", "out")
        == 0
    )
    shown = capfd.readouterr().out
    assert "Residual[width=6,blocks=3," in shown
    told = json.loads((folder / "out/summary.json").read_text())
    assert (
        told["network"] | {"width": "6", "blocks": "3", "init": "He()", "kind": "Residual"} == told["network"]
    )
    assert told["hidden"] == []
    angles = [row["gradient angle"]["mean"] for row in told["rules"]]
    assert angles[0] < 1e-4  # rounding
    assert 10 < angles[1] < 170
    (beside,) = (row for row in told["against backprop"] if row["rule"] == "ResidualFeedback")
    assert (
        beside["reference"] == "ResidualBackprop"
    )  # the gradient in this network is what rules are held against
    scores = [row["test"]["mean"] for row in told["rules"]]
    assert beside["difference"] == pytest.approx(scores[1] - scores[0])


@pytest.mark.parametrize("blocks", [1, 3])
@pytest.mark.parametrize("last", ["softmax", "linear"])
def test_the_rule_of_the_own_network_is_its_gradient(last: str, blocks: int) -> None:
    """Oracle: central differences of the loss, by every weight; those of feedback alignment are another's."""
    made = f"{EXAMPLES}/residual.py:Residual[width=5,blocks={blocks},dtype=float64,output={last}]"
    network = registry.network(made)
    backprop, feedback = (
        registry.rule(f"{EXAMPLES}/residual.py:{name}", network)
        for name in ("ResidualBackprop", "ResidualFeedback")
    )
    rng = np.random.default_rng(blocks)
    params, _ = feedback.init(4, 3, rng)
    params = {name: array + 0.3 * rng.normal(size=array.shape) for name, array in params.items()}
    x, y = rng.normal(size=(7, 4)), np.eye(3)[rng.integers(3, size=7)]
    shown = Presentation(x, y, rewarding("classes", y, None))
    forward = {name: array for name, array in params.items() if name[0] != "B"}
    gradient = central_differences(
        lambda moved: network.output.total(network.respond(moved, x)[-1], y), forward
    )
    exact, other = (dense(rule.update(params, None, shown, rng)) for rule in (backprop, feedback))
    assert exact.keys() == other.keys() == gradient.keys()
    for name, slope in gradient.items():
        assert np.linalg.norm(exact[name] + slope) < 1e-7 * np.linalg.norm(slope), name
    assert np.linalg.norm(other["W1"] + gradient["W1"]) > 0.1 * np.linalg.norm(gradient["W1"])


def test_settings_of_an_own_network_are_columns_and_tell_its_runs_apart(folder: Path) -> None:
    """Two networks that differ in a field of their own alone: a column of the long table, of lists and of trials."""
    networks = [
        registry.network(f"./residual.py:Residual[width=4,blocks={n},output=logistic]") for n in (1, 2)
    ]
    found = cells(["xor"], ["./residual.py:ResidualBackprop"], networks, SGD(0.1), 1, 4, 1)
    plan = Plan({run: key(run) for run in found if isinstance(run, Run)})
    store = Store(folder / "results")
    assert carry_out(plan, store, Silent(lambda done: None, {})) == 2
    frame = plan.table(store)
    assert {*frame.blocks} == {"1", "2"}
    assert {*frame.width} == {"4"}
    assert {*frame.hidden} == {"none"}  # it has no such setting
    shown = listed(listing(plan, plan.stored(store)))
    assert [column.head for column in shown.columns] == ["run", "blocks", "key", "status"]
    assert varying(frame) == ["network"]


def dense(step: Step) -> dict[str, np.ndarray]:
    """The changes of a step as arrays."""
    return {name: u.dense() if isinstance(u, Outer) else u for name, u in step.updates.items()}


def test_rflo_with_the_transpose_and_no_recurrence_is_real_time_recurrent_learning() -> None:
    """Then ∂h_t/∂h_{t-1} = (1 - leak) I, so that the trace is the whole influence. With recurrent weights it is not."""
    network = RNN((6,), leak=0.4, dtype="float64", output=output("linear"))
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(7, 4, 3)), rng.normal(size=(7, 4, 2))
    shown = Presentation(x, y, rewarding("values", y, None))
    rflo, rtrl = (registry.rule(name, network) for name in (f"{EXAMPLES}/rflo.py:RFLO", "rtrl"))
    params, _ = rflo.init(3, 2, rng)
    params["B2"] = params["W2"].T.copy()
    for recurrent, equal in ((np.zeros((6, 6)), True), (params["R1"], False)):
        both = params | {"R1": recurrent}
        ours, theirs = (dense(rule.update(both, None, shown, rng)) for rule in (rflo, rtrl))
        assert ours.keys() == theirs.keys()
        for name in ("W2", "b2"):
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-12)
        for name in ("W1", "R1", "b1"):
            distance = np.abs(ours[name] - theirs[name]).max()
            assert distance < 1e-12 if equal else distance > 1e-3, name


@pytest.mark.parametrize("name", RULES[:2])
def test_perturbation_follows_the_gradient_of_the_expected_reward(name: str) -> None:
    """Of a linear layer E[-½|y - xW - ξ|²] falls as -½|y - xW|², whose gradient is xᵀ(y - xW).

    With noise in the weights, ½|xΞ|² is added in the mean, and its product with Ξ is 0 there, as it is odd.

    Oracle: that closed form; each entry of the mean of n draws has a standard error, so its z is normal: of 6 entries
    none exceeds 4.5 but with a chance of 4e-5. Twice the gradient would be off by more than 20 standard errors.
    """
    network = MLP((), output=output("linear"), dtype="float64", bias=False)
    rule = registry.rule(f"{EXAMPLES}/{name}[sigma=0.2]", network)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1, 3)), rng.normal(size=(1, 2))
    params, _ = rule.init(3, 2, rng)
    shown = Presentation(x, y, rewarding("values", y, None))
    draws = np.array([dense(rule.update(params, None, shown, rng))["W1"] for _ in range(4000)])
    gradient = x.T @ (y - x @ params["W1"])
    error = draws.std(axis=0) / len(draws) ** 0.5
    assert (np.abs(draws.mean(axis=0) - gradient) < 4.5 * error).all()
    assert (np.abs(gradient) > 20 * error).any()


def test_the_sign_turned_by_half_a_circle_is_the_sign_with_its_parts_exchanged() -> None:
    part = files.from_file(f"{EXAMPLES}/yin_yang.py", "part")
    points = np.random.default_rng(0).random((4000, 2))
    here, turned = part(points), part(1 - points)
    assert (np.array([1, 0, 2, -1])[here] == turned).all()
    assert list(part(np.array([[0.5, 0.9], [0.5, 0.1], [0.26, 0.5], [0.95, 0.95]]))) == [0, 1, 2, -1]


def test_the_classes_of_the_sign_are_as_likely() -> None:
    """Oracle: a multinomial of 7,000 draws; a share of one third has a standard error of 0.0056."""
    task = registry.task(f"{EXAMPLES}/yin_yang.py:yin_yang", randomness(0).data)
    y = np.concatenate([split.y for split in task.splits.values()])
    assert len(y) == 7000
    assert np.abs(y.mean(axis=0) - 1 / 3).max() < 4 * 0.0056
