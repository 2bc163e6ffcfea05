"""Tables say what settling took, what was left, and who came to rest. Oracle: the measurements themselves, and forces
whose motion is known: -x + a contracts, and a step of 2 about it swaps x and its mirror image for ever."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from plausible.cli.main import main
from plausible.networks.mlp import MLP
from plausible.report import comparison as report
from plausible.report import rest
from plausible.report import settling as report_settling
from plausible.report.summary import reasons, summary
from plausible.study.compare import Comparison, Result, compare
from plausible.study.run import Run
from plausible.study.statistics import Interval

QUICK = {"task": "two-moons[examples=200]", "epochs": 2, "hidden": (8, 8), "seeds": 2}
TOLERANT = "predictive-coding[settling=euler(200, 0.2, tolerance=0.01)]"
RULES = ("backprop", "predictive-coding", "equilibrium-propagation", "dual-propagation")

# A hidden layer's worth of states under the force target - x: by Euler's steps of `rate`, x - target is multiplied by
# 1 - rate, so that a rate of 1.999 turns it over and over, and leaves all but 0.001^t of it.
SWINGING = """
from dataclasses import dataclass
import numpy as np
from baselines.backprop import Backprop
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import settle

@dataclass(frozen=True)
class Swinging(Backprop):
    settling: Relaxation = Relaxation(20, 1.999, tolerance=1e-6)
    gain: float = 1.0

    def update(self, params, state, shown, rng):
        x = np.asarray(shown.x)
        found = settle(lambda s, given: [self.gain * (given[0] - s[0])], [0 * x], [np.ones_like(x)], self.settling)
        return super().update(params, state, shown, rng)._replace(internals=found.internals())
"""


@pytest.fixture(scope="module")
def result() -> Result:
    return compare(Comparison(**QUICK, rules=RULES), workers=2)


def printed(result: Result, width: int) -> list[str]:
    """The lines of the tables on a terminal of that width."""
    console = Console(width=width, markup=False, highlight=False)
    with console.capture() as capture:
        for table in report.tables(result, Comparison(**QUICK)):
            console.print(table, crop=False, no_wrap=True, overflow="ignore")
    return capture.get().splitlines()


def line(lines: list[str], rule: str) -> str:
    """The last line of a rule."""
    return [text for text in lines if text.startswith(f"{rule} ")][-1]


def measured(result: Result, rule: str, metric: str) -> list[float]:
    """The last measurement of each seed, of the examples that probes show: those are written first."""
    table = result.metrics[(result.metrics.rule == rule) & (result.metrics.metric == metric)]
    last = table[table.epoch == table.epoch.max()]
    assert len(last) == 4  # and of the last minibatch
    return [float(mine.value.iloc[0]) for _, mine in last.groupby("seed")]


def test_the_summary_is_what_was_measured_last(result: Result, tmp_path: Path) -> None:
    report.write(result, Comparison(**QUICK), tmp_path)
    stored = Result(pd.read_parquet(tmp_path / "metrics.parquet"), result.outcomes, result.labels)
    rows = summary(result).set_index("rule")
    row = rows.loc["predictive-coding"]
    assert row["settling steps"].estimate == 20  # euler(20, 0.1)
    assert row["residual"] == max(measured(stored, "predictive-coding", "residual")) > 0
    row = rows.loc["equilibrium-propagation"]
    assert row["settling steps"].estimate == 30 + 2 * 10
    phases = [measured(stored, "equilibrium-propagation", f"{p} residual") for p in ("free", "nudged")]
    assert row["residual"] == np.max(phases)
    phases = [measured(stored, "equilibrium-propagation", f"{p} oscillating") for p in ("free", "nudged")]
    assert row["oscillating"].estimate == pytest.approx(np.max(phases, axis=0).mean())
    assert row["fixed steps"] == ["free", "nudged"]
    assert row["settled"].n == 0  # nobody asked
    (told,) = [
        row for row in json.loads((tmp_path / "summary.json").read_text())["rules"] if "equi" in row["rule"]
    ]
    assert told["settling steps"]["mean"] == 50
    assert told["residual"] == rows.loc["equilibrium-propagation", "residual"]


def apart(result: Result, width: int) -> list[str]:
    """The lines from the table of settling to the next."""
    lines = printed(result, width)
    start = lines.index("settling, per example")
    end = next((at for at, text in enumerate(lines) if text.startswith("test, paired")), len(lines))
    return lines[start:end]


def test_the_table_below_shows_it(result: Result) -> None:
    lines = apart(result, 160)
    assert lines[1].split() == ["settling", "largest"]
    assert lines[2].split() == ["rule", "steps", "residual", "at", "rest", "oscillating"]
    assert not any(text.startswith("backprop") for text in lines)  # it does not settle
    residual = f"{max(measured(result, 'predictive-coding', 'residual')):.2g}"
    assert line(lines, "predictive-coding").split()[-6:] == ["20", residual, "fixed", "steps", "0", "%"]
    assert " fixed steps " in line(lines, "equilibrium-propagation")
    assert line(lines, "dual-propagation").split()[-4:] == [
        "1",
        "–",
        "–",
        "–",
    ]  # one sweep, whose residual none tells


@pytest.mark.parametrize("width", [100, 160])
def test_nothing_is_cut_off(result: Result, width: int) -> None:
    """What came of settling is a table of its own."""
    assert not any("…" in text for text in printed(result, width))
    assert " fixed steps " in line(apart(result, width), "predictive-coding")


def test_without_a_rule_that_settles_nothing_changes() -> None:
    result = compare(Comparison(**QUICK, rules=("backprop", "fa")), workers=2)
    assert not {*rest.COLUMNS} & {*summary(result).columns}
    assert not any(word in text for text in printed(result, 160) for word in ("settling", "residual", "rest"))


def test_a_tolerance_is_reached_or_not() -> None:
    """So many steps bring all examples below 0.01; two steps from the forward pass bring none below 1e-9."""
    short = "equilibrium-propagation[free=euler(2, 0.5, tolerance=1e-9)]"
    comparison = Comparison(**QUICK, rules=("backprop", TOLERANT, short))
    result = compare(comparison, workers=2)
    rows = summary(result).set_index("rule")
    assert rows.loc[TOLERANT, "settled"].estimate == 1
    assert rows.loc[TOLERANT, "residual"] < 0.01
    assert rows.loc[TOLERANT, "fixed steps"] == []
    assert rows.loc[TOLERANT, "settling steps"].estimate < 200
    assert rows.loc[short, "settled"].estimate == 0
    assert rows.loc[short, "fixed steps"] == ["nudged"]
    assert report_settling.cells(rows.loc[TOLERANT])[2:] == ("100 %", "0 %")
    assert report_settling.cells(rows.loc[short])[2] == "0 %, nudged fixed"


def test_a_long_name_is_broken_before_a_number_is_cut_off() -> None:
    lines = printed(compare(Comparison(**QUICK, rules=("backprop", TOLERANT)), workers=2), 100)
    assert not any("…" in text for text in lines)
    summary = lines[: lines.index("cost of learning")]
    (broken,) = [text for text in summary if text.startswith("predictive")]
    assert not broken.startswith(TOLERANT)
    assert len(re.findall(r" ± | \[", broken)) == 3


def test_an_oscillating_rule_is_told_so(tmp_path: Path) -> None:
    """x - 1 changes its sign 20 times and loses 2 %: the force left is 0.999^19, no example is at rest, and all
    oscillate if no smaller than half the way: at the rate 1.999 it is, by 1 %; at 2 - 1e-16, not to be told from 2,
    it is the same, in float32, at which inputs are."""
    (tmp_path / "swinging.py").write_text(SWINGING)
    name = f"{tmp_path}/swinging.py:Swinging"
    rules = ("backprop", name, f"{name}[settling=euler(20, 1.9999999999999998, tolerance=1e-6)]")
    result = compare(Comparison(**QUICK, rules=rules), workers=2)
    slow, fast = summary(result).to_dict("records")[1:]
    assert (slow["settled"].estimate, slow["oscillating"].estimate) == (0, 0)  # unfinished
    assert slow["residual"] == pytest.approx(0.999**19, rel=1e-3)
    assert (fast["settled"].estimate, fast["oscillating"].estimate) == (0, 1)
    assert fast["residual"] == pytest.approx(1, rel=1e-6)
    (told,) = [text for text in apart(result, 160) if text.endswith("100 %")]
    assert told.split()[-6:] == ["20", "1", "0", "%", "100", "%"]


def test_phases_and_seeds_by_hand() -> None:
    """The sum of steps, the largest residual, the fewest at rest, the most that oscillate; the first look counts.

    A NaN is no small residual.
    """
    phases = ("residual", "settling steps", "settled", "oscillating")
    looks = [
        *((0, "free", (0.1, 30.0, 1.0, 0.0)), (0, "nudged", (2.1, 10.0, 0.9, 0.1))),
        *((1, "free", (0.2, 20.0, 0.5, 0.2)), (1, "nudged", (0.3, 10.0, 0.7, 0.0))),
        (0, "nudged", (9.0, 99.0, 0.0, 1.0)),  # of the last minibatch
    ]
    rows = [
        (seed, f"{phase} {name}", value, "", "train")
        for seed, phase, values in looks
        for name, value in zip(phases, values, strict=True)
    ]
    last = pd.DataFrame(rows, columns=["seed", "metric", "value", "layer", "split"])
    run = Run("two-moons", "backprop", MLP())
    expected = {"settling steps": [40, 30], "residual": 2.1, "settled": [0.9, 0.5], "oscillating": [0.1, 0.2]}
    assert rest.at_the_end(last, run) == {**expected, "fixed steps": []}
    last.loc[4, "value"] = np.nan
    assert rest.at_the_end(last, run)["residual"] == np.inf


def test_lost_runs_stay_visible(tmp_path: Path) -> None:
    """Where all runs of a rule diverge as they settle: the status, dashes, and the residual in the reason.

    With a gain of 3 the distance grows by |1 - 1.999 · 3| = 5 at every step, and overflows within 200.
    """
    (tmp_path / "swinging.py").write_text(SWINGING)
    wild = f"{tmp_path}/swinging.py:Swinging[gain=3.0,settling=euler(200, 1.999)]"
    result = compare(Comparison(**QUICK, rules=("backprop", "predictive-coding", wild)), workers=2)
    assert [outcome.status for outcome in result.outcomes] == ["done"] * 4 + ["diverged"] * 2
    assert all("largest force" in reason for reason in reasons(result))
    assert "2 of 2 diverged" in "\n".join(printed(result, 160))
    row = summary(result).to_dict("records")[2]
    assert report_settling.cells(row) == ("–",) * 4


@pytest.mark.parametrize(
    ("mean", "expected"), [(0, "0 %"), (0.001, "<1 %"), (0.5, "50 %"), (0.999, ">99 %"), (1, "100 %")]
)
def test_shares_say_none_and_all_of_none_and_all_only(mean: float, expected: str) -> None:
    assert report_settling.share(Interval(mean, mean, mean, 2)) == expected


def test_a_study_reports_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path))
    found = {}
    for arguments in (["run"], ["report"], ["report", "--json"]):
        with pytest.raises(SystemExit) as stop:
            main([*arguments[:1], "settling", "--scale", "smoke", *arguments[1:]])
        assert not stop.value.code
        found[" ".join(arguments)] = capsys.readouterr().out
    apart = found["report"].partition("settling, per example")[2].splitlines()
    assert " fixed steps " in line(apart, "predictive-coding")
    assert not any(text.startswith("backprop ") for text in apart)
    told = {row["rule"]: row["settling"] for row in json.loads(found["report --json"])}
    assert told["backprop"]["settling steps"] is None
    assert told["predictive-coding"]["settling steps"] == 20
    assert f"{told['predictive-coding']['residual']:.2g}" in line(apart, "predictive-coding")
