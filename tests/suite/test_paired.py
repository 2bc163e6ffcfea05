"""Reports: every rule beside backprop. Oracle: tables whose answers are known by construction."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from plausible.cli.main import main
from plausible.networks.mlp import MLP
from plausible.report.beside import notes, shown
from plausible.report.measured import at_the_end, measured_table
from plausible.report.paired import beside_reference, plain, seed_by_seed
from plausible.study.run import Row, Run


def measured(rule: str, values: list[float], metric: str = "accuracy", task: str = "t") -> pd.DataFrame:
    """The test rows of runs with seeds 0, 1, ..."""
    rows = [
        Row(task, rule, seed, 1.0, 10, 0.1, "test", metric, "", value) for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=list(Row._fields))


ACCURACY = pd.concat(
    [
        measured("backprop", [0.90, 0.92, 0.94, 0.96, 0.98, 0.91]),
        measured("worse", [0.89, 0.91, 0.93, 0.95, 0.97, 0.90]),
        measured("same", [0.90, 0.92, 0.94, 0.96, 0.98, 0.91]),
    ]
)


def test_differences_are_taken_seed_by_seed() -> None:
    rows = beside_reference(ACCURACY).set_index("rule")
    assert rows.difference["worse"] == pytest.approx(-0.01)
    assert rows.difference_low["worse"] == pytest.approx(-0.01)  # a constant difference has no spread
    assert rows.difference["same"] == 0
    assert rows.improvement["same"] == 0.5
    assert np.isnan(rows.difference["backprop"])
    assert rows.p_smallest["worse"] == pytest.approx(2 * 2 / 2**6)
    assert rows.p.isna().all()  # two rules of six pairs can never come below 0.05
    told = "; ".join(notes(rows.reset_index()))
    assert "no p, where none could be below 0.05: the smallest of 6 pairs" in told
    assert "is 0.062" in told
    assert (
        "all 6 seeds of one beat all of the other by luck in 0.22 % of cases" in told
    )  # 2 / (12 over 6) = 2 / 924


def test_luck_is_told_for_the_seeds_of_every_task() -> None:
    """2 of the (12 over 6) = 924 orders of twice six seeds, and of the (6 over 3) = 20 of twice three."""
    few = pd.concat([measured(rule, [0.9, 0.8, 0.7], task="few") for rule in ("backprop", "worse")])
    told = "; ".join(notes(beside_reference(pd.concat([few, ACCURACY]))))
    assert "all 6 seeds of one beat all of the other by luck in 0.22 % of cases on t" in told
    assert "all 3 seeds of one beat all of the other by luck in 10 % of cases on few" in told
    assert "the smallest of 6 pairs, corrected over the rules of a task, is 0.062, of 3 pairs is 0.25" in told


def test_what_p_is_is_told_wherever_a_row_has_one() -> None:
    """The smallest p of 20 pairs is far below 0.05, that of three is 0.25."""
    many = pd.concat(
        [measured(rule, [*np.linspace(0.8, 0.9, 20)], task="many") for rule in ("backprop", "worse")]
    )
    few = pd.concat([measured(rule, [0.9, 0.8, 0.7], task="few") for rule in ("backprop", "worse")])
    of_both, of_few = ("; ".join(notes(beside_reference(it))) for it in (pd.concat([many, few]), few))
    assert "p: of the sign-flip test" in of_both
    assert "no p, where" in of_both
    assert "p: of the sign-flip test" not in of_few
    assert "no p, where" in of_few


def test_the_margin_is_an_option() -> None:
    assert beside_reference(ACCURACY, margin=0.02).as_good.tolist()[1:] == ["yes", "yes"]
    assert beside_reference(ACCURACY, margin=0.005).as_good.tolist()[1:] == ["worse", "yes"]


def test_seeds_stand_one_by_one() -> None:
    seeds = seed_by_seed(ACCURACY)
    worse = seeds[seeds.rule == "worse"]
    assert worse.seed.tolist() == [*range(6)]
    assert worse.difference.tolist() == pytest.approx([-0.01] * 6)
    assert worse.of_reference.tolist() == [0.90, 0.92, 0.94, 0.96, 0.98, 0.91]
    assert {*seeds.rule} == {"worse", "same"}


def test_lost_runs_have_a_row_in_which_they_count_as_chance() -> None:
    chance = measured("backprop", [0.1] * 6, "chance").assign(split="validation", epoch=0.0)
    wild = measured("wild", [0.97, 0.97, 0.97, 0.97, 0.97, np.nan])
    table = pd.concat([ACCURACY, wild, chance])
    rows = beside_reference(table)
    assert rows.rule.tolist() == ["backprop", "worse", "same", "wild", "wild"]
    assert rows.lost_as.tolist()[-2:] == pytest.approx([np.nan, 0.1], nan_ok=True)
    plainly, at_chance = rows.iloc[-2], rows.iloc[-1]
    assert (plainly.n, plainly.lost, at_chance.n, at_chance.lost) == (5, 1, 6, 1)
    assert at_chance["mean"] == pytest.approx((5 * 0.97 + 0.1) / 6)
    printed = shown(rows, seed_by_seed(table))
    names = [row[0] for row in printed.rows]
    assert names[-2:] == ["wild", "wild, lost at 10"]
    assert printed.rows[-1][2] == "1"
    unknown = beside_reference(pd.concat([ACCURACY, wild]))  # where chance was not measured
    assert unknown.rule.tolist() == ["backprop", "worse", "same", "wild"]


def test_a_smaller_error_is_an_improvement() -> None:
    errors = pd.concat(
        [
            measured("backprop", [0.5, 0.6, 0.7], "normalised error"),
            measured("better", [0.1, 0.2, 0.3], "normalised error"),
        ]
    )
    rows = beside_reference(errors).set_index("rule")
    assert rows.improvement["better"] == 1
    assert rows.difference["better"] == pytest.approx(-0.4)


def test_lost_runs_are_listed_and_settings_kept_apart() -> None:
    networks = {"8": MLP((8,)), "4-4": MLP((4, 4))}
    table = pd.concat([ACCURACY.assign(hidden=hidden) for hidden in networks])
    lost = [Run("t", "worse", networks["8"], seed=0)]
    # the label of an unregistered task or rule is its own name, so that the run finds its rows
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("plausible.registry.registry.label", lambda text, *_: text)
        rows = beside_reference(table, lost)
    assert rows.task.unique().tolist() == ["t, 8", "t, 4-4"]
    counts = rows.set_index(["task", "rule"])[["n", "pairs", "lost"]]
    assert counts.loc[("t, 8", "worse")].tolist() == [5, 5, 1]
    assert counts.loc[("t, 4-4", "worse")].tolist() == [6, 6, 0]


def test_lost_runs_stand_in_the_table_of_a_study_without_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of three runs were done; the third counts as chance in a row of its own, of scores and of nothing else."""
    monkeypatch.setattr("plausible.registry.registry.label", lambda text, *_: text)
    parts = [
        ("accuracy", "test", [0.8, 0.9]),
        ("norm", "train", [2.0, 4.0]),
        ("chance", "validation", [0.25, 0.25]),
    ]
    frames = [measured("fa", of, name).assign(split=split) for name, split, of in parts]
    table = pd.concat(frames, ignore_index=True)
    table = table.assign(key=table.seed.astype(str))
    told = at_the_end(table, ["accuracy", "norm"], [Run("t", "fa", MLP((8,)), seed=2)])
    assert [(row["metric"], row["lost"], row["n"]) for row in told] == [
        ("accuracy", 1, 2),
        ("accuracy", 1, 3),
        ("norm", 1, 2),
    ]
    assert told[1]["mean"] == pytest.approx((0.8 + 0.9 + 0.25) / 3)
    assert told[1]["lost_as"] == 0.25
    shown = measured_table(told, "")
    assert [row[1] for row in shown.rows] == ["fa", "fa, lost at 0.25", "fa"]
    assert {row[-1] for row in shown.rows} == {"1"}
    assert at_the_end(table, ["accuracy"])[0]["lost"] == 0


def test_without_backprop_there_is_nothing_to_hold_against() -> None:
    assert not len(beside_reference(ACCURACY[ACCURACY.rule != "backprop"]))
    assert not len(beside_reference(ACCURACY[ACCURACY.rule == "nobody"]))


def test_the_table_for_people_and_the_one_for_programs() -> None:
    rows = beside_reference(ACCURACY)
    console = Console(width=200, record=True, file=StringIO())
    console.print(shown(rows, seed_by_seed(ACCURACY), "title"))
    text = console.export_text()
    assert "-1.00 [-1.00, -1.00]" in text
    assert "O---------|" in text  # all six seeds of "worse" are one point below
    assert "93.50" in text
    json.dumps(plain(rows), allow_nan=False)


def test_a_study_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path))
    with pytest.raises(SystemExit) as stop:
        main(["report", "accuracy", "--scale", "smoke"])
    assert stop.value.code == 2
    assert "plausible run accuracy --scale smoke" in capsys.readouterr().err
    for arguments in (["run", "accuracy", "--scale", "smoke"], ["report", "accuracy", "--scale", "smoke"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert not stop.value.code
    assert "less backprop" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["report", "accuracy", "--scale", "smoke", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert {row["rule"] for row in rows} == {
        "backprop",
        "shallow",
        "feedback-alignment",
        "direct-feedback-alignment",
    }
    assert all(row["n"] == 2 for row in rows)
    assert {row["margin"] for row in rows} == {None, 0.01}
    for margin, code in (("100", 0), ("0", 2), ("101", 2)):
        with pytest.raises(SystemExit) as stop:
            main(["report", "accuracy", "--scale", "smoke", "--json", "--margin", margin])
        assert (stop.value.code or 0) == code
        said = capsys.readouterr()
        if code:
            assert (
                f"--margin is {float(margin)}: expected a finite number above 0 and at most 100" in said.err
            )
            assert said.out == ""
        else:
            assert {row["margin"] for row in json.loads(said.out)} == {None, 1.0}
