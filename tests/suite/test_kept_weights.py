"""Weights that `run` and `compare` keep beside results. Oracle: the trainer alone, and what `--help` says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible.core import randomness
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.registry import registry
from plausible.study import campaign
from plausible.study.compare import Comparison, compare
from plausible.study.course import execute
from plausible.study.engine import Silent
from plausible.study.experiment import Experiment
from plausible.study.keys.key import key
from plausible.study.learned import read
from plausible.study.learner import Learner
from plausible.study.store.cleaning import the_one
from plausible.study.store.store import Store
from plausible.tasks.streams import Minibatches
from tests.suite.command import command, computed
from tests.suite.quick import QUICK

COMPARED = Comparison(QUICK.task, ("backprop", "feedback-alignment"), seeds=2, epochs=1, hidden=(4,))
LINE = (
    "compare",
    "--task",
    QUICK.task,
    "--rules",
    "backprop,fa",
    "--seeds",
    "2",
    "--epochs",
    "1",
    "--hidden",
    "4",
)
RUNS = [replace(QUICK, seed=seed) for seed in (0, 1)]
STUDY = f"""
from dataclasses import replace
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.run import Run
from plausible.study.study import Study
RUN = Run({QUICK.task!r}, "fa", MLP(hidden=(4,)), SGD(0.1, momentum=0.9), epochs=2, batch_size=10)
study = Study("mine", "Are weights kept?", {{"smoke": lambda: [replace(RUN, seed=seed) for seed in (0, 1)]}})
"""
FORGETFUL = """
from dataclasses import dataclass
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment

@dataclass(frozen=True)
class AtOnce(FeedbackAlignment):
    def init(self, n_in, n_out, rng):
        return super().init(n_in, n_out, rng)[0], object()

    def respond(self, params, state, x, rng):
        return super().respond(params, None, x, rng)

@dataclass(frozen=True)
class Later(FeedbackAlignment):
    def update(self, params, state, shown, rng):
        return super().update(params, None, shown, rng)._replace(state=object())

    def respond(self, params, state, x, rng):
        return super().respond(params, None, x, rng)
"""


def learned() -> Any:
    """The weights of the quick run, learned by the trainer alone."""
    roles = randomness(QUICK.seed)
    task = registry.task(QUICK.task, roles.data)
    rule = registry.rule(QUICK.rule, MLP((4,)))
    learner = Learner.new(rule, QUICK.optimiser, task.n_in, task.n_out, roles)
    x, y = (array.astype("float32") for array in task.train[:2])
    stream = Minibatches(QUICK.batch_size)(
        task.train._replace(x=x, y=y), task.kind, QUICK.epochs, roles.order
    )
    for _ in learner.ticks(stream):
        pass
    return learner.params


@pytest.mark.parametrize(("where", "workers"), [("local", 0), ("local", 2), ("dask:local", 1)])
def test_weights_lie_beside_the_results_wherever_runs_compute(where: str, workers: int, store: Store) -> None:
    """They are those that the trainer alone comes to, to the last bit."""
    if where != "local":
        pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    plan = campaign.Plan(campaign.keys(RUNS))
    how: Any = {"executor_name": where, "workers": workers}
    assert campaign.carry_out(plan, store, Silent(), **how, keep_weights=True) == 2
    for run, its_key in plan.keys.items():
        kept = read(store.runs / its_key.name / "weights.npz")
        assert (kept.run, kept.coded.n_in, kept.n_out, kept.kind) == (run, 2, 2, "classes")
        stored = store.find(its_key)
        assert stored is not None
        assert kept.rows == stored.outcome().rows
    params = read(store.runs / plan.keys[RUNS[0]].name / "weights.npz").params
    expected = learned()
    assert params.keys() == expected.keys()
    assert all(np.array_equal(params[name], expected[name]) for name in expected)


def test_keeping_changes_no_key_and_no_number() -> None:
    def measured(keep: bool) -> list[Any]:
        rows = execute(QUICK, keep=keep).rows
        return [row._replace(seconds=0) for row in rows if "second" not in row.metric]

    assert measured(True) == measured(False)
    assert not execute(QUICK).learned


def test_a_stored_run_is_computed_again_for_its_weights_and_only_for_these(store: Store) -> None:
    computed(RUNS, store)
    plan = campaign.Plan(campaign.keys(RUNS))
    first = store.runs / plan.keys[RUNS[0]].name / "weights.npz"
    assert campaign.carry_out(plan, store, Silent(), workers=0) == 0
    assert not first.exists()
    assert campaign.carry_out(plan, store, Silent(), workers=0, keep_weights=True) == 2
    assert campaign.carry_out(plan, store, Silent(), workers=0, keep_weights=True) == 0
    assert campaign.carry_out(plan, store, Silent(), workers=0) == 0, "and stay there"
    before = first.read_bytes()
    first.write_bytes(before[:-100])
    assert campaign.carry_out(plan, store, Silent(), workers=0, keep_weights=True) == 1, "as one is damaged"
    assert read(first).run == RUNS[0]


def test_a_comparison_names_the_files(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    ended = command(*LINE, "--workers", "0", "--keep-weights", "--json", capsys=capsys)
    assert ended.code == 0, ended.err
    assert "kept the weights of 4 runs" in ended.err
    named = json.loads(ended.out)["weights"]
    assert [(part["rule"], part["seed"]) for part in named] == [
        (rule, seed) for rule in COMPARED.rules or () for seed in (0, 1)
    ]
    for part, run in zip(named, COMPARED.runs(), strict=True):
        assert read(Path(part["file"])).run.seed == run.seed
        assert Path(part["file"]) == (store.runs / key(run).name / "weights.npz").resolve()
    assert json.loads((store.root / "compare/summary.json").read_text())["weights"] == named
    result = compare(COMPARED, workers=0, store=store)
    assert result.computed == 0
    assert [str(outcome.weights) for outcome in result.outcomes] == [part["file"] for part in named]


def test_a_comparison_without_a_store_keeps_no_weights() -> None:
    with pytest.raises(BadInput, match=r"^keep_weights is True: expected a store"):
        compare(COMPARED, workers=0, keep_weights=True)


def test_commands_name_the_files_of_a_study_and_clean_removes_them(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(STUDY)
    line = (str(file), "--scale", "smoke")
    ended = command("run", *line, "--workers", "0", capsys=capsys)
    assert "2 computed, 0 were there" in ended.err + ended.out
    ended = command("status", *line, "--runs", capsys=capsys)
    assert "npz" not in ended.out
    ended = command("run", *line, "--workers", "0", "--keep-weights", capsys=capsys)
    assert "2 computed, 0 were there" in ended.err + ended.out
    kept = store.runs / key(QUICK).name / "weights.npz"
    ended = command("why", key(QUICK).name[:8], capsys=capsys)
    assert ended.out.splitlines() == ["nothing changed: this result is used", f"weights: {kept}"]
    assert the_one(store, key(QUICK).name).weights == kept
    ended = command("status", *line, "--runs", capsys=capsys)
    assert ended.out.count("weights.npz") == 2
    kept.write_bytes(kept.read_bytes()[:-10])
    ended = command("why", key(QUICK).name, capsys=capsys)
    assert ended.out.splitlines()[-1].startswith(f"weights: {kept}, which cannot be loaded: it is cut off")
    versions = "plausible.study.keys.key.versions"
    monkeypatch.setattr(versions, lambda packages: (("numpy", "0.1"),))
    ended = command("clean", "--all", "--yes", capsys=capsys)
    assert "2 stale removed" in ended.out
    assert not list(store.runs.iterdir())


def test_a_rule_whose_state_cannot_be_stored_is_refused_by_name(store: Store, tmp_path: Path) -> None:
    """Before anything runs, where it begins with such a state; else its result is kept, and says so."""
    (tmp_path / "own.py").write_text(FORGETFUL)
    run = replace(QUICK, rule=f"{tmp_path / 'own.py'}:AtOnce")
    plan = campaign.Plan(campaign.keys([run]))
    with pytest.raises(
        BadInput, match=r"own\.py:AtOnce.*object cannot be stored.*expected a state of arrays"
    ):
        campaign.carry_out(plan, store, Silent(), workers=0, keep_weights=True)
    assert not list(store)
    run = replace(QUICK, rule=f"{tmp_path / 'own.py'}:Later")
    plan = campaign.Plan(campaign.keys([run]))
    assert campaign.carry_out(plan, store, Silent(), workers=0, keep_weights=True) == 1
    (outcome,) = campaign.outcomes(plan, store)
    assert (outcome.status, outcome.weights) == ("done", None)
    assert outcome.reason.startswith("its weights are not kept: what rule")
    assert "own.py:Later" in outcome.reason
    assert campaign.carry_out(plan, store, Silent(), workers=0, keep_weights=True) == 0, "it would not help"


def test_runs_without_weights_are_told_of(store: Store) -> None:
    """Experiments beside runs keep none; where there are no runs, that is said before anything is computed."""
    coin = Experiment("tests.suite.test_checkpoints:once")
    plan = campaign.Plan(campaign.keys([coin]))
    with pytest.raises(
        BadInput, match=r"there are no weights to keep: leave --keep-weights out \(in Python keep_weights"
    ):
        campaign.carry_out(plan, store, Silent(), workers=0, keep_weights=True)
    plan = campaign.Plan(campaign.keys([coin, QUICK]))
    assert campaign.carry_out(plan, store, Silent(), workers=0, keep_weights=True) == 2
    weights = {type(run).__name__: there.weights for run, there in plan.stored(store).items()}
    assert weights["Experiment"] is None
    assert weights["Run"] is not None


def test_a_run_that_was_lost_has_no_weights(store: Store) -> None:
    run = replace(QUICK, optimiser=replace(QUICK.optimiser, rate=1e12))  # type: ignore[type-var]
    plan = campaign.Plan(campaign.keys([run]))
    campaign.carry_out(plan, store, Silent(), workers=0, keep_weights=True)
    (outcome,) = campaign.outcomes(plan, store)
    assert (outcome.status, outcome.weights) == ("diverged", None)
    assert campaign.carry_out(plan, store, Silent(), workers=0, keep_weights=True) == 0


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs/studies.md").read_text(encoding="utf-8")
    (example,) = [
        text for text in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "keep_weights" in text
    ]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(example, names)
    assert names["fitted"].run.rule == "backprop"
    assert names["fitted"].score("test") > 0.8


def test_a_comparison_from_python_names_the_files_in_a_frame(store: Store) -> None:
    import plausible as pl

    made = pl.compare(
        ["backprop", "fa"],
        QUICK.task,
        seeds=1,
        epochs=1,
        hidden=(4,),
        workers=0,
        store=store,
        keep_weights=True,
    )
    assert made.weights[["rule", "seed"]].to_dict("records") == [
        {"rule": "backprop", "seed": 0},
        {"rule": "feedback-alignment", "seed": 0},
    ]
    assert [read(Path(file)).run.rule for file in made.weights.file] == ["backprop", "fa"]
