"""What a command prints is a frame in Python. Oracle: the command's own output, and its JSON."""

from __future__ import annotations

import ast
import json
import math
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import plausible as pl
from plausible.api.studies import Studied
from plausible.errors import BadInput
from plausible.registry.catalogue import LISTS, SETTLING
from plausible.report.listing import OTHERS
from plausible.study.answers import FILE as ANSWERS
from plausible.study.keys.changes import changes
from plausible.study.store.cleaning import the_one
from plausible.study.store.store import Store
from tests.suite.command import Ended, command

STUDY = '''"""Does it learn?"""
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.report.published import accuracy_in_percent
from plausible.study.study import Published, Study, cells

TASK = "two-moons[examples=100]"

def smoke():
    runs = cells([TASK], ["backprop", "fa"], [MLP((2,))], SGD(0.1), 1, 4, 2)
    lost = cells([TASK], ["shallow@sgd[rate=1e30]"], [MLP((2,))], SGD(0.1), 1, 4, 1)
    return runs + lost + cells([TASK], ["bptt"], [MLP((2,))], SGD(0.1), 1, 4, 2)

published = tuple(
    Published(what, value, 100, "rumelhart1986", "M", accuracy_in_percent(TASK, rule))
    for what, value, rule in (("of backprop", 50, "backprop"), ("of nobody", 300, "shallow"))
)
study = Study("mine", "Does it learn?", {"smoke": smoke}, published)
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was run from Python, and its results."""
    place = tmp_path_factory.mktemp("frames")
    (place / "mine.py").write_text(STUDY)
    told: list[float] = []
    rows = mine(place).run("smoke", "backprop*", workers=0, store=place / "results")
    assert rows.status.tolist() == ["done"] * 2
    rows = mine(place).run("smoke", workers=0, store=place / "results", progress=told.append)
    assert told[0] >= 2 / 5  # two of five runs were there
    assert told[-1] == 1
    assert rows.status.tolist() == ["done"] * 4 + ["diverged", "skipped"]
    return place


def mine(folder: Path) -> Any:
    """The study in a file."""
    return pl.studies[str(folder / "mine.py")]


@pytest.fixture
def said(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command in the folder, on its results."""
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(folder / "results"))
    monkeypatch.chdir(folder)

    def run(*arguments: str) -> Ended:
        return command(*arguments, capsys=capsys)

    return run


@pytest.mark.parametrize("what", [*LISTS, SETTLING, *OTHERS])
def test_list(what: str, said: Any) -> None:
    assert json.loads(said("list", what, "--json").out) == pl.listed(what).to_dict("records")


def test_a_list_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadInput, match="unknown list 'rule': did you mean 'rules'"):
        pl.listed("rule")


def test_status(folder: Path, said: Any) -> None:
    ended = said("status", "mine.py", "--scale", "smoke", "--runs")
    rows = pl.studies["mine.py"].status("smoke")
    counts = rows.status.value_counts()
    printed = [[f"{counts[word]}", word] for word in ("done", "diverged", "skipped")]
    assert [line.split() for line in ended.out.splitlines()[2:5]] == printed
    for row in rows[rows.status == "done"].to_dict("records"):
        (line,) = [line for line in ended.out.splitlines() if row["key"] in line]
        assert line.split()[0] == row["run"]
        assert line.split()[-1] == "done"
    for word in ("skipped", "diverged"):
        (lost,) = rows[rows.status == word].to_dict("records")
        assert len(lost["reason"]) > 10
        assert f"{lost['run']}: {word}: {lost['reason']}" in ended.err


def test_report(folder: Path, said: Any) -> None:
    told = json.loads(said("report", "mine.py", "--scale", "smoke", "--json").out)
    rows = mine(folder).report("smoke").to_dict("records")
    assert [row["rule"] for row in rows] == ["backprop", "feedback-alignment", "shallow", "shallow"]
    assert [row["lost_as"] is None for row in told] == [
        True,
        True,
        True,
        False,
    ]  # the lost run counts as chance
    assert len(rows) == len(told)
    for row, printed in zip(rows, told, strict=True):
        assert {name: None if is_unknown(cell) else cell for name, cell in row.items()} == {
            name: cell for name, cell in printed.items() if name != "settling"
        }


def is_unknown(cell: object) -> bool:
    """Whether a cell of a frame is what JSON calls null."""
    return cell is None or cell is pd.NA or (isinstance(cell, float) and not math.isfinite(cell))


def test_how_rules_settle_stands_in_columns_of_the_report(tmp_path: Path) -> None:
    text = STUDY.replace('"backprop", "fa"', '"backprop", "predictive-coding[settling=\'euler(5,0.1)\']"')
    (tmp_path / "mine.py").write_text(text)
    mine(tmp_path).run("smoke", workers=0, store=tmp_path)
    rows = mine(tmp_path).report("smoke", store=tmp_path).set_index("rule")
    settles = rows.loc["predictive-coding[settling='euler(5,0.1)']"]
    assert settles["settling steps"] == 5
    assert settles["fixed steps"] == "settling"
    assert math.isnan(rows.loc["backprop", "settling steps"])


def test_published_numbers(folder: Path, said: Any) -> None:
    ended = said("reproduce", "mine.py", "--scale", "smoke", "--workers", "1")
    rows = mine(folder).published("smoke")
    assert rows.verdict.tolist() == ["undecided", "not run"]  # of a number from memory nothing agrees
    table = pl.results("mine")
    scores = table[(table.split == "test") & (table.metric == "accuracy") & (table.rule == "backprop")].value
    assert rows.ours[0] == pytest.approx(100 * scores.mean())
    assert f"{rows.ours[0]:.3g}" in ended.out
    assert "50 ± 100" in ended.out
    assert "not run" in ended.out
    assert (rows.n.tolist(), ended.code) == ([2, 0], 0)
    assert "not run at scale" not in ended.err  # there is no other


def test_numbers_that_another_scale_may_have_are_told(folder: Path, said: Any) -> None:
    (folder / "two.py").write_text(STUDY.replace('{"smoke": smoke}', '{"smoke": smoke, "long": smoke}'))
    ended = said("reproduce", "two.py", "--scale", "smoke", "--workers", "1")
    assert "1 number not run at scale 'smoke': --scale long may" in ended.err


def test_seeds(folder: Path, said: Any) -> None:
    told = json.loads(said("seeds", "mine.py", "--scale", "smoke", "--difference", "3", "--json").out)
    found = mine(folder).seeds(3, scale="smoke")
    assert (found.seeds.dtype, found.spread.dtype) == ("Int64", "float64")
    rows = found.to_dict("records")
    assert [{name: None if is_unknown(cell) else cell for name, cell in row.items()} for row in rows] == told
    printed = said("seeds", "mine.py", "--scale", "smoke", "--difference", "3").out
    assert f"{told[0]['spread']:.3g}" in printed


def test_tune(folder: Path, said: Any) -> None:
    found = mine(folder).tune(2, "smoke", "backprop@*", workers=0)
    printed = said(
        "tune", "mine.py", "--trials", "2", "--scale", "smoke", "--only", "backprop@*", "--workers", "0"
    ).out
    (row,) = found.to_dict("records")
    trials = 2 + row["widened"]  # one of two more for each time that a range was widened
    assert (row["rule"], row["trials"], row["lost"], row["test_n"]) == ("backprop", trials, 0, 2)
    assert f"{row['validation']:.4f}" in printed
    assert f"{row['test']:.4f}" in printed
    parts = re.split(r"(?<=[(=]) ?|(?<=,) ", row["optimiser"])  # where a long cell may be folded
    assert all(part in printed for part in parts)
    finals = pl.results("mine", scale="smoke, finals")
    ends = finals[(finals.split == "validation") & (finals.metric == "accuracy") & (finals.epoch == 1)]
    means = ends.groupby("optimiser", observed=True).value.mean()
    assert (len(ends), row["validation"]) == (5 * len(means), pytest.approx(means.max()))
    assert len(means) in (2, 3, 4)
    table = pl.results("mine", scale="smoke, tuned")
    scores = table[(table.split == "test") & (table.metric == "accuracy")].value
    assert row["test"] == pytest.approx(scores.mean())


def test_check(said: Any) -> None:
    frame = pl.check("sgd[rate=0.1]").frame
    lines = said("check", "sgd[rate=0.1]").out.splitlines()
    signs = {"kept": "yes", "broken": "no ", "not applicable": "n/a", "not judged": " ? "}
    told = [f"{signs[row['verdict']]} {row['promise']}" for row in frame.to_dict("records")]
    assert [line for line in lines if not line.startswith("    ")] == told


def test_why(folder: Path, said: Any) -> None:
    key = pl.studies["mine.py"].status("smoke").key[0]
    assert pl.why(key[:12], store=folder / "results").empty
    assert said("why", key).out == "nothing changed: this result is used\n"
    spec = folder / "results/runs" / key / "spec.json"
    before = spec.read_text()
    spec.write_text(before.replace('"batch_size": 4', '"batch_size": 5'))
    rows = pl.why(key)
    told = changes(the_one(Store(folder / "results"), key))
    assert rows.change.tolist() == told == said("why", key).out.splitlines()
    assert len(told) > 0
    spec.write_text(before)


def test_what_clean_would_remove(folder: Path, said: Any) -> None:
    left = folder / "results/writing/0-left"
    left.mkdir()
    rows = pl.removable()
    assert rows.path.tolist() == [str(left)]
    assert said("clean", "--dry-run").out.splitlines()[0] == f"left over: {left}"
    assert pl.removable(True).what.tolist() == ["left over"]
    assert left.is_dir()
    assert said("clean").out == "1 left over and 0 stale removed\n"
    assert pl.removable().empty


def test_a_report_tells_what_is_missing_and_what_cannot_be_read(folder: Path, said: Any) -> None:
    results = folder / "results"
    assert "missing" not in said("report", "mine.py", "--scale", "smoke").err
    rows = pl.studies["mine.py"].status("smoke")
    run = results / "runs" / rows.key[rows.status == "done"].iloc[0]
    whole = (run / ANSWERS).read_bytes()
    (run / ANSWERS).write_bytes(b"")
    told = said("report", "mine.py", "--scale", "smoke").err
    assert f"{run}: {ANSWERS} cannot be used: " in told
    assert "no interval is over its examples: remove that folder and run it again" in told
    (run / ANSWERS).write_bytes(whole)
    Store(results).quarantine(run)
    told = said("report", "mine.py", "--scale", "smoke").err
    assert "1 of 5 runs missing: plausible run mine.py --scale smoke\n" in told
    assert said("quarantine", "restore", run.name).code == 0


def test_what_quarantine_lists(folder: Path, said: Any) -> None:
    store = Store(folder / "results")
    run = store.folders()[0]
    store.quarantine(run)
    (row,) = pl.unused().to_dict("records")
    assert (row["key"], row["where"], row["reason"]) == (run.name, "quarantine", "")
    assert (
        said("quarantine", "list").out.splitlines()[0] == f"{run.name} in quarantine: whole, can be restored"
    )
    assert said("quarantine", "restore", run.name).code == 0
    assert pl.unused().empty


def test_studies_are_found_by_name_and_refused_with_near_names(folder: Path) -> None:
    names = {row["name"] for row in pl.listed("studies").to_dict("records")}
    assert {*pl.studies} == names
    assert len(pl.studies) == len(pl.studies._ipython_key_completions_()) == len(names)
    assert "accuracy" in pl.studies
    with pytest.raises(KeyError, match=r"^unknown study 'acuracy': did you mean 'accuracy'"):
        pl.studies["acuracy"]
    assert repr(mine(folder)) == "study 'mine': Does it learn? Scales: smoke."
    assert "accuracy" in pl.studies._repr_html_()
    with pytest.raises(BadInput, match="nothing to report of 'mine' yet"):
        mine(folder).report("smoke", store=Store(folder / "other"))


def test_where_there_are_no_studies_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("candidates", "installed"):
        monkeypatch.setattr(f"plausible.api.studies.{name}", list)
    assert repr(pl.studies).startswith("no studies here: ")
    assert pl.studies._repr_html_().count("<p>") == 1
    assert [*pl.studies] == []


@pytest.mark.parametrize(
    "bad", [{"workers": "2"}, {"workers": -1}, {"limit": "3"}, {"limit": 0}, {"scale": "huge"}]
)
def test_what_no_run_can_be_given_is_refused_in_one_line(bad: dict[str, Any], folder: Path) -> None:
    for method in (mine(folder).run, mine(folder).tune):
        with pytest.raises(BadInput) as refused:
            method(**{"scale": "smoke", "store": folder / "results", **bad})
        assert "\n" not in str(refused.value)


def test_every_command_has_a_row_in_the_page() -> None:
    """The page says of each command which name in Python gives what it prints; and each such name is there."""
    import click
    import typer

    from plausible.cli.main import app

    page = (Path(__file__).parents[2] / "docs/python.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `plausible ")]
    told = {row[0].strip("`").removeprefix("plausible ").partition(" ")[0] for row in rows}
    group: Any = typer.main.get_command(app)
    assert told == {*group.list_commands(click.Context(group))}
    for row in rows:
        names = re.findall(r"\bpl\.(\w+)", row[1])
        assert names, row
        assert {*names} <= {*pl.__all__}, row
        methods = re.findall(r'\bpl\.studies\["\w+"\]\.(\w+)', row[1])
        assert all(hasattr(Studied, method) for method in methods), row


def test_the_page_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line is evaluated, and what stands for itself shows itself."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAUSIBLE_RESULTS", "results")
    page = (Path(__file__).parents[2] / "docs/python.md").read_text(encoding="utf-8")
    text, *_ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    there: dict[str, Any] = {}
    shown = []
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Expr):
            shown.append(eval(ast.unparse(statement), there))
        else:
            exec(ast.unparse(statement), there)
    kinds = ["Compared", *["DataFrame"] * 3, "Sheet", "list", "DataFrame", "DataFrame", "Sheet", "DataFrame"]
    assert [type(each).__name__ for each in shown] == kinds
    assert all(len(each) for each in shown if isinstance(each, pd.DataFrame))
