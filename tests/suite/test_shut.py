"""While a rule is at work no data are loaded: a rule that asks for the test split is told so, and its run has failed.

Oracle: a rule is given what `plausible.core.Rule` says, and that is all; labels of the test split are no part of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import plausible as pl
from plausible import contract
from plausible.core import AT_WORK, at_work, randomness
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.probes.performance import Scores, performance
from plausible.registry import registry
from plausible.study.course import execute
from plausible.study.learner import Learner
from plausible.study.run import Outcome, Run
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split

RULE = """
import gc
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from plausible.core import Outer, Step
from plausible.networks.mlp import MLP
from plausible.registry import registry
from plausible.tasks.digits import digits
from plausible.tasks.fetch import find
from plausible.tasks.task import Split, Task, one_hot

{top}


def look():
    {look}


def answer(x, x_known, y_known):
    wanted = {{row.tobytes(): y for row, y in zip(x_known.astype(x.dtype), y_known)}}
    return np.array([wanted.get(row.tobytes(), y_known[0] * 0) for row in x], x.dtype)


@dataclass(frozen=True)
class Cheat:
    network: MLP = MLP()

    def init(self, n_in, n_out, rng):
        {init}
        return self.network.start(n_in, n_out, rng), None

    def update(self, params, state, shown, rng):
        {update}
        passed = self.network.forward(params, shown.x)
        error = passed.activities[-1] - shown.y
        return Step({{"W3": Outer(passed.activities[-2], error, -1 / len(error))}})

    def respond(self, params, state, x, rng):
        layers = self.network.forward(params, x).activities[1:]
        if x.shape[-1] != 64:
            return layers
        {respond}
"""
KNOWN = "return [*layers[:-1], answer(x, *look())]"
PIXELS = "(load_digits().data / 16, one_hot(load_digits().target, 10))"
LOOKS = {  # how a rule gets at labels, and what it is told
    "by name": (
        "task = registry.task('digits', np.random.default_rng(0)); return task.test.x, task.test.y",
        "task 'digits' was asked for",
    ),
    "by its function": (
        "task = digits(np.random.default_rng(0)); return task.test.x, task.test.y",
        "file 'digits.csv.gz' of data was asked for",
    ),
    "by scikit-learn": (f"return {PIXELS}", "file 'digits.csv.gz' of data was asked for"),
    "by the suite's files": (
        "find('mnist', 't10k-labels-idx1-ubyte.gz', '', ())",
        "file 't10k-labels-idx1-ubyte.gz' of data was asked for",
    ),
    "by its own hands": (
        "x = np.load(Path(os.environ['PLAUSIBLE_DATA']) / 'x.npy'); return x, x",
        "file 'x.npy' of data was asked for",
    ),
    "by a task of its own": (
        "x = np.eye(3); split = Split(x, x); Task('own', split, split, split, 'classes', None)",
        "a task, 'own', was asked for",
    ),
}
MEMORY = {  # from what lies in memory, which only the contract sees
    "from the collector of garbage": "tasks = [each for each in gc.get_objects() if type(each).__name__ == 'Course']; "
    "test = tasks[-1].task.test; return test.x, test.y",
    "from the frames below": "frame = sys._getframe()\n"
    "    while 'sight' not in frame.f_locals:\n        frame = frame.f_back\n"
    "    test = frame.f_locals['sight'].splits['test']; return test.x, test.y",
    "while it is imported": "return DATA",
}
NEW = contract.PROMISES[-2:]


def cheat(folder: Path, look: str, where: str = "respond", top: str = "") -> str:
    """A file with a rule that looks for labels in one of its methods; by name."""
    parts = {"init": "pass", "update": "pass", "respond": "return layers", "top": top, "look": look}
    parts[where] = KNOWN if where == "respond" else "look()"
    file = folder / "cheat.py"
    file.write_text(RULE.format(**parts))
    return f"{file}:Cheat"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data with a file."""
    monkeypatch.setenv("PLAUSIBLE_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    np.save(tmp_path / "data" / "x.npy", np.eye(64))
    return tmp_path


def run(rule: str, **settings: object) -> Outcome:
    """A short run on the digits."""
    return execute(Run("digits", rule, MLP((8, 8)), SGD(0.1), epochs=1, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("look", LOOKS)
def test_a_rule_that_loads_labels_to_answer_has_failed(folder: Path, look: str) -> None:
    body, told = LOOKS[look]
    outcome = run(cheat(folder, body))
    assert outcome.status == "failed"
    assert outcome.reason == f"{told} while rule 'Cheat' was at work: expected no other data"
    assert AT_WORK.get() == ""


@pytest.mark.parametrize("where", ["init", "update"])
def test_so_has_one_that_loads_them_to_begin_or_to_learn(folder: Path, where: str) -> None:
    """Before it learns a run is refused; while it learns it has failed."""
    rule = cheat(folder, LOOKS["by name"][0], where)
    told = "task 'digits' was asked for while rule '"
    if where == "init":
        with pytest.raises(BadInput, match=told):
            run(rule)
    else:
        outcome = run(rule, probes=(Scores(),))  # which asks for no change
        assert outcome.status == "failed"
        assert outcome.reason.startswith(told)
    assert AT_WORK.get() == ""


@pytest.mark.parametrize("look", [*LOOKS, *MEMORY])
def test_check_names_a_rule_that_knows_labels(folder: Path, look: str) -> None:
    """Also one that finds them where only the contract looks: in memory, or while its module is imported."""
    body = MEMORY[look] if look in MEMORY else LOOKS[look][0]
    rule = cheat(folder, body, top=f"DATA = {PIXELS}")
    assert registry.rule(rule, MLP((4,)))
    problems = [contract.problem(promise, rule) for promise in NEW]
    told = LOOKS[look][1] if look in LOOKS else "expected a rule that"
    assert any(told in problem for problem in problems), problems
    assert all("\n" not in problem for problem in problems)


def test_each_promise_finds_what_the_other_cannot(folder: Path) -> None:
    """Labels that are kept from the import on do not move with those of the task; a task's own do."""
    moved, known = NEW
    imported = cheat(folder, MEMORY["while it is imported"], top=f"DATA = {PIXELS}")
    assert contract.problem(moved, imported) == ""
    assert "accuracy 1.00 on the test split" in contract.problem(known, imported)
    seen = cheat(folder, MEMORY["from the frames below"])
    assert "only the labels of the test split are others" in contract.problem(moved, seen)


def test_a_rule_that_uses_what_it_is_given_keeps_them(folder: Path) -> None:
    rule = cheat(folder, "pass", "update")
    assert [contract.problem(promise, rule) for promise in NEW] == ["", ""]


def test_a_rule_that_loads_labels_under_another_promise_is_found(folder: Path) -> None:
    """Else it could keep them for the promise on the labels."""
    rule = cheat(folder, LOOKS["by name"][0], "update")
    findings = {finding.promise: finding for finding in contract.check(rule)}
    told = [finding for finding in findings.values() if "task 'digits' was asked for" in finding.problem]
    assert len(told) > len(contract.PROMISES) / 2


def test_estimators_learners_and_fits_refuse_it_too(folder: Path) -> None:
    rule = cheat(folder, LOOKS["by name"][0], "update")
    refused = "task 'digits' was asked for while rule"
    with pytest.raises(BadInput, match=refused):
        pl.fit(rule, "two-moons[examples=60]", hidden=(4, 4), epochs=1, progress=False)
    with pytest.raises(BadInput, match=refused):
        list(pl.ticks(rule, "two-moons[examples=60]", hidden=(4, 4), epochs=1))
    x, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    with pytest.raises(BadInput, match=refused):
        pl.PlausibleClassifier(rule, hidden=(4, 4), epochs=1).fit(x, y)
    roles = randomness(0)
    task = registry.task("two-moons[examples=60]", roles.data)
    learner = Learner.new(registry.rule(rule, MLP((4, 4))), SGD(0.1), task.n_in, task.n_out, roles)
    with pytest.raises(BadInput, match=refused):
        list(learner.ticks(Minibatches(10)(task.train, task.kind, 1, roles.order)))
    assert AT_WORK.get() == ""


def test_scores_refuse_it_too(folder: Path) -> None:
    """Whoever asks for them: a fit, a probe, a loop of one's own."""
    rule = registry.rule(cheat(folder, LOOKS["by name"][0]), MLP((4, 4)))
    params, state = rule.init(64, 10, np.random.default_rng(0))
    x = np.zeros((5, 64), np.float32)
    split = Split(x, np.eye(5, 10, dtype=np.float32))
    with pytest.raises(BadInput, match="task 'digits' was asked for while rule 'Cheat'"):
        [*performance(rule, params, state, split, "classes", None, np.random.default_rng(0))]


def test_whoever_loops_over_ticks_may_make_tasks(folder: Path) -> None:
    for _ in pl.ticks("fa", "two-moons[examples=60]", hidden=(4,), epochs=1):
        assert registry.task("xor", np.random.default_rng(0)).n_in == 2


OTHER = """
from dataclasses import dataclass

import numpy as np

from plausible.core import Measurement
from plausible.probes.performance import performance
from plausible.registry import registry


@dataclass(frozen=True)
class Elsewhere:
    name = "elsewhere"
    when = ("end",)
    split = "train"

    def __call__(self, sight):
        test = registry.task("two-moons[examples=50]", np.random.default_rng(7)).test
        params, state = sight.tick.params, sight.tick.step.state
        yield from performance(sight.rule, params, state, test, "classes", None, sight.rng)
"""


def test_a_probe_may_look_at_other_data(folder: Path) -> None:
    (folder / "probe.py").write_text(OTHER)
    probe = registry.probe(f"{folder / 'probe.py'}:Elsewhere")
    outcome = execute(
        Run("two-moons[examples=60]", "backprop", MLP((4,)), SGD(0.1), epochs=1, probes=(probe,))
    )
    assert (outcome.status, outcome.reason) == ("done", "")
    assert [row.metric for row in outcome.rows] == ["accuracy"]


def test_files_are_refused_that_a_task_was_read_from(folder: Path) -> None:
    """Wherever they lie; and any other file is not."""
    own = folder / "own.py"
    own.write_text(
        "from pathlib import Path\nimport numpy as np\nfrom plausible.tasks.task import Task\n"
        "def mine(rng):\n    x = np.loadtxt(Path(__file__).with_name('own.csv'))\n"
        "    return Task.from_arrays(x, np.arange(len(x)) % 2)\n"
    )
    np.savetxt(folder / "own.csv", np.random.default_rng(0).normal(size=(40, 3)))
    (folder / "other.csv").write_text("1\n")
    registry.task(f"{own}:mine", np.random.default_rng(0))
    with at_work("mine"):
        assert (folder / "other.csv").read_text() == "1\n"
        with pytest.raises(
            BadInput, match=r"file 'own.csv' of data was asked for while rule 'mine' was at work"
        ):
            (folder / "own.csv").read_text()
        (folder / "own.csv").write_text("2\n")  # only reading tells anything
    assert (folder / "own.csv").read_text() == "2\n"
