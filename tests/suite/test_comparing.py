"""Comparisons from Python. Oracle: the command, whose numbers, bits and words they are."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import plausible as pl
from baselines.backprop import Backprop
from plausible.api.comparing import Compared, compare
from plausible.errors import BadInput
from plausible.networks.activations import relu
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.printing.table import in_lines
from plausible.registry.written import written
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.study.store.store import Store
from tests.processes import finished
from tests.suite.command import command
from tests.suite.test_session import CELL, Notebook

TASK = "two-moons[examples=200]"
RULES = ["backprop", "fa"]
LINE = ["compare", "--task", TASK, "--rules", "backprop,fa", "--seeds", "2", "--epochs", "2", "--hidden", "8"]
SCHEDULE = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Halved:
    start: float
    steps: int

    def __call__(self, step):
        return self.start / 2
"""
SCRIPT = """
import plausible.api.comparing as comparing
made = comparing.compare(["backprop", "fa"], "two-moons[examples=200]", seeds=2, epochs=2, hidden=(8,), workers=2)
made.frame.to_parquet("frame.parquet")
print(made.summary.done.tolist())
"""


def quick(rules: Any = RULES, task: Any = TASK, **more: Any) -> Compared:
    """A comparison that takes a moment, in this process."""
    return compare(rules, task, **{"seeds": 2, "epochs": 2, "hidden": (8,), "workers": 0, **more})


def numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """What was measured, and of which run, but for time."""
    kept = frame[frame.metric != "examples per second"]
    return kept[["task", "rule", "seed", "epoch", "split", "metric", "layer", "value", "key"]].reset_index(
        drop=True
    )


@pytest.fixture(scope="module")
def made() -> Compared:
    return quick()


def test_the_command_a_script_with_workers_and_a_notebook_give_the_same_bits(
    made: Compared, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script has no guard of `__main__`. Keys are those of the command's store, whose values are equal, too."""
    assert command(*LINE, "--workers", "0", capsys=capsys).code == 0
    stored = store.load()
    key = ["key", "epoch", "split", "metric", "layer"]
    pd.testing.assert_series_equal(
        numbers(stored).set_index(key).value.sort_index(),
        numbers(made.frame).set_index(key).value.sort_index(),
        check_exact=True,
    )
    (tmp_path / "script.py").write_text(SCRIPT)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = finished([sys.executable, "script.py"], env, cwd=tmp_path)
    assert (ended.stdout, ended.stderr) == ("[2, 2]\n", "")
    there = numbers(pd.read_parquet(tmp_path / "frame.parquet"))
    pd.testing.assert_frame_equal(there, numbers(made.frame), check_exact=True, check_dtype=False)


def test_what_the_command_prints_and_its_json_are_the_frames(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """From one store, so that speed is the same measurement, too."""
    said = command(*LINE, "--workers", "0", capsys=capsys)
    told = json.loads(command(*LINE, "--workers", "0", "--json", capsys=capsys).out)
    stored = quick(store=store.root)
    assert stored.result.computed == 0
    assert [line.rstrip() for line in said.out.splitlines()] == repr(stored).splitlines()
    for row in stored.summary.to_dict("records"):
        (line,) = [line for line in said.out.splitlines() if line.startswith(f"{row['rule']} ")][:1]
        assert f"{100 * row['validation']:.2f}" in line
        assert f"{100 * row['test']:.2f}" in line
        assert f"{row['gradient angle']:.1f}" in line
    for row, printed in zip(stored.summary.to_dict("records"), told["rules"], strict=True):
        for name, cell in printed.items():
            if isinstance(cell, dict):
                parts = {part: row[f"{name}_{part}"] for part in ("low", "high", "n")} | {"mean": row[name]}
                assert {part: None if pd.isna(x) else x for part, x in parts.items()} == cell, name
            elif name in row:
                assert row[name] == cell
    paired = json.loads(stored.paired.to_json(orient="records", double_precision=15))
    for row, printed in zip(paired, told["against backprop"], strict=True):
        assert row == pytest.approx(printed, abs=1e-12)


def test_the_long_table_has_the_columns_of_a_stores(made: Compared, tmp_path: Path) -> None:
    stored = quick(store=tmp_path).frame
    loaded = Store(tmp_path).load()
    assert {*loaded.columns} - {*stored.columns} == {"study", "scale", "holds"}
    assert not {*stored.columns} - {*loaded.columns}
    assert {*made.frame.optimiser_momentum} == {0.9}
    assert {*made.frame.hidden} == {"8"}
    assert {*made.frame.task_examples} == {200}


def test_words_instances_and_classes_of_a_session_stand_in_one_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    main = Notebook(monkeypatch).run(CELL)
    net = MLP((8,), relu)
    mixed = quick(["backprop", FeedbackAlignment(net), main.Mine(net)], hidden=None, seeds=1)
    assert {outcome.run.network for outcome in mixed.outcomes} == {net}
    assert mixed.result.labels == ["backprop", "feedback-alignment", "Mine"]
    assert [outcome.status for outcome in mixed.outcomes] == ["done"] * 3
    by_words = quick(activation="relu", seeds=1)
    instances = mixed.frame[mixed.frame.rule != "Mine"]
    pd.testing.assert_frame_equal(numbers(instances), numbers(by_words.frame), check_exact=True)
    with pytest.raises(BadInput, match="take workers=0"):
        quick([main.Mine(net)], hidden=None, workers=1)


def test_parts_of_a_session_are_written_so_that_they_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    main = Notebook(monkeypatch).run(CELL)
    assert written(main.Own(0.5)) == "__main__:Own[rate=0.5]"
    own = quick("fa", optimiser=main.Own(0.5), schedule="constant", seeds=1)
    assert own.outcomes[0].run.optimiser == main.Own(0.5)


def test_a_session_has_schedules_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    main = Notebook(monkeypatch).run(SCHEDULE)
    (outcome,) = quick(
        "fa", schedule="__main__:Halved", seeds=1, batch_size=30, optimiser="sgd[rate=0.3]"
    ).outcomes
    assert outcome.run.optimiser.rate == main.Halved(0.3, 8)  # type: ignore[attr-defined]  # 2 epochs of 120 examples
    assert outcome.status == "done"


def test_an_object_is_the_word_that_it_is_written_as() -> None:
    by_words = quick(optimiser="adam[rate=0.01]", activation="relu", init="orthogonal", probes=["alignment"])
    objects = quick(
        [Backprop, FeedbackAlignment],
        optimiser=Adam(0.01),
        activation=relu,
        init=by_words.outcomes[0].run.network.init,  # type: ignore[attr-defined]
        probes=[by_words.outcomes[0].run.probes[-1]],
    )
    pd.testing.assert_frame_equal(numbers(by_words.frame), numbers(objects.frame), check_exact=True)


def test_a_rule_is_held_against_the_reference_in_its_own_network() -> None:
    """The differences are those of two comparisons, each of one network."""
    small, large = MLP((4,), relu), MLP((6, 5), relu)
    rules = [rule(net) for net in (small, large) for rule in (Backprop, FeedbackAlignment)]
    both = quick(rules, hidden=None)
    assert both.summary.rule.tolist()[::2] == ["backprop, 4", "backprop, 6-5"]
    names = ["rule", "pairs", "mean", "difference", "difference_low", "p", "reference"]
    alone = [quick([Backprop(net), FeedbackAlignment(net)], hidden=None).paired for net in (small, large)]
    pd.testing.assert_frame_equal(
        both.paired[names], pd.concat(alone, ignore_index=True)[names], check_exact=True
    )
    assert both.paired.task.tolist()[::2] == [f"{TASK}, 4", f"{TASK}, 6-5"]
    assert len(both.figure().axes) == 2


def test_angles_in_the_figure_are_those_of_each_rules_own_hidden_layers() -> None:
    """W2 is a read-out in one of the networks, and hidden in the other."""
    both = quick([Backprop(MLP((4,))), FeedbackAlignment(MLP((6, 5)))], hidden=None, seeds=1)
    colours = {line.get_label(): line.get_color() for line in both.figure().axes[0].lines}
    assert [colours["backprop, 4"], colours["feedback-alignment, 6-5"]] == [
        "#000000",
        "#0072B2",
    ]  # as without networks
    lines: dict[Any, Any] = {line.get_label(): line.get_ydata() for line in both.figure().axes[1].lines}
    angles = both.frame[both.frame.metric == "gradient angle"]
    for rule, layers in (("backprop, 4", ["W1"]), ("feedback-alignment, 6-5", ["W1", "W2"])):
        mine = angles[(angles.rule == rule) & angles.layer.isin(layers)]
        assert list(lines[rule]) == pytest.approx([*mine.groupby("epoch").value.mean()])


def test_a_task_of_arrays_gives_the_same_bits_in_workers_and_here(tmp_path: Path) -> None:
    """Its key is that of its numbers, so that a store knows it again, whichever file it came by."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 3)).astype("float32")
    arrays = pl.Task.from_arrays(X, (X[:, 0] > 0).astype(int), name="signs")
    here, there = quick(task=arrays), quick(task=arrays, workers=2, store=tmp_path)
    pd.testing.assert_frame_equal(numbers(here.frame), numbers(there.frame), check_exact=True)
    again = quick(task=pl.Task.from_arrays(X.copy(), (X[:, 0] > 0).astype(int), name="signs"), store=tmp_path)
    assert (again.result.computed, again.summary.done.tolist()) == (0, [2, 2])
    for task in ("signs", arrays):
        assert {*pl.results(task=task, store=tmp_path).key} == {*here.frame.key}
    assert repr(here).startswith("signs")
    assert repr(again).startswith("signs, "), "a heading leaves the digest of the task's file out"
    assert repr(pl.fit("fa", arrays, epochs=1)).startswith("feedback-alignment on signs, ")


def test_progress_is_the_share_of_the_runs_that_is_done() -> None:
    told: list[float] = []
    quick(progress=told.append)
    assert told[-1] == 1
    assert sorted(told) == told
    assert len(told) > 4  # parts of runs, too
    with pytest.raises(BadInput, match="progress is 3"):
        quick(progress=3)


def test_it_is_written_as_the_command_writes_it(
    made: Compared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = made.write(tmp_path / "here")
    assert command(*LINE, "--workers", "0", "--out", str(tmp_path / "there"), capsys=capsys).code == 0
    assert [file.name for file in files] == [
        *("comparison.json", "metrics.parquet", "summary.json", "compare.png", "compare.svg")
    ]
    specs = [json.loads((tmp_path / name / "comparison.json").read_text()) for name in ("here", "there")]
    assert specs[0] == specs[1]
    with pytest.raises(BadInput, match="holds another comparison"):
        quick("fa", seeds=1, epochs=1).write(tmp_path / "here")


def test_it_shows_itself_in_a_notebook(made: Compared) -> None:
    shown = made._repr_html_()
    assert shown.count("<table>") == 3
    assert "feedback-alignment" in shown
    assert 'src="data:image/png;base64,' in shown


def test_tables_are_shown_where_no_figure_can_be_drawn() -> None:
    lost = quick("backprop@sgd[rate=1e30]", seeds=1, epochs=1)
    assert lost.summary.diverged.tolist() == [1]
    shown = lost._repr_html_()
    assert "1 of 1 diverged" in shown
    assert "nothing to draw" in shown
    assert "<img" not in shown
    assert "diverged: " in lost.remarks[0]
    with pytest.raises(BadInput, match="nothing to draw"):
        lost.figure()


def test_a_net_at_chance_is_remarked_on() -> None:
    lost = quick("backprop", optimiser="sgd[rate=1e-9]", task="digits", hidden=(4,), seeds=1, epochs=1)
    assert "no better than chance on validation: backprop" in lost.remarks[0]
    assert repr(lost).endswith(in_lines(lost.remarks))
    assert "try another rate by optimiser=, or more epochs" in lost.remarks[0]


def test_what_shows_itself_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remarks and reasons, lists of names and the question of a study; all of their words are there."""
    monkeypatch.setenv("COLUMNS", "60")
    lost = quick("backprop", optimiser="sgd[rate=1e-9]", task="digits", hidden=(4,), seeds=1, epochs=1)
    stopped = pl.fit("backprop", TASK, hidden=(8,), epochs=3, patience=1, optimiser="sgd[rate=0]")
    for shown, said in (
        (lost, lost.remarks[0]),
        (stopped, f"done: {stopped.reason}"),
        (pl.tables, ", ".join(pl.tables)),
        (pl.studies["accuracy"], pl.studies["accuracy"].question),
    ):
        assert max(map(len, repr(shown).splitlines())) <= 60
        assert "".join(said.split()) in "".join(repr(shown).split())


def test_without_a_reference_the_pairs_are_an_empty_frame() -> None:
    alone = quick("fa", seeds=1, epochs=1).paired
    assert alone.empty
    assert {"difference", "p_holm", "reference"} <= {*alone.columns}


BAD: dict[str, dict[str, Any]] = {
    "^the rule is 'digits': expected rules first.*; this is a task$": {"rules": "digits", "task": "backprop"},
    "^the task is 'backprop': expected rules first.*; this is a rule$": {"task": "backprop"},
    "the task is": {"task": [[1.0, 2.0]]},
    "a rule is 3": {"rules": [3]},
    "the list of rules is 'empty'": {"rules": []},
    "rules learn 2 networks, and some are words": {
        "rules": ["fa", Backprop(MLP((4,))), Backprop(MLP((3,)))],
        "hidden": None,
    },
    "hidden of the network is \\(8,\\)": {"rules": [Backprop(MLP((4,)))]},
    "^network is 3: expected": {"network": 3, "hidden": None},
    "hidden stand": {"network": MLP((3,))},
    "unknown probe 'agreement'": {"probes": "agreement"},
    "the number of workers is -1": {"workers": -1},
    "the number of workers is '2'": {"workers": "2"},
    "the limit in seconds is '3'": {"limit": "3"},
    "^a b 0 1 2 cannot be written on a command line": {"optimiser": pd.DataFrame({"a": [1], "b": [2]})},
    "^network is a b 0 1 2: expected": {
        "network": pd.DataFrame({"a": [1], "b": [2]}),
        "hidden": None,
    },
    "a rule is a b 0 1 2: expected": {"rules": pd.DataFrame({"a": [1], "b": [2]})},
    "the number of seeds": {"seeds": 0},
    "tuned is 'accuracy'": {
        "tuned": "accuracy",
        "rules": [Backprop(MLP((4,))), Backprop(MLP((3,)))],
        "hidden": None,
    },
    "^hidden is 8: expected a tuple": {"hidden": 8},
    "^the list of rules is 'fa,backprop,fa': expected each rule once: feedback-alignment stands twice$": {
        "rules": ["fa", "backprop", "fa"]
    },
    "expected each rule once: feedback-alignment stands twice$": {"rules": ["fa", "feedback-alignment"]},
    "the folder of a store": {"store": 3},
}


@pytest.mark.parametrize("said", BAD)
def test_bad_input_is_refused_in_one_line_before_anything_runs(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*given: object, **more: object) -> None:
        raise AssertionError("a run began")

    monkeypatch.setattr("plausible.study.compare.carry_out", never)
    with pytest.raises(BadInput, match=said) as refused:
        quick(**{"rules": RULES, **BAD[said]})
    assert "\n" not in str(refused.value)
