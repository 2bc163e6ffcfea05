"""Results read from Python. Oracle: the store, the committed files, and what the commands write and print."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import plausible as pl
from plausible.errors import BadInput
from plausible.plotting import committed
from plausible.plotting.saving import drawing_of
from plausible.plotting.style import SHEET, labelled
from plausible.study.campaign import carry_out, plan
from plausible.study.engine import Silent
from plausible.study.store import tables as small
from plausible.study.store.store import Store
from plausible.study.study import find
from tests.suite.test_known import STUDY

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Store]:
    """A study of two rules and two networks that was run, and a comparison beside it."""
    folder = tmp_path_factory.mktemp("study")
    file, store = folder / "mine.py", Store(folder / "results")
    file.write_text(STUDY)
    carry_out(plan(find(str(file)), "smoke"), store, Silent(), workers=0)
    pl.compare("fa", "xor", seeds=1, epochs=1, workers=0, store=store)
    return file, store


def test_the_long_table_is_the_stores(study: tuple[Path, Store]) -> None:
    store = study[1]
    pd.testing.assert_frame_equal(pl.results(store=store), store.load().reset_index(drop=True))
    mine = pl.results("mine", store=store.root, scale="smoke")
    assert mine.key.nunique() == 8
    assert {*mine.hidden} == {"2", "3"}
    assert "holds" not in pl.results("mine", store=store, holds=False)


OWN = """
from plausible.tasks.toys import xor

def mine(rng):
    return xor(rng)
"""


def test_whether_a_run_of_an_own_file_holds_is_told_where_it_may_be_executed(
    tmp_path: Path, store: Store
) -> None:
    """Else it is missing, and a line says so: a mask of runs that hold would drop these in silence."""
    (tmp_path / "own.py").write_text(OWN)
    for task in (f"{tmp_path}/own.py:mine", "xor"):
        pl.compare("fa", task, seeds=1, epochs=1, workers=0, store=store)
    with pytest.warns(UserWarning, match=r"^whether 1 of 2 runs still hold is missing: .*execute_files=True"):
        frame = pl.results(store=store)
    own = frame.task.str.contains("mine")
    assert frame[own].holds.isna().all()
    assert frame[~own].holds.all()
    assert pl.results(store=store, execute_files=True).holds.all()
    assert pl.results(store=store.root, execute_files=True).holds.all()


def test_an_empty_store_is_an_empty_frame(store: Store) -> None:
    frame = pl.results(store=store)
    assert frame.empty
    assert {"task", "rule", "value", "key", "study", "status", "holds"} <= {*frame.columns}
    assert {*pl.unused(store=store.root).columns} == {"key", "where", "path", "reason"}


def test_rows_are_chosen_by_task_and_rule(study: tuple[Path, Store]) -> None:
    """Without options those of every option; initials and a name are one."""
    wanted = ("fa", "feedback-alignment", ["fa"], pl.rules.FeedbackAlignment, pl.rules.FeedbackAlignment())
    frames = [pl.results(rule=rule, store=study[1]) for rule in wanted]  # type: ignore[arg-type]
    assert all(frame.equals(frames[0]) for frame in frames)
    assert {*frames[0].rule} == {"feedback-alignment"}
    whole, named = (
        pl.results(task=task, store=study[1]) for task in ("two-moons[examples=100]", "two-moons")
    )
    assert whole.equals(named)
    assert whole.equals(pl.results(task=pl.task("two-moons[examples=100]"), store=study[1]))
    assert {*whole.task} == {"two-moons[examples=100]"}
    assert {*pl.results(rule=["fa", "shallow"], store=study[1]).rule} == {"feedback-alignment", "shallow"}


def test_a_store_without_measurements_says_where_they_come_from(tmp_path: Path) -> None:
    """Empty, and where every run failed before it measured anything; of such a run it says how it ended."""
    store = Store(tmp_path / "results")
    said = r"^no run in '.*results' has measured anything: expected runs that were done, as by plausible run or compare"
    with pytest.raises(BadInput, match=said):
        pl.results(rule="fa", store=store)
    with pytest.raises(
        BadInput, match="unknown study in the store 'accuracy': expected none, as there is none; pl"
    ):
        pl.results("accuracy", store=store)
    (tmp_path / "raises.py").write_text(
        "from dataclasses import dataclass\nfrom baselines.backprop import Backprop\n@dataclass(frozen=True)\n"
        "class Raises(Backprop):\n    def update(self, params, state, shown, rng):\n        raise ArithmeticError\n",
        encoding="utf-8",
    )
    made = pl.compare(f"{tmp_path / 'raises.py'}:Raises", "xor", seeds=1, epochs=1, workers=0, store=store)
    assert [outcome.status for outcome in made.outcomes] == ["failed"]
    with pytest.raises(BadInput, match=said):
        pl.results(task="xor", store=store)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rule": "falign"}, "unknown rule in these results 'falign': .* expected one of backprop"),
        ({"task": "digits"}, "unknown task in these results 'digits'"),
        ({"study": "your"}, "unknown study in the store 'your'.*; plausible run puts some there$"),
        ({"rule": 3}, "a rule is 3: expected a word"),
        ({"task": 3}, "the task is 3: expected a word"),
        ({"store": "nowhere"}, "the folder of results is 'nowhere': expected one that `plausible run`"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(
    given: dict[str, Any],
    said: str,
    study: tuple[Path, Store],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=said) as refused:
        pl.results(**{"store": study[1], **given})
    assert "\n" not in str(refused.value)
    assert not [*tmp_path.iterdir()], "reading has made a folder"


def test_tables_and_figures_are_the_committed_ones() -> None:
    files = {file.stem: file for file in (ROOT / "studies/tables").glob("*.parquet")}
    assert {*pl.tables} == {*files}
    assert {*pl.figures} == {*files} & {file.stem for file in (ROOT / "figures").glob("*.py")}
    held = pd.read_parquet(files["accuracy"])
    pd.testing.assert_frame_equal(pl.tables["accuracy"][[*held]], held)
    assert pl.tables["accuracy"].equals(small.read(files["accuracy"]))
    assert repr(pl.tables).startswith(f"{len(files)} tables: ")
    assert "accuracy" in repr(pl.figures)


def test_a_figure_is_the_drawing_that_the_command_writes(tmp_path: Path) -> None:
    """As a drawing of the committed table; and a notebook shows it."""
    from matplotlib import rc_context

    from figures.settling import draw

    figure = pl.figures["settling"]
    (file,) = committed.draw("settling", ["svg"], tmp_path)
    with rc_context(SHEET):
        expected = draw(labelled(pl.tables["settling"]))
    assert drawing_of(figure) == drawing_of(expected) == sha256(file.read_bytes()).hexdigest()
    assert figure._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]


def test_names_that_there_are_not_are_refused_with_near_ones() -> None:
    for named, kind in ((pl.tables, "table"), (pl.figures, "figure")):
        with pytest.raises(KeyError, match=f"^unknown {kind} 'acuracy': did you mean 'accuracy'"):
            named["acuracy"]  # type: ignore[index]
        with pytest.raises(BadInput):
            named["acuracy"]  # type: ignore[index]
        assert named.get("acuracy") is None  # type: ignore[attr-defined]
        assert 3 not in named


def test_without_the_folders_of_the_project_one_line_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(small, "PACKAGE", tmp_path)
    assert repr(pl.tables) == "no tables here"
    assert len(pl.figures) == 0
    with pytest.raises(BadInput, match="table 'accuracy' is not here, as studies/tables came with neither"):
        pl.tables["accuracy"]
    with pytest.raises(BadInput, match="figure 'accuracy' is not here, as figures with studies/tables came"):
        pl.figures["accuracy"]
