"""What a user writes works in `run` and `compare`; where it does not, it costs its own rows. Oracle: the promises."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from plausible.errors import BadInput
from plausible.registry.files import from_file
from plausible.study.campaign import Plan, carry_out
from plausible.study.engine import Silent
from plausible.study.keys.key import key
from plausible.study.store.store import Store
from tests.processes import COMMAND, finished
from tests.suite.command import command
from tests.suite.quick import QUICK

OPTIMISER = """
import os
from dataclasses import dataclass
from plausible.optimise.sgd import SGD

@dataclass(frozen=True)
class Own(SGD):
    "Stochastic gradient descent, by another name."

@dataclass(frozen=True)
class Picky(SGD):
    "One that only the process which asked can make."

    def __post_init__(self):
        super().__post_init__()
        if os.getpid() != int(os.environ.get("ASKING", os.getpid())):
            raise RuntimeError("not in a worker")

@dataclass(frozen=True)
class Leaves(SGD):
    "One that ends whatever other process makes it."

    def __post_init__(self):
        super().__post_init__()
        if os.getpid() != int(os.environ.get("ASKING", os.getpid())):
            raise SystemExit(3)
"""
ELSEWHERE = """
import os
from dataclasses import dataclass
from plausible.optimise.sgd import SGD

if os.getpid() != int(os.environ.get("ASKING", os.getpid())):
    raise ImportError("imported in a worker")

@dataclass(frozen=True)
class Imported(SGD):
    "An optimiser in a file that only the process which asked can import."
"""
STUDY = """
from own import Leaves, Own, Picky
from elsewhere import Imported
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.run import Run
from plausible.study.study import Study

def smoke():
    common = "two-moons[examples=100]", "backprop", MLP((4,))
    optimisers = (SGD(0.1), Picky(0.1), Leaves(0.1), Imported(0.1), Own(0.1))
    return [Run(*common, optimiser, epochs=1, batch_size=10) for optimiser in optimisers]

study = Study("mine", "Do they travel?", {"smoke": smoke})
"""
LINE = ("compare", "--task", "two-moons[examples=100]", "--seeds", "1", "--epochs", "1", "--hidden", "4")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a user's own with optimisers and a study of them, and the current one."""
    for name, text in (("own", OPTIMISER), ("elsewhere", ELSEWHERE), ("mine", STUDY)):
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKING", str(os.getpid()))
    return tmp_path


def test_an_optimiser_of_ones_own_in_compare(
    folder: Path, capsys: pytest.CaptureFixture[str], store: Store
) -> None:
    """The same numbers as the suite's optimiser that it is."""
    rules = "backprop,backprop@sgd[rate=0.1],backprop@./own.py:Own[rate=0.1]"
    ended = command(
        *LINE, "--rules", rules, "--optimiser", "./own.py:Own[rate=0.2]", "--workers", "2", capsys=capsys
    )
    assert ended.code == 0, ended.err
    assert [stored.status for stored in store] == ["done"] * 3
    frame = pd.concat([stored.metrics() for stored in store])
    by_optimiser = {
        type(stored.run.optimiser).__name__ + str(stored.run.optimiser.rate.start): stored.metrics()  # type: ignore
        for stored in store
    }
    assert sorted(by_optimiser) == ["Own0.1", "Own0.2", "SGD0.1"]
    assert len(frame)
    same, suites = (by_optimiser[name] for name in ("Own0.1", "SGD0.1"))
    timed = same.metric.str.contains("second|per ")
    assert same[~timed].value.tolist() == suites[~timed].value.tolist()


@pytest.mark.parametrize("executor", ["local", "dask:local"])
def test_what_a_worker_cannot_read_costs_its_own_run(
    executor: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told with the reason, all others are done, and nothing hangs; so it is when it is asked for again."""
    if executor != "local":
        pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    ended = command(
        "run", "mine.py", "--scale", "smoke", "--workers", "2", "--executor", executor, capsys=capsys
    )
    assert (ended.code, ended.out) == (1, "mine, smoke: 5 computed, 0 were there\n")
    told = [line for line in ended.err.splitlines() if ": failed: " in line]
    assert len(told) == 3
    for reason in ("RuntimeError: not in a worker", "SystemExit: 3", "ImportError: imported in a worker"):
        assert sum(reason in line for line in told) == 1, told
    assert sorted(stored.status for stored in Store()) == ["done", "done", "failed", "failed", "failed"]
    ended = command("status", "mine.py", "--scale", "smoke", capsys=capsys)
    assert (ended.code, ended.err.count(": failed: ")) == (0, 3)
    for stored in Store():
        assert command("why", stored.key.name, capsys=capsys).code == 0


def test_one_that_raises_on_import_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything runs."""
    (folder / "own.py").write_text(f"{OPTIMISER}\nraise ValueError('θ < 0')\n")
    number = (folder / "own.py").read_text().count("\n")
    ended = command(*LINE, "--optimiser", "./own.py:Own", capsys=capsys)
    expected = f"'{folder}/own.py' cannot be imported: ValueError: θ < 0 (own.py:{number}); run it by itself"
    assert (ended.code, ended.err) == (2, f"error: file {expected}\n")
    ended = command("run", "mine.py", "--scale", "smoke", capsys=capsys)
    assert ended.code == 2
    assert f"ValueError: θ < 0 (own.py:{number})" in ended.err.splitlines()[-1]
    assert not list(Store())


def test_an_error_in_letters_that_the_locale_has_not(tmp_path: Path) -> None:
    """It is stored as it was raised, and the rest is done."""
    (tmp_path / "own.py").write_text(
        "from dataclasses import dataclass\nfrom baselines.backprop import Backprop\n"
        "@dataclass(frozen=True)\nclass Mine(Backprop):\n"
        "    def signals(self, params, passed, error):\n        raise ValueError('θ < 0')\n",
        encoding="utf-8",
    )
    around = {"PLAUSIBLE_RESULTS": str(tmp_path / "results"), "LC_ALL": "C", "PYTHONUTF8": "0"}
    line = [*COMMAND, *LINE, "--rules", "own.py:Mine,backprop", "--workers", "1"]
    ended = finished(line, {**os.environ, **around, "PYTHONCOERCECLOCALE": "0"}, cwd=tmp_path, check=False)
    assert (ended.returncode, "backprop" in ended.stdout) == (1, True), ended.stderr
    assert "failed: ValueError: ? < 0 (own.py:6); traceback in" in ended.stderr
    stored = {one.status: one for one in Store(tmp_path / "results")}
    assert sorted(stored) == ["done", "failed"]
    assert stored["failed"].reason == "ValueError: θ < 0 (own.py:6)"
    assert "ValueError: θ < 0" in stored["failed"].traceback()


def test_one_that_ends_the_worker_while_it_is_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By a signal that no code can hold: it is handed out again, and then told as lost."""
    (folder / "own.py").write_text(OPTIMISER.replace("raise SystemExit(3)", "os.kill(os.getpid(), 9)"))
    ended = command("run", "mine.py", "--scale", "smoke", "--workers", "1", capsys=capsys)
    assert (ended.code, ended.out) == (1, "mine, smoke: 5 computed, 0 were there\n")
    assert ended.err.count("failed: its worker was killed by SIGKILL; was memory short?") == 1
    assert sorted(stored.status for stored in Store()) == ["done", "done", "failed", "failed", "failed"]


NUMBERS = """
from dataclasses import dataclass
from plausible.optimise.sgd import SGD

@dataclass(frozen=True)
class Plain:
    rate: float = 0.1
    kind: int = 1

    def init(self, params):
        return {}

    def apply(self, params, updates, memory, loss=None):
        SGD(self.rate).apply(params, updates, {"step": 0})
"""


def test_a_rate_that_is_a_number_gets_no_schedule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], store: Store
) -> None:
    """What could not be read again is refused before it runs."""
    (tmp_path / "own.py").write_text(NUMBERS)
    own = f"{tmp_path}/own.py:Plain"
    ended = command(*LINE, "--rules", "backprop", "--optimiser", own, capsys=capsys)
    assert (ended.code, ended.err.count("\n")) == (2, 1), ended.err
    assert "the rate of Plain, declared as a number, is 'cosine': expected --schedule constant" in ended.err
    run = replace(QUICK, optimiser=from_file(str(tmp_path / "own.py"), "Plain")(kind=0.5))
    with pytest.raises(
        BadInput, match=r"^a run of 'fa' could not be read again: a stored value is 0\.5: expected int"
    ):
        carry_out(Plan({run: key(run)}), store, Silent(), workers=1)
    line = (*LINE, "--rules", "backprop", "--optimiser", own, "--schedule", "constant", "--workers", "1")
    assert command(*line, capsys=capsys).code == 0
    (stored,) = store
    assert stored.status == "done"


def test_a_run_of_a_file_as_it_was_is_refused(tmp_path: Path, store: Store) -> None:
    """A worker would execute the file as it is."""
    (tmp_path / "own.py").write_text(NUMBERS)
    run = replace(QUICK, optimiser=from_file(str(tmp_path / "own.py"), "Plain")())
    (tmp_path / "own.py").write_text(NUMBERS.replace("0.1", "0.2"))
    os.utime(tmp_path / "own.py", ns=(1, 1))
    with pytest.raises(BadInput, match="is of classes as they were before their file changed"):
        carry_out(Plan({run: key(run)}), store, Silent(), workers=1)
