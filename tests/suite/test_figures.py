"""Figures are pure functions of committed tables. Oracle: CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
import shlex
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image

from plausible.cli.main import main
from plausible.errors import BadInput
from plausible.plotting import committed as figures
from plausible.plotting.findings import INCOMPLETE, NOTHING_YET
from plausible.plotting.saving import DOTS, fix
from plausible.plotting.style import SHEET, labelled
from plausible.registry import files as own_files
from plausible.study.study import find
from tests.suite.drawings import NAMES, ROOT, drawing


def figure_file(name: str) -> Path:
    """The module of a figure."""
    return ROOT / "figures" / f"{name}.py"


def test_there_is_a_figure_for_every_table_and_a_table_for_every_figure() -> None:
    tables = {file.stem for file in (ROOT / "studies" / "tables").glob("*.parquet")}
    files = {file.stem for file in (ROOT / "figures").glob("*.py")} - {"__init__"}
    assert tables == files == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_drawn_byte_for_byte_the_same(name: str, tmp_path: Path) -> None:
    svg, csv = figures.draw(name, ["svg", "csv"], tmp_path)
    assert [svg.name, csv.name] == [f"{name}.svg", f"{name}.csv"]
    once = drawing(name)
    assert sha256(svg.read_bytes()).hexdigest() == once.digest
    assert csv.read_text() == once.source.to_csv(index=False, float_format="%.4g")


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_figure_is_that_of_the_committed_table(name: str) -> None:
    """A PNG says of which drawing it is, by the digest of its SVG."""
    with Image.open(ROOT / "figures" / f"{name}.png") as committed:
        assert committed.info["drawing"] == drawing(name).digest


def test_a_committed_figure_is_looked_at_with_a_palette(tmp_path: Path) -> None:
    """What a palette costs: no pixel's colour is far off, and the file says what it shows."""
    (small,) = figures.draw("settling", ["png"], tmp_path)
    table = labelled(pd.read_parquet(figures.drawable()["settling"]))
    draw = own_files.from_file(str(ROOT / "figures" / "settling.py"), "draw")
    with rc_context(SHEET):
        figure = draw(table)
        fix(figure)
        figure.savefig(tmp_path / "full.png", dpi=DOTS)
    few, all_of = (
        np.asarray(Image.open(file).convert("RGB"), int) for file in (small, tmp_path / "full.png")
    )
    assert few.shape == all_of.shape
    off = np.abs(few - all_of).max(-1)
    assert (off > 32).mean() < 1e-3  # 32 of 255 is a step of 256 colours, eight of each, at its widest
    assert small.stat().st_size < (tmp_path / "full.png").stat().st_size / 2


def pixels(file: Path) -> NDArray[np.int64]:
    """Red, green and blue, (height, width, 3)."""
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"), np.int64)


@pytest.mark.parametrize("name", NAMES)
def test_a_partial_table_is_drawn_too(name: str) -> None:
    table = pd.read_parquet(figures.drawable()[name])
    draw = own_files.from_file(str(ROOT / "figures" / f"{name}.py"), "draw")
    assert draw(table[table.rule == "backprop"]).axes
    assert draw(table[table.status != "done"]).get_suptitle() in (NOTHING_YET, INCOMPLETE)
    for column in {"seed", "epoch", "trial"} & {*table.columns}:
        drawn = draw(table[table[column] == table[column].max()])
        assert drawn.axes
        for text in (one.get_text() for one in drawn.findobj(Text)):
            assert not re.search(r"\b1 (seed|epoch|run|trial|network|pattern|layer|change)s\b", text), text


PUBLISHED = ("PUBLISHED", "ERRORS", "WEIGHT_ANGLES", "DELTA_ANGLES")  # numbers in figures that are others'
MARKED = [n for n in NAMES if re.search(rf"^({'|'.join(PUBLISHED)}) = ", figure_file(n).read_text(), re.M)]


@pytest.mark.parametrize("name", MARKED)
def test_published_numbers_in_a_figure_are_those_of_its_study(name: str) -> None:
    """Figures import no study, so that each of their marks is typed again; errors there may be accuracies here."""
    known = np.array([one.value for one in find(name).published])
    known = np.concatenate([known, 100 - known])
    marks = [
        node.value
        for line in ast.parse(figure_file(name).read_text()).body
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) in PUBLISHED
        for value in ([*line.value.values] if isinstance(line.value, ast.Dict) else [line.value])
        for node in ast.walk(value)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    ]
    assert marks
    assert [mark for mark in marks if not np.isclose(known, mark, atol=1e-9).any()] == []


DRAWING = (
    "plausible.printing.words",
    "plausible.study.columns",
    "plausible.study.statistics",
)


def test_figures_import_no_rule() -> None:
    """They draw by the room `plotting`, which imports no rule either."""
    for file in (ROOT / "figures").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            if module.partition(".")[0] in ("plausible", "baselines"):
                assert module in DRAWING or module.startswith("plausible.plotting."), file.name
    for file in (ROOT / "plausible" / "plotting").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            assert not module.startswith(("plausible.rules", "baselines")), file.name


def test_bad_input_of_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadInput):
        figures.draw("nothing", ["svg"])
    with pytest.raises(BadInput):
        figures.draw(NAMES[0], ["gif"], tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(["figure", "lillicrap2061"])
    assert stop.value.code == 2
    assert "did you mean 'lillicrap2016'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("table", "command"),
    [
        (ROOT / "studies/tables/accuracy.parquet", "plausible figure accuracy"),
        (Path("studies/tables/accuracy.parquet"), "plausible figure ./studies/tables/accuracy.parquet"),
        (Path("-x/accuracy.parquet"), "plausible figure ./-x/accuracy.parquet"),
        (Path("/far off/accuracy.parquet"), "plausible figure '/far off/accuracy.parquet'"),
        (Path("studies/tables/mine.parquet"), "plausible figure mine"),
        (Path("elsewhere/mine.parquet"), "plausible figure ./elsewhere/mine.parquet"),
        (Path("studies/tables/undrawn.parquet"), ""),
    ],
    ids=str,
)
def test_the_command_that_draws_a_table_draws_that_one(
    table: Path, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a folder with a study of one's own, beside tables of the project: by name where the name is that table's."""
    for file in ("studies/tables/mine.parquet", "studies/tables/accuracy.parquet", "figures/mine.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    monkeypatch.chdir(tmp_path)
    assert figures.to_draw(table) == command
    if command:
        assert figures.drawing(shlex.split(command)[2])[1].resolve() == table.resolve()
