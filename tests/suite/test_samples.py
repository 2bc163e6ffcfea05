"""What is probed has answers that count, and the clock runs for learning alone. Oracle: what the docstrings promise."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible.core import Presentation, Rule, Step, View
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.probes.performance import performance
from plausible.probes.speed import speed
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.study import samples
from plausible.study.course import execute
from plausible.study.experiment import Experiment, perform
from plausible.study.run import Run
from plausible.study.samples import counting, probed, rehearse
from plausible.tasks.streams import Minibatches, Windows
from plausible.tasks.task import Split
from tests.suite.quick import OPTIMISERS

CLOCK = ("examples per second",)


def late(time: int, answers: list[list[int]]) -> Split:
    """Sequences of which x tells time and sequence, and answers count at the steps that are listed."""
    n = len(answers)
    x = (np.arange(time)[:, None] + np.arange(n) / 100)[..., None]
    mask = np.zeros((time, n))
    for sequence, steps in enumerate(answers):
        mask[steps, sequence] = 1
    return Split(x, -x, mask)


@pytest.mark.parametrize(
    ("split", "steps", "begin", "end", "sequences"),
    [
        (late(40, [[3, 30], [9], [0]]), 10, 0, 10, [0, 1, 2]),  # each has an answer among the first ten
        (late(40, [[3, 29], [14], [0]]), 10, 0, 30, [0]),  # one sequence, as there may be 30 steps in all
        (late(40, [[12], [14], [0]]), 10, 0, 15, [0, 1]),
        (late(90, [[80], [80], [80]]), 10, 51, 81, [0]),  # the last 30 of its steps
        (late(90, [[0], [80], [80]]), 10, 51, 81, [1]),  # the first has no answer there
        (late(40, [[39], [39], [39]])._replace(mask=None), 10, 0, 10, [0, 1, 2]),
        (late(5, [[4], [4], [4]]), 10, 0, 5, [0, 1, 2]),
    ],
)
def test_probed_steps_are_those_with_answers(
    split: Split, steps: int, begin: int, end: int, sequences: list[int]
) -> None:
    found = counting(split, np.arange(3), steps, 3)
    np.testing.assert_array_equal(found.x, split.x[begin:end, sequences])
    np.testing.assert_array_equal(found.y, split.y[begin:end, sequences])
    if split.mask is not None:
        assert found.mask is not None
        np.testing.assert_array_equal(found.mask, split.mask[begin:end, sequences])
        assert (found.mask.sum(axis=0) > 0).all()


def test_every_probe_of_late_answers_has_one() -> None:
    for stream in (Minibatches(1), Windows(7, 1)):
        found = probed(late(12_000, [[11_990]] * 60), "values", stream, np.random.default_rng(0))
        assert found.answered.mask is not None
        assert found.answered.mask.sum() == 60  # 60 · 12,000 steps are fewer than 500 · 10,000
        assert found.shown.mask is not None
        assert found.shown.mask.sum() == 50 * 1000 // 11_991
        assert found.one.x.shape == (11_991 if stream == Minibatches(1) else 7, 1, 1)


LATE = """
import numpy as np
from plausible.tasks.task import Recipe, Split, Task, one_hot


def late(rng, *, steps=1_050):
    def split():
        labels = rng.integers(0, 2, 4)
        y, mask = np.zeros((steps, 4, 2)), np.zeros((steps, 4))
        y[-1], mask[-1] = one_hot(labels, 2), 1
        x = rng.normal(size=(steps, 4, 1))
        x[-1, :, 0] = 2 * labels - 1
        return Split(x, y, mask)

    return Task("late", split(), split(), split(), "classes", Recipe((4,), "softmax", 1, 4, "sgd"))
"""


@pytest.mark.parametrize("window", [None, 50])
def test_a_late_answer_is_no_divergence(
    tmp_path: Path, window: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule learns the one answer, at step 1,050, and each probe finds it; here the first 1,000 are measured."""
    monkeypatch.setattr(samples, "STEPS", 100)
    monkeypatch.setattr(samples, "ANSWERED", 1000)
    (tmp_path / "late.py").write_text(LATE)
    run = Run(f"{tmp_path}/late.py:late", "bptt", RNN((4,)), SGD(0.1), 1, 4, window=window)
    outcome = execute(run)
    assert outcome.status == "done", outcome.reason
    found = {(row.split, row.metric, row.layer): row.value for row in outcome.rows if row.epoch == 1}
    for split in ("train", "validation", "test"):
        assert np.isfinite(found[split, "loss", ""])
    assert found["train", "gradient angle", "W2"] == pytest.approx(0, abs=0.1)
    assert found["train", "update norm", "W1"] > 0
    assert {m: v for (_, m, _), v in found.items() if not np.isfinite(v)} == {}


def test_of_no_answers_nothing_is_said() -> None:
    """A mean of nothing is no number, and targets that are all the same have no error relative to their spread."""

    class Still:
        def respond(self, params: object, state: object, x: Any, rng: object) -> list[Any]:
            return [-x]

    rule: Any = Still()
    split = late(9, [[3], [4]])
    for mask, y, expected in (
        (split.mask, split.y, {"loss", "normalised error"}),
        (0 * split.mask, split.y, set()),  # type: ignore[operator]
        (split.mask, 0 * split.y, {"loss"}),
    ):
        rng, loss = np.random.default_rng(0), output("linear").loss
        found = performance(rule, {}, None, Split(split.x, y, mask), "values", loss, rng)
        assert {m.metric for m in found} == expected


# --- the clock ------------------------------------------------------------------------------------------

ROWS = "two-moons[examples=60]"
SLOW = """
import time
from dataclasses import dataclass
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment

FIRST = []


@dataclass(frozen=True)
class Slow(FeedbackAlignment):
    def update(self, params, state, shown, rng):
        if not FIRST:
            FIRST.append(time.perf_counter.put_on(2000))
        return super().update(params, state, shown, rng)
"""


class Clock:
    """The machine's clock, which can be put on: as good as waiting, and the same on a machine of any speed."""

    def __init__(self) -> None:
        self.real, self.ahead = time.perf_counter, 0.0

    def __call__(self) -> float:
        return self.real() + self.ahead

    def put_on(self, seconds: float) -> None:
        """Let so much time pass."""
        self.ahead += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of this process."""
    made = Clock()
    monkeypatch.setattr(time, "perf_counter", made)
    return made


def test_what_happens_once_in_a_process_is_not_on_the_clock(tmp_path: Path, clock: Clock) -> None:
    """A first update of half an hour, as one that imports and compiles, leaves a few milliseconds of learning."""
    (tmp_path / "slow.py").write_text(SLOW)
    run = Run(ROWS, f"{tmp_path}/slow.py:Slow", MLP((4,)), SGD(0.1), 1, 36)
    outcome = execute(run)
    assert outcome.status == "done", outcome.reason
    assert clock.ahead == 2000
    assert max(row.seconds for row in outcome.rows) < 1000
    (speed,) = (row.value for row in outcome.rows if row.metric == "examples per second")
    assert speed > 36 / 1000


def test_the_speed_is_that_of_most_of_the_way() -> None:
    """Ten stretches of 100 examples, a second each, in three of which other work comes in between for a minute."""
    seconds = np.cumsum([0, 1, 61, 1, 1, 61, 1, 1, 1, 61, 1])
    clock = [(100 * n, float(at)) for n, at in enumerate(seconds)]
    assert speed([*clock, *clock]) == 100
    assert math.isnan(speed(clock[:1]))


def test_the_last_stretch_lacks_the_computing_of_a_step() -> None:
    """Steps of a second and 8 examples: the second one is computed before 8 are said to be learned."""
    assert speed([(0, 1.0), (8, 2.0), (16, 2.0001)]) == 8
    assert speed([(0, 1.0), (8, 1.0001)]) == pytest.approx(8, rel=1e-3)


def test_an_experiment_is_timed_from_when_it_is_there(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module whose import takes half an hour, and a measurement at once."""
    code = "import time\nfrom plausible.study.experiment import Measured\ntime.perf_counter.put_on(2000)\n"
    code += "def at_once(bench):\n    yield Measured('number', 1.0)\n"
    (tmp_path / "slow_experiment.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    outcome = perform(Experiment("slow_experiment:at_once"))
    assert clock.ahead == 2000
    assert [row.seconds < 1000 for row in outcome.rows] == [True]


@pytest.mark.parametrize("rule", ["feedback-alignment", "weight-mirror", "forward-forward"])
def test_the_rehearsal_changes_no_number(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run with it and one without it are the same to the last bit, whatever draws noise or carries a state."""

    def rows() -> list[tuple[Any, ...]]:
        outcome = execute(Run(ROWS, rule, MLP((4, 3)), Adam(0.01), 3, 7))
        assert outcome.status == "done", outcome.reason
        return [row._replace(seconds=0.0) for row in outcome.rows if row.metric not in CLOCK]

    warmed = rows()
    monkeypatch.setattr("plausible.study.course.rehearse", lambda *arguments: None)
    assert rows() == warmed


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=repr)
@pytest.mark.parametrize("first", [0, 4])
def test_the_rehearsal_is_the_step_that_comes(optimiser: Any, first: int) -> None:
    """What the rule is given is what it will be given, bit for bit, and nothing that is given away changes."""
    given: list[tuple[Any, ...]] = []

    class Watched(FeedbackAlignment):
        def update(self, params: View, state: Any, shown: Presentation, rng: np.random.Generator) -> Step:
            drawn = (rng.random(3).tolist(), shown.x.tolist(), {n: a.tolist() for n, a in params.items()})
            given.append(drawn)
            return FeedbackAlignment.update(self, params, state, shown, rng)

    rule: Rule = Watched(MLP((4,)))
    rng = np.random.default_rng(0)
    split = Split(
        rng.normal(size=(20, 2)).astype("float32"), np.eye(2, dtype="float32")[rng.integers(0, 2, 20)]
    )
    order, noise = np.random.default_rng(1), np.random.default_rng(2)
    params, state = rule.init(2, 2, np.random.default_rng(3))
    memory = optimiser.init(params)
    kept = repr((order.bit_generator.state, noise.bit_generator.state, memory, params))
    shown = split, "classes", Minibatches(6)
    rehearse(rule, optimiser, params, state, memory, *shown, order, noise, first)
    assert repr((order.bit_generator.state, noise.bit_generator.state, memory, params)) == kept
    expected = [*Minibatches(6)(split, "classes", 2, order)][first]
    rule.update(params, state, expected, noise)
    assert len(given) == 2
    assert given[0] == given[1]


def test_a_rehearsal_that_fails_is_a_run_that_fails(tmp_path: Path) -> None:
    code = SLOW.replace("FIRST.append(time.perf_counter.put_on(2000))", "raise RuntimeError('not today')")
    (tmp_path / "failing.py").write_text(code)
    outcome = execute(Run(ROWS, f"{tmp_path}/failing.py:Slow", MLP((4,)), SGD(0.1), 1, 36))
    assert outcome.status == "failed"
    assert "not today" in outcome.reason
