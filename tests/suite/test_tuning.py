"""Tuning is fair and repeats itself. Oracle: the definition of an expectation, and the promises of the design."""

from __future__ import annotations

import runpy
from dataclasses import fields, replace
from fractions import Fraction
from itertools import combinations
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from plausible.cli.main import main
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine
from plausible.optimise.sgd import SGD
from plausible.plotting.tuned import errors
from plausible.registry import registry
from plausible.search import Range
from plausible.study.course import execute
from plausible.study.engine import Silent
from plausible.study.run import Outcome, Row, Run
from plausible.study.store.store import Store
from plausible.study.store.tables import tables
from plausible.study.trials import beside_other_tasks, table
from plausible.study.tuning.best_of import best_of, best_of_bands
from plausible.study.tuning.design import FINAL, SEARCHED
from plausible.study.tuning.search import Group
from plausible.study.tuning.settings import space, with_settings
from plausible.study.tuning.trial import scores
from plausible.study.tuning.tuner import Tuner, groups_of, winners

BASE = Run("two-moons[examples=100]", "fa", MLP((4,)), SGD(Cosine(0.1, 20), momentum=0.9), 2, 10)


def test_the_best_of_k_is_the_mean_over_all_choices() -> None:
    scores = np.random.default_rng(0).normal(size=7).tolist()
    expected = [np.mean([max(choice) for choice in combinations(scores, k)]) for k in range(1, 8)]
    assert best_of(scores) == pytest.approx(expected)
    assert best_of(scores)[-1] == max(scores)


def test_the_best_of_k_of_thousands_of_trials_is_that_of_ranks() -> None:
    """Of the ranks 1 ... n it is k (n + 1)/(k + 1), the mean of the largest of k drawn without replacement."""
    n = 5000
    k = np.arange(1, n + 1)
    ranks = np.random.default_rng(0).permutation(k)
    np.testing.assert_allclose(best_of(ranks.tolist()), k * (n + 1) / (k + 1), rtol=1e-11)
    assert best_of(ranks.tolist())[-1] == n
    low, high = best_of_bands(ranks.tolist(), 20)
    assert (np.diff(low) > -1e-8).all()
    assert (np.array(low) <= np.array(high)).all()
    assert (np.array(low)[:100] < (k * (n + 1) / (k + 1))[:100]).all()
    assert max(high) <= n


def test_the_best_of_k_of_a_few_hundred_is_that_of_exact_numbers() -> None:
    """In fractions; at 300 trials the binomials reach 1e89."""
    n = 300
    scores = np.random.default_rng(1).normal(size=n).tolist()
    ordered = [Fraction(score) for score in sorted(scores)]
    expected = [
        float(sum(s * comb(i, k - 1) for i, s in enumerate(ordered)) / comb(n, k)) for k in range(1, n + 1)
    ]
    np.testing.assert_allclose(best_of(scores), expected, rtol=1e-12, atol=1e-13)


def test_settings_reach_the_rule_and_the_schedule() -> None:
    run = with_settings(BASE, {"optimiser.rate": "0.03", "rule.feedback": "uniform(0.2)"})
    assert run.rule == "fa[feedback=uniform(0.2)]"
    assert run.optimiser == SGD(Cosine(0.03, 20), momentum=0.9)
    again = with_settings(run, {"optimiser.rate": "0.5", "rule.feedback": "uniform(0.7)"})
    assert again.rule == "fa[feedback=uniform(0.7)]"


def scored(run: Run, value: float, status: str = "done") -> Outcome:
    """An outcome with one validation accuracy."""
    row = Row("t", "r", 0, float(run.epochs), 10, 0.0, "validation", "accuracy", "", value)
    return Outcome(run, status, "", [row])  # type: ignore[arg-type]


def played(budget: int) -> list[Run]:
    """The runs that are asked for when the score is a function of the rate."""
    group = Group(BASE, budget)
    for _ in range(budget):
        run = group.ask()
        rate = run.optimiser.rate.start  # type: ignore[attr-defined]
        group.tell(scored(run, -abs(np.log(rate / 0.03))))
    return [trial.run for trial in group.trials]


def test_the_sampler_asks_the_same_again_and_finds_the_best() -> None:
    runs = played(25)
    assert runs == played(25)
    assert runs[:10] == played(10)
    assert {run.seed for run in runs} == {SEARCHED}
    rates = np.array([run.optimiser.rate.start for run in runs])  # type: ignore[attr-defined]
    assert rates.min() >= 1e-3
    assert rates.max() <= 1
    assert np.abs(np.log(rates / 0.03)).min() < 0.5, (
        "25 trials over three decades come within a factor of 1.6"
    )


def test_lost_trials_count_and_never_win() -> None:
    group = Group(BASE, 4)
    for status, value in (("diverged", 1.0), ("done", 0.4), ("failed", 1.0), ("done", 0.3)):
        group.tell(scored(group.ask(), value, status))
    assert len(group.trials) == 4
    assert (group.best().number, group.best().score) == (1, 0.4)
    lost = Group(BASE, 1)
    lost.tell(scored(lost.ask(), 1.0, "failed"))
    with pytest.raises(BadInput):
        lost.best()


def test_errors_are_tuned_downwards() -> None:
    rows = [
        Row("t", "r", 0, e, int(e), 0.0, "validation", "normalised error", "", 0.5 / (1 + e))
        for e in (0.0, 1.0)
    ]
    assert scores(Outcome(BASE, "done", "", rows)) == [(0.0, -0.5), (1.0, -0.25)]


def test_every_optimiser_is_searched_the_same_way_for_every_rule() -> None:
    assert Group(BASE, 1).space().keys() == {"optimiser.rate", "rule.feedback"}
    network = MLP((4,))
    for rule in ("backprop", "shallow"):
        assert Group(Run(BASE.task, rule, network, Adam(), 1, 1), 1).space() == {
            "optimiser.rate": Range(1e-5, 1e-2)
        }
    assert len(groups_of([BASE, BASE], 3)) == 1


def test_what_a_spec_names_is_not_searched() -> None:
    held = Group(replace(BASE, rule="fa[feedback=uniform(0.2)]"), 1)
    assert held.space().keys() == {"optimiser.rate"}
    assert held.ask().rule == "fa[feedback=uniform(0.2)]"


def test_rules_that_ask_for_the_same_run_are_both_told() -> None:
    """It is computed once, and the budget of each is kept; this was a KeyError."""
    groups = [Group(BASE, 3), Group(BASE, 3)]
    heard = Silent()
    tuner = Tuner(groups, heard)
    while tuner.queue:
        tuner.ended(scored(tuner.queue.popleft(), 0.5))
    assert [len(group.trials) for group in groups] == [3, 3]
    assert len(heard.fractions) == 3
    assert not tuner.asking


def test_tuning_resumes_and_runs_winners_on_fresh_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path))
    arguments = ["tune", "accuracy", "--scale", "smoke", "--only", "*fa*", "--trials", "3", "--workers", "2"]
    arguments[arguments.index("*fa*")] = "feedback-alignment@*"
    arguments += ["--seeds", "1", "--finalists", "2", "--final-seeds", "2", "--widenings", "0"]
    outputs = []
    for _ in range(2):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert not stop.value.code
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]
    shown = [line.split() for line in outputs[0].splitlines()]
    (row,) = [words for words in shown if words and words[0].startswith("two-moons")]
    (at,) = [at for at, words in enumerate(row) if words == "3"]
    assert row[at : at + 3] == ["3", "0", "0"]  # trials, lost, pruned
    assert row[-1] == "2"  # fresh seeds
    seeds = [0, 1, *[SEARCHED] * 3, *[FINAL] * 2, *[FINAL + 1] * 2]
    assert sorted(stored.run.seed for stored in Store()) == seeds
    frame = Store().load()
    assert set(frame[frame.split == "test"].seed) == {
        0,
        1,
    }  # no trial and no finalist has read the test split
    assert len(pd.read_parquet(tmp_path / "tuning" / "accuracy-tuning.parquet")) == 3
    final = pd.read_parquet(tmp_path / "tuning" / "accuracy.parquet")
    assert set(final.seed) == {0, 1}
    assert set(final.untuned) == {"feedback-alignment"}
    assert all(final.rule.str.startswith("feedback-alignment[feedback=uniform("))


def test_trials_that_fall_behind_the_median_are_pruned() -> None:
    """The floors of a trial are the medians of the courses of those that went on to their end."""
    base = Run("two-moons[examples=100]", "backprop", MLP((4,)), SGD(0.1), 8, 10)
    group = Group(base, 8)
    courses = [[0.1 * n, 0.2 * n, 0.3 * n, 0.4 * n] for n in (1, 2, 3, 4, 5)]
    for course in courses:
        run = group.ask()
        assert not run.floors
        group.tell(curve(run, course))
    run = group.ask()
    np.testing.assert_allclose(run.floors, [(2.0, 0.3), (4.0, 0.6), (6.0, 0.9)])
    group.tell(curve(run, [0.2], "pruned"))
    assert (group.trials[-1].status, group.trials[-1].score) == ("pruned", 0.2)
    assert group.ask().floors == run.floors  # what was pruned moves no floor
    assert group.best().number == 4
    assert len(table([group])) == 6
    assert table([group]).best_of_k.iloc[-1] == pytest.approx(2.0)


def curve(run: Run, scores: list[float], status: str = "done") -> Outcome:
    """An outcome with validation accuracies at 2, 4, ... epochs."""
    rows = [
        Row("t", "r", 0, 2.0 * n, 10 * n, 0.0, "validation", "accuracy", "", score)
        for n, score in enumerate(scores, 1)
    ]
    return Outcome(run, status, "", rows)  # type: ignore[arg-type]


def test_a_run_below_its_floor_ends_there_and_another_one_ends_as_without() -> None:
    base = Run("two-moons[examples=200]", "backprop", MLP((8,)), SGD(0.3, momentum=0.9), 6, 10)
    whole = execute(base)
    low = execute(replace(base, floors=((3.0, 0.0),)))
    assert [row._replace(seconds=0) for row in low.rows if "second" not in row.metric] == [
        row._replace(seconds=0) for row in whole.rows if "second" not in row.metric
    ]
    high = execute(replace(base, floors=((3.0, 1.1),)))
    assert (low.status, high.status) == ("done", "pruned")
    assert "below 1.1" in high.reason
    assert max(row.epoch for row in high.rows) == pytest.approx(3.0, abs=0.3)
    assert not [row for row in high.rows if row.split == "test"]


def test_trials_may_be_shorter_than_the_runs_that_they_serve() -> None:
    run = Run("two-moons[examples=100]", "fa", MLP((4,)), SGD(Cosine(0.1, 200), momentum=0.9), 20, 10)
    (group,) = groups_of([run, replace(run, seed=1)], 1, epochs=5)
    trial = group.ask()
    assert trial.epochs == 5
    assert trial.optimiser.rate.steps == 50  # type: ignore[attr-defined]
    group.tell(scored(trial, 0.5))
    first, second = winners([group], [run, replace(run, seed=1)])
    assert (first.epochs, first.optimiser.rate.steps, second.seed) == (20, 200, 1)  # type: ignore[attr-defined]
    assert groups_of([run], 1, share=0.25)[0].base == group.base
    assert groups_of([run], 1, share=0.01)[0].base.epochs == 1
    assert first.rule == trial.rule
    assert first.optimiser.rate.start == trial.optimiser.rate.start  # type: ignore[attr-defined]
    assert not first.floors


def test_tables_keep_tasks_that_were_tuned_before(tmp_path: Path) -> None:
    old = pd.DataFrame({"task": ["digits", "mnist"], "score": [0.1, 0.2]})
    new = pd.DataFrame({"task": ["digits", "xor"], "score": [0.3, 0.4]})
    assert beside_other_tasks(new, tmp_path / "none.parquet") is new
    old.to_parquet(tmp_path / "old.parquet")
    kept = beside_other_tasks(new, tmp_path / "old.parquet")
    assert kept.task.tolist() == ["mnist", "digits", "xor"]
    assert kept.score.tolist() == [0.2, 0.3, 0.4]


def test_bands_of_the_best_of_k_cover_what_new_trials_would_give() -> None:
    """Of 100 sets of trials, the band holds the expected best of three in nearly all."""
    rng = np.random.default_rng(0)
    truth = np.mean(rng.uniform(size=(100_000, 3)).max(axis=1))
    inside = 0
    for n in range(100):
        low, high = best_of_bands(rng.uniform(size=30).tolist(), 200, n)
        inside += low[2] <= truth <= high[2]
    assert inside >= 85


RANGES = [
    (name, field)
    for name in registry.registered("rule")
    for field in getattr(registry.load("rule", name), "search", {})
]


@pytest.mark.parametrize(("name", "field"), RANGES, ids=[f"{name}, {field}" for name, field in RANGES])
def test_both_ends_of_what_a_rule_searches_can_be_set_and_differ(name: str, field: str) -> None:
    """As the search sets them, in the network that the rule has by default."""
    rule: Any = registry.load("rule", name)
    network = next(each.default for each in fields(rule) if each.name == "network")
    searched: Range = rule.search[field]
    assert searched.low < searched.high
    run = Run("digits", name, network)
    ends = [
        with_settings(run, {f"rule.{field}": searched.option(end)}) for end in (searched.low, searched.high)
    ]
    low, high = (getattr(registry.rule(end.rule, network), field) for end in ends)
    assert low != high


@pytest.mark.parametrize(
    "name",
    [
        "activation-relaxation",
        "error-predictive-coding",
        "augmented-predictive-coding",
        "burst-ccn",
        "counter-current-learning",
    ],
)
def test_rules_with_a_number_of_their_own_are_searched_for_it(name: str) -> None:
    rule: Any = registry.load("rule", name)
    network = next(each.default for each in fields(rule) if each.name == "network")
    searched = space(Run("digits", name, network))
    assert {*searched} > {"optimiser.rate"}, "beside the rate"


@pytest.mark.parametrize("name", [name for name in tables() if name.endswith("-tuning")])
def test_a_committed_table_has_each_trial_once(name: str) -> None:
    """Parts that are merged may share trials; twice there, one would count for two of its budget."""
    found = pd.read_parquet(tables()[name])
    assert len(found)
    assert not found.duplicated().any()


def test_errors_of_trials_end_at_all_and_the_last_is_held_against_the_one_before() -> None:
    """A lost trial counts as worse than the worst. The title is of the rule that gained most by its last trial."""
    trials = pd.DataFrame({
        "task": "digits", "rule": ["a"] * 3 + ["b"] * 3, "trial": [0, 1, 2] * 2, "status": "done",
        "best_of_k": [-0.4, 0.5, 0.6, 0.2, 0.6, 0.9],
    })  # fmt: skip
    assert errors(trials.best_of_k[:1]).tolist() == [1.0]
    module = runpy.run_path(str(Path(__file__).parents[2] / "figures" / "spikes_on_tasks-tuning.py"))
    assert "up to 75.0 %, that of b on digits" in module["last_trial"](trials)
    assert "up to 20.0 %, that of a on digits" in module["last_trial"](trials[trials.rule == "a"])
