"""Runs in this process, and classes of a notebook's cells. Oracle: the same run in a worker, and the promises."""

from __future__ import annotations

import linecache
import os
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.registry import registry, session
from plausible.registry.encoding import decode, encode
from plausible.study.campaign import Plan, carry_out
from plausible.study.compare import Comparison, compare
from plausible.study.engine import Silent
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.study.store.store import Store
from plausible.study.workers.executors import executor
from tests.processes import COMMAND, finished
from tests.suite.quick import QUICK

CELL = '''
from dataclasses import dataclass
import numpy as np
from baselines.backprop import Backprop
from plausible.networks.activations import Activation
from plausible.optimise.sgd import SGD

GAIN = 2.0

def more(signals):
    return [GAIN * signal for signal in signals]

@dataclass(frozen=True)
class Mine(Backprop):
    """Words."""

    def signals(self, params, passed, error):
        return more(super().signals(params, passed, error))

@dataclass(frozen=True)
class Own(SGD):
    """An optimiser."""

bent = Activation("bent", np.tanh, lambda h, out=None: np.subtract(1, h * h, out=out))
'''


class Notebook:
    """A session as a notebook has it: cells whose text Python's `linecache` knows, and no file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.main, self.cells = ModuleType("__main__"), 0
        monkeypatch.setitem(sys.modules, "__main__", self.main)

    def run(self, text: str) -> Any:
        """Execute a cell; what it defines."""
        self.cells += 1
        name = f"<cell {self.cells}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec"), vars(self.main))
        return self.main


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """A notebook."""
    return Notebook(monkeypatch)


def own_run(main: Any) -> Run:
    """A run of what the cells have defined."""
    return replace(QUICK, rule="__main__:Mine", network=MLP((4,), main.bent), optimiser=main.Own(0.1))


def carried(runs: list[Run], store: Store, workers: int) -> int:
    """How many of these were computed."""
    return carry_out(Plan({run: key(run) for run in runs}), store, Silent(), workers=workers)


def test_without_workers_numbers_are_the_same(store: Store, tmp_path: Path) -> None:
    """And nothing is left changed of how many threads this process calculates with."""
    quick = Comparison("two-moons[examples=100]", ("backprop", "fa"), seeds=1, epochs=1, hidden=(4,))
    here, there = (
        compare(quick, workers=0, store=store),
        compare(quick, workers=1, store=Store(tmp_path / "b")),
    )
    assert [outcome.status for outcome in here.outcomes] == ["done", "done"]
    timed = here.metrics.metric.str.contains("second|per ")
    assert here.metrics[~timed].drop(columns="seconds").equals(there.metrics[~timed].drop(columns="seconds"))
    assert here.computed == 2
    with threadpool_limits(2):
        assert compare(quick, workers=0, store=store).computed == 0
        with executor("local", 0):
            assert set(threads()) == {1}
        assert set(threads()) == {2}


def threads() -> list[int]:
    """How many threads the libraries of linear algebra in this process calculate with."""
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_what_fails_without_workers_is_stored_and_the_rest_is_done(store: Store, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "import sys\nfrom dataclasses import dataclass\nfrom baselines.backprop import Backprop\n"
        "@dataclass(frozen=True)\nclass Exits(Backprop):\n"
        "    def signals(self, params, passed, error):\n        sys.exit(3)\n"
    )
    runs = [replace(QUICK, rule=f"{tmp_path}/own.py:Exits"), QUICK]
    assert carried(runs, store, 0) == 2
    assert sorted(stored.status for stored in store) == ["done", "failed"]


def test_a_command_without_workers_prints_its_results_alone(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "import os\nfrom dataclasses import dataclass\nfrom baselines.backprop import Backprop\n"
        "@dataclass(frozen=True)\nclass Loud(Backprop):\n"
        "    def signals(self, params, passed, error):\n"
        "        print('in Python')\n        os.write(1, b'below it\\n')\n"
        "        return super().signals(params, passed, error)\n"
    )
    line = [
        *COMMAND,
        "compare",
        "--task",
        "two-moons[examples=100]",
        "--rules",
        "own.py:Loud",
        "--seeds",
        "1",
    ]
    line += ["--epochs", "1", "--hidden", "4", "--workers", "0"]
    ended = finished(line, cwd=tmp_path, env={**os.environ, "PLAUSIBLE_RESULTS": str(tmp_path / "results")})
    assert "Loud" in ended.stdout
    assert "in Python" not in ended.stdout
    assert "below it" not in ended.stdout
    assert "in Python" in ended.stderr


def test_classes_of_a_notebook_learn_in_this_process(notebook: Notebook, store: Store) -> None:
    run = own_run(notebook.run(CELL))
    assert carried([run], store, 0) == 1
    (stored,) = store
    assert (stored.status, stored.reason) == ("done", "")
    assert stored.run == run == decode(encode(run))
    assert registry.label("__main__:Mine[rate=1]") == "__main__:Mine[rate=1]"


@pytest.mark.parametrize(
    "cell",
    [
        "GAIN = 3.0",
        CELL.replace("[GAIN *", "[-GAIN *"),
        CELL.replace("(1, h * h", "(1, h * h * h"),
        CELL.replace("super().signals(", "2 and super().signals("),
        CELL.replace("(SGD):", "(SGD):\n    power: int = 2"),
    ],
)
def test_what_a_cell_changes_changes_the_key(cell: str, notebook: Notebook) -> None:
    run = own_run(notebook.run(CELL))
    before = key(run)
    notebook.run(CELL.replace("Words.", "Other words."))
    notebook.run("import math")  # which nothing uses
    assert key(own_run(notebook.main)) == before
    notebook.run(cell)
    changed = key(own_run(notebook.main))
    assert changed != before
    assert changed.differences(before)[-1] == "the code of __main__ changed"


VALUES = (  # pairs of values that give other numbers, or may
    *(("np.float32(1.0)", "np.float32(0.0)"), ("np.float32(1.0)", "np.float64(1.0)"), ("1.0", "1")),
    *(("[1.0]", "[0.0]"), ("[1.0]", "(1.0,)"), ("{'a': 1.0}", "{'a': 0.0}"), ("{1.0}", "{0.0}")),
    *(("np.array([1.0])", "np.array([0.0])"), ("np.array([1.0])", "np.array([[1.0]])")),
    *(("np.array([1], 'i4')", "np.array([1], 'u4')"), ("np.array([None])", "np.array([1])")),
    *(("SimpleNamespace(x=1.0)", "SimpleNamespace(x=0.0)"), ("Held(1.0)", "Held([0.0])")),
    *(("Plain(1.0)", "Plain([0.0])"), ("partial(scaled, 1.0)", "partial(scaled, 0.0)")),
    *(("Plain(1.0).twice", "Plain(0.0).twice"), ("lambda: 1.0", "lambda: 0.0"), ("scaled", "np.tanh")),
    *(("enclosing(1.0)", "enclosing(0.0)"), ("[SimpleNamespace(x=(1.0,))]", "[SimpleNamespace(x=(0.0,))]")),
    *(
        ("math", "np"),
        ("np.dot", "np.inner"),
        ("math.cos", "math.sin"),
        ("re.compile('a')", "re.compile('b')"),
    ),
    *(
        ("deque([1])", "deque([2])"),
        ("Colour.RED", "Colour.BLUE"),
        ("Held", "Plain"),
        ("cache(scaled)", "scaled"),
    ),
)
USES = """
import math, re
import numpy as np
from collections import deque
from dataclasses import dataclass
from enum import Enum
from functools import cache, partial
from types import SimpleNamespace
from baselines.backprop import Backprop

Colour = Enum("Colour", "RED BLUE", module=__name__)

def scaled(gain, signal=1.0):
    return gain * signal

def enclosing(gain):
    return lambda signal: gain * signal

@dataclass
class Held:
    x: object

class Plain:
    def __init__(self, x):
        self.x = x

    def twice(self):
        return 2 * self.x

@dataclass(frozen=True)
class Mine(Backprop):
    def signals(self, params, passed, error):
        return [float(np.sum(GAIN)) * signal for signal in super().signals(params, passed, error)]
"""


@pytest.mark.parametrize(("one", "other"), VALUES)
@pytest.mark.parametrize("name", ["GAIN", "_gain"])
def test_a_value_that_a_rule_uses_is_in_the_key(one: str, other: str, name: str, notebook: Notebook) -> None:
    """Through a list of it, too; a value that nothing uses is not, and an equal one gives the same key."""
    run = replace(QUICK, rule="__main__:Mine")
    notebook.run(USES.replace("GAIN", name) + f"\n{name} = {one}\n")
    before = key(run)
    assert key(run) == before
    assert not before.untold
    notebook.run(f"{name} = {one}")
    notebook.run("unused = np.arange(3)")
    assert key(run) == before
    notebook.run(f"{name} = {other}")
    assert key(run) != before


def test_what_a_value_calls_is_in_the_key(notebook: Notebook) -> None:
    """Whatever lies between: a table, a default, an enclosed function."""
    run = replace(QUICK, rule="__main__:Mine")
    notebook.run("FACTOR = 2.0\nOTHER = 1.0\n" + USES)
    for value in ("{'a': called}", "lambda call=called: call()", "cache(called)", "partial(called)"):
        notebook.run(f"def called():\n    return FACTOR\nFACTOR = 2.0\nGAIN = {value}\n")
        before = key(run)
        notebook.run("OTHER = 3.0")
        assert key(run) == before
        notebook.run("FACTOR = 3.0")
        assert key(run) != before


def test_a_changed_value_gives_its_own_numbers(notebook: Notebook, store: Store) -> None:
    """The breaker's session: the second result is that of a gain of 0, which learns nothing."""
    quick = Comparison("two-moons[examples=100]", ("__main__:Mine",), seeds=1, epochs=1, hidden=(4,))
    notebook.run(USES)
    scores = []
    for value in ("np.float32(1.0)", "np.float32(0.0)"):
        notebook.run(f"GAIN = {value}")
        made = compare(quick, workers=0, store=store)
        assert made.computed == 1
        scores.append(made.metrics[made.metrics.metric == "loss"].value.tolist())
    assert scores[0] != scores[1]
    assert compare(quick, workers=0, store=store).computed == 0


def test_a_value_that_cannot_be_told_is_computed_with_anew_each_time(
    notebook: Notebook, store: Store
) -> None:
    """One remark says which; what it gave before is not taken from the store, and other runs are."""
    quick = Comparison(
        "two-moons[examples=100]", ("__main__:Mine", "backprop"), seeds=1, epochs=1, hidden=(4,)
    )
    notebook.run(USES + "\nGAIN = np.random.default_rng(1).random()\n")
    notebook.run(USES.replace("GAIN", "drawn.random()") + "\ndrawn = np.random.default_rng(1)\n")
    said = "^runs use drawn, which is a numpy.random.*Generator.*computed anew each time$"
    for computed in (2, 1):
        with pytest.warns(UserWarning, match=said) as warned:
            made = compare(quick, workers=0, store=store)
        assert len(warned) == 1
        assert made.computed == computed
        assert [outcome.status for outcome in made.outcomes] == ["done", "done"]
        assert [stored.run.rule for stored in store] == ["backprop"]


def test_a_rule_may_change_a_value_of_its_session(notebook: Notebook, store: Store) -> None:
    """Its runs are known by the value that it began with."""
    quick = Comparison("two-moons[examples=100]", ("__main__:Mine",), seeds=2, epochs=1, hidden=(4,))
    notebook.run(USES.replace("float(np.sum(GAIN))", "(calls.append(1) or 1)") + "\ncalls = []\n")
    made = compare(quick, workers=0, store=store)
    assert [outcome.status for outcome in made.outcomes] == ["done", "done"]
    assert compare(quick, workers=0, store=store).computed == 2  # the list is another one by now
    notebook.run("calls = []")
    assert compare(quick, workers=0, store=store).computed == 0


@pytest.mark.parametrize("part", ["rule", "optimiser", "network"])
def test_workers_are_not_given_what_they_cannot_import(part: str, notebook: Notebook, store: Store) -> None:
    """In one line that says what to do, before anything runs."""
    run = replace(QUICK, **{part: getattr(own_run(notebook.run(CELL)), part)})
    with pytest.raises(
        BadInput, match=r"^a run is of classes .*: take workers=0, or write them into a file.*$"
    ):
        carried([run, QUICK], store, 1)
    assert not list(store)


def test_what_has_no_name_is_refused(notebook: Notebook) -> None:
    run = replace(QUICK, optimiser=notebook.run(CELL).Own(0.1))
    notebook.run(CELL)
    with pytest.raises(BadInput, match="class Own of this session was defined anew since"):
        key(run)
    with pytest.raises(BadInput, match="'__main__:Nothing' is not defined in this session"):
        key(replace(QUICK, rule="__main__:Nothing"))


def test_code_that_python_does_not_remember_has_a_key_all_the_same(notebook: Notebook) -> None:
    """As of a session without a notebook: of what Python has made of it, which another text has otherwise."""
    run = own_run(notebook.run(CELL))
    linecache.cache.clear()
    before = key(run)
    assert key(run) == before
    changed = own_run(notebook.run(CELL.replace("GAIN * signal", "3 * GAIN * signal")))
    linecache.cache.clear()
    assert key(changed).name != before.name


def test_the_code_of_a_script_is_its_file(notebook: Notebook, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("a = 1\n")
    notebook.main.__file__ = str(tmp_path / "script.py")
    assert session.source() == "a = 1\n"


@pytest.mark.parametrize(
    "loop",
    [
        "for GAIN in (1.0, 0.0):\n    compared()\n",
        "import sys\nGAIN = float(len(sys.argv))\nwhile GAIN > -1:\n    compared()\n    GAIN -= 1\n",
        "def each():\n    global GAIN\n    for GAIN in (1.0, 0.0):\n        compared()\neach()\n",
    ],
    ids=["for", "while", "global"],
)
def test_a_value_that_a_script_changes_gives_its_own_numbers(
    loop: str, notebook: Notebook, store: Store, tmp_path: Path
) -> None:
    """The text of the script is the same all the time; a gain of 0 learns nothing."""
    quick = Comparison("two-moons[examples=100]", ("__main__:Mine",), seeds=1, epochs=1, hidden=(4,))
    made = []
    notebook.main.compared = lambda: made.append(compare(quick, workers=0, store=store))
    script, text = tmp_path / "script.py", USES + loop
    script.write_text(text)
    notebook.main.__file__ = str(script)
    notebook.main.sys = SimpleNamespace(argv=[""])
    for _ in range(2):
        exec(compile(text.replace("import sys\n", ""), str(script), "exec"), vars(notebook.main))
    assert [each.computed for each in made] == [1, 1, 0, 0]
    losses = [each.metrics[each.metrics.metric == "loss"].value.tolist() for each in made]
    assert losses[0] != losses[1]
    assert losses[2:] == losses[:2]
