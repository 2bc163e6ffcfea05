"""A probe that raises is told as the probe's failure, and costs its own measurements only.

Oracle: the same run without the fault, number by number.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from plausible.networks.mlp import MLP
from plausible.probes.cost import MEMORY, PER_EXAMPLE, WORK
from plausible.report.summary import reasons, unmeasured
from plausible.study.compare import Comparison, Result, compare
from plausible.study.course import execute
from plausible.study.keys.key import key
from plausible.study.run import Outcome, Run
from plausible.study.store.store import Store

SOUND = '''
from dataclasses import dataclass
from baselines.backprop import Backprop
from plausible.core import Outer, Step
from plausible.networks.mlp import MLP
from plausible.tasks.toys import two_moons
import dataclasses, numpy as np

@dataclass(frozen=True)
class Narrow:
    """Learns the read-out of a network of two layers, whatever it is given; W1 is random and fixed."""

    network: MLP = MLP()

    def init(self, n_in, n_out, rng):
        return MLP((5,)).start(n_in, n_out, rng), None

    def update(self, params, state, shown, rng):
        h = MLP((5,)).forward(params, shown.x).activities
        return Step({"W2": Outer(h[-2], h[-1] - shown.y, -1 / len(h[-1]))})

    def respond(self, params, state, x, rng):
        return MLP((5,)).forward(params, x).activities[1:]

@dataclass(frozen=True)
class Alone(Narrow):
    reference = ""

@dataclass(frozen=True)
class Plain(Alone):
    def update(self, params, state, shown, rng):
        if type(shown.x) is not np.ndarray:
            raise TypeError("plain arrays only")
        return super().update(params, state, shown, rng)

def reported(rng):
    def report(layers):
        raise RuntimeError("no report today")
    return dataclasses.replace(two_moons(rng, examples=100), report=report)
'''


def run_of(folder: Path, rule: str, task: str = "two-moons[examples=100]") -> Run:
    (folder / "narrow.py").write_text(SOUND)
    rule = f"{folder / 'narrow.py'}:{rule}" if rule[0].isupper() else rule
    return Run(task, rule, MLP((4, 4)), epochs=2, batch_size=10)


def measured(outcome: Outcome) -> set[tuple[object, ...]]:
    """Every number but those of the clock, of angles and of costs."""
    costs = (*(PER_EXAMPLE.format(work) for work in WORK), *MEMORY)
    skipped = ("examples per second", "weight angle", "norm", "update norm", *costs)
    return {tuple(row._replace(seconds=0, rule="")) for row in outcome.rows if row.metric not in skipped}


def test_a_reference_that_knows_other_weights_is_no_fault_of_the_rule(tmp_path: Path) -> None:
    """Backprop in the network that the run names looks for W3; the rule has W1 and W2, and learns."""
    outcome = execute(run_of(tmp_path, "Narrow"))
    assert outcome.status == "done"
    assert outcome.reason.startswith("probe 'alignment', not the rule, failed at epoch 0: KeyError: 'W3' (")
    assert "\n" not in outcome.reason
    assert "networks/mlp.py:" in outcome.reason
    assert "narrow.py" not in outcome.reason
    assert outcome.traceback.startswith("Traceback")
    assert measured(outcome) == measured(execute(run_of(tmp_path, "Alone")))


def test_a_rule_that_cannot_be_counted_is_measured_otherwise(tmp_path: Path) -> None:
    outcome = execute(run_of(tmp_path, "Plain"))
    assert outcome.status == "done"
    where = f"{tmp_path / 'narrow.py'}:"
    assert outcome.reason.startswith(
        "probe 'cost', not the rule, failed at epoch 2: TypeError: plain arrays only ("
    )
    assert where in outcome.reason
    assert measured(outcome) == measured(execute(run_of(tmp_path, "Alone")))


def test_a_report_that_raises_is_the_tasks_failure(tmp_path: Path) -> None:
    outcome = execute(run_of(tmp_path, "backprop", f"{tmp_path / 'narrow.py'}:reported"))
    assert outcome.status == "done"
    assert outcome.reason.startswith(
        "probe 'report of the task', not the rule, failed at epoch 2: RuntimeError: "
    )
    sound = execute(run_of(tmp_path, "backprop"))
    assert len(outcome.rows) == len(sound.rows)


def test_a_rule_that_raises_is_still_its_own_failure(tmp_path: Path) -> None:
    run = run_of(tmp_path, "Alone")
    (tmp_path / "narrow.py").write_text(SOUND.replace("h = MLP", "raise KeyError('W3'); h = MLP", 1))
    outcome = execute(run)
    assert outcome.status == "failed"
    assert outcome.reason.startswith("KeyError: 'W3' (")
    assert "narrow.py:" in outcome.reason


@pytest.mark.parametrize(
    ("activities", "said"),
    [
        ("activities[-1]", "TypeError: respond returned an array: expected a list of arrays"),
        ("activities[1:2]", "ValueError: respond answers with shape (60, 5): expected (60, 2)"),
        ("activities[:1] + [MLP((5,)).forward(params, x).activities[-1][:1]]", "answers with shape (1, 2)"),
        (
            "activities[:1] + [MLP((5,)).forward(params, x).activities[-1][:, :1]]",
            "answers with shape (60, 1)",
        ),
    ],
)
def test_an_answer_of_another_shape_is_compared_with_no_target(
    tmp_path: Path, activities: str, said: str
) -> None:
    """Numpy would spread a single row, or column, over all of them, and give an accuracy."""
    run = run_of(tmp_path, "Alone")
    (tmp_path / "narrow.py").write_text(SOUND.replace("activities[1:]", activities, 1))
    outcome = execute(run)
    assert outcome.status == "failed"
    assert said in outcome.reason
    assert not outcome.rows


@pytest.fixture
def result(tmp_path: Path) -> Result:
    rules = (run_of(tmp_path, "Narrow").rule, "backprop")
    return compare(Comparison("two-moons[examples=100]", rules, seeds=1, epochs=1, hidden=(4, 4)))


def test_a_comparison_says_so_and_counts_no_run_as_lost(result: Result) -> None:
    assert reasons(result) == []
    (line,) = unmeasured(result)
    assert "seed 0: done: probe 'alignment', not the rule, failed at epoch 0: KeyError: 'W3'" in line


def test_the_store_keeps_what_failed_and_its_traceback(tmp_path: Path) -> None:
    run = run_of(tmp_path, "Narrow")
    store = Store(tmp_path / "results")
    folder = store.save(key(run), execute(run))
    assert "Traceback" in (folder / "log.txt").read_text()
    stored = store.find(key(run))
    assert stored is not None
    assert stored.status == "done"
    assert str(stored.outcome()).startswith(
        "done: probe 'alignment', not the rule, failed at epoch 0: KeyError: 'W3'"
    )
    assert str(stored.outcome()).endswith(f"traceback in {folder / 'log.txt'}")


def test_a_failure_is_kept_over_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plausible.study.course.KEEP_EVERY", 0.0)
    run = dataclasses.replace(run_of(tmp_path, "Narrow"), epochs=4)
    whole = execute(run)

    def stop(fraction: float) -> None:
        if fraction > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(run, stop, checkpoint=tmp_path / "kept.npz")
    again = execute(run, checkpoint=tmp_path / "kept.npz")
    assert (again.reason, again.traceback) == (whole.reason, whole.traceback)
