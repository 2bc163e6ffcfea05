"""A rule that has learned nothing is told so, with the likely reason. Oracles: binomial bounds, and nets that learn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import plausible as pl
from plausible.cli.main import main
from plausible.networks.activations import tanh
from plausible.networks.inits import Orthogonal, Uniform
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.activity import chance, spreads
from plausible.registry.registry import rule as rule_named
from plausible.report.remarks import IN_STUDY, MORE, RATE, SCALES, remarks
from plausible.study.compare import Comparison, compare
from plausible.tasks.task import Split
from tests.suite.command import command

DEEP = ",".join(["32"] * 20)


def compared(
    capsys: pytest.CaptureFixture[str], out: Path, *options: str
) -> tuple[dict[str, Any], list[str]]:
    """The JSON of a comparison, and what else is said."""
    with pytest.raises(SystemExit):
        main(["compare", "--seeds", "1", "--workers", "1", "--json", "--out", str(out), *options])
    said = capsys.readouterr()
    return json.loads(said.out), said.err.splitlines()


def test_a_deep_narrow_net_at_chance_is_told_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty layers of weights U(±1/√n) keep √(1/3) of a signal each; ten per cent are right of ten classes."""
    found, said = compared(capsys, tmp_path, "--hidden", DEEP, "--rules", "backprop,shallow", "--epochs", "2")
    (line,) = found["remarks"]
    assert line in said
    assert line.startswith("no better than chance on validation: backprop (accuracy 0.")
    assert "shallow (accuracy 0." in line
    assert "before learning, hidden layer 20 varies " in line
    assert line.endswith(f": try {SCALES}")
    assert (
        1 / 3**9.5 / 10 < float(line.partition("varies ")[2].split()[0]) < 10 / 3**9.5
    )  # tanh takes some, too


def test_what_is_advised_helps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Orthogonal weights keep a signal, and a rate of 0.01 keeps the weights: nothing is left to remark on."""
    options = ["--init", "orthogonal", "--optimiser", "sgd[rate=0.01,momentum=0.9]", "--epochs", "10"]
    found, said = compared(capsys, tmp_path, "--hidden", DEEP, "--rules", "backprop", *options)
    assert found["remarks"] == []
    assert not any("chance" in line for line in said)
    assert found["rules"][0]["validation"]["mean"] > 0.8
    assert found["init"] == repr(Orthogonal())


def test_nets_that_learn_are_not_remarked_on() -> None:
    for options in (
        {"epochs": 2},
        {"task": "linear-teacher[examples=300]", "seeds": 1},
        {"task": "xor", "epochs": 5},
    ):
        result = compare(Comparison(**{"seeds": 2, "rules": ("backprop",), **options}))  # type: ignore[arg-type]
        assert remarks(result.metrics) == []


def test_an_own_distribution_of_weights_is_what_rules_start_from() -> None:
    (entry,) = Comparison(rules=("backprop",), seeds=1, init="orthogonal(2.0)").entries
    assert entry.run.network.init == Orthogonal(2.0)
    (entry,) = Comparison(rules=("backprop",), seeds=1).entries
    assert entry.run.network.init == Uniform()


def measured(
    scores: list[float],
    spreads: list[list[float]],
    metric: str = "accuracy",
    answers: int = 100,
    train: float | None = None,
) -> pd.DataFrame:
    """What a rule leaves: its last score by seed, spreads at the start and at the end; chance is 0.2."""
    rows: list[tuple[Any, ...]] = []
    for seed, score in enumerate(scores):
        for epoch, split, name, value in (
            (0.0, "validation", "chance", 0.2),
            (0.0, "validation", "answers", answers),
            (0.0, "validation", metric, 0.1),
            (3.0, "validation", metric, score),
            (3.0, "train", metric, score if train is None else train),
        ):
            rows.append(("rule", seed, epoch, split, name, "", value))
        for epoch, layers in zip((0.0, 3.0), spreads, strict=True):
            for layer, value in enumerate(layers, 1):
                rows.append(("rule", seed, epoch, "train", "activity spread", f"W{layer}", value))
    return pd.DataFrame(rows, columns=["rule", "seed", "epoch", "split", "metric", "layer", "value"])


FINE = [[0.2, 0.1], [0.2, 0.1]]


@pytest.mark.parametrize(
    ("table", "expected"),
    [  # chance is 0.2 of 100 answers: two standard errors are 2 · √(0.2 · 0.8 / 100) = 0.08
        (measured([0.2, 0.27], FINE), MORE),
        (measured([0.2, 0.29], FINE), None),  # one seed has learned
        (measured([0.29, 0.9], FINE), None),
        (measured([0.2], FINE, train=0.9), None),  # it has learned, though nothing that holds
        (measured([0.2], FINE, answers=2), None),  # of two answers one is always right soon
        (measured([1.0], FINE, answers=2), None),
        (measured([0.2], [[0.2, 0.0019], [0.2, 0.0019]]), SCALES),
        (measured([0.2], [[0.2, 0.0021], [0.2, 0.0021]]), MORE),
        (measured([0.9], [[0.2, 0.0019], [0.2, 0.0019]]), None),  # little of the signal was enough
        (measured([0.2], [[0.2, 0.1], [0.2, 0.0009]]), RATE),
        (measured([0.2], [[], []]), MORE),
        (measured([1.0, 0.995], FINE, "normalised error"), MORE),
        (measured([1.0, 0.98], FINE, "normalised error"), None),
        (measured([7.0], [[0.2, 0.1], [0.0, 0.0]], "normalised error"), RATE),
    ],
)
def test_the_reason_is_what_is_measured(table: pd.DataFrame, expected: str | None) -> None:
    found = remarks(table)
    assert [line.endswith(f": try {expected}") for line in found] == ([] if expected is None else [True])


def test_rules_with_one_reason_share_a_line() -> None:
    one, two = measured([0.2], FINE), measured([0.25], FINE).replace("rule", "other")
    (line,) = remarks(pd.concat([one, two]))
    assert "rule (accuracy 0.200, chance 0.200), other (accuracy 0.250, chance 0.200)" in line


def test_where_chance_was_not_measured_it_cannot_be_told() -> None:
    """As in the table of an experiment, which measures what its own function yields."""
    table = measured([0.2], FINE)
    for name in ("chance", "answers"):
        assert remarks(table[table.metric != name]) == []


STUDY = """
from dataclasses import replace
from plausible.networks.inits import Orthogonal
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.study import Study, cells

DEEP = MLP((32,) * 20)
def smoke():
    some = lambda rules, *networks: cells(["digits"], rules, list(networks), SGD(0.01, momentum=0.9), 10, 32, seeds=1)
    return some({rules}, DEEP, replace(DEEP, init=Orthogonal()))
study = Study("deep", "Does depth drown the signal?", {{"smoke": smoke}})
"""


@pytest.mark.parametrize(
    "rules", [["backprop"], ["feedback-alignment"]], ids=["beside the reference", "without a reference"]
)
def test_a_study_is_told_as_a_comparison_is(
    rules: list[str], tmp_path: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By `run` as it ends and by `report`: of the net that is at chance, and not of that whose signal is kept."""
    file = tmp_path / "deep.py"
    file.write_text(STUDY.format(rules=rules))
    line = str(file), "--scale", "smoke"
    ran = command("run", *line, "--workers", "1", capsys=capsys)
    again = command("run", *line, capsys=capsys)
    shown, as_json = (
        command("report", *line, capsys=capsys),
        command("report", *line, "--json", capsys=capsys),
    )
    assert [ended.code for ended in (ran, again, shown, as_json)] == [0] * 4
    rows = json.loads(as_json.out)
    (remark,) = {row["remark"] for row in rows} - {None}
    assert remark.startswith(f"no better than chance on validation: {rules[0]}")
    assert " on digits, uniform(limit=none) (accuracy 0." in remark.lower()
    assert "before learning, hidden layer 20 varies " in remark
    assert remark.endswith(f": try {IN_STUDY[SCALES]}")
    for ended in (ran, again, shown, as_json):
        assert [text for text in ended.err.splitlines() if "chance" in text] == [remark]
    assert {row["task"] for row in rows if row["remark"]} < {row["task"] for row in rows}


def test_every_advice_is_told_for_a_study_too() -> None:
    """In the words of its file: it has no options."""
    assert {*IN_STUDY} == {SCALES, RATE, MORE}
    assert not any("--" in words for words in IN_STUDY.values())


def test_one_class_in_validation_is_told_in_the_place_of_a_score() -> None:
    """Whoever always gives that answer is always right, and has learned nothing."""
    one = measured([1.0], FINE).replace({"value": {0.2: 1.0}})
    assert [line.partition(":")[0] for line in remarks(one)] == [
        "all answers of the validation split are of one class, so that accuracy says nothing"
    ]


def test_spread_is_that_over_examples() -> None:
    """Of tanh units on two examples x and -x it is |tanh z|; root mean square over units."""
    network = MLP((2, 3), tanh, output("softmax"), dtype="float64")
    rule = rule_named("backprop", network)
    params, state = rule.init(1, 2, np.random.default_rng(0))
    x, rng = np.array([[1.5], [-1.5]]), np.random.default_rng(0)
    found = {m.layer: m.value for m in spreads(rule, params, state, x, rng)}
    h1 = np.tanh(1.5 * params["W1"])
    h2 = np.tanh(h1 @ params["W2"])
    assert found == pytest.approx({"W1": np.sqrt((h1**2).mean()), "W2": np.sqrt((h2**2).mean())}, rel=1e-12)


def test_chance_is_the_share_of_the_commonest_class() -> None:
    x, one, more = np.zeros((4, 1)), np.array([[0.0], [1], [1], [1]]), np.eye(3)[[0, 2, 2, 1]]
    for y, share in ((one, 0.75), (more, 0.5)):
        told = [("chance", "", share), ("answers", "", 4)]
        assert [tuple(m) for m in chance(Split(x, y), "classes", Split(x, y))] == told
    assert [*chance(Split(x, one), "values", Split(x, one))] == []


def test_where_classes_are_uneven_the_balanced_accuracy_is_judged_too() -> None:
    """Of 1000 answers 900 are of one class. By weights of classes, a rule is right in 0.8 of each: less than 0.9.

    Guessing between two classes has the variance (1/2)² (1/900 + 1/100) / 4 = (1/2)² / 360: that of 360 answers.
    """
    x, y = np.zeros((1000, 1)), np.eye(2)[np.arange(1000) // 900]
    told = {m.metric: m.value for m in chance(Split(x, y), "classes", Split(x, y), uneven=True)}
    assert told == pytest.approx(
        {"chance": 0.9, "answers": 1000, "balanced chance": 0.5, "balanced answers": 360}
    )
    one = np.arange(1000.0)[:, None] // 900
    single = {m.metric: m.value for m in chance(Split(x, one), "classes", Split(x, one), uneven=True)}
    assert single == pytest.approx(told)

    def ended(accuracy: float, balanced: float, metrics: dict[str, float]) -> pd.DataFrame:
        at_first = [("rule", 0, 0.0, "validation", name, "", value) for name, value in metrics.items()]
        at_last = [
            ("rule", 0, 3.0, split, name, "", value)
            for split in ("train", "validation")
            for name, value in (("accuracy", accuracy), ("balanced accuracy", balanced))
        ]
        return pd.DataFrame(at_first + at_last, columns=measured([0.2], FINE).columns)

    assert remarks(ended(0.8, 0.8, told)) == []
    assert remarks(ended(0.8, 0.56, told)) == []  # 0.5 + 2 √(0.25 / 360) = 0.553
    assert len(remarks(ended(0.8, 0.55, told))) == 1
    (line,) = remarks(ended(0.9, 0.5, told))
    assert "rule (accuracy 0.900, chance 0.900; balanced accuracy 0.500, chance 0.500)" in line
    assert remarks(ended(0.99, 0.55, told)) == []
    before = {name: told[name] for name in ("chance", "answers")}  # a table of an earlier version
    assert len(remarks(ended(0.9, 0.5, before))) == 1


def test_weights_of_classes_that_work_are_not_remarked_on() -> None:
    """Two overlapping clouds of 270 and 30: with balanced weights, few more are wrong than by always saying one."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 1, (1350, 1)), rng.normal(1.7, 1, (150, 1))])
    task = pl.Task.from_arrays(x, np.arange(1500) // 1350, class_weight="balanced")
    made = pl.compare("backprop", task, seeds=1, epochs=10, hidden=(8,), workers=0)
    last = made.frame[(made.frame.epoch == 10) & (made.frame.split == "validation")]
    scores = {name: last[last.metric == name].value.item() for name in ("accuracy", "balanced accuracy")}
    assert scores["accuracy"] < 0.9 < scores["balanced accuracy"] + 0.15
    assert made.remarks == []


def test_classes_that_training_never_shows_are_counted_and_told() -> None:
    """Of four answers one is of class 1: it can be got right by no rule that was not told of it."""
    x, y = np.zeros((4, 1)), np.eye(3)[[0, 2, 2, 1]]
    (*_, last) = chance(Split(x, y), "classes", Split(x, np.eye(3)[[0, 2, 2, 0]]))
    assert tuple(last) == ("unseen classes", "", 0.25)
    row = pd.DataFrame(
        [("rule", 0, 0.0, "validation", "unseen classes", "", 0.25)], columns=measured([0.2], FINE).columns
    )
    said = "25 % of the answers of the validation split are of classes that the train split never shows: no rule can"
    for scores in ([0.2], [0.9]):
        assert sum(line.startswith(said) for line in remarks(pd.concat([measured(scores, FINE), row]))) == 1
    assert not any("never shows" in line for line in remarks(measured([0.9], FINE)))
