"""Scripts that start workers. Oracle: the promise that a script needs no guard, and no file."""

from __future__ import annotations

import os
import sys
from multiprocessing import spawn
from pathlib import Path
from types import ModuleType

import pytest

from plausible.errors import BadInput
from plausible.study.campaign import Plan, carry_out
from plausible.study.engine import Silent
from plausible.study.keys.key import key
from plausible.study.store.store import Store
from plausible.study.workers import executors
from plausible.study.workers.apart import without_main
from tests.checkout import copied
from tests.processes import COMMAND, finished
from tests.suite.quick import QUICK, SHORT

SCRIPT = """
from pathlib import Path
from plausible.study.compare import Comparison, compare
from plausible.study.store.store import Store
quick = Comparison("two-moons[examples=100]", ("backprop", "fa"), seeds=1, epochs=1, hidden=(4,))
made = compare(quick, workers=2, store=Store(Path("results")))
print([(outcome.status, outcome.reason) for outcome in made.outcomes])
"""
DASK = """
from plausible.study.engine import compute
from plausible.study.workers.executors import executor
from tests.suite.command import Outcomes
from tests.suite.quick import QUICK
heard = Outcomes()
with executor("dask:local", 1) as workplace:
    compute([QUICK], workplace, 1, heard)
print([(outcome.status, outcome.reason) for outcome in heard.outcomes.values()])
"""


def told(script: str, folder: Path, *, piped: bool) -> tuple[str, str]:
    """What a script prints, and what it says of errors; it is piped into Python, or has no guard of `__main__`."""
    (folder / "script.py").write_text(script)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with (folder / "script.py").open() as text:
        line = [sys.executable, "-"] if piped else [sys.executable, "script.py"]
        ended = finished(line, env, cwd=folder, stdin=text)
    return ended.stdout, ended.stderr


@pytest.mark.parametrize("piped", [True, False])
def test_a_script_needs_no_guard_and_no_file_to_have_workers(piped: bool, tmp_path: Path) -> None:
    assert told(SCRIPT, tmp_path, piped=piped) == ("[('done', ''), ('done', '')]\n", "")
    assert [stored.status for stored in Store(tmp_path / "results")] == ["done", "done"]


def test_nor_to_have_workers_of_dask(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    out, errors = told(DASK, tmp_path, piped=True)
    assert out == "[('done', '')]\n"
    assert "Traceback" not in errors


def test_other_processes_start_with_their_main_module() -> None:
    before = spawn.get_preparation_data("mine")
    with without_main("worker"), without_main("worker"):
        assert spawn.get_preparation_data("mine") == {**before, "name": "mine"}
        assert not any(item.startswith("init_main") for item in spawn.get_preparation_data("worker"))
    assert spawn.get_preparation_data("worker") == {**before, "name": "worker"}


def test_what_no_worker_could_begin_is_no_result(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says so, and the next call computes it."""
    gone = ModuleType("gone")  # that no worker can import
    exec("def execute(*given):\n    pass", vars(gone))
    monkeypatch.setitem(sys.modules, "gone", gone)
    plan = Plan({QUICK: key(QUICK)})
    with monkeypatch.context() as patch:
        patch.setattr(executors, "carried_out", gone.execute)
        with pytest.raises(BadInput, match=r"^no worker could begin 1 of the runs, .* see what.*$"):
            carry_out(plan, store, Silent())
    assert not list(store)
    assert carry_out(plan, store, Silent()) == 1
    assert [stored.status for stored in store] == ["done"]


@pytest.mark.parametrize("given", ["command", "script", "dask"])
def test_workers_import_the_suite_that_the_command_has(given: str, tmp_path: Path) -> None:
    """A clone in whose folder the command is given, while another suite is installed: workers would take that one."""
    if given == "dask":
        pytest.importorskip("distributed")
    for name in ("plausible", "baselines", "studies"):
        copied(Path(__file__).parents[2] / name, tmp_path / name)
    with (tmp_path / "baselines" / "backprop.py").open("a") as file:
        file.write("\nOTHER = 1\n")
    (tmp_path / "script.py").write_text(DASK if given == "dask" else SCRIPT)
    called = [*COMMAND, *SHORT] if given == "command" else [sys.executable, "script.py"]
    own = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = finished(called, cwd=tmp_path, env=own, check=False)
    assert done.returncode == 0, done.stderr
    assert "changed" not in done.stdout + done.stderr
