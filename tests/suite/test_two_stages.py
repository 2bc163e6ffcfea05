"""Tuning picks what is best, not what was lucky. Oracle: made-up scores, of which the truth and the luck are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.report.tuning import winners_frame, winners_table
from plausible.search import Range
from plausible.study import tune, winners
from plausible.study.engine import Silent
from plausible.study.run import Outcome, Row, Run
from plausible.study.store.store import Store
from plausible.study.study import Study, cells
from plausible.study.trials import beside_other_tasks, table
from plausible.study.tuning import settings as stages_settings
from plausible.study.tuning.design import ALONE, Design, check_disjoint
from plausible.study.tuning.search import Group
from plausible.study.tuning.settings import EDGE, inside, place, space, widened
from plausible.study.tuning.trial import COST, Work, multiply_adds
from plausible.study.tuning.tuner import Tuner, groups_of
from tests.suite.command import command

BASE = Run("two-moons[examples=100]", "backprop", MLP((4,)), SGD(0.1), 4, 10)
PLAIN = Design(seeds=1, finalists=3, final_seeds=4, widenings=0)


def rate(run: Run) -> float:
    found: Any = run.optimiser
    return float(found.rate)


def outcome(run: Run, score: float, cost: float = 100.0, status: Any = "done") -> Outcome[Run]:
    """A run that ended with a score, after 1,000 examples."""
    head = ("two-moons", run.rule, run.seed, float(run.epochs), 1000, 0.0)
    rows = [Row(*head, "validation", "accuracy", "", score)]
    rows += [Row(*head, "train", COST, "", cost)] if status == "done" else []
    return Outcome(run, status, "", rows)


def tuned(design: Design, score: Callable[[Run], float], trials: int = 12, **more: Any) -> Group:
    """A group that was tuned where a run has this score."""
    (group,) = groups_of([BASE], trials, design=design, search=more.pop("search", None))
    listener = Silent()
    tuner = Tuner([group], listener)
    while tuner.queue:
        run: Any = tuner.queue.popleft()
        tuner.ended(outcome(run, score(run), **more))
    assert not tuner.asking
    assert len(listener.fractions) <= design.most_runs(trials)
    return group


# --- luck ---------------------------------------------------------------------------------------------------


def good(run: Run) -> bool:
    """A third of all rates are truly better, and nothing in their neighbours tells which."""
    return int(f"{rate(run):.3e}"[0:5].replace(".", "")) % 3 == 0


def lucky(repetition: int) -> Callable[[Run], float]:
    """An accuracy of 0.92 or 0.90, with a standard deviation of 0.02 over seeds: as large as what is to be seen."""

    def score(run: Run) -> float:
        entropy = [repetition, run.seed, round(1e6 * rate(run)), run.epochs]
        noise = float(np.random.default_rng(entropy).normal(scale=0.02))
        return 0.90 + 0.02 * good(run) + noise

    return score


def test_two_stages_pick_what_is_best_and_one_what_was_lucky() -> None:
    """Of 5 finalists on 20 seeds each the standard error of a difference is 0.02 √(2 / 20), a third of the truth."""
    design = Design(seeds=1, finalists=5, final_seeds=20, widenings=0)
    groups = [tuned(design, lucky(n)) for n in range(20)]
    assert all(any(good(trial.run) for trial in group.trials) for group in groups)
    assert sum(good(group.chosen().run) for group in groups) >= 18
    assert sum(good(group.best().run) for group in groups) <= 14, (
        "the best of one stage is often the luckiest"
    )


def test_a_winner_is_chosen_on_seeds_that_the_search_has_not_seen() -> None:
    """A rate that does well on the seed of the search alone never wins."""
    seeds = set()

    def score(run: Run) -> float:
        seeds.add(run.seed)
        return 1.0 - rate(run) if run.seed < 2000 else rate(run)

    group = tuned(PLAIN, score)
    finalists = [rate(finalist.trial.run) for finalist in group.ranking()]
    assert finalists == sorted(finalists, reverse=True)
    assert rate(group.chosen().run) == max(finalists)
    assert rate(group.best().run) == min(rate(trial.run) for trial in group.trials)
    assert seeds == {1000, 2000, 2001, 2002, 2003}


def test_finalists_run_at_full_length_and_never_read_the_test_split() -> None:
    heard: list[Run] = []

    def score(run: Run) -> float:
        heard.append(run)
        return 0.5

    (group,) = groups_of([replace(BASE, epochs=20)], 4, share=0.25, design=PLAIN)
    tuner = Tuner([group], Silent())
    while tuner.queue:
        run: Any = tuner.queue.popleft()
        tuner.ended(outcome(run, score(run)))
    assert {(run.epochs, run.seed >= 2000) for run in heard} == {(5, False), (20, True)}
    assert not any(run.test for run in heard)
    assert not any(run.floors for run in heard if run.seed >= 2000)
    assert group.winner().test
    assert group.winner().probes == BASE.probes


def test_a_trial_of_the_better_half_is_run_on_its_other_seeds() -> None:
    """And its score is their mean; a worse one is not worth them."""
    group = tuned(Design(seeds=3, finalists=0), lambda run: rate(run) + (run.seed - 1000))
    firsts: list[float] = []
    for trial in group.trials:
        promising = not firsts or rate(trial.run) >= np.median(firsts)
        assert len(trial.runs) == (3 if promising else 1)
        assert trial.score == pytest.approx(rate(trial.run) + (1.0 if promising else 0.0))
        firsts.append(rate(trial.run))


def test_a_finalist_that_lost_a_run_comes_after_those_that_lost_none() -> None:
    (group,) = groups_of([BASE], 6, design=PLAIN)
    tuner = Tuner([group], Silent())
    while tuner.queue:
        run: Any = tuner.queue.popleft()
        best = rate(run) == max(rate(trial.run) for trial in group.trials) if run.seed == 2001 else False
        tuner.ended(outcome(run, rate(run), status="diverged" if best else "done"))
    first, *_, last = group.ranking()
    assert (first.lost, last.lost) == (0, 1)
    assert last.mean > first.mean


# --- edges --------------------------------------------------------------------------------------------------


def peak(at: float) -> Callable[[Run], float]:
    """A score that is best at this rate."""
    return lambda run: -abs(np.log(rate(run) / at))


def test_a_winner_at_an_edge_widens_the_range_and_the_search_goes_on() -> None:
    """The rate is looked for from 0.001 to 1; the best is 5."""
    group = tuned(Design(seeds=1, widenings=3), peak(5.0), trials=20)
    assert group.ranges["optimiser.rate"].high >= 10 * 0.99
    assert group.ranges["optimiser.rate"].low == 1e-3
    assert 1 < rate(group.chosen().run) < 10
    assert not group.at_edge()
    assert len(group.trials) == 20 + 5 * group.round
    (first, *_) = [trial for trial in group.trials if trial.round == 1]
    assert rate(first.run) == pytest.approx(10**0.5, rel=1e-3), "in the middle of what was added"


def test_without_widening_a_winner_at_an_edge_is_reported() -> None:
    group = tuned(replace(PLAIN, seeds=1), peak(500.0), trials=20)
    assert group.at_edge() == {"optimiser.rate": "top"}
    frame = table([group])
    assert frame[frame.won == 1].edge.tolist() == ["optimiser.rate at the top"]
    assert not frame[frame.won == 0].edge.any()
    assert set(frame.ranges) == {"optimiser.rate 0.001 to 1"}


def test_a_range_is_not_widened_to_what_is_refused() -> None:
    """Momentum below 1 is all that there is."""
    search = {"backprop": {"optimiser.momentum": Range(0.1, 0.99, log=False), "optimiser.rate": None}}
    momentum = lambda run: float(run.optimiser.momentum)  # noqa: E731
    group = tuned(replace(PLAIN, widenings=2), momentum, trials=25, search=search)
    assert (group.round, group.ranges) == (0, {"optimiser.momentum": Range(0.1, 0.99, log=False)})
    assert group.at_edge() == {"optimiser.momentum": "top"}


@pytest.mark.parametrize("log", [True, False])
def test_ranges_are_widened_by_a_third_on_their_scale(log: bool) -> None:
    range = Range(1.0, 1000.0, log=log)
    assert place(range, inside(range, 0.3)) == pytest.approx(0.3)
    higher, lower = widened(range, "top"), widened(range, "bottom")
    assert (higher.low, lower.high) == (1.0, 1000.0)
    assert higher.high == (10_000 if log else 1333)
    assert lower.low == (0.1 if log else 0.0)
    assert EDGE < place(higher, 1000.0) < 1 - EDGE, "what was the edge is inside"


def test_a_study_says_what_is_searched_of_a_rule() -> None:
    run = replace(BASE, rule="fa")
    narrow = Range(0.01, 0.1)
    assert space(run).keys() == {"optimiser.rate", "rule.feedback"}
    assert space(run, {"fa": {"rule.feedback": None}}).keys() == {"optimiser.rate"}
    assert space(run, {"*": {"optimiser.rate": narrow, "rule.other": narrow}})["optimiser.rate"] == narrow
    assert "rule.other" not in space(run, {"*": {"rule.other": narrow}})
    with pytest.raises(BadInput, match="nothing to tune"):
        space(run, {"*": {"optimiser.rate": None, "rule.feedback": None}})
    wrong: Any = {"fa": {"rule.feedback": (0.1, 1.0)}}
    with pytest.raises(BadInput, match="search is"):
        Study("mine", "?", {"smoke": lambda: [BASE]}, search=wrong)


# --- budgets ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cost", "trials"), [(100.0, 10), (250.0, 4), (1e9, 1)])
def test_a_budget_in_multiply_adds_gives_a_costlier_rule_fewer_trials(cost: float, trials: int) -> None:
    """A million in all, in trials of 1,000 examples of `cost` each."""
    group = tuned(replace(ALONE, multiply_adds=1e6), peak(0.1), trials=50, cost=cost)
    assert len(group.trials) == trials
    assert group.searched() == trials * 1000 * cost


def test_runs_that_ended_early_count_for_what_they_took() -> None:
    nothing = float("nan")
    assert multiply_adds([Work(100, 2.0), Work(10, 4.0)]) == 240
    assert multiply_adds([Work(100, 2.0), Work(10, 4.0), Work(50, nothing)]) == 240 + 50 * 3
    assert np.isnan(multiply_adds([Work(50, nothing)]))
    assert np.isnan(multiply_adds([]))


def test_both_budgets_are_reported(store: Store) -> None:
    group = tuned(PLAIN, peak(0.1), trials=5)
    (row,) = winners_frame([group], [], store).to_dict("records")
    assert (row["trials"], row["multiply_adds"], row["final_multiply_adds"]) == (5, 5e5, 3 * 4 * 1e5)
    (shown,) = winners_table([group], [], store).rows
    assert {"5", "1.7e+06"} <= set(shown)
    frame = table([group])
    assert (frame.multiply_adds.sum(), frame.final_multiply_adds.sum()) == (5e5, 3 * 4 * 1e5)


def test_the_winner_and_the_runner_up_have_intervals(store: Store) -> None:
    """Of four scores, Student's with three degrees of freedom."""
    group = tuned(PLAIN, lambda run: rate(run) + 0.01 * (run.seed % 1000))
    (row,) = winners_frame([group], [], store).to_dict("records")
    first, second, _ = group.ranking()
    assert row["validation"] == pytest.approx(np.mean(first.scores))
    assert row["runner_up"] == pytest.approx(np.mean(second.scores))
    half = 3.18245 * np.std([0.0, 0.01, 0.02, 0.03], ddof=1) / 2
    assert row["validation_high"] - row["validation"] == pytest.approx(half, rel=1e-5)
    assert (row["validation_n"], row["runner_up_n"]) == (4, 4)
    finalists = table([group]).dropna(subset="place").sort_values("place")
    assert finalists.won.tolist() == [1, 0, 0]
    assert finalists.final_seeds.tolist() == [4, 4, 4]


# --- seeds, stores and tables -------------------------------------------------------------------------------


def test_seeds_of_search_finals_and_study_are_disjoint() -> None:
    design = Design(seeds=1000, final_seeds=1000)
    assert not set(design.taken) & set(design.held_out)
    check_disjoint(design, [replace(BASE, seed=seed) for seed in (0, 999, 3000)])
    for seed in (1000, 1999, 2000, 2999):
        with pytest.raises(BadInput, match="a seed of the study"):
            check_disjoint(design, [replace(BASE, seed=seed)])


def mine() -> Study:
    """One rule on two moons, on two seeds."""
    runs = cells([BASE.task], ["backprop"], [BASE.network], SGD(0.1), 2, 10, seeds=2)
    return Study("mine", "?", {"smoke": lambda: runs})


class Killed(Silent):
    """A listener that kills tuning after some runs."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after, self.ended_runs = after, 0

    def ended(self, outcome: Outcome) -> None:
        self.ended_runs += 1
        if self.ended_runs > self.after:
            raise KeyboardInterrupt


def carried_out(store: Store, listener: Silent) -> tune.Tuned:
    design = Design(seeds=2, finalists=2, final_seeds=2, widenings=1)
    plan = tune.planned(mine(), "smoke", "*", 4, None, None, 0, design=design)
    return tune.carried_out(plan, store, listener, workers=0)


@pytest.mark.parametrize("after", [3, 8])
def test_killed_tuning_goes_on_where_it_was(after: int, tmp_path: Path) -> None:
    """In the search, and in the finals: the same winner, trials and finals, and nothing is computed twice."""
    whole = carried_out(Store(tmp_path / "whole"), Silent())
    store = Store(tmp_path / "killed")
    with pytest.raises(KeyboardInterrupt):
        carried_out(store, Killed(after))
    before = {stored.folder: stored.folder.stat().st_mtime_ns for stored in store}
    assert len(before) > after
    again = carried_out(store, Silent())
    assert again.winners == whole.winners
    pd.testing.assert_frame_equal(table(again.groups), table(whole.groups))
    after_it = {stored.folder: stored.folder.stat().st_mtime_ns for stored in store}
    assert before.items() <= after_it.items()
    assert len(after_it) == len([*Store(tmp_path / "whole")])
    seeds = {stored.run.seed for stored in store}
    assert seeds <= {0, 1, 1000, 1001, 2000, 2001}
    tested = store.load()
    assert set(tested[tested.split == "test"].seed) == {0, 1}


OF_ONE = """
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.search import Range
from plausible.study.study import Study, cells

def smoke():
    return cells(["two-moons[examples=100]"], ["backprop"], [MLP((4,))], SGD(0.1), 1, 10, seeds=1)

search = {"*": {"optimiser.rate": Range(0.1, 1.0)}}
study = Study("edge", "?", {"smoke": smoke}, search=search, metrics=("accuracy",))
"""


@pytest.mark.parametrize(("edge", "end"), [(EDGE, ""), (0.499, "top")])
def test_the_command_says_what_is_at_an_edge(
    edge: float, end: str, store: Store, tmp_path: Path, capsys: Any, monkeypatch: Any
) -> None:
    """One trial lies at 65 % of its range, which is its upper half, and no edge unless that half is called one."""
    monkeypatch.setattr(stages_settings, "EDGE", edge)
    (tmp_path / "study_edge.py").write_text(OF_ONE)
    line = ["tune", str(tmp_path / "study_edge.py"), "--scale", "smoke", "--trials", "1", "--widenings", "0"]
    ended = command(*line, "--final-seeds", "2", "--workers", "0", capsys=capsys)
    assert ended.code == 0
    remarked = "what won of backprop@two-moons[examples=100]/0 is at an edge of what was searched"
    frame = pd.read_parquet(store.root / "tuning" / "edge-tuning.parquet")
    assert frame.ranges.tolist() == ["optimiser.rate 0.1 to 1"]
    assert frame.edge.tolist() == [f"optimiser.rate at the {end}" if end else ""]
    assert (f"{remarked}: optimiser.rate at the {end}" in ended.err) == bool(end)
    assert ("edge" in ended.out.split("two-moons")[0]) == bool(end)
    assert set(pd.read_parquet(store.root / "tuning" / "edge.parquet").metric) == {"accuracy"}


def test_tables_of_before_keep_their_winners(tmp_path: Path, monkeypatch: Any) -> None:
    """Of a table without finals the best trial wins, also once finals of another task stand below it."""
    rows = [
        ("mnist", rule, n, rule, f"sgd[rate={0.1 * (n + 1):g}]", 4, "done", score)
        for rule in ("backprop", "shallow")
        for n, score in enumerate((0.4, 0.9, 0.6))
    ]
    columns = ["task", "rule", "trial", "spec", "optimiser", "epochs", "status", "score"]
    old, file = pd.DataFrame(rows, columns=columns), tmp_path / "mine.parquet"
    monkeypatch.setattr(winners, "table_of", lambda study: file)
    old.to_parquet(file)
    found = winners.winners("mine", "mnist")
    assert {rule: won.optimiser for rule, won in found.items()} == dict.fromkeys(
        ("backprop", "shallow"), SGD(0.2)
    )
    group = tuned(PLAIN, lambda run: 1.0 - rate(run) if run.seed < 2000 else rate(run))
    both = beside_other_tasks(table([group]).assign(scale="smoke"), file)
    assert len(both) == len(old) + len(group.trials)
    both.to_parquet(file)
    assert winners.winners("mine", "mnist") == found
    ((_, won),) = winners.winners("mine", BASE.task).items()
    optimiser: Any = won.optimiser
    assert optimiser.rate == pytest.approx(rate(group.chosen().run), rel=1e-3)
    assert optimiser.rate != pytest.approx(rate(group.best().run), rel=1e-3)
