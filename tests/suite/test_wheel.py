"""Installed without a checkout, the suite still has its studies, their tables and their figures. Oracle: the wheel."""

from __future__ import annotations

import json
import os
import shlex
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hatchling.build import build_wheel

from tests.processes import COMMAND, finished

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel puts into site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    before = Path.cwd()
    os.chdir(ROOT)  # where the build system is asked, as pip does
    try:
        name = build_wheel(str(folder))
    finally:
        os.chdir(before)
    with zipfile.ZipFile(folder / name) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def of_installed(installed: Path, folder: Path, *arguments: str, **more: str) -> Any:
    """How a command of what is installed ended in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1", **more}
    return finished([*COMMAND, *arguments], environment, cwd=folder)


class Ran(NamedTuple):
    """A study that was run in an empty folder: what the command printed, and the folder of its results."""

    printed: str
    results: Path


@pytest.fixture(scope="module")
def ran(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The smoke scale of `alignment`, run once for all that read its results."""
    folder = tmp_path_factory.mktemp("ran")
    run = ("run", "alignment", "--scale", "smoke", "--workers", "1")
    return Ran(of_installed(installed, folder, *run, PLAUSIBLE_RESULTS="").stdout, folder / "results")


@pytest.fixture
def ended(installed: Path, tmp_path: Path) -> Callable[..., Any]:
    """Run a command of what is installed in an empty folder; how it ended."""
    return lambda *arguments, **more: of_installed(installed, tmp_path, *arguments, **more)


@pytest.fixture
def plausible(ended: Callable[..., Any]) -> Callable[..., str]:
    """The same; what it printed."""
    return lambda *arguments: str(ended(*arguments).stdout)


def test_studies_and_figures_are_there(plausible: Callable[..., str]) -> None:
    studies = json.loads(plausible("list", "studies", "--json"))
    files = {file.stem for file in (ROOT / "studies").glob("*.py") if "\nstudy = " in file.read_text()}
    assert {row["name"] for row in studies} == files
    assert len(json.loads(plausible("list", "figures", "--json"))) == len([*ROOT.glob("figures/[!_]*.py")])


def test_a_study_runs_and_a_figure_is_drawn_beside_the_reader(
    plausible: Callable[..., str], tmp_path: Path, installed: Path, ran: Ran
) -> None:
    assert "computed" in ran.printed
    assert plausible("figure", "alignment", "--format", "svg,csv").split() == [
        str(tmp_path / "figures" / "drawn" / "alignment.svg"),
        str(tmp_path / "figures" / "drawn" / "alignment.csv"),
    ]
    assert not [*installed.glob("figures/**/*.svg")]


def test_ones_own_table_is_drawn_by_the_command_that_export_prints(
    ended: Callable[..., Any], plausible: Callable[..., str], tmp_path: Path, ran: Ran
) -> None:
    """Not by the name, which is that of the table in the package. Oracle: the scale and the number of rows drawn."""
    (tmp_path / "two words").mkdir()
    drawn = {}
    for folder in ("studies/tables", "two words", str(tmp_path / "far")):
        told = ended(
            "export", "alignment", "--scale", "smoke", "--folder", folder, PLAUSIBLE_RESULTS=str(ran.results)
        )
        assert told.stdout.split("/")[-1] == "alignment.parquet\n"
        (line,) = told.stderr.splitlines()
        said = shlex.split(line.removeprefix("drawn by: "))
        assert said[:2] == ["plausible", "figure"]
        (csv,) = plausible(*said[1:], "--format", "csv").splitlines()
        assert csv == str(tmp_path / "figures" / "drawn" / "alignment.csv")
        drawn[folder] = Path(csv).read_text()
    plausible("figure", "alignment", "--format", "csv")
    of_package = (tmp_path / "figures" / "drawn" / "alignment.csv").read_text()
    assert len({*drawn.values()}) == 1
    assert of_package not in drawn.values()


def test_what_is_drawn_anew_is_not_in_the_wheel(installed: Path) -> None:
    assert {file.suffix for file in (installed / "figures").iterdir()} == {".py"}
    assert sum(f.stat().st_size for f in installed.rglob("*") if f.is_file()) < 12e6
