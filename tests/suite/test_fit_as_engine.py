"""pl.fit drives the engine's own loop. Oracles: execute(Run), and loops written out around the trainer."""

from __future__ import annotations

import io
import sys
import types
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix

import plausible as pl
from plausible.api import progress
from plausible.api.fitted import libraries, one_thread
from plausible.api.fitting import prepared
from plausible.api.words import run_of
from plausible.networks.outputs import output
from plausible.printing import log
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.study.course import execute
from plausible.study.learned import read
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Recipe, Split, Task, correct

MOONS = "two-moons[examples=200]"
SMALL: Any = {"hidden": (8,), "epochs": 3, "batch_size": 20}


def same(one: pl.Params, other: pl.Params) -> bool:
    """Whether weights are the same to the last bit."""
    return one.keys() == other.keys() and all(one[name].tobytes() == other[name].tobytes() for name in one)


def timeless(rows: Any) -> list[tuple[Any, ...]]:
    """Measurements without how long they took."""
    return [(*row[:5], *row[6:]) for row in rows if "second" not in row.metric]


@pytest.mark.parametrize(
    ("rule", "task", "settings"),
    [
        ("backprop", MOONS, {}),
        ("direct-feedback-alignment@adam", "digits", {"epochs": 1}),
        ("fa[feedback=uniform(0.5)]", "linear-teacher[examples=200]", {"activation": "tanh"}),
        ("forward-forward", "digits", {"epochs": 1, "hidden": (20, 20)}),
        ("bptt", "sine-generation[steps=12,sequences=20]", {"window": 4}),
        ("random-feedback-bptt", "copy[sequences=40]", {}),
    ],
)
def test_weights_and_rows_are_those_of_the_run(
    rule: str, task: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    """Of networks for examples and for sequences, of classes and of values."""
    words: Any = {**SMALL, **settings, "seed": 2, "probes": "activity" if rule == "backprop" else ()}
    fitted = pl.fit(rule, task, **words)
    with one_thread():  # as workers do
        outcome = execute(run_of(rule, task, **words), keep=True)
    (tmp_path / "x.npz").write_bytes(outcome.learned)
    learned = read(tmp_path / "x.npz")
    assert fitted.run == outcome.run
    assert same(fitted.params, learned.params)
    assert timeless(fitted.learned.rows) == timeless(outcome.rows)
    assert len(timeless(outcome.rows)) > 4
    *_, last = pl.ticks(rule, task, **words)
    assert same({name: np.array(array) for name, array in last.params.items()}, learned.params)


def held_out(rule: pl.Rule, params: pl.View, split: Split) -> float:
    """The accuracy on a split."""
    answer = rule.respond(params, None, split.x.astype("float32"), np.random.default_rng(0))[-1]
    return float(correct(answer, split.y).astype(float).mean())


def by_hand(optimiser: pl.Optimiser, patience: int, epochs: int) -> tuple[pl.Params, int, int]:
    """Backprop of the digits with early stopping, written out: weights, the best epoch, and the last."""
    roles = pl.randomness(0)
    task = pl.task("digits")
    rule = pl.rules.Backprop(pl.MLP((8,), output=output("softmax")))
    params, state, memory = pl.begin(rule, optimiser, task.n_in, task.n_out, roles.weights)
    train = Split(task.train.x.astype("float32"), task.train.y.astype("float32"))
    stream = Minibatches(32)(train, "classes", epochs, roles.order)
    per_epoch = -(-train.examples // 32)
    best, kept, at = -1.0, deepcopy(params), 0
    for epoch in range(1, epochs + 1):
        epoch_stream = [next(stream) for _ in range(per_epoch)]
        for _ in pl.train(rule, optimiser, params, state, epoch_stream, roles.noise, memory):
            pass
        score = held_out(rule, params, task.validation)
        if score > best:
            best, kept, at = score, {name: array.copy() for name, array in params.items()}, epoch
        elif epoch - at >= patience:
            return kept, at, epoch
    return kept, at, epochs


@pytest.mark.parametrize(("patience", "epochs"), [(1, 40), (3, 40), (50, 4)])
def test_early_stopping_is_that_of_a_loop_by_hand(patience: int, epochs: int) -> None:
    optimiser = pl.Adam(0.02)
    params, best, last = by_hand(optimiser, patience, epochs)
    network = pl.MLP((8,), output=output("softmax"))
    words: Any = {"optimiser": optimiser, "schedule": "constant", "epochs": epochs, "batch_size": 32}
    fitted = pl.fit(pl.rules.Backprop(network), "digits", patience=patience, **words)
    assert same(fitted.params, params)
    history = fitted.history
    assert history[history.metric == "best epoch"].value.tolist() == [best]
    assert (last < epochs) == (f"stopped early at epoch {last}" in fitted.reason)
    assert f"weights are those of epoch {best}, the best on validation" in fitted.reason
    test = history[(history.split == "test") & (history.metric == "accuracy")].value.iloc[-1]
    assert test == held_out(fitted.rule, fitted.params, fitted.task.test) == fitted.score("test")


def test_the_epoch_of_a_long_run_is_told_in_digits() -> None:
    course = prepared("fa", MOONS, None, None, None, SMALL)
    told = []
    for examples in (40, 640, 120 * 1302 + 60, 120 * 20000):
        course.examples = examples
        told.append(course.told())
    assert told == ["0.333", "5.33", "1302", "20000"]


def test_a_score_that_stays_is_no_better() -> None:
    """The first of equal epochs is the best one, and weights that never change are waited for no longer."""
    fitted = pl.fit("fa", MOONS, hidden=(8,), epochs=9, optimiser="sgd[rate=0]", patience=2)
    history = fitted.history
    assert history[history.metric == "best epoch"].value.tolist() == [1]
    assert fitted.reason.startswith(
        "stopped early at epoch 3, as the validation score had not grown for 2 epochs"
    )


@dataclass(frozen=True)
class Breaks(FeedbackAlignment):
    """Feedback alignment that is interrupted, or explodes, at some step."""

    at: int = 30
    how: str = "interrupt"

    def init(self, n_in: int, n_out: int, rng: np.random.Generator) -> Any:
        return super().init(n_in, n_out, rng)[0], 0

    def update(self, params: pl.View, state: Any, shown: Any, rng: np.random.Generator) -> pl.Step:
        if state == self.at and self.how == "interrupt":
            raise KeyboardInterrupt
        step = super().update(params, None, shown, rng)
        scale = 1e30 if state == self.at else 1
        updates = {name: scale * u.dense() for name, u in step.updates.items() if isinstance(u, pl.Outer)}
        return step._replace(updates={**step.updates, **updates}, state=state + 1)

    def respond(self, params: pl.View, state: Any, x: pl.Array, rng: np.random.Generator) -> Any:
        return super().respond(params, None, x, rng)


WORDS: Any = {"epochs": 20, "batch_size": 20, "optimiser": "sgd[rate=0.1]", "schedule": "constant"}


def test_an_interrupt_in_a_session_keeps_what_was_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """All changes before the step that was interrupted, and the state after the last of them; a script ends."""
    rule, whole = Breaks(pl.MLP((8,))), Breaks(pl.MLP((8,)), at=-1)
    with pytest.raises(KeyboardInterrupt):
        pl.fit(rule, MOONS, **WORDS)
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    with pytest.warns(UserWarning, match=r"Breaks> was interrupted: at epoch 5 of 20$"):
        fitted = pl.fit(rule, MOONS, **WORDS)
    assert fitted.status == "interrupted"
    assert fitted.state == 30
    for tick in pl.ticks(whole, MOONS, **WORDS):
        if tick.number == 30:
            assert same(fitted.params, {name: np.array(array) for name, array in tick.params.items()})
            break
    assert fitted.score("validation") > 0.5
    assert "interrupted: at epoch 5 of 20" in repr(fitted)


def test_what_diverges_has_the_weights_of_its_best_epoch_with_patience() -> None:
    """Without it, those that diverged, whose answers are refused."""
    rule = Breaks(pl.MLP((8,)), at=60, how="explode")
    with pytest.warns(UserWarning, match="diverged"):
        lost = pl.fit(rule, MOONS, **WORDS)
    assert 60 < lost.state <= 66  # at the next measurement
    assert lost._repr_html_().count("<table>") == 1
    lost.params["W1"][:] = np.nan
    with pytest.raises(
        pl.BadInput, match="answers are not finite, and status is 'diverged': expected a smaller"
    ):
        lost.predict(lost.task.test.x)
    with pytest.warns(UserWarning, match="diverged"):
        kept = pl.fit(rule, MOONS, **WORDS, patience=20)
    assert kept.status == "diverged"
    history = kept.history
    best = history[history.metric == "best epoch"].value.iloc[0]
    assert kept.state == 6 * best + 1 <= 61  # the state of a tick is the one after its step
    assert kept.score("validation") >= history[history.metric == "accuracy"].value.iloc[0]


def local() -> type[FeedbackAlignment]:
    @dataclass(frozen=True)
    class Local(FeedbackAlignment):
        drawn: Any = None

    return Local


@pytest.mark.parametrize(
    "make",
    [
        lambda cls: cls,
        lambda cls: cls(pl.MLP((8,), output=output("softmax"))),
        lambda cls: cls(pl.MLP((8,), output=output("softmax")), drawn=np.zeros(3)),
    ],
    ids=["class", "instance", "array"],
)
def test_what_has_no_name_learns_as_what_has_one(make: Callable[[Any], Any], tmp_path: Path) -> None:
    """A class inside of a function, and a rule that holds an array; it cannot be saved, which is said."""
    rule = make(local())
    words: Any = {"epochs": 2, "batch_size": 20, **({"hidden": (8,)} if isinstance(rule, type) else {})}
    fitted = pl.fit(rule, MOONS, **words)
    named = pl.fit("fa", MOONS, **{**words, "hidden": (8,)})
    if not isinstance(rule, type):
        assert fitted.rule is rule
        named = pl.fit(FeedbackAlignment(rule.network), MOONS, **words)
    assert same(fitted.params, named.params)
    assert [row[3:5] for row in fitted.learned.rows] == [row[3:5] for row in named.learned.rows]
    assert fitted.run.optimiser == named.run.optimiser
    with pytest.raises(pl.BadInput, match="cannot be saved, as it could not be loaded"):
        fitted.save(tmp_path / "x.npz")
    with pytest.raises(
        pl.BadInput, match=r"hidden of the network is \(3,\): expected none beside an instance"
    ):
        pl.fit(local()(pl.MLP((8,))), MOONS, hidden=(3,))


def test_a_task_with_a_report_is_learned() -> None:
    x = np.random.default_rng(0).normal(size=(60, 3))
    y = x[:, :1] - x[:, 1:2]
    parts = [Split(x[i : i + 20], y[i : i + 20]) for i in (0, 20, 40)]
    recipe = Recipe((4,), "linear", 3, 5, "adam")
    task = Task("own", *parts, "values", recipe, report=lambda layers: [pl.Measurement("told", "", 7.0)])
    fitted = pl.fit("backprop", task)
    assert fitted.task is task
    assert fitted.history[fitted.history.metric == "told"].value.tolist() == [7.0]
    plain = Task("own", *parts, "values", recipe)
    assert same(fitted.params, pl.fit("backprop", plain).params)


def test_rates_are_those_of_grouped_optimisers() -> None:
    """Also on a schedule, and inside of a wrapper, which sees all weights."""
    slow = pl.fit("backprop", MOONS, **SMALL, optimiser="sgd[rate=0.1]", rates={"W1": 0.01, "b*": 0.0})
    groups = (("W1", pl.SGD(0.01)), ("b*", pl.SGD(0.0)))
    assert same(
        slow.params, pl.fit("backprop", MOONS, **SMALL, optimiser=pl.Grouped(groups, pl.SGD(0.1))).params
    )
    first = next(iter(pl.ticks("backprop", MOONS, **SMALL))).params
    assert slow.params["b1"].tobytes() == np.array(first["b1"]).tobytes()
    clipped = pl.fit("fa", MOONS, **SMALL, optimiser=pl.Clipped(pl.SGD(0.1), 0.5), rates={"W2": 1})
    assert isinstance(clipped.run.optimiser, pl.Clipped)
    assert isinstance(clipped.run.optimiser.inner, pl.Grouped)
    for rates, words in (
        ({}, "rates is {}: expected rates by the names of weights"),
        ({"Q1": 0.1}, "the pattern of a group is 'Q1': expected one that matches any of W1"),
        ({"W1": "fast"}, "the learning rate is 'fast': expected a finite number"),
    ):
        with pytest.raises(pl.BadInput, match=words):
            pl.fit("backprop", MOONS, **SMALL, rates=rates)  # type: ignore[arg-type]


def test_a_start_takes_the_state_of_the_same_rule_alone() -> None:
    """Weights of another rule are taken, as far as they have the same names; its state never."""
    first = pl.fit(Breaks(pl.MLP((8,)), at=-1), MOONS, **WORDS)
    still: Any = {**WORDS, "optimiser": "sgd[rate=0]", "epochs": 1}
    again = pl.fit(Breaks(pl.MLP((8,)), at=-1), MOONS, **still, start=first)
    assert (again.state, same(again.params, first.params)) == (120 + 6, True)
    other = pl.fit(Counting(pl.MLP((8,)), at=-1), MOONS, **still, start=first)
    assert (other.state, same(other.params, first.params)) == (6, True)
    for start, words in (
        ({"W1": [[1, 2], [3]]}, "weight 'W1' in start has rows of different lengths"),
        ({"W1": np.full((2, 8), 1e39)}, "16 of its 16 numbers are NaN or infinite in float32"),
        ({"W1": np.full((2, 8), "x")}, "the dtype of 'W1' in start"),
    ):
        with pytest.raises(pl.BadInput, match=words):
            pl.fit("fa", MOONS, **SMALL, start=start)


def test_what_goes_on_from_a_fit_leaves_it_as_it_was() -> None:
    """Also where a rule changes its state in place: nobody else's is changed."""

    @dataclass(frozen=True)
    class Notes(FeedbackAlignment):
        def init(self, n_in: int, n_out: int, rng: np.random.Generator) -> tuple[pl.Params, Any]:
            return super().init(n_in, n_out, rng)[0], {"seen": [np.zeros(1)]}

        def update(self, params: Any, state: Any, shown: Any, rng: Any) -> pl.Step:
            state["seen"][0] += 1
            return super().update(params, state, shown, rng)._replace(state=state)

    first = pl.fit(Notes(pl.MLP((8,))), MOONS, **WORDS)
    steps, weights = (
        first.state["seen"][0].item(),
        {name: array.copy() for name, array in first.params.items()},
    )
    again = pl.fit(Notes(pl.MLP((8,))), MOONS, **WORDS, start=first)
    assert again.state["seen"][0].item() == 2 * steps > 0
    assert first.state["seen"][0].item() == steps
    assert same(first.params, weights)


class Counting(Breaks):
    """Another rule with a state of the same kind."""


def test_a_loop_of_ones_own_has_its_threads() -> None:
    before = [library.get_num_threads() for library in libraries()]
    for library in libraries():
        library.set_num_threads(2)
    try:
        for _ in pl.ticks("fa", MOONS, **SMALL):
            assert [library.get_num_threads() for library in libraries()] == [2] * len(before)
    finally:
        for library, number in zip(libraries(), before, strict=True):
            library.set_num_threads(number)


def test_a_log_has_lines_and_silence_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(log, "LEAST", 0.0)
    pl.fit("fa", MOONS, **SMALL, progress=False)
    assert capsys.readouterr() == ("", "")
    pl.fit("fa", MOONS, **SMALL)
    out, err = capsys.readouterr()
    assert "3.0 of 3 epochs, 100 %, after " in err
    assert out == ""


def test_a_notebook_has_a_bar_which_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    display = types.SimpleNamespace(update=shown.append)
    module: Any = types.ModuleType("IPython.display")
    module.HTML, module.display = str, lambda bar, display_id: shown.append(bar) or display
    for name in ("ipykernel", "IPython"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    pl.fit("fa", MOONS, **SMALL)
    assert shown[0].startswith('<progress value="0.0000" max="1"></progress> 0 of 3 epochs')
    assert "3 of 3 epochs" in shown[-2]
    assert shown[-1] == ""


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr(progress, "err", console)
    monkeypatch.setattr(progress, "bars", lambda: log_bars(console))
    pl.fit("fa", MOONS, **SMALL)
    assert "3 epochs" in console.file.getvalue()  # type: ignore[attr-defined]


def log_bars(console: Any) -> Any:
    from plausible.printing.terminal import bars

    return bars(console)


def test_sequences_are_answered_scored_and_told_apart() -> None:
    """Oracles: the rows of the run, and scikit-learn's counts of the steps that count."""
    fitted = pl.fit("bptt", "copy[sequences=40]", hidden=(8,), epochs=2)
    test = fitted.task.test
    said, true = fitted.predict(test.x), test.y.argmax(axis=-1)
    assert said.shape == true.shape
    assert test.mask is not None
    counted = test.mask > 0
    matrix = fitted.confusion()
    assert np.array_equal(matrix, confusion_matrix(true[counted], said[counted], labels=[0, 1, 2, 3]))
    assert [layer.shape[:2] for layer in fitted.activities(test.x)] == [true.shape, true.shape]
    assert fitted.score() == (said == true)[counted].mean()
    assert fitted.score(test.x, true) == pytest.approx((said == true).mean())
    with pytest.raises(
        pl.BadInput, match=r"the shape of y is \(3, 2\): expected \(11, 10\) in front, as X has"
    ):
        fitted.score(test.x, np.zeros((3, 2), int))


def test_balanced_accuracy_is_told_of_examples_whose_classes_are_uneven() -> None:
    fitted = pl.fit("fa", MOONS, **SMALL)
    x, labels = fitted.task.test.x, fitted.task.test.y.argmax(axis=1)
    rows = np.concatenate([np.flatnonzero(labels == 0)[:3], np.flatnonzero(labels == 1)])
    measured, said = fitted.scores(x[rows], labels[rows]), fitted.predict(x[rows])
    assert measured["balanced accuracy"] == pytest.approx(balanced_accuracy_score(labels[rows], said))
    assert "balanced accuracy" not in fitted.scores()
