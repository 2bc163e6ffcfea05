"""`Store.load` tells runs apart, and the examples of the documentation give a study's own numbers.

Oracle: the study's plan, which knows the keys of its cells.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from plausible.errors import BadInput
from plausible.optimise.sgd import SGD
from plausible.study import campaign
from plausible.study.engine import Claims, Silent
from plausible.study.experiment import Experiment
from plausible.study.run import Run
from plausible.study.store import members
from plausible.study.store.store import Store
from plausible.study.study import Study
from plausible.study.tuning import tuner
from plausible.study.workers.executors import executor
from tests.suite.quick import QUICK

ROOT = Path(__file__).parents[2]
RULE = """
from dataclasses import dataclass
from baselines.backprop import Backprop
from plausible.core import Step

GAIN = 1.0

@dataclass(frozen=True)
class Scaled(Backprop):
    def update(self, params, state, shown, rng):
        step = super().update(params, state, shown, rng)
        return step._replace(updates={name: GAIN * change for name, change in step.updates.items()})
"""


def example(what: str) -> str:
    """The example in docs/studies.md that holds these words."""
    blocks = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/studies.md").read_text(encoding="utf-8"), re.DOTALL
    )
    (found,) = [block for block in blocks if what in block]
    return str(found)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "results"))
    return Store()


def study_in(folder: Path) -> Study:
    """A study of two scales that share runs, of a rule in a file and of one of the suite."""
    (folder / "own.py").write_text(RULE)
    base = replace(QUICK, rule=f"{folder / 'own.py'}:Scaled", epochs=1, optimiser=SGD(0.05))
    runs = [replace(base, rule=rule, seed=seed) for rule in (base.rule, "fa") for seed in range(3)]
    other = replace(base, rule="fa[feedback=uniform(0.1)]")
    scales: dict[str, Any] = {"smoke": lambda: [*runs[:2], *runs[3:5]], "fast": lambda: [*runs, other]}
    return Study("accuracy", "Is it so?", scales)


def carried_out(study: Study, scale: str, store: Store) -> campaign.Plan:
    plan = campaign.plan(study, scale)
    campaign.carry_out(plan, store, Silent(), workers=0)
    return plan


def tuned(study: Study, store: Store) -> None:
    """Two trials of a rule, and what won there."""
    plan = campaign.plan(study, "fast", "feedback-alignment@*")
    groups, claims = tuner.groups_of(plan.runs[:3], 2), Claims(store)
    with executor("local", 0) as workplace:
        tuner.tune(groups, claims, workplace, 1, Silent(), None)


def means(table: pd.DataFrame) -> dict[Any, Any]:
    """Accuracy in the test split by rule: what a study says."""
    test = table[(table.split == "test") & (table.metric == "accuracy")]
    return (
        test.groupby(["task", "hidden", "rule"], observed=True)
        .value.agg(["mean", "std", "count"])
        .to_dict("index")
    )


def test_the_documented_examples_give_the_studys_own_numbers(
    tmp_path: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """At two scales, after tuning, and after a change of code; `plausible report` reads the same table."""
    study = study_in(tmp_path)
    carried_out(study, "smoke", store)
    carried_out(study, "fast", store)
    campaign.carry_out(campaign.Plan(campaign.keys([replace(QUICK, epochs=2)])), store, Silent(), workers=0)
    tuned(study, store)
    old = means(campaign.plan(study, "fast").table(store))
    (tmp_path / "own.py").write_text(RULE.replace("GAIN = 1.0", "GAIN = 30.0"))
    plan = carried_out(study, "fast", store)
    expected = means(plan.table(store))
    assert [found["count"] for found in expected.values()] == [3, 1, 3]
    assert expected != old
    scope: dict[str, Any] = {}
    exec(example("pl.results("), scope)
    assert scope["frame"].key.nunique() == 3 + 7, "those that hold no more are there, and told apart"
    found = (
        scope["test"].groupby(["task", "hidden", "rule"], observed=True).value.agg(["mean", "std", "count"])
    )
    frame = pd.DataFrame.from_dict(expected, orient="index")
    assert found.index.tolist() == frame.index.tolist()
    np.testing.assert_allclose(found, frame, rtol=1e-14)  # of sums in another order
    assert len(capsys.readouterr().out.splitlines()) > len(frame)
    exec(example("import duckdb"), scope)
    table = scope["table"].set_index(["task", "hidden", "rule"])
    assert table.index.tolist() == frame.index.tolist()
    np.testing.assert_allclose(table, frame, rtol=1e-12)  # its variance is computed in one pass
    assert len(capsys.readouterr().out.splitlines()) > len(frame)


def test_every_run_is_told_apart(tmp_path: Path, store: Store) -> None:
    study = study_in(tmp_path)
    for scale in ("smoke", "fast"):
        carried_out(study, scale, store)
    alone = replace(QUICK, epochs=2, seed=9)
    campaign.carry_out(campaign.Plan(campaign.keys([alone])), store, Silent(), workers=0)
    frame = store.load()
    runs = frame.drop_duplicates(["key", "study", "scale"])
    assert runs.groupby(["study", "scale"], observed=True).size().to_dict() == {
        ("", ""): 1,
        ("accuracy", "fast"): 7,
        ("accuracy", "smoke"): 4,
    }
    assert runs.holds.all()
    assert set(runs.status) == {"done"}
    assert runs[runs.study == ""][["epochs", "optimiser_rate"]].to_numpy().tolist() == [[2, 0.1]]
    assert set(runs[runs.study != ""].optimiser_rate) == {0.05}
    assert runs.rule_feedback_limit.dropna().tolist() == [0.1]
    assert set(runs.task_examples) == {100}
    assert set(runs.hidden) == {"4"}
    for scale in ("smoke", "fast"):
        mine = store.load("accuracy", scale, holds=False)
        assert len(mine) == len(campaign.plan(study, scale).table(store))
        assert "holds" not in mine
    assert len(store.load(scale="smoke")) == len(store.load("accuracy", "smoke"))
    with pytest.raises(BadInput, match="unknown study in the store 'accurate': did you mean 'accuracy'"):
        store.load("accurate")
    with pytest.raises(BadInput, match="unknown scale in the store"):
        store.load("accuracy", "paper")


def test_a_run_holds_until_its_code_changes(tmp_path: Path, store: Store) -> None:
    study = study_in(tmp_path)
    carried_out(study, "smoke", store)
    assert store.load().holds.all()
    (tmp_path / "own.py").write_text(RULE.replace("GAIN = 1.0", "GAIN = 2.0"))
    frame = store.load()
    assert set(frame[~frame.holds].rule_name) == {f"{tmp_path.name}/own:Scaled"}
    assert set(frame[frame.holds].rule_name) == {"feedback-alignment"}


def test_experiments_stand_beside_runs(tmp_path: Path, store: Store) -> None:
    """What one of them is not done under is empty for it."""
    (tmp_path / "own.py").write_text(
        "from plausible.study.experiment import Measured\n"
        "def thrown(bench, times):\n    yield Measured('heads', times / 2)\n"
    )
    cells = [QUICK, Experiment(f"{tmp_path / 'own.py'}:thrown", (("times", 4),))]
    carried_out(Study("mine", "Is it so?", {"smoke": lambda: cells}), "smoke", store)
    runs = store.load("mine").drop_duplicates("key").set_index("task_name")
    assert runs.loc["two-moons", ["hidden", "epochs", "optimiser_rate"]].tolist() == ["4", 2, 0.1]
    (experiment,) = set(runs.index) - {"two-moons"}
    assert runs.loc[experiment, ["hidden", "rule_times"]].tolist() == ["", 4]
    assert runs.loc[experiment, ["epochs", "optimiser_rate"]].isna().all()


def test_what_cannot_be_read_of_a_study_is_said_and_left(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    members.add(store.root, "mine", "smoke", ["a", "b"])
    members.add(store.root, "mine", "smoke", ["b", "c"])
    members.add(store.root, "mine", "fast", ["a"])
    file = store.root / "studies" / "mine" / "damaged.json"
    file.write_text("{")
    assert {tuple(member) for member in members.read(store.root)} == {
        *(("mine", "smoke", key) for key in "abc"),
        ("mine", "fast", "a"),
    }
    assert "damaged.json is left where it is" in capsys.readouterr().err
    assert file.read_text() == "{"


def test_an_empty_store_is_an_empty_frame(store: Store) -> None:
    frame = store.load()
    assert frame.empty
    assert {"key", "study", "scale", "status", "holds"} <= {*frame}


def test_columns_of_runs_are_those_of_their_plan(tmp_path: Path, store: Store) -> None:
    study = study_in(tmp_path)
    plan = carried_out(study, "fast", store)
    table, frame = plan.table(store), store.load("accuracy", "fast")
    assert {*frame} - {*table} == {"study", "scale", "status", "holds"}
    shared = [name for name in table if name not in ("key",)]
    left, right = (each.sort_values(["key", "metric", "layer", "split", "epoch"]) for each in (table, frame))
    for name in shared:
        assert left[name].astype(str).tolist() == right[name].astype(str).tolist(), name
    assert isinstance(plan.runs[0], Run)
