"""Code that a stored result names: a module, or a file of somebody's own. Reading a result executes none of it.

Oracle: a canary that only executed code writes, the files of the good run, and one line on standard error.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from plausible.registry import files as own_files
from plausible.study.experiment import Experiment
from plausible.study.keys.key import key
from plausible.study.run import Outcome
from plausible.study.store.store import Store
from tests.processes import COMMAND, finished
from tests.suite.command import command
from tests.suite.hostile import GOOD, files, json_of
from tests.suite.quick import QUICK, RULE, mine

READERS = (["why", "KEY"], ["clean"], ["clean", "--all", "--yes"], ["quarantine", "list"])


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What code writes that somebody executes: a module on the path, and the same as a user's file."""
    canary = tmp_path / "canary"
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    (hostile / "evil_module").mkdir()
    text = f"from pathlib import Path\nPath({str(canary)!r}).write_text('executed')\n"
    (hostile / "evil_module" / "__init__.py").write_text(text)
    (hostile / "evil_module" / "inner.py").write_text(text)
    (hostile / "evil.py").write_text(text + RULE)
    monkeypatch.syspath_prepend(hostile)
    return canary


CODE: dict[str, Callable[[Any, str], Any]] = {
    "a module as the class of an optimiser": lambda spec, file: spec["optimiser"].update(
        {"class": "evil_module:X"}
    ),
    "a module inside a package": lambda spec, file: spec["network"].update({"class": "evil_module.inner:X"}),
    "a module of the standard library": lambda spec, file: spec["optimiser"].update({"class": "this:x"}),
    "a file as the class of an optimiser": lambda spec, file: spec["optimiser"].update(
        {"class": f"{file}:Mine"}
    ),
    "a file as the class of a distribution": lambda spec, file: spec["network"].update(
        init={"class": f"{file}:M"}
    ),
    "a file as the rule": lambda spec, file: spec.update(rule=f"{file}:Mine"),
    "a file as the task": lambda spec, file: spec.update(task=f"{file}:Mine"),
    "a file as rule and task": lambda spec, file: spec.update(task=f"{file}:Mine", rule=f"{file}:Mine[a=1]"),
    "a file as a probe": lambda spec, file: spec.update(probes=[{"class": f"{file}:Mine"}]),
    "a module as a probe": lambda spec, file: spec.update(probes=[{"class": "evil_module:X"}]),
    "a file as the activation": lambda spec, file: spec["network"].update(activation=f"{file}:Mine"),
    "a file as an activation that is named": lambda spec, file: spec["network"].update(
        activation={"activation": f"{file}:Mine"}
    ),
    "a file as the output": lambda spec, file: spec["network"].update(
        output={"output": f"{file}:Mine", "reduction": "mean"}
    ),
    "a file as the network": lambda spec, file: spec["network"].update({"class": f"{file}:Mine"}),
    "a file as the criterion": lambda spec, file: spec.update(until={"class": f"{file}:Mine"}),
    "an experiment in a file": lambda spec, file: replaced(
        spec, {"class": "experiment", "function": f"{file}:Mine", "options": [], "seed": 0}
    ),
    "an experiment in a module": lambda spec, file: replaced(
        spec, {"class": "experiment", "function": "evil_module.inner:X", "options": [], "seed": 0}
    ),
    "an old store with a module": lambda spec, file: replaced(
        spec, {"class": "plausible.study.experiment:Experiment", "function": "evil_module:X"}
    ),
    "a module as the class of the run": lambda spec, file: spec.update({"class": "evil_module:X"}),
    "a class that is no data": lambda spec, file: spec.update({"class": "plausible.study.store.store:Store"}),
}


def replaced(value: dict[str, Any], other: dict[str, Any]) -> None:
    value.clear()
    value.update(other)


@pytest.mark.parametrize("change", CODE.values(), ids=CODE)
def test_reading_a_result_executes_nothing(
    change: Callable[[Any, str], Any],
    place: Path,
    store: Store,
    canary: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = set(sys.modules)
    good = files(store.runs / key(GOOD).name)
    json_of("spec.json", lambda spec: change(spec, str(tmp_path / "hostile" / "evil.py")))(place)
    for arguments in READERS:
        code, out, err = command(
            *(place.name if part == "KEY" else part for part in arguments), capsys=capsys
        )
        assert not canary.exists()
        assert (code, "Traceback" in out + err) in ((0, False), (2, False))
        assert err.count("\n") <= (
            2 if code else 1
        )  # why: that it is left, and that no such run can be asked about
    assert not {"evil_module", "evil_module.inner", "this"} & (set(sys.modules) - before)
    assert files(store.runs / key(GOOD).name) == good


def test_a_file_that_a_result_names_is_read_and_compared_and_executed_only_when_asked(
    store: Store, outcome: Outcome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = mine(tmp_path / "a", RULE)
    name = store.save(key(run), dataclasses.replace(outcome, run=run)).name
    canary = tmp_path / "canary"
    text = RULE + f"from pathlib import Path\nPath({str(canary)!r}).write_text('executed')\n"
    assert command("why", name, capsys=capsys)[1] == "nothing changed: this result is used\n"
    mine(tmp_path / "a", text)
    assert (
        command("why", name, capsys=capsys)[1] == "the code of mine.py changed\nthe data were not looked at\n"
    )
    assert not canary.exists()
    code, out, err = command("why", name, "--execute-files", capsys=capsys)
    assert (code, out) == (0, "the code of mine.py changed\nthe data were not looked at\n")
    assert err == f"executed {tmp_path / 'a' / 'mine.py'}\n"
    assert canary.exists()
    canary.unlink()
    assert command("clean", "--all", "--yes", capsys=capsys)[1] == "0 left over and 1 stale removed\n"
    assert not canary.exists()


def test_nothing_is_downloaded_to_read_a_result(
    store: Store,
    outcome: Outcome,
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("plausible.tasks.fetch.transfer", lambda url, *more: asked.append(url))
    monkeypatch.setattr("plausible.tasks.fetch.cache", lambda dataset: tmp_path / "cache" / dataset)
    monkeypatch.setenv("PLAUSIBLE_DATA", str(tmp_path))
    far = dataclasses.replace(QUICK, task="tiny-shakespeare")
    place = store.save(key(far, "theirs"), dataclasses.replace(outcome, run=far))
    code, out, err = command("clean", "--all", "--yes", capsys=capsys)
    assert (code, out, err.count("\n")) == (0, "0 left over and 0 stale removed\n", 1)
    assert (
        "input.txt of tinyshakespeare is not on this machine, and is not downloaded to read a result" in err
    )
    assert asked == []
    assert place.exists()


TASK = """
from plausible.tasks.toys import two_moons

def mine(rng):
    return two_moons(rng, examples=100)
"""


def test_a_task_in_a_file_is_neither_stale_nor_sound_until_it_is_executed(
    store: Store, outcome: Outcome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "moons.py"
    file.write_text(TASK)
    run = dataclasses.replace(QUICK, task=f"{file}:mine")
    place = store.save(key(run), dataclasses.replace(outcome, run=run))
    code, _, err = command("why", place.name, capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert "known only when its file is executed: --execute-files" in err
    code, out, err = command("clean", "--all", "--yes", capsys=capsys)
    assert (code, out, err.count("\n")) == (0, "0 left over and 0 stale removed\n", 1)
    assert f"{place} is kept: " in err
    assert (
        command("why", place.name, "--execute-files", capsys=capsys)[1]
        == "nothing changed: this result is used\n"
    )
    file.unlink()
    code, out, err = command("clean", "--all", "--yes", "--execute-files", capsys=capsys)
    assert (code, out, err.count("\n")) == (0, "0 left over and 0 stale removed\n", 1)
    assert place.exists()


def test_an_experiment_is_checked_without_importing_it(
    store: Store,
    outcome: Outcome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The parts of its key, from the files, are those that running it found."""
    cell = Experiment("studies.urbanczik2014:learn", (("nudging", 0.0),), 0)
    monkeypatch.setattr(Experiment, "load", lambda self: SimpleNamespace(__module__="studies.urbanczik2014"))
    run: Any = cell
    place = store.save(key(run), Outcome(run, "done"))
    monkeypatch.setattr(Experiment, "load", None)  # would fail if it were called
    for name in [name for name in sys.modules if name.partition(".")[0] == "studies"]:
        monkeypatch.delitem(sys.modules, name)
    assert command("why", place.name, capsys=capsys)[1] == "nothing changed: this result is used\n"
    assert "studies" not in sys.modules


def test_running_a_study_says_which_files_it_executes_once(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule, study = tmp_path / "rule.py", tmp_path / "study_of_mine.py"
    rule.write_text(RULE)
    study.write_text(
        "from plausible.networks.mlp import MLP\nfrom plausible.optimise.sgd import SGD\n"
        "from plausible.study.study import Study, cells\n"
        f"rules = [{f'{rule}:Mine'!r}]\n"
        "def smoke():\n    return cells(['two-moons[examples=100]'], rules, [MLP((4,))], SGD(0.1), 1, 10, 2)\n"
        "study = Study('mine', 'Who?', {'smoke': smoke})\n"
    )
    code, _, err = command("run", str(study), "--scale", "smoke", "--workers", "1", capsys=capsys)
    assert (code, err) == (0, f"executed {study}\nexecuted {rule}\n")
    assert (
        command("status", str(study), "--scale", "smoke", capsys=capsys)[2] == ""
    )  # of this process they are already


OWN = """
from dataclasses import dataclass
from plausible.optimise.sgd import SGD

@dataclass(frozen=True)
class Mine(SGD):
    pass
"""


def test_an_optimiser_in_a_file_is_found_by_who_executed_the_file_and_left_by_others(
    store: Store, outcome: Outcome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "own.py"
    file.write_text(OWN)
    run = dataclasses.replace(QUICK, optimiser=own_files.from_file(str(file), "Mine")(0.1))
    place = store.save(key(run), dataclasses.replace(outcome, run=run))
    found = store.find(key(run))
    assert found is not None
    assert found.run == run
    assert command("why", place.name, capsys=capsys)[1] == "nothing changed: this result is used\n"
    environment = {**os.environ, "PLAUSIBLE_RESULTS": str(store.root)}
    line = [sys.executable, "-m", "plausible", "clean", "--all", "--yes"]
    ended = finished(line, environment)
    assert ended.stdout == "0 left over and 0 stale removed\n"
    assert ended.stderr == (
        f"{place} is left where it is, and not used: it needs {str(file)!r}, "
        "a file that reading a result does not execute, but with --execute-files (in Python execute_files=True)\n"
    )
    assert place.exists()


def test_which_files_are_executed_is_said_before_anything_that_a_study_gives(tmp_path: Path) -> None:
    study = tmp_path / "mine.py"
    study.write_text(
        "from plausible.networks.mlp import MLP\nfrom plausible.optimise.sgd import SGD\n"
        "from plausible.study.study import Study, cells\n"
        "def smoke():\n    return cells(['two-moons'], ['backprop'], [MLP((4,))], SGD(0.1), 1, 10, 2)\n"
        "study = Study('mine', 'Who?', {'smoke': smoke})\n"
    )
    around = os.environ | {"PLAUSIBLE_RESULTS": str(tmp_path / "results")}
    line = [*COMMAND, "status", str(study), "--scale", "smoke"]
    first, *others = finished(line, around, stderr=subprocess.STDOUT).stdout.splitlines()
    assert first == f"executed {study}"
    assert others
    assert first not in others
