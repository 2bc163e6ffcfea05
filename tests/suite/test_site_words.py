"""What a site says in words: the answer, the commands of a study, the prose of rules. Oracle: cases chosen here."""

from __future__ import annotations

import inspect
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from plausible.plotting import committed
from plausible.printing.mathml import parts
from plausible.registry import registry
from plausible.report.html import prose
from plausible.site.answer import answer
from plausible.site.build import Site, commands
from plausible.site.told import rule_of, told
from tests.suite.pages import Page

ROW = {
    "study": "s",
    "task": "t",
    "reference": "backprop",
    "metric": "accuracy",
    "margin": 0.01,
    "lost": 0,
    "n": 5,
}
NO_ROW = {"margin": math.nan, "as_good": None}
NONE = pd.DataFrame(columns=["rule", "criticism", "verdict"])


def rows(*more: dict[str, Any]) -> pd.DataFrame:
    """Rows beside backprop; without another word, a rule is worse and has lost nothing."""
    first = ROW | NO_ROW | {"rule": "backprop", "lost_as": math.nan}
    return pd.DataFrame([first, *(ROW | {"as_good": "worse", "lost_as": math.nan} | each for each in more)])


def test_a_rule_of_which_every_run_was_lost_is_in_the_answer() -> None:
    gone = [{"rule": f"b{at}", "n": 0, "lost": 4} | NO_ROW for at in (1, 2)]
    chance = [{"rule": f"b{at}", "n": 4, "lost": 4, "lost_as": 0.5} for at in (1, 2)]
    partly = [
        {"rule": "c", "n": 3, "lost": 2},
        {"rule": "c", "lost": 2, "lost_as": 0.5, "as_good": "undecided"},
    ]
    here = rows({"rule": "a", "as_good": "yes"}, *gone, *chance, *partly)
    first, second = answer(here, here, NONE)
    assert first == (
        "t, to ±1 points: as good as backprop: a; worse than backprop: b1 (every run lost, which counts as chance), "
        "b2 (every run lost, which counts as chance), c."
    )
    assert "4 comparisons of 4 rules" in second
    assert "1 as good as the reference, 0 undecided, 3 worse than the reference; 10 lost runs" in second
    assert "in 2 comparisons every run" in second


def test_without_a_value_of_chance_a_rule_that_lost_all_is_named_all_the_same() -> None:
    here = rows({"rule": "a"}, {"rule": "b", "n": 0, "lost": 4} | NO_ROW)
    first, second = answer(here, here, NONE)
    assert first == "t, to ±1 points: worse than backprop: a; every run lost: b."
    assert "2 comparisons of 2 rules" in second
    assert "1 worse than the reference; 4 lost runs; 1 comparison without a verdict" in second
    alone = rows({"rule": "b", "n": 0, "lost": 4} | NO_ROW)
    assert answer(alone, alone, NONE)[0] == "t: every run lost: b."


def test_a_lost_reference_is_not_told_as_lost_runs_of_the_rule() -> None:
    here = rows(
        {"rule": "a", "lost_reference": 5} | NO_ROW, {"rule": "a", "lost_as": 0.5, "as_good": "better"}
    )
    assert "better than backprop: a (every run of the reference lost" in answer(here, here, NONE)[0]


def test_the_commands_of_an_own_study_are_those_that_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its table goes by its name where commands find it, else by its path; without a figure there is no such line."""
    monkeypatch.chdir(tmp_path)
    (each,) = told(["akrout2019"])
    assert {"plausible figure akrout2019", "plausible verify akrout2019"} <= {*commands(each)}
    file = tmp_path / "studies" / "tables" / "my_study.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(each.file.read_bytes())
    mine = replace(each, name="my_study", file=file, given="./my_study.py")
    made = commands(mine)
    assert any(line.startswith("plausible export ./my_study.py") for line in made)
    assert [line for line in made if "figure" in line or "verify" in line] == ["plausible verify my_study"]
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "my_study.py").write_text("")
    assert commands(mine)[-2:] == ["plausible figure my_study", "plausible verify my_study"]
    assert committed.drawing("my_study") == (tmp_path / "figures" / "my_study.py", file)
    beside = replace(mine, file=tmp_path / "tables" / "my study.parquet")
    assert commands(beside)[-1] == f"plausible verify '{beside.file}'"


def test_an_experiment_without_settings_is_no_rule() -> None:
    assert rule_of("-") == ""
    (each,) = told(["textbook"])
    assert "-" in {*each.table.rule}
    assert "-" not in each.rules
    assert "" not in each.rules


def test_prose_shows_code_and_indices_and_escapes_the_rest() -> None:
    said = prose("`a<b>` W_lᵀ (n_{l-1}), β^t, rate^(L-l), h̃_l, weight_noise <img> a/b_c")
    assert str(said) == (
        "<code>a&lt;b&gt;</code> W<sub>l</sub>ᵀ (n<sub>l-1</sub>), β<sup>t</sup>, rate<sup>(L-l)</sup>, h̃<sub>l</sub>, "
        "weight_noise &lt;img&gt; a/b_c"
    )


@pytest.mark.parametrize(
    "evil", ["`<script>`", "x_<b>", "x_{<script>}", "x^(<img src=x>)", "``<b>``", "<b>`_{"]
)
def test_no_text_of_prose_is_markup(evil: str) -> None:
    page = Page(str(prose(evil)))
    assert not page.wrong
    assert {each.tag for each in page.elements} <= {"code", "sub", "sup"}


def test_no_rule_is_told_with_backticks_or_braces() -> None:
    for name in registry.registered("rule"):
        for part in parts(inspect.getdoc(registry.load("rule", name)) or ""):
            shown = str(prose(part.text)) if part.kind == "text" else ""
            assert "`" not in shown, name
            assert "_{" not in shown, name


def test_figures_of_stress_and_of_textbooks_come_in_all_kinds_of_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, list[str]] = {}

    def draw(name: str, kinds: list[str], folder: Path) -> list[Path]:
        files = [folder / f"{name}.{kind}" for kind in kinds]
        for file in files:
            file.write_bytes(b"drawn")
        asked[name] = kinds
        return files

    monkeypatch.setattr(committed, "draw", draw)
    every = [
        replace(each, table=each.table[:0]) for each in told(["stress", "textbook", "accuracy", "akrout2019"])
    ]
    site = Site(every, False, "plausible report")
    for name in ("stress", "textbook"):
        figure = site.shown[name].figure
        assert figure is not None
        assert {file.rpartition(".")[2] for file in figure.files} == {"svg", "pdf", "png", "csv"}, name
        assert {*asked[name]} == {"svg", "pdf", "csv"}, name
    assert "akrout2019" not in asked
