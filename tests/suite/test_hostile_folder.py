"""Commands that are given in a folder which somebody else has filled: no file of it is read that nobody has named.

Oracle: what the same command does in an empty folder, and a canary that only executed code writes.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pandas as pd
import pytest

from tests.processes import COMMAND, finished
from tests.suite.quick import SHORT


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """The folder."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    return folder


def given_in(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command in a folder, with a store beside it."""
    own = {"PLAUSIBLE_RESULTS": str(folder.parent / "results"), "MPLBACKEND": "agg"}
    done = finished([*COMMAND, *arguments], env={**os.environ, **own}, cwd=folder, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("content", ["bytes", "a pipe", "settings"])
def test_no_settings_of_matplotlib_are_read_there(content: str, hostile: Path) -> None:
    settings = hostile / "matplotlibrc"
    if content == "a pipe":
        os.mkfifo(settings)
    else:
        settings.write_bytes(b"\xff\xfe" if content == "bytes" else b"axes.titlesize: nonsense\nno.key: 1\n")
    code, out, err = given_in(hostile, *SHORT, "--out", "found")
    assert (code, "backprop" in out) == (0, True), err
    assert "Traceback" not in err
    assert "matplotlib" not in err
    assert list((hostile / "found").glob("*.png"))


def test_what_keeps_the_command_from_its_beginning_is_said(hostile: Path) -> None:
    (hostile / "sitecustomize.py").write_text("import sys\nsys.modules['typer'] = None\n")
    own = {"PYTHONPATH": f"{hostile}{os.pathsep}{os.environ.get('PYTHONPATH', '')}".rstrip(os.pathsep)}
    done = finished([*COMMAND, "list"], env={**os.environ, **own}, cwd=hostile, check=False)
    assert done.stderr.splitlines()[-1].startswith("ModuleNotFoundError: import of typer halted")
    (hostile / "sitecustomize.py").write_text("import sys\nsys.modules['plausible.cli'] = None\n")
    done = finished([*COMMAND, "list"], env={**os.environ, **own}, cwd=hostile, check=False)
    assert done.stderr.splitlines()[-1].startswith("ModuleNotFoundError: ")


EVIL = """
import sys
from pathlib import Path
Path({canary!r}).write_text("executed")
print("it runs", file=sys.stderr)
raise RuntimeError("no")
"""


@pytest.mark.parametrize("kind", ["figure", "study"])
def test_a_name_of_the_package_is_its_own(kind: str, hostile: Path, tmp_path: Path) -> None:
    (hostile / "studies" / "tables").mkdir(parents=True)
    (hostile / "figures").mkdir()
    text = EVIL.format(canary=str(tmp_path / "canary"))
    (hostile / "figures" / "alignment.py").write_text(text)
    (hostile / "studies" / "alignment.py").write_text(f"{text}\nstudy = 1\n")
    (hostile / "studies" / "tables" / "alignment.parquet").write_bytes(b"no table")
    command = ["figure", "alignment", "--format", "svg"] if kind == "figure" else ["status", "alignment"]
    code, _, err = given_in(hostile, *command)
    older = r"its table is older than its code; [^\n]*: plausible verify alignment\n"
    assert (code, re.sub(older, "", err)) == (0, "")
    assert not (tmp_path / "canary").exists()
    code, _, err = given_in(hostile, "figure", "./studies/tables/alignment.parquet")
    assert (code, "no table" in err or "cannot be read" in err) == (2, True)


@pytest.mark.parametrize("command", [["status", "mine"], ["figure", "mine"]])
def test_a_file_that_a_name_leads_to_is_said_before_it_is_executed(
    command: list[str], hostile: Path, tmp_path: Path
) -> None:
    (hostile / "studies" / "tables").mkdir(parents=True)
    (hostile / "figures").mkdir()
    for folder in ("studies", "figures"):
        text = EVIL.format(canary=str(tmp_path / "canary"))
        (hostile / folder / "mine.py").write_text(f"{text}\nstudy = 1\n")
    pd.DataFrame({"a": [1]}).to_parquet(hostile / "studies" / "tables" / "mine.parquet")
    code, _, err = given_in(hostile, *command)
    folder = "studies" if command[0] == "status" else "figures"
    assert code == 2
    assert err.splitlines()[:2] == [f"executed {hostile / folder / 'mine.py'}", "it runs"]
    assert (tmp_path / "canary").exists()
