"""What a run answered to the test split is kept beside its measurements, and says what they say.

Oracle: accuracy is the mean of right answers, and the normalised error the sum of squared errors over the variance.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from plausible.core import randomness
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from plausible.probes.performance import CHUNK, answers, targets
from plausible.registry import registry
from plausible.study import answers as kept
from plausible.study.campaign import plan
from plausible.study.course import execute
from plausible.study.keys.key import key
from plausible.study.run import Outcome, Run
from plausible.study.store.export import beside, write_table
from plausible.study.store.store import Store
from plausible.study.study import Study
from plausible.study.workers.travel import heard, told
from plausible.tasks.task import Split
from tests.suite.command import computed

CLASSES = Run("digits", "backprop", MLP((8,)), epochs=1)
VALUES = Run("linear-teacher", "backprop", MLP((8,), output=output("linear")), epochs=1)
STEPS = Run("reber", "bptt", RNN((6,)), epochs=1)
RUNS = {"classes": CLASSES, "values": VALUES, "steps": STEPS}


def last(outcome: Outcome, metric: str) -> float:
    """The value of a metric on the test split."""
    (value,) = [row.value for row in outcome.rows if row[6:9] == ("test", metric, "")]
    return value


def stored(folder: Path, run: Run, outcome: Outcome) -> Store:
    """A store with the outcome of a run."""
    store = Store(folder / "results")
    store.save(key(run), outcome)
    return store


@pytest.mark.parametrize("kind", RUNS)
def test_answers_say_what_the_table_says(tmp_path: Path, kind: str) -> None:
    run = RUNS[kind]
    outcome = execute(run)
    found = stored(tmp_path, run, outcome).find(key(run))
    assert found is not None
    of = found.answers()
    assert of is not None
    test = registry.task(run.task, randomness(0).data).test
    assert of.scores.shape == (len(targets(test)),)
    if kind == "values":
        assert of.predicted is None
        # each error is stored in float32: half a unit in its last place, and a mean is off by no more
        assert of.scores.mean() == pytest.approx(last(outcome, "normalised error"), rel=2**-24 + 1e-12)
    else:
        assert of.predicted is not None
        assert of.scores.mean() == pytest.approx(last(outcome, "accuracy"), abs=1e-15)
        assert np.array_equal(of.scores == 1, of.predicted == targets(test).argmax(axis=1))


def test_they_travel_from_a_worker() -> None:
    outcome = execute(CLASSES)
    assert len(outcome.answers) > 0
    assert heard(CLASSES, told(outcome)).answers == outcome.answers


def test_a_run_takes_little_room() -> None:
    """A bit and a byte for each of the 10,000 images of MNIST, and a head of the file."""
    rng = np.random.default_rng(0)
    y = np.eye(10)[rng.integers(10, size=10_000)]
    of = kept.of_split(y, Split(y, y), "classes")
    assert of is not None
    assert len(kept.packed(of)) < 10_000 + 1_250 + 1_500


def test_a_run_that_may_not_read_the_test_split_has_none(tmp_path: Path) -> None:
    run = replace(CLASSES, test=False)
    outcome = execute(run)
    assert outcome.answers == b""
    found = stored(tmp_path, run, outcome).find(key(run))
    assert found is not None
    assert found.answers() is None


def test_a_run_that_was_stored_before_has_none_and_is_read(tmp_path: Path) -> None:
    store = stored(tmp_path, CLASSES, execute(CLASSES))
    (file,) = store.root.rglob("answers.npz")
    file.unlink()
    found = store.find(key(CLASSES))
    assert found is not None
    assert found.answers() is None
    assert len(found.metrics()) > 0


@pytest.mark.parametrize("damage", ["cut", "format", "length"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    of = kept.Answers(np.ones(20), np.zeros(20, np.int64))
    file = tmp_path / "answers.npz"
    file.write_bytes(kept.packed(of))
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-40])
    else:
        arrays = dict(np.load(file))
        about = str(arrays["about"])
        about = (
            about.replace('"format": 1', '"format": 9') if damage == "format" else about.replace("20", "21")
        )
        np.savez(file, **arrays | {"about": np.array(about)})
    with pytest.raises(BadInput, match=r"answers\.npz") as refused:
        kept.read(file)
    assert "\n" not in str(refused.value)


def test_an_answer_that_is_not_finite_is_wrong_and_has_no_label() -> None:
    y = np.eye(3)
    answer = np.array([[1, 0, 0], [0, np.nan, 0], [np.inf, 0, 1]])
    of = kept.of_split(answer, Split(y, y), "classes")
    assert of is not None
    assert of.scores.tolist() == [1, 0, 0]
    assert of.predicted is not None
    assert of.predicted.tolist() == [0, -1, -1]


def test_targets_lie_as_answers_do() -> None:
    """Sequences are answered in pieces, whose steps follow each other: so are the targets they are compared with."""

    class Echo:
        def respond(self, params: object, state: object, x: np.ndarray, rng: object) -> list[np.ndarray]:
            return [x]

    n = CHUNK + 3
    x = np.arange(2.0 * n).reshape(2, n, 1)
    mask = np.ones((2, n))
    mask[0, ::2] = 0
    split = Split(x, x, mask)
    said = answers(Echo(), {}, None, split, np.random.default_rng(0))  # type: ignore[arg-type]
    assert np.array_equal(said, targets(split))


def test_too_many_answers_are_not_kept() -> None:
    y = np.zeros((kept.MOST + 1, 2))
    y[:, 0] = 1
    assert kept.of_split(y, Split(y, y), "classes") is None


def test_answers_of_many_runs_lie_beside_a_table(tmp_path: Path) -> None:
    """A bit for each answer that is right or wrong; four bytes for an error."""
    rng = np.random.default_rng(0)
    scores = {f"{n:032x}": (rng.random(360) < 0.9).astype(float) for n in range(20)}
    scores |= {"f" * 32: rng.random(100), "e" * 32: np.ones(7)}
    file = tmp_path / "table.answers.npz"
    content = kept.packed_all(scores)
    file.write_bytes(content)
    found = kept.read_all(file)
    assert found.keys() == scores.keys()
    for name, each in scores.items():
        assert np.array_equal(found[name], each.astype(np.float32))
    assert len(content) < 20 * (45 + 32) + 4 * 100 + 8 * 400
    file.write_bytes(content[:-50])
    with pytest.raises(BadInput, match=r"table\.answers\.npz cannot be used"):
        kept.read_all(file)


@pytest.mark.parametrize("asked", [True, False])
def test_a_study_that_asks_for_them_exports_them(tmp_path: Path, asked: bool) -> None:
    runs = [replace(CLASSES, seed=seed) for seed in (0, 1)]
    study = Study("mine", "Where?", {"fast": lambda: runs}, answers=asked)
    store = Store(tmp_path / "results")
    computed(runs, store)
    file = tmp_path / "mine.parquet"
    write_table(study, "fast", plan(study, "fast"), store, file, "mine")
    assert beside(file).is_file() == asked
    if asked:
        found = kept.read_all(beside(file))
        table = pd.read_parquet(file)
        last = table[(table.split == "test") & (table.metric == "accuracy")].set_index("key").value
        assert {key: each.mean() for key, each in found.items()} == pytest.approx(dict(last), abs=1e-15)
