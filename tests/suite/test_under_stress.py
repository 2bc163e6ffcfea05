"""Rules under stress beside the reference under the same one. Oracle: numbers chosen here; pandas over the table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from plausible.report.under_stress import stresses
from plausible.site.told import Told, told
from plausible.study.store.tables import tables

PLAIN, TUNED = ("SGD(rate=0.1, momentum=0.9)", "SGD(rate=1.0, momentum=0.9)")
HELD = "HeldSigns(inner={}, share=0.5, names=('W*',))"


def row(rule: str, optimiser: str, value: float, epochs: int = 4, seed: int = 0) -> dict[str, Any]:
    """A run, which ends with a test accuracy."""
    key = f"{rule}{optimiser}{epochs}{seed}"
    told_of = {
        "key": key,
        "task": "digits",
        "rule": rule,
        "seed": seed,
        "hidden": "32",
        "optimiser": optimiser,
    }
    score = {
        "split": "test",
        "metric": "accuracy",
        "layer": "",
        "epoch": float(epochs),
        "value": value + seed / 1000,
    }
    return told_of | score | {"epochs": float(epochs), "status": "done", "scale": "tuned"}


def test_a_rule_at_its_own_rate_stands_beside_the_reference_of_its_stress_its_epochs_and_its_seeds(
    tmp_path: Path,
) -> None:
    rows = [
        each
        for seed in range(3)
        for each in (
            row("backprop", PLAIN, 0.9, seed=seed), row("pepita", TUNED, 0.8, seed=seed),
            row("backprop", PLAIN, 0.96, 40, seed), row("agrel", TUNED, 0.5, 40, seed),
            row("stressed[rule=backprop,delay=8]", PLAIN, 0.3, seed=seed),
            row("stressed[rule=pepita,delay=8]", TUNED, 0.1, seed=seed),
            row("stressed[rule=pepita,feedback_noise=1.0]", TUNED, 0.7, seed=seed),
            row("backprop", HELD.format(PLAIN), 0.6, seed=seed), row("pepita", HELD.format(TUNED), 0.2, seed=seed),
        )
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table.to_parquet(tmp_path / "mine.parquet")
    beside = Told("mine", tmp_path / "mine.parquet", table, "", "", None).beside
    found = {
        (rule, task.removeprefix("digits, ")): (round(float(mean), 3), round(float(apart), 3), n)
        for task, rule, mean, apart, n in beside[["task", "rule", "mean", "difference", "n"]].itertuples(
            index=False
        )
        if rule != "backprop"
    }
    assert found == {
        ("pepita", "no stress, 4 epochs"): (0.801, -0.1, 3),
        ("agrel", "no stress, 40 epochs"): (0.501, -0.46, 3),
        ("pepita", "delay=8, 4 epochs"): (0.101, -0.2, 3),
        ("pepita", "held signs=0.5, 4 epochs"): (0.201, -0.4, 3),
        # the reference has no feedback to be stressed
        ("stressed[rule=pepita,feedback_noise=1.0]", "no stress, 4 epochs"): (0.701, -0.2, 3),
    }


def test_the_page_of_stress_holds_every_rule_of_the_table_against_backprop() -> None:
    (whole,) = told(["stress"])
    table = whole.table
    kept = table[table.rule.str.contains(r"(?<!\w)(?:pepita|agrel|backprop)(?!\w|\])", regex=True)]
    beside = Told("stress", whole.file, kept, "", "", None).beside
    test = kept[(kept.metric == "accuracy") & (kept.split == "test")].copy()
    test["stress"] = test.rule.str.extract(r"^stressed\[rule=\w+,(.*)\]$")[0].fillna("")
    test["stress"] += test.optimiser.str.extract(r"(share=[\d.]+)")[0].fillna("")
    test["inner"] = test.rule.str.extract(r"^stressed\[rule=(\w+)")[0].fillna(test.rule)
    at, due = ["task", "hidden", "epochs", "stress", "seed"], []
    for rule in ("pepita", "agrel"):
        mine, reference = test[test.inner == rule], test[test.inner == "backprop"].set_index(at).value
        other = mine.stress.str.startswith(("feedback_noise", "lost_feedback"))
        names = mine[at].assign(stress=mine.stress.where(~other, ""))
        mine = mine.assign(apart=mine.value - reference.reindex(pd.MultiIndex.from_frame(names)).to_numpy())
        assert mine.apart.notna().all()
        due += [*mine.groupby([*at[:-1]]).apart.mean()]
    found = beside[beside.rule.str.contains("pepita|agrel")].difference
    assert len(due) > 25
    assert sorted(found) == pytest.approx(sorted(due), abs=1e-12)


@pytest.mark.parametrize("name", ["feedback", "settling", "local", "sequences", "spiking", "scalar"])
def test_studies_without_stress_are_held_as_they_were(name: str) -> None:
    if name in tables():
        (each,) = told([name])
        assert each.stresses is None
        assert each.held is each.runs


def test_stress_of_rules_alone_changes_nothing() -> None:
    """A comparison of stressed rules with plain backprop stays one."""
    table = pd.DataFrame([row("backprop", PLAIN, 0.9), row("stressed[rule=pepita,delay=8]", PLAIN, 0.1)])
    assert stresses(table) is None
    for name in ("x[y", "stressed[rule=x[y", '"><img src=x>', ""):  # a label that no rule has
        assert stresses(pd.DataFrame([row(name, name, 0.1)])) is None
