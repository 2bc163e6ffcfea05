"""What is there can be found: lists, versions, keys of runs, how many seeds a difference takes. Oracle: the files."""

from __future__ import annotations

import json
import sys
from importlib import metadata
from pathlib import Path

import pytest

from plausible.cli.main import main
from plausible.errors import BadInput
from plausible.study.store.store import Store

ROOT = Path(__file__).parents[2]
STUDY = '''"""Is this listed?"""
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.study import Study, cells

def smoke():
    return cells(["two-moons[examples=100]"], ["backprop", "shallow"], [MLP((2,)), MLP((3,))], SGD(0.1), 1, 4, 2)

study = Study("mine", "Is this listed?", {"smoke": smoke})
'''


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Run a command; what it printed, and its exit code."""

    def run(*arguments: str) -> tuple[str, str, int]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capfd.readouterr()
        return out, err, int(ended.value.code or 0)

    return run


def test_all_studies_are_listed_with_what_they_offer(said) -> None:  # type: ignore[no-untyped-def]
    rows = {row["name"]: row for row in json.loads(said("list", "studies", "--json")[0])}
    files = {file.stem for file in (ROOT / "studies").glob("*.py") if "\nstudy = " in file.read_text()}
    assert rows.keys() == files
    assert rows["lillicrap2016"]["scales"][:2] == ["smoke", "fast"]
    assert all(row["question"].endswith("?") for row in rows.values())
    assert (rows["accuracy"]["published"], rows["accuracy"]["table"]) == (0, "yes")


def test_a_broken_study_hides_no_other(said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "broken.py").write_text("import nothing_of_this_name\nstudy = 1\n")
    monkeypatch.chdir(tmp_path)
    out, _, code = said("list", "studies", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert code == 0
    assert rows["broken"]["question"] == "not told without running it"
    assert "accuracy" in rows


def test_all_figures_are_listed(said) -> None:  # type: ignore[no-untyped-def]
    rows = json.loads(said("list", "figures", "--json")[0])
    drawn = {file.stem for file in (ROOT / "figures").glob("*.py")} - {"__init__"}
    assert {row["name"] for row in rows} == drawn & {
        f.stem for f in (ROOT / "studies/tables").glob("*.parquet")
    }
    assert all(row["what"] and (ROOT / row["table"]).is_file() for row in rows)


def test_rules_are_listed_with_their_options(said) -> None:  # type: ignore[no-untyped-def]
    rows = {row["name"]: row["options"] for row in json.loads(said("list", "rules", "--json")[0])}
    assert "peer=0.03" in rows["forward-forward"]
    assert rows["backprop"] == ["matching=False"]
    assert rows["shallow"] == []
    assert not any(option.startswith("network") for options in rows.values() for option in options)


def test_the_version_is_that_of_the_package(said) -> None:  # type: ignore[no-untyped-def]
    assert said("--version") == (f"plausible {metadata.version('plausible')}\n", "", 0)


def test_status_tells_the_key_of_every_run(said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "mine.py"
    file.write_text(STUDY)
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "results"))
    missing = said("status", str(file), "--scale", "smoke", "--runs")[0]
    assert (
        missing.count("backprop@two-moons[examples=100]/1")
        == missing.count("shallow@two-moons[examples=100]/0")
        == 2
    )  # of two networks
    assert said("run", str(file), "--scale", "smoke", "--workers", "1")[2] == 0
    shown = said("status", str(file), "--scale", "smoke", "--runs")[0]
    keys = [folder.name for folder in (tmp_path / "results" / "runs").iterdir()]
    assert len(keys) == 8
    for key in keys:
        (line,) = [line for line in shown.splitlines() if key in line]
        assert line.rstrip().endswith("done")
        assert said("why", key[:12])[0] == "nothing changed: this result is used\n"


def test_seeds_are_told_from_the_committed_table(
    said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path))
    monkeypatch.delenv("PLAUSIBLE_DATA", raising=False)  # reading a table needs no data
    few, many = (
        json.loads(said("seeds", "accuracy", "--difference", points, "--json")[0]) for points in ("2", "0.1")
    )
    assert [row["rule"] for row in few] == [row["rule"] for row in many]
    assert all(a["seeds"] < b["seeds"] for a, b in zip(few, many, strict=True))
    assert "accuracy.parquet" in said("seeds", "accuracy")[1]


@pytest.mark.parametrize("bad", [("--difference", "0"), ("--power", "1"), ("--difference", "inf")])
def test_seeds_refuses_what_makes_no_sense(bad: tuple[str, str], said) -> None:  # type: ignore[no-untyped-def]
    out, err, code = said("seeds", "accuracy", *bad)
    assert (out, code) == ("", 2)
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_what_is_missing_is_installed_by_the_command_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the clone, into the Python that runs; the extras named are those of pyproject.toml."""
    import tomllib

    from plausible.errors import BadInput, installing
    from plausible.study.workers.executors import executor

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {"dask", "spiking"} <= extras.keys()
    assert installing("dask") == f"{sys.executable} -m pip install -e '{ROOT}[dask]'"
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(BadInput) as refused, executor("dask:local", 1):
        pass
    assert installing("dask") in str(refused.value)


def test_the_report_of_a_study_names_the_files_of_its_figure(said, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """Where it has a figure and a table; last, and not in JSON."""
    (tmp_path / "mine.py").write_text(STUDY)
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "results"))
    monkeypatch.chdir(tmp_path)
    line = ("report", "./mine.py", "--scale", "smoke")
    assert said("run", "./mine.py", "--scale", "smoke", "--workers", "0")[2] == 0
    assert "plausible figure" not in "".join(said(*line)[:2])
    for folder, file in (("figures", "mine.py"), ("studies/tables", "mine.parquet")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / file).write_text("")
    assert said(*line)[1].splitlines()[-1] == "figure: plausible figure mine --format svg,pdf,csv"
    out, err, _ = said(*line, "--json")
    assert "figure" not in out + err


def test_an_unknown_scale_is_named_with_its_study(said, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "mine.py").write_text(STUDY)
    err = said("status", str(tmp_path / "mine.py"), "--scale", "fast")[1]
    assert err.endswith("unknown scale 'fast' of study 'mine': expected one of smoke\n")


def test_a_store_is_at_a_path_however_it_is_given(tmp_path: Path) -> None:
    assert Store(str(tmp_path / "a")).root == Store(tmp_path / "a").root == tmp_path / "a"
    with pytest.raises(BadInput, match="the folder of a store is 3: expected a path"):
        Store(3)  # type: ignore[arg-type]
