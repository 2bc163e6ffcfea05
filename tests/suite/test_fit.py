"""pl.fit, pl.ticks, and what was learned. Oracles: the engine's run of the same words, numpy, and the definitions."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix, r2_score

import plausible as pl
from plausible.api.fitting import prepared
from plausible.study.learned import read
from tests.processes import finished

SMALL: Any = {"hidden": (8,), "epochs": 3, "batch_size": 20}
MOONS = "two-moons[examples=200]"
X = np.random.default_rng(0).normal(size=(120, 4))
WORDS = np.where(X[:, 0] + X[:, 1] > 0, "up", "down")
VALUES = np.stack([X[:, 0] - X[:, 1], X[:, 2]], axis=1)


def same(one: pl.Params, other: pl.Params) -> bool:
    """Whether weights are the same to the last bit."""
    return one.keys() == other.keys() and all(one[name].tobytes() == other[name].tobytes() for name in one)


@pytest.mark.parametrize("rule", ["backprop", "fa@adam", "pc[settling=euler(5,0.1)]"])
def test_the_engine_learns_the_same_bits(rule: str, tmp_path: Path) -> None:
    """Of the run that a comparison of the same words makes in a worker, and the same measurements."""
    fitted = pl.fit(rule, "digits", epochs=1, hidden=(300,), seed=1)
    made = pl.compare(
        rule,
        "digits",
        epochs=1,
        hidden=(300,),
        seeds=2,
        workers=1,
        store=tmp_path / "results",
        keep_weights=True,
    )
    stored = read(Path(made.weights.file[1]))
    assert stored.run == fitted.run
    assert same(stored.params, fitted.params)
    loaded = pl.load(made.weights.file[1])
    for split in ("train", "validation", "test"):
        assert loaded.score(split) == fitted.score(split)
    timeless = ["epoch", "split", "metric", "layer", "value"]
    there, here = (h[~h.metric.str.contains("second")][timeless] for h in (loaded.history, fitted.history))
    pd.testing.assert_frame_equal(there, here)


def test_scores_are_those_of_the_history() -> None:
    fitted = pl.fit("fa", MOONS, **SMALL)
    history = fitted.history
    for split in ("validation", "test"):
        last = history[(history.split == split) & (history.metric == "accuracy")].value.iloc[-1]
        assert fitted.score(split) == last
        own = fitted.task.splits[split]
        assert fitted.score(own.x, own.y.argmax(axis=1)) == last
    assert {"status", "hidden", "optimiser", "epochs"} < set(history.columns)


def test_labels_and_a_confusion_matrix_are_in_the_words_that_were_given() -> None:
    fitted = pl.fit(
        "backprop", pl.Task.from_arrays(X, WORDS), **{**SMALL, "epochs": 30}, optimiser="adam[rate=0.02]"
    )
    said = fitted.predict(X)
    assert set(said) == {"up", "down"}
    assert fitted.score(X, WORDS) == (said == WORDS).mean() > 0.8
    matrix = fitted.confusion(X, WORDS)
    assert matrix.index.tolist() == matrix.columns.tolist() == ["down", "up"]
    assert np.array_equal(matrix.to_numpy(), confusion_matrix(WORDS, said, labels=["down", "up"]))


def test_values_of_several_outputs_are_scored_by_the_share_of_variance() -> None:
    fitted = pl.fit("backprop", pl.Task.from_arrays(X, VALUES), hidden=(8,), epochs=20, batch_size=10)
    said = fitted.predict(X)
    assert said.shape == VALUES.shape
    both = 1 - ((VALUES - said) ** 2).sum() / ((VALUES - VALUES.mean(axis=0)) ** 2).sum()
    assert fitted.score(X, VALUES) == pytest.approx(both, rel=1e-5)
    one = pl.fit("backprop", pl.Task.from_arrays(X, VALUES[:, 0]), hidden=(8,), epochs=20, batch_size=10)
    assert one.predict(X).shape == (120,)
    assert one.score(X, VALUES[:, 0]) == pytest.approx(r2_score(VALUES[:, 0], one.predict(X)), rel=1e-5)
    with pytest.raises(pl.BadInput, match="a task of values has no confusion matrix"):
        fitted.confusion()


def test_activities_are_those_of_the_network_layer_by_layer() -> None:
    fitted = pl.fit("backprop", "digits", hidden=(16, 8), activation="relu", epochs=1)
    x = fitted.task.test.x.astype("float32")
    first, second, answer = fitted.activities(x)
    weights = fitted.params
    assert np.allclose(first, np.maximum(x @ weights["W1"] + weights["b1"], 0), atol=1e-5)
    assert np.allclose(second, np.maximum(first @ weights["W2"] + weights["b2"], 0), atol=1e-5)
    assert np.array_equal(answer, fitted.answers(x))
    assert np.allclose(answer.sum(axis=1), 1, atol=1e-5)
    assert np.array_equal(fitted.predict(x), answer.argmax(axis=1))


def test_learning_stops_when_validation_grows_no_more_and_the_best_is_kept() -> None:
    """The score at the end is the best that any epoch had; and without patience all epochs are learned."""
    fitted = pl.fit("fa", "digits", hidden=(8,), epochs=40, optimiser="adam[rate=0.02]", patience=2)
    epochs = [
        (tick.number // 34, Scored(tick).score)
        for tick in pl.ticks("fa", "digits", hidden=(8,), epochs=40, optimiser="adam[rate=0.02]")
        if tick.number % 34 == 0
    ]
    best, since, stopped = -1.0, 0, 0
    for epoch, score in epochs:
        best, since = (score, 0) if score > best else (best, since + 1)
        if since == 2:
            stopped = epoch
            break
    assert since == 2
    assert fitted.score("validation") == best
    assert fitted.history.epoch.max() <= stopped < 39
    with pytest.raises(pl.BadInput, match="patience is 0: expected a positive whole number of epochs"):
        pl.fit("fa", MOONS, **SMALL, patience=0)


@dataclass
class Scored:
    """The accuracy of a network with the weights of a tick on the validation split of the digits."""

    tick: pl.Tick

    @property
    def score(self) -> float:
        task, params = pl.task("digits"), self.tick.params
        rule = pl.rules.FeedbackAlignment(pl.MLP((8,)))
        x = task.validation.x.astype("float32")
        answer = rule.respond(params, None, x, np.random.default_rng(0))[-1]
        return float((answer.argmax(axis=1) == task.validation.y.argmax(axis=1)).mean())


def test_a_fit_goes_on_from_another_and_from_weights() -> None:
    first = pl.fit("fa", MOONS, **SMALL)
    still: Any = {**SMALL, "optimiser": "sgd[rate=0]", "schedule": "constant"}
    assert same(pl.fit("fa", MOONS, **still, start=first).params, first.params)
    some = {"W1": first.params["W1"].tolist()}
    begun = pl.fit("fa", MOONS, **still, start=some).params
    assert np.array_equal(begun["W1"], first.params["W1"])
    assert same({**begun, "W1": begun["W1"]}, {**pl.fit("fa", MOONS, **still).params, "W1": begun["W1"]})
    for start, words in (
        ({"W7": [[1.0]]}, "unknown weight in start 'W7'"),
        ({"W1": [[1.0]]}, r"the shape of 'W1' in start is \(1, 1\): expected \(2, 8\)"),
        (
            {"W1": np.where(np.arange(16).reshape(2, 8) < 3, np.nan, 0)},
            "'W1' in start cannot be begun with: 3 of its 16 numbers are NaN or infinite in float32; expected finite",
        ),
        ({"W1": np.full((2, 8), "a")}, "the dtype of 'W1' in start is 'str32': expected one of numbers"),
        ({"W1": np.ma.ones((2, 8))}, "weight 'W1' in start is a masked array, which hides 0 numbers"),
        (np.ma.ones((2, 8)), "start is masked_array.*: expected a Fitted, or weights by name"),
        (3, "start is 3: expected a Fitted, or weights by name"),
    ):
        with pytest.raises(pl.BadInput, match=words):
            pl.fit("fa", MOONS, **SMALL, start=start)  # type: ignore[arg-type]


def test_a_fit_that_goes_on_leaves_the_state_of_the_first_as_it_is() -> None:
    first = pl.fit("fa", MOONS, **SMALL)
    begun = replace(first, learned=replace(first.learned, state={"trace": np.zeros(3)}))
    course = prepared("fa", MOONS, begun, None, None, SMALL)
    course.state["trace"] += 1
    assert (begun.state["trace"] == 0).all()


def test_a_task_in_the_place_of_a_rule_is_told_so() -> None:
    task = pl.task(MOONS)
    for rule, given, said in (
        (
            MOONS,
            "fa",
            r"^the rule is 'two-moons.*': expected rules first, .*fit\('fa', 'digits'\); this is a task",
        ),
        (task, "fa", "^the task is 'fa': expected rules first"),
        ("backprop", "fa", "^the task is 'fa': expected rules first, then the task, .*; this is a rule"),
        (task, task, "^a rule is <task 'two-moons'.*: expected a word such as 'backprop'"),
    ):
        for call in (pl.fit, lambda *given: next(pl.ticks(*given))):
            with pytest.raises(pl.BadInput, match=said):
                call(rule, given)  # type: ignore[operator]


def test_a_seed_is_one_of_an_estimator_too() -> None:
    """An estimator draws seeds up to 2^31, and takes those up to 2^32 - 1, the largest of numpy's older generators."""
    x, y = np.random.default_rng(0).normal(size=(40, 2)), [0, 1] * 20
    task = pl.Task.from_arrays(x, y, seed=2**32 - 1, dtype="float64")
    settings: Any = {"epochs": 2, "batch_size": 8}
    made = pl.PlausibleClassifier("fa", hidden=(4,), optimiser="sgd", random_state=2**32 - 1, **settings)
    made.fit(task.train.x, task.train.y.argmax(axis=1))
    network = pl.MLP((4,), activation="relu", dtype="float64")
    rule = pl.rules.FeedbackAlignment(network)
    fitted = pl.fit(rule, task, optimiser="sgd", schedule="constant", seed=made.seed_, **settings)
    assert same(fitted.params, made.params_)
    for call in (
        lambda: pl.fit("fa", MOONS, **SMALL, seed=2**32),
        lambda: pl.task(MOONS, seed=2**32),
        lambda: pl.Task.from_arrays(x, y, seed=2**32),
    ):
        with pytest.raises(
            pl.BadInput, match=r"^seed is 4294967296: expected .* of at least 0, up to 4,294,967,295$"
        ):
            call()


def test_rates_by_layer() -> None:
    """A layer whose rate is 0 keeps the weights that it began with."""
    rates = pl.Grouped((("W1", pl.SGD(0.0)), ("b1", pl.SGD(0.0))), pl.SGD(0.1))
    slow = pl.fit("backprop", MOONS, **SMALL, optimiser=rates, schedule="constant").params
    first = next(iter(pl.ticks("backprop", MOONS, **SMALL))).params
    assert np.array_equal(slow["W1"], first["W1"])
    assert not np.array_equal(slow["W2"], first["W2"])


def test_ticks_are_those_of_a_fit() -> None:
    """One for each weight change; and the generator returns what was learned."""
    ticks = pl.ticks("fa", MOONS, **SMALL)
    numbers = []
    while True:
        try:
            numbers.append(next(ticks).number)
        except StopIteration as end:
            fitted = end.value
            break
    assert numbers == list(range(3 * 6))
    assert same(fitted.params, pl.fit("fa", MOONS, **SMALL).params)


def test_one_that_diverges_says_so() -> None:
    with pytest.warns(UserWarning, match="backprop diverged: "):
        fitted = pl.fit("backprop", MOONS, **SMALL, optimiser="sgd[rate=1e20]")
    assert fitted.status == "diverged"
    assert "diverged: " in repr(fitted)


def test_progress_is_heard() -> None:
    fractions: list[float] = []
    pl.fit("fa", MOONS, **SMALL, progress=fractions.append)
    assert fractions[0] == 0
    assert fractions == sorted(fractions)
    with pytest.raises(pl.BadInput, match="progress is 3"):
        pl.fit("fa", MOONS, **SMALL, progress=3)  # type: ignore[arg-type]


def test_it_shows_itself() -> None:
    fitted = pl.fit("fa", MOONS, **SMALL)
    assert "feedback-alignment on two-moons[examples=200], 3 epochs, seed 0" in repr(fitted)
    shown = fitted._repr_html_()
    assert shown.count("<table>") == 1
    assert "data:image/png;base64" in shown
    assert fitted.figure().axes


def test_a_file_answers_alike_in_a_fresh_process(tmp_path: Path) -> None:
    """Labels are those that were given; the task of arrays is not needed, or handed in."""
    task = pl.Task.from_arrays(X, WORDS, standardise=True)
    fitted = pl.fit("fa", task, **SMALL)
    file = fitted.save(tmp_path / "fa.npz")
    np.save(tmp_path / "x.npy", X)
    code = (
        "import numpy as np, plausible as pl\n"
        "fitted = pl.load('fa.npz'); x = np.load('x.npy')\n"
        "np.savez('said.npz', answers=fitted.answers(x), labels=fitted.predict(x))\n"
    )
    finished([sys.executable, "-c", code], cwd=tmp_path)
    with np.load(tmp_path / "said.npz") as said:
        assert said["answers"].tobytes() == fitted.answers(X).tobytes()
        assert said["labels"].tolist() == fitted.predict(X).tolist()
    again = pl.load(file, task=task)
    assert again.score("test") == fitted.score("test")
    pd.testing.assert_frame_equal(again.history, fitted.history)
    with pytest.raises(
        pl.BadInput, match=r"the columns of x and y of the task is \(2, 2\): expected \(4, 2\)"
    ):
        pl.load(file, task=pl.task(MOONS))


def test_what_cannot_be_written_or_read_is_told_in_one_line(tmp_path: Path) -> None:
    fitted = pl.fit("fa", MOONS, **SMALL)
    with pytest.raises(pl.BadInput, match=r"x\.npz' cannot be written \(No such file or directory\)"):
        fitted.save(tmp_path / "no" / "x.npz")
    with pytest.raises(pl.BadInput, match="is a folder: expected the name of a file"):
        fitted.save(tmp_path)
    with pytest.raises(pl.BadInput, match=r"x\.npz' cannot be loaded: it cannot be read"):
        pl.load(tmp_path / "x.npz")
    with pytest.raises(pl.BadInput, match="is 3: expected a path"):
        pl.load(3)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda f: f.score("tests"), "unknown split 'tests': did you mean 'test'"),
        (lambda f: f.score(f.task.test.x), "y is missing: expected the labels or values of the examples"),
        (lambda f: f.score("test", [1]), "y beside a split is 'given'"),
        (lambda f: f.score(f.task.test.x, [1]), r"the lengths of X and y is \(\d+, 1\): expected as many"),
        (lambda f: f.predict([[1, 2, 3]]), "X has 3 columns: expected 2, as the task has"),
        (lambda f: f.predict([1, 2]), r"X has shape \(2,\)"),
    ],
)
def test_questions_that_have_no_answer(ask: Any, words: str) -> None:
    with pytest.raises(pl.BadInput, match=words):
        ask(pl.fit("fa", MOONS, **SMALL))


def test_a_file_is_loaded_beside_no_other_task(tmp_path: Path) -> None:
    file = pl.fit("backprop", pl.Task.from_arrays(X, WORDS), hidden=(4,), epochs=1).save(tmp_path / "one.npz")
    assert pl.load(file, task=pl.Task.from_arrays(X, WORDS, seed=3)).score("test") >= 0
    for other, said in (
        (pl.Task.from_arrays(X, VALUES), "columns of x and y|classes in the place of values"),
        (pl.Task.from_arrays(X, WORDS, standardise=True), "standardised otherwise"),
        (pl.Task.from_arrays(X, WORDS[0] == WORDS), "columns of x and y|labels"),
        ("digits", "columns of x and y"),
    ):
        with pytest.raises(pl.BadInput, match=said):
            pl.load(file, task=other)
