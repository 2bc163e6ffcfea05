"""A run, an experiment and a kind of one's own share one protocol: they are planned, carried out and stored alike.

Oracle: what each says of itself.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from plausible.errors import BadInput
from plausible.registry.files import from_file
from plausible.study import campaign
from plausible.study.engine import Silent
from plausible.study.experiment import Experiment
from plausible.study.keys.changes import changes
from plausible.study.keys.key import key
from plausible.study.store.store import Store
from plausible.study.study import Skipped, Study
from plausible.study.work import Work
from tests.suite.quick import QUICK

ROOT = Path(__file__).parents[2]
OWN = '''
from dataclasses import dataclass
from typing import ClassVar
from plausible.study.experiment import Measured
from plausible.study.work import Outcome, Row

SIDES = 2

def thrown(bench, times=3):
    """Throws a coin."""
    for n in range(times):
        yield Measured("heads", (bench.seed + n) % SIDES, n)

@dataclass(frozen=True)
class Coin:
    """A kind of work that is neither a run nor an experiment."""

    engine: ClassVar = ("plausible.study.experiment", "perform")
    metal: str = "copper"
    seed: int = 0
    task = "throw"
    rule = "coin"
    data = ""
    registered = False

    def head(self):
        return self.task, f"{self.rule}[metal={self.metal}]", self.seed

    def settings(self):
        return {}

    def learner(self):
        return None

    def named(self):
        return {}

    def renamed(self, change):
        return self

    def probed(self, probes):
        return self

    def execute(self, progress, limit, checkpoint):
        return Outcome(self, "done", rows=[Row(*self.head(), 0.0, 0, 0.0, "train", "heads", "", float(self.seed))])
'''


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path / "own.py"


def test_runs_and_experiments_are_work(own: Path) -> None:
    coin: Any = from_file(str(own), "Coin")
    for work in (QUICK, Experiment("some.where:f"), coin()):
        assert isinstance(work, Work)
    assert not isinstance("backprop", Work)
    assert not isinstance(Skipped(QUICK, "why"), Work)


@pytest.mark.parametrize("workers", [0, 1])
def test_one_study_holds_all_kinds(own: Path, tmp_path: Path, workers: int) -> None:
    coin: Any = from_file(str(own), "Coin")
    cells = [
        QUICK,
        Experiment(f"{own}:thrown", (("times", 4),)),
        coin("tin", 1),
        Skipped(coin(), "no copper"),
    ]
    study = Study("mixed", "Do they go together?", {"smoke": lambda: cells})
    plan, store = campaign.plan(study, "smoke"), Store(tmp_path / "results")
    assert campaign.carry_out(plan, store, Silent(), workers=workers) == 3
    assert [outcome.status for outcome in campaign.outcomes(plan, store)] == ["done"] * 3
    table = plan.table(store)
    heads, thrown = table[table.metric == "heads"], f"{tmp_path.name}/own:thrown"
    assert heads[heads.task == thrown].value.tolist() == [0, 1, 0, 1]
    assert heads[heads.task == "throw"][["rule", "seed", "value"]].to_numpy().tolist() == [
        ["coin[metal=tin]", 1, 1.0]
    ]
    assert [campaign.name(cell) for cell in cells[1:]] == [
        f"times=4@{thrown}/0",
        "coin[metal=tin]@throw/1",
        "coin[metal=copper]@throw/0",
    ]
    assert campaign.plan(study, "smoke").stored(Store(tmp_path / "results")).keys() == plan.keys.keys()
    assert all(not changes(stored, execute=True) for stored in store)


def test_an_experiment_in_a_file_is_another_when_its_code_is(own: Path, tmp_path: Path) -> None:
    experiment = Experiment(f"{own}:thrown")
    before = key(experiment)
    assert before == key(experiment)
    own.write_text(OWN.replace("SIDES = 2", "SIDES = 6"))
    after = key(experiment)
    assert [found for found in after.differences(before) if "own.py" in found]
    (tmp_path / "moved").mkdir()
    own.rename(tmp_path / "moved" / "own.py")
    assert key(Experiment(f"{tmp_path / 'moved' / 'own.py'}:thrown")).name == after.name


@pytest.mark.parametrize("function", ["", ":f", "f", "a.b:", "a.b:f g", "a\nb:f", 3, None, ["a:f"]])
def test_what_names_no_function_is_refused(function: Any) -> None:
    with pytest.raises(BadInput, match="expected"):
        Experiment(function)


def test_nothing_tells_runs_from_experiments_by_their_class() -> None:
    """But a plan, where it lists what can be tuned, and what makes again runs that were tuned or stored."""
    told = re.compile(r"isinstance\([^)]*\b(Run|Experiment)\b|Run \| Experiment")
    told_apart = {"study/campaign.py": 1, "study/rebuilt.py": 1, "study/verified.py": 2}
    for file in ROOT.glob("plausible/**/*.py"):
        found = [line for line in file.read_text().splitlines() if told.search(line)]
        assert len(found) == told_apart.get(file.relative_to(ROOT / "plausible").as_posix(), 0), (
            f"{file}: {found}"
        )
