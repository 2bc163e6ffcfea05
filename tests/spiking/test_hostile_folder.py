"""Brian2 reads settings of the current folder and evaluates them; here it reads none, and the user's change no number.

Oracle: a canary that only evaluated settings write, and the program that is generated without any settings.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plausible.registry.elsewhere import elsewhere
from plausible.registry.encoding import canonical
from plausible.spiking.circuit import Circuit, Group
from tests.processes import finished

CIRCUIT = Circuit(1.0, (Group("cell", 3, "dv/dt = -v/(10*ms) : 1", method="exact"),))
PREFERENCES = """
codegen.cpp.extra_compile_args_gcc = (open({canary!r}, "w").close(), ["-DPOISONED"])[1]
codegen.loop_invariant_optimisations = False
core.default_integer_dtype = int64
"""
RUN = """
from plausible.spiking.brian import brian2, session
with session("numpy"):
    print([brian2.prefs[name] for name in ("codegen.loop_invariant_optimisations", "core.default_float_dtype")])
print(brian2.prefs["codegen.loop_invariant_optimisations"])
"""


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder is hostile; what its settings write if they are evaluated."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / "brian_preferences").write_text(PREFERENCES.format(canary=str(tmp_path / "canary")))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    yield tmp_path / "canary"
    assert Path.cwd() == folder


def generated(folder: Path) -> dict[str, str]:
    """What a build generates in a folder, without compiling it: `make` does nothing."""
    tools = folder / "tools"
    tools.mkdir(parents=True)
    (tools / "make").write_text("#!/bin/sh\nexit 0\n")
    (tools / "make").chmod(0o700)
    program = folder / "program"
    program.mkdir()
    (program / "circuit.json").write_text(canonical(CIRCUIT))
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    line = [sys.executable, "-P", "-m", "plausible.spiking.build", str(program)]
    finished(line, env={**os.environ, "PATH": path})
    files = [program / "manifest.json", *(program / "code").rglob("*.cpp"), program / "code" / "makefile"]
    return {str(file.relative_to(program)): file.read_text().replace(str(folder), "") for file in files}


def test_a_build_reads_nothing_of_the_current_folder(canary: Path, tmp_path: Path) -> None:
    found = generated(tmp_path / "one")
    assert not canary.exists()
    assert not any("POISONED" in text for text in found.values())


def test_the_users_preferences_change_no_program(canary: Path, tmp_path: Path) -> None:
    Path("brian_preferences").unlink()
    without = generated(tmp_path / "one")
    mine = tmp_path / "home" / ".brian"
    mine.mkdir()
    (mine / "user_preferences").write_text(PREFERENCES.format(canary=str(canary)))
    assert generated(tmp_path / "two") == without
    assert canary.exists()  # they were read, as those of the user


def test_importing_brian2_reads_nothing_of_the_current_folder(canary: Path) -> None:
    done = finished([sys.executable, "-c", RUN])
    assert done.stdout.splitlines() == ["[True, <class 'numpy.float64'>]", "True"]
    assert not canary.exists()


def test_a_run_here_takes_no_preference_of_the_user_and_leaves_them(canary: Path, tmp_path: Path) -> None:
    mine = tmp_path / "home" / ".brian"
    mine.mkdir()
    (mine / "user_preferences").write_text("codegen.loop_invariant_optimisations = False\n")
    done = finished([sys.executable, "-c", RUN])
    assert done.stdout.splitlines() == ["[True, <class 'numpy.float64'>]", "False"]


def test_the_current_folder_is_what_it_was_also_where_it_is_gone(tmp_path: Path, canary: Path) -> None:
    before = Path.cwd()
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    try:
        with elsewhere():
            assert (Path.cwd() / "train.py").is_file()
        with pytest.raises(FileNotFoundError):
            Path.cwd()
    finally:
        os.chdir(before)
