"""Sequences: how they are shown, masked, answered and compared. Oracle: what the docstrings promise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baselines.bptt import BPTT
from plausible.cli.main import main
from plausible.core import Array, Presentation, randomness
from plausible.errors import BadInput
from plausible.networks.activations import relu
from plausible.networks.inits import Orthogonal
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from plausible.optimise.rprop import Rprop
from plausible.optimise.sgd import SGD
from plausible.probes.performance import performance
from plausible.study.course import execute
from plausible.study.keys.data import digest_of
from plausible.study.run import Run
from plausible.study.study import Skipped, cells
from plausible.tasks.streams import Minibatches, Windows
from plausible.tasks.task import Recipe, Split, Task

TIME, N = 10, 6
RECIPE = Recipe((4,), "linear", 1, 2, "sgd")


def numbered(lengths: list[int] | None = None) -> Split:
    """x and y tell time and sequence: t + sequence / 100."""
    x = (np.arange(TIME)[:, None] + np.arange(N) / 100)[..., None]
    mask = None
    if lengths is not None:
        mask = (np.arange(TIME)[:, None] < np.array(lengths)).astype(float)
    return Split(x, -x, mask)


def shown(stream: Minibatches | Windows, split: Split, epochs: int = 1, seed: int = 0) -> list[Presentation]:
    return list(stream(split, "values", epochs, np.random.default_rng(seed)))


# --- streams --------------------------------------------------------------------------------------------


def test_minibatches_show_every_sequence_once_an_epoch_and_whole() -> None:
    found = shown(Minibatches(4), numbered())
    assert [p.x.shape for p in found] == [(TIME, 4, 1), (TIME, 2, 1)]
    seen = np.concatenate([p.x[0, :, 0] for p in found])
    assert sorted(seen) == pytest.approx(np.arange(N) / 100)
    assert all(np.array_equal(p.y, -p.x) and p.first and p.mask is None for p in found)


def test_minibatches_of_sequences_end_where_the_last_answer_counts() -> None:
    lengths = [3, 3, 5, 5, 9, 9]
    found = shown(Minibatches(2, shuffle=False), numbered(lengths))
    assert [len(p.x) for p in found] == [3, 5, 9]
    assert all(p.mask is not None and p.mask.shape == p.x.shape[:2] for p in found)


@pytest.mark.parametrize("steps", [1, 3, 5, 10, 12])
def test_windows_put_together_are_the_sequences(steps: int) -> None:
    split, stream = numbered([4] * N), Windows(steps, 4)
    found = shown(stream, split, epochs=2)
    assert len(found) == 2 * stream.length(split)
    assert sum(stream.count(p) for p in found) == 2 * stream.size(split)
    begins = [place for place, p in enumerate(found) if p.first]
    assert len(begins) == 4  # two batches, two epochs
    for start, end in zip(begins, [*begins[1:], len(found)], strict=True):
        x = np.concatenate([p.x for p in found[start:end]])
        mask = np.concatenate([p.mask for p in found[start:end] if p.mask is not None])
        assert len(x) == len(mask) == TIME
        np.testing.assert_allclose(np.diff(x[:, :, 0], axis=0), 1)
        assert np.all(mask.sum(axis=0) == 4)


def test_windows_in_another_order_every_epoch_and_the_same_at_one_seed() -> None:
    first, second = (shown(Windows(TIME, N), numbered(), epochs=2, seed=s) for s in (0, 0))
    assert np.array_equal(first[0].x, second[0].x)
    assert not np.array_equal(first[0].x, first[1].x)
    plain = shown(Windows(TIME, N, shuffle=False), numbered())
    assert np.array_equal(plain[0].x, numbered().x)


@pytest.mark.parametrize("stream", [Minibatches(3), Windows(4, 3)], ids=["minibatches", "windows"])
def test_examples_are_read_only(stream: Any) -> None:
    for p in shown(stream, numbered([5] * N)):
        for array in (p.x, p.y, p.mask):
            assert array is not None
            assert not array.flags.writeable


def test_rewards_are_nothing_where_answers_do_not_count() -> None:
    (p,) = shown(Minibatches(N, shuffle=False), numbered([1, 2, 3, 4, 5, 6]))
    reward = p.reward(p.y + 2)
    assert p.mask is not None
    np.testing.assert_allclose(reward, -2 * p.mask)


def test_windows_are_for_sequences() -> None:
    with pytest.raises(BadInput, match="expected sequences"):
        next(Windows(2)(Split(np.zeros((3, 2)), np.zeros((3, 1))), "values", 1, np.random.default_rng(0)))


@pytest.mark.parametrize("bad", [0, -1, 1.5, "2"])
@pytest.mark.parametrize("what", ["steps", "batch_size"])
def test_windows_of_impossible_sizes_are_refused(what: str, bad: Any) -> None:
    with pytest.raises(BadInput, match=what):
        Windows(**{what: bad})


# --- tasks ----------------------------------------------------------------------------------------------


def task(split: Split, kind: Any = "values") -> Task:
    good = numbered()
    return Task("mine", split, good, good, kind, RECIPE, shared="other tests are of that")


MASK = np.ones((TIME, N))
BAD: dict[str, tuple[Split, str]] = {
    "no step": (Split(np.zeros((0, N, 1)), np.zeros((0, N, 1))), "time steps in .* is 0"),
    "no sequence": (Split(np.zeros((TIME, 0, 1)), np.zeros((TIME, 0, 1))), "number of examples in .* is 0"),
    "other times": (Split(np.zeros((TIME, N, 1)), np.zeros((TIME - 1, N, 1))), "time steps of x and y"),
    "other sequences": (Split(np.zeros((TIME, N, 1)), np.zeros((TIME, N - 1, 1))), "number of examples of"),
    "all hidden": (numbered()._replace(mask=np.zeros((TIME, N))), "hides all of sequence 0, and 6 of 6"),
    "one hidden": (numbered([1, 2, 3, 0, 4, 5]), "hides all of sequence 3, and 1 of 6"),
    "halves": (numbered()._replace(mask=MASK / 2), "zeros and ones"),
    "a mask of another shape": (numbered()._replace(mask=MASK[1:]), "shape of the mask"),
    "NaN": (Split(np.full((TIME, N, 1), np.nan), numbered().y), "NaN"),
}


@pytest.mark.parametrize(("split", "message"), BAD.values(), ids=list(BAD))
def test_sequences_that_cannot_be_used_are_refused(split: Split, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        task(split)


def test_a_mask_on_examples_without_time_is_refused() -> None:
    split = Split(np.zeros((3, 1)), np.zeros((3, 1)), np.ones((3, 1)))
    with pytest.raises(BadInput, match="no sequence"):
        Task("mine", split, split, split, "values", RECIPE)


def test_targets_need_not_be_one_hot_where_they_do_not_count() -> None:
    y = np.zeros((TIME, N, 2))
    y[0, :, 1] = 1
    mask = np.zeros((TIME, N))
    mask[0] = 1
    split = Split(np.zeros((TIME, N, 1)), y, mask)
    Task("mine", split, split, split, "classes", RECIPE, shared="other tests are of that")
    with pytest.raises(BadInput, match="one-hot"):
        Task("mine", split._replace(mask=None), split, split, "classes", RECIPE)


def test_the_mask_is_part_of_the_data() -> None:
    assert digest_of(task(numbered([4] * N))) != digest_of(task(numbered([5] * N)))


# --- answers --------------------------------------------------------------------------------------------


class Told:
    """A rule that knows the answers."""

    def __init__(self, answer: Array) -> None:
        self.answer = answer

    def respond(self, params: Any, state: Any, x: Array, rng: Any) -> list[Array]:
        return [self.answer[: len(x), : x.shape[1]]]


def test_only_answers_that_count_are_scored() -> None:
    """By hand: two of three counted answers are right; those that do not count are all wrong."""
    y = np.eye(2)[np.array([[0, 1], [1, 0]])]
    answer = np.array([[[0.9, 0.1], [0.1, 0.9]], [[0.9, 0.1], [0.1, 0.9]]])
    mask = np.array([[1.0, 1.0], [1.0, 0.0]])
    split, told = Split(np.zeros((2, 2, 1)), y, mask), Told(answer)
    loss = output("softmax").loss
    rule: Any = told
    found = performance(rule, {}, None, split, "classes", loss, np.random.default_rng(0))
    scores = {m.metric: m.value for m in found}
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert scores["loss"] == pytest.approx(-(2 * np.log(0.9) + np.log(0.1)) / 3)
    (error,) = performance(rule, {}, None, split, "values", None, np.random.default_rng(0))
    squares = 2 * (2 * 0.1**2) + 2 * 0.9**2
    mean = np.array([[1, 0], [0, 1], [0, 1]]).mean(axis=0)
    variance = ((np.array([[1, 0], [0, 1], [0, 1]]) - mean) ** 2).sum()
    assert error.value == pytest.approx(squares / variance)


def test_an_orthogonal_distribution_is_orthogonal() -> None:
    for shape in ((5, 5), (3, 7), (7, 3)):
        drawn = Orthogonal(2.0)(np.random.default_rng(0), shape, np.dtype("float64"))
        assert drawn.shape == shape
        gram = drawn @ drawn.T if shape[0] <= shape[1] else drawn.T @ drawn
        np.testing.assert_allclose(gram, 4 * np.eye(min(shape)), atol=1e-12)


# --- runs -----------------------------------------------------------------------------------------------

NETWORK = RNN((8,))
ADD = "add[t1=1,t2=2,steps=400]"


def run(rule: str = "bptt", task: str = ADD, **options: Any) -> Run:
    return Run(task, rule, NETWORK, **{"optimiser": SGD(0.1), "epochs": 1, "batch_size": 1, **options})


@pytest.mark.parametrize("window", [None, 1, 7])
@pytest.mark.parametrize("rule", ["bptt", "rtrl", "exact-lag-bptt", "random-feedback-bptt", "readout-only"])
def test_a_run_over_sequences_ends_well(rule: str, window: int | None) -> None:
    outcome = execute(run(rule, window=window))
    assert outcome.status == "done", outcome.reason
    last = max(row.examples for row in outcome.rows)
    assert last == (1 if window is None else 400)  # sequences, or steps
    metrics = {(row.split, row.metric) for row in outcome.rows}
    assert {("test", "loss"), ("validation", "normalised error"), ("train", "norm")} <= metrics
    angles = {row.layer: row.value for row in outcome.rows if row.metric == "gradient angle"}
    assert angles["W2"] == pytest.approx(0, abs=0.1)
    if rule in ("bptt", "rtrl"):
        assert angles["R1"] == pytest.approx(0, abs=0.1)


def test_a_run_goes_on_from_its_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted in the middle, with activity and influence to be carried on: the end is the same to the last bit."""
    monkeypatch.setattr("plausible.study.course.KEEP_EVERY", 0.0)
    whole = execute(run("rtrl", window=5))
    file = tmp_path / "checkpoint.npz"
    seen = []

    def stop(fraction: float) -> None:
        seen.append(fraction)
        if fraction > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(run("rtrl", window=5), stop, checkpoint=file)
    assert file.exists()
    again = execute(run("rtrl", window=5), checkpoint=file)
    ours, theirs = (
        [(r.split, r.metric, r.layer, r.value) for r in o.rows if r.metric != "examples per second"]
        for o in (again, whole)
    )
    assert ours == theirs


def test_trajectories_that_explode_are_a_status() -> None:
    """Rectified units whose weights amplify threefold a step: numbers end before the sequence does."""
    network = RNN((8,), activation=relu, recurrent=Orthogonal(30.0))
    outcome = execute(Run("digit-rows", "bptt", network, SGD(1e3), epochs=2, batch_size=32))
    assert outcome.status == "diverged"
    assert "\n" not in outcome.reason


def test_what_does_not_go_together_is_refused_and_skipped() -> None:
    bad: list[tuple[Callable[[], object], str]] = [
        (lambda: execute(Run("xor", "bptt", NETWORK)), "shows single examples and the network is RNN"),
        (lambda: execute(Run(ADD, "backprop", MLP((8,)))), "shows sequences and the network is MLP"),
        (
            lambda: execute(Run(ADD, "backprop", NETWORK)),
            "'backprop' learns networks of kind events, mlp or mupc, not rnn",
        ),
        (lambda: execute(Run("xor", "backprop", MLP((2,)), window=2)), "window is 2"),
        (lambda: execute(run(optimiser=Rprop(), window=5)), "learns from whole epochs only"),
    ]
    for call, message in bad:
        with pytest.raises(BadInput, match=message):
            call()
    found = cells([ADD, "xor"], ["bptt", "backprop"], [NETWORK], SGD(), 1, 1, 1)
    assert [isinstance(cell, Skipped) for cell in found] == [False, True, True, True]


@pytest.mark.parametrize("bad", [(), (3, 4), (0,), (2.5,), [4], 4])
def test_a_recurrent_network_has_one_layer_of_units(bad: Any) -> None:
    with pytest.raises(BadInput, match="hidden"):
        RNN(bad)


@pytest.mark.parametrize("bad", [0.0, -0.1, 1.1, float("nan")])
def test_a_leak_is_a_fraction(bad: float) -> None:
    with pytest.raises(BadInput, match="leak"):
        RNN(leak=bad)


def test_bptt_learns_to_add() -> None:
    """Below the floor of one lag, 0.519, towards 0.454 nats a step, with lags of one and two steps."""
    roles = randomness(0)
    network = RNN((16,))
    rule = BPTT(network)
    assert rule.init(2, 2, roles.weights)[0].keys() == {"W1", "R1", "b1", "W2", "b2"}
    run = Run("add[t1=1,t2=2,steps=20000]", "bptt", network, SGD(0.1), epochs=1, batch_size=1, window=5)
    outcome = execute(run)
    (loss,) = (row.value for row in outcome.rows if (row.split, row.metric) == ("test", "loss"))
    assert 0.454 < loss < 0.49


# --- the command line -----------------------------------------------------------------------------------


def test_compare_takes_sequences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compare", "--task", ADD, "--seeds", "2", "--workers", "1", "--window", "10", "--json"]
    with pytest.raises(SystemExit) as stop:
        main([*arguments, "--out", str(tmp_path)])
    assert not stop.value.code
    found = json.loads(capsys.readouterr().out)
    rules = {row["rule"]: row for row in found["rules"]}
    assert [*rules] == ["bptt", "readout-only", "random-feedback-bptt"]
    assert rules["bptt"]["gradient angle"]["mean"] == pytest.approx(0, abs=0.1)
    assert 30 < rules["random-feedback-bptt"]["gradient angle"]["mean"] < 100
    assert {row["reference"] for row in found["against backprop"]} == {"bptt"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "add", "--rules", "backprop"], "learns networks of kind events, mlp or mupc, not rnn"),
        (["--task", "xor", "--rules", "bptt"], "learns networks of kind rnn"),
        (["--task", "xor", "--rules", "backprop", "--window", "3"], "window is 3"),
        (["--task", "add", "--window", "0"], "window is 0"),
        (["--task", "add", "--hidden", "3,4"], "hidden is (3, 4)"),
        (["--task", "add[t1=3,t2=2]"], "t2 is 2"),
        (["--task", "copy[delay=0]"], "delay is 0"),
    ],
)
def test_bad_sequences_at_the_command_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["compare", *arguments, "--out", str(tmp_path)])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
