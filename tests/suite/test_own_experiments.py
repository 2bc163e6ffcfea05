"""Experiments and schedules in files of a user's own. Oracle: the promises, and what each does by its formula."""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from plausible.errors import BadInput
from plausible.registry import kinds, registry
from plausible.study.campaign import Plan, carry_out
from plausible.study.engine import Silent
from plausible.study.experiment import Experiment
from plausible.study.keys.changes import changes
from plausible.study.keys.key import key
from plausible.study.store.store import Store
from tests.suite.command import command

MINE = """
from helper import GAIN
from plausible.study.experiment import Experiment, Measured
from plausible.study.study import Study

def doubled(bench, times=1):
    yield Measured("gain", GAIN * times + bench.seed)

def smoke():
    return [Experiment(f"{__file__}:doubled", (("times", times),), seed) for times in (1, 2) for seed in (0, 1)]

study = Study("mine", "How much is it?", {"smoke": smoke})
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A study of experiments in a file of a user's own, with a file beside it."""
    (tmp_path / "helper.py").write_text("GAIN = 3.0\n")
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path / "mine.py"


@pytest.mark.parametrize("workers", [0, 1])
def test_an_experiment_in_a_file(workers: int, mine: Path, store: Store) -> None:
    cells = [Experiment(f"{mine}:doubled", (("times", 2),), seed) for seed in (0, 1)]
    runs = {cell: key(cell) for cell in cells}
    assert carry_out(Plan(runs), store, Silent(), workers=workers) == 2  # type: ignore[arg-type]
    table = Plan(runs).table(store)  # type: ignore[arg-type]
    assert table.value.tolist() == [6.0, 7.0]
    assert set(table.task) == {f"{mine.parent.name}/mine:doubled"}
    assert set(table.rule) == {"times=2"}


def test_a_study_of_experiments_in_a_file_by_the_command(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = command("run", str(mine), "--scale", "smoke", "--workers", "2", capsys=capsys)
    assert (ended.code, ended.out) == (0, "mine, smoke: 4 computed, 0 were there\n")
    ended = command("run", str(mine), "--scale", "smoke", capsys=capsys)
    assert (ended.code, ended.out) == (0, "mine, smoke: 0 computed, 4 were there\n")
    ended = command("report", str(mine), "--scale", "smoke", capsys=capsys)
    assert (ended.code, "gain" in ended.out) == (0, True), ended.err


def test_its_code_and_what_it_imports_are_its_key(mine: Path, store: Store) -> None:
    cell = Experiment(f"{mine}:doubled")
    before = key(cell)
    carry_out(Plan({cell: before}), store, Silent(), workers=0)  # type: ignore[dict-item]
    (stored,) = store
    assert changes(stored) == []
    moved = mine.parent / "elsewhere"
    moved.mkdir()
    for name in ("mine.py", "helper.py"):
        (moved / name).write_text(mine.with_name(name).read_text())
    assert key(Experiment(f"{moved}/mine.py:doubled")) == before, "wherever it lies"
    mine.with_name("helper.py").write_text("GAIN = 4.0\n")
    os.utime(mine.with_name("helper.py"), ns=(1, 1))
    assert key(cell).differences(before) == ["the code of helper.py changed"]


def test_what_is_no_function_of_a_file_is_refused(mine: Path) -> None:
    for function in ("mine.py", f"{mine}:1", f"{mine}:a.b", "a b", "", "x:y:z"):
        with pytest.raises(BadInput, match="expected module:function, FILE"):
            Experiment(function)
    with pytest.raises(BadInput, match=r"expected f'{__file__}:doubled' in a file"):
        Experiment("plausible_user_mine_00000000:doubled")
    with pytest.raises(BadInput, match="'halved'"):
        key(Experiment(f"{mine}:halved"))
    with pytest.raises(BadInput, match="unknown experiment 'nowhere'"):
        key(Experiment("nowhere"))


def test_a_schedule_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], store: Store) -> None:
    """Its first two fields are the rate and the number of steps; the rest are options."""
    (tmp_path / "own.py").write_text(
        "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Halving:\n"
        "    start: float\n    steps: int\n    times: float = 1.0\n\n"
        "    def __call__(self, step):\n        return self.start / 2 ** (self.times * step / self.steps)\n"
    )
    text = f"{tmp_path}/own.py:Halving[times=2]"
    made = registry.schedule(text, 0.4, 10)
    assert [made(step) for step in (0, 5, 10)] == pytest.approx([0.4, 0.2, 0.1])  # type: ignore[operator]
    line = (
        "compare",
        "--task",
        "two-moons[examples=100]",
        "--rules",
        "backprop",
        "--seeds",
        "1",
        "--epochs",
        "1",
    )
    ended = command(*line, "--schedule", text, "--workers", "1", capsys=capsys)
    assert ended.code == 0, ended.err
    (stored,) = store
    assert stored.run.optimiser.rate.times == 2  # type: ignore[attr-defined]
    ended = command(*line, "--schedule", "halving", capsys=capsys)
    assert (ended.code, "unknown schedule 'halving'" in ended.err) == (2, True)


PARTS = """from dataclasses import dataclass
from plausible.networks.inits import Init

@dataclass(frozen=True)
class Warm:
    start: float
    steps: int
    share: float = 0.5

    def __call__(self, step):
        return self.start

@dataclass(frozen=True)
class Sparse(Init):
    share: float = 0.1

    def draw(self, rng, fan_in, fan_out):
        return (rng.random((fan_in, fan_out)) < self.share) * rng.standard_normal((fan_in, fan_out))
"""


@pytest.mark.parametrize("option", ["steps=7", "start=0.1"])
def test_what_a_comparison_sets_of_a_schedule_is_no_option(option: str, tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(PARTS)
    with pytest.raises(BadInput, match="is given: expected options without start, steps, which the run sets"):
        registry.schedule(f"{tmp_path}/parts.py:Warm[{option}]", 0.4, 10)
    assert registry.schedule(f"{tmp_path}/parts.py:Warm[share=0.2]", 0.4, 10).share == 0.2  # type: ignore[union-attr]


def test_an_init_of_ones_own_may_stand_with_round_brackets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As uniform(0.3) does: one grammar for all."""
    (tmp_path / "parts_of_inits.py").write_text(PARTS)
    name = f"{tmp_path}/parts_of_inits.py:Sparse"
    for text in (f"{name}(0.3)", f"{name}(share=0.3)", f"{name}[share=0.3]"):
        assert registry.init(text) == registry.load("init", name)(0.3)
    monkeypatch.syspath_prepend(tmp_path)
    there = {kind: dict(kinds.registered(kind)) for kind in kinds.KINDS}
    there["init"]["sparse"] = EntryPoint("sparse", "parts_of_inits:Sparse", "plausible.inits")
    monkeypatch.setattr(kinds, "registered", there.__getitem__)
    assert registry.init("sparse(0.3)") == registry.init("sparse[share=0.3]")
    assert registry.init("half-glorot()") == registry.init("half-glorot")
    for text, told in (("sparze(0.3)", "did you mean 'sparse'"), ("sparse(0.3,0.4)", "at most 1 argument")):
        with pytest.raises(BadInput, match=told):
            registry.init(text)
